/** The header and the question section of a DNS message, for the reference (docs/frames.md, section 4). */
import type { RemovalCode } from '../../src/errors.ts';

const HEADER_LENGTH = 12;
const LONGEST_NAME = 255;
const MOST_POINTERS = 127;

/** The message with nothing behind its question section, and with the other counts 0; or why that cannot be had. */
export function keepQuestion(message: Uint8Array): Uint8Array | RemovalCode {
  if (message.length < HEADER_LENGTH) return 'DNS_MALFORMED';
  const count = message[4] * 256 + message[5];
  if (count === 0) return 'DNS_NO_QUESTION';
  let at: number | undefined = HEADER_LENGTH;
  for (let question = 0; question < count; question++) {
    at = endOfName(message, at);
    if (at === undefined || at + 4 > message.length) return 'DNS_MALFORMED';
    at += 4;
  }
  return Uint8Array.from([...message.slice(0, 6), 0, 0, 0, 0, 0, 0, ...message.slice(HEADER_LENGTH, at)]);
}

/**
 * Where the bytes of the name at `start` end; undefined if it is no name. RFC 1035, 4.1.4: a pointer leads to a prior
 * place. Here that means before the part of the name it stands in, where a part begins at each pointer's target.
 */
function endOfName(message: Uint8Array, start: number): number | undefined {
  let end: number | undefined;
  let partStart = start;
  let at = start;
  let octets = 0;
  let pointers = 0;
  for (;;) {
    const first = message[at];
    if (first === undefined) return undefined;
    if (first >= 0xc0) {
      if (at + 1 >= message.length) return undefined;
      const target = (first & 0x3f) * 256 + message[at + 1];
      pointers += 1;
      if (target < HEADER_LENGTH || target >= partStart || pointers > MOST_POINTERS) return undefined;
      end ??= at + 2;
      partStart = target;
      at = target;
      continue;
    }
    if (first > 63 || at + 1 + first > message.length) return undefined;
    octets += 1 + first;
    if (octets > LONGEST_NAME) return undefined;
    at += 1 + first;
    if (first === 0) return end ?? at;
  }
}
