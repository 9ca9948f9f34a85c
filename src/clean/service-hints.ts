/** Address hints of SVCB and HTTPS (RFC 9460, 7.3) that are the client. */
import type { MessageEdits } from '../dns/message-edits.ts';
import { type MessageScan, OPTION_HEADER_LENGTH } from '../dns/message-scan.ts';
import { nameEnd } from '../dns/name.ts';
import { read16, write16 } from '../wire/uint16.ts';

const KEY_MANDATORY = 0;
const KEY_IPV4_HINT = 4;
const KEY_IPV6_HINT = 6;

/** What `takeOutHints` returns where a parameter would go that another one calls mandatory. */
export const LOSES_MANDATORY = -1;

/** Tells of an address whether it is to go. */
export interface AddressTest {
  isClient(bytes: Uint8Array, start: number, end: number): boolean;
}

/**
 * Takes the client out of the hints of a record, in place; `edits`, without which nothing changes, learns where the record ends then. A
 * parameter without an address left goes. Returns how many addresses were taken out, or without `edits` would be, or `LOSES_MANDATORY`: that
 * is to be asked for first.
 */
export function takeOutHints(
  scan: MessageScan,
  edits: MessageEdits | undefined,
  item: number,
  test: AddressTest,
): number {
  const { bytes } = scan;
  const rdataEnd = scan.itemEnd(item);
  const first = nameEnd(bytes, scan.rdataStart(item) + 2);
  let taken = 0;
  let end = first;
  let mandatory: number | undefined;
  for (let parameter = first; parameter < rdataEnd; ) {
    const key = read16(bytes, parameter);
    const value = parameter + OPTION_HEADER_LENGTH;
    const valueEnd = value + read16(bytes, parameter + 2);
    const width = key === KEY_IPV4_HINT ? 4 : key === KEY_IPV6_HINT ? 16 : 0;
    const going = width === 0 ? 0 : countClients(bytes, value, valueEnd, width, test);
    const isEmptied = going > 0 && going * width === valueEnd - value;
    // Once something has moved the list of the mandatory keys cannot be looked for any more.
    if (edits === undefined && isEmptied) {
      mandatory ??= mandatoryHints(scan, item, first);
      if ((mandatory & (1 << key)) !== 0) return LOSES_MANDATORY;
    }
    taken += going;
    if (edits !== undefined && going === 0) {
      if (end !== parameter) bytes.copyWithin(end, parameter, valueEnd);
      end += valueEnd - parameter;
    } else if (edits !== undefined && !isEmptied) {
      bytes.copyWithin(end, parameter, value);
      const newValue = end + OPTION_HEADER_LENGTH;
      end = keepOthers(bytes, value, valueEnd, width, test, newValue);
      write16(bytes, newValue - 2, end - newValue);
    }
    parameter = valueEnd;
  }
  if (taken > 0) edits?.shorten(item, end);
  return taken;
}

function countClients(bytes: Uint8Array, start: number, end: number, width: number, test: AddressTest): number {
  let count = 0;
  for (let at = start; at < end; at += width) if (test.isClient(bytes, at, at + width)) count++;
  return count;
}

/** Moves the other addresses to `to`; returns where they end. */
function keepOthers(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  test: AddressTest,
  to: number,
): number {
  let position = to;
  for (let at = start; at < end; at += width) {
    if (test.isClient(bytes, at, at + width)) continue;
    bytes.copyWithin(position, at, at + width);
    position += width;
  }
  return position;
}

/** The keys of hints that parameters of the key 0 list, as bits. */
function mandatoryHints(scan: MessageScan, item: number, first: number): number {
  const { bytes } = scan;
  const end = scan.itemEnd(item);
  let listed = 0;
  for (let parameter = first; parameter < end; ) {
    const value = parameter + OPTION_HEADER_LENGTH;
    const valueEnd = value + read16(bytes, parameter + 2);
    if (read16(bytes, parameter) === KEY_MANDATORY) {
      for (let at = value; at < valueEnd; at += 2) {
        const key = read16(bytes, at);
        if (key === KEY_IPV4_HINT || key === KEY_IPV6_HINT) listed |= 1 << key;
      }
    }
    parameter = valueEnd;
  }
  return listed;
}
