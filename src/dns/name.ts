/**
 * Names on the wire (RFC 1035, 3.1 and 4.1.4): labels with a length before each, ended by the root label or by a pointer to an
 * earlier name in the message.
 *
 *     00                     the root
 *     01..3f  octets         a label of 1 to 63 octets
 *     c0..ff  octet          a pointer: 14 bits, from the start of the message
 */
import { HEADER_LENGTH } from './header.ts';

/** The longest name, in octets, lengths and root label included (RFC 1035, 2.3.4). */
export const MAX_NAME_LENGTH = 255;

/** The most pointers that a name may take: as many as it could have labels, so that a chain of them costs no more than a name. */
export const MAX_POINTERS = 127;

/**
 * The end of the name at `start` (where its root label or its first pointer ends), or -1 where it is not a name. `message` is where
 * the message starts, `end` where it ends. Strict: a pointer goes back before the part of the name that it stands in, and not into
 * the header.
 */
export function scanName(bytes: Uint8Array, message: number, start: number, end: number): number {
  let length = 0;
  let position = start;
  let nameEnd = -1;
  let partStart = start;
  let pointers = 0;
  for (;;) {
    if (position >= end) return -1;
    const octet = bytes[position];
    if (octet === 0) return length + 1 > MAX_NAME_LENGTH ? -1 : nameEnd < 0 ? position + 1 : nameEnd;
    if (octet < 0x40) {
      length += octet + 1;
      position += octet + 1;
      if (length >= MAX_NAME_LENGTH) return -1;
    } else {
      if (octet < 0xc0 || position + 1 >= end || ++pointers > MAX_POINTERS) return -1;
      if (nameEnd < 0) nameEnd = position + 2;
      const target = message + (((octet & 0x3f) << 8) | bytes[position + 1]);
      if (target >= partStart || target < message + HEADER_LENGTH) return -1;
      partStart = target;
      position = target;
    }
  }
}

/**
 * Writes the name at `start`, which `scanName` has accepted, to `out` as it is without pointers: labels with their lengths, the root label
 * last. Returns its length. `message` is where the message starts.
 */
export function expandName(bytes: Uint8Array, message: number, start: number, out: Uint8Array): number {
  let length = 0;
  let position = start;
  for (;;) {
    const octet = bytes[position];
    if (octet >= 0xc0) {
      position = message + (((octet & 0x3f) << 8) | bytes[position + 1]);
      continue;
    }
    out[length++] = octet;
    if (octet === 0) return length;
    position++;
    for (const end = position + octet; position < end; position++) out[length++] = bytes[position];
  }
}

/** Where a name ends that is known to be one: behind its root label or its pointer. */
export function nameEnd(bytes: Uint8Array, start: number): number {
  let position = start;
  while (bytes[position] !== 0 && bytes[position] < 0xc0) position += bytes[position] + 1;
  return position + (bytes[position] === 0 ? 1 : 2);
}

/** As `expandName`, with A to Z as a to z (RFC 4343). */
export function foldName(bytes: Uint8Array, message: number, start: number, out: Uint8Array): number {
  const length = expandName(bytes, message, start, out);
  foldOctets(out, length);
  return length;
}

/** Makes A to Z of the first octets a to z: in a name the lengths of labels are less than A. */
function foldOctets(octets: Uint8Array, length: number): void {
  for (let index = 0; index < length; index++) octets[index] = foldOctet(octets[index]);
}

/** An octet of a label, A to Z as a to z. */
export function foldOctet(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}
