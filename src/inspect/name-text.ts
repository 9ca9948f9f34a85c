/** Names of DNS messages as BIND reads and writes them. */
import { MAX_NAME_LENGTH, MAX_POINTERS } from '../dns/name.ts';

/**
 * The end of the name at `start`, or -1 where it is none before `end`; `message` is where the message starts. Unlike the strict scan in
 * src/dns, pointers may lead into the header, as they may in BIND (which also follows more of them, one after the other).
 */
export function scanLooseName(bytes: Uint8Array, message: number, start: number, end: number): number {
  let length = 0;
  let position = start;
  let nameEnd = -1;
  let limit = start;
  let pointers = 0;
  for (;;) {
    if (position >= end) return -1;
    const octet = bytes[position];
    if (octet < 0x40) {
      length += octet + 1;
      if (length > MAX_NAME_LENGTH) return -1;
      position += octet + 1;
      if (octet === 0) return nameEnd < 0 ? position : nameEnd;
    } else {
      if (octet < 0xc0 || position + 1 >= end || ++pointers > MAX_POINTERS) return -1;
      if (nameEnd < 0) nameEnd = position + 2;
      // Back, and before where the last one led (RFC 1035, 4.1.4).
      const target = message + (((octet & 0x3f) << 8) | bytes[position + 1]);
      if (target >= limit) return -1;
      limit = target;
      position = target;
    }
  }
}

/** The name at `start`, which a scan has found to be one, in presentation format without the last dot; the root is a dot. */
export function renderName(bytes: Uint8Array, message: number, start: number): string {
  let text = '';
  let position = start;
  for (;;) {
    const octet = bytes[position];
    if (octet === 0) return text === '' ? '.' : text;
    if (octet >= 0xc0) position = message + (((octet & 0x3f) << 8) | bytes[position + 1]);
    else {
      if (text !== '') text += '.';
      const labelEnd = position + 1 + octet;
      while (++position < labelEnd) text += OCTETS[bytes[position]];
    }
  }
}

/** How many labels the name at `start` has, which a scan has found to be one, without the root. */
export function countLabels(bytes: Uint8Array, message: number, start: number): number {
  let labels = 0;
  let position = start;
  for (;;) {
    const octet = bytes[position];
    if (octet === 0) return labels;
    if (octet >= 0xc0) position = message + (((octet & 0x3f) << 8) | bytes[position + 1]);
    else {
      labels++;
      position += 1 + octet;
    }
  }
}

/** Each octet of a label in presentation format: nothing but printable ASCII (RFC 1035, 5.1). */
const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  if (octet <= 0x20 || octet >= 0x7f) return `\\${String(octet).padStart(3, '0')}`;
  const character = String.fromCharCode(octet);
  return '"$().;@\\'.includes(character) ? `\\${character}` : character;
});
