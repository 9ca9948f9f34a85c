/**
 * Base-128 varints of the protobuf encoding (protobuf.dev, "Encoding"): seven bits a byte, least significant first, the top bit
 * set on all bytes but the last. A varint is handled as a span: its end first, its value only where somebody asks.
 */

/** The longest varint of 32 bits (tags, lengths) and of 64 bits (values), in bytes. */
export const MAX_VARINT32_LENGTH = 5;
export const MAX_VARINT64_LENGTH = 10;

/** The end of the varint of at most 64 bits at `start`, or -1 where there is none before `end`. */
export function scanVarint64(bytes: Uint8Array, start: number, end: number): number {
  const limit = end - start < MAX_VARINT64_LENGTH ? end : start + MAX_VARINT64_LENGTH;
  for (let position = start; position < limit; position++) {
    const byte = bytes[position];
    // The tenth byte holds the 64th bit alone.
    if (byte < 0x80) return position === start + 9 && byte > 1 ? -1 : position + 1;
  }
  return -1;
}

/** The end of the varint of at most 32 bits at `start`, or -1 where there is none before `end`. */
export function scanVarint32(bytes: Uint8Array, start: number, end: number): number {
  const limit = end - start < MAX_VARINT32_LENGTH ? end : start + MAX_VARINT32_LENGTH;
  for (let position = start; position < limit; position++) {
    const byte = bytes[position];
    // The fifth byte holds the top four of 32 bits.
    if (byte < 0x80) return position === start + 4 && byte > 0x0f ? -1 : position + 1;
  }
  return -1;
}

/** Whether the varint of that span has no byte more than it needs. */
export function isShortestVarint(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[end - 1] !== 0 || end - start === 1;
}

/** Whether the shortest varint of that span, of at most 64 bits, has no more than 32. */
export function isUint32(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  // The fifth byte holds the top four of 32 bits.
  return length < MAX_VARINT32_LENGTH || (length === MAX_VARINT32_LENGTH && bytes[end - 1] <= 0x0f);
}

/** The low 32 bits of the varint of that span, unsigned: what protobuf makes of a longer varint in a 32-bit field. */
export function varintUint32(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let position = start, shift = 0; position < end && shift < 32; position++, shift += 7) {
    value |= (bytes[position] & 0x7f) << shift;
  }
  return value >>> 0;
}

/** The value of the varint of that span, exact up to 2^53 - 1 and inexact, but larger than that, above. */
export function varintNumber(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let position = end - 1; position >= start; position--) value = value * 128 + (bytes[position] & 0x7f);
  return value;
}

/** How many bytes the shortest varint of `value` has; `value` is an integer from 0 to 2^53 - 1. */
export function varintLength(value: number): number {
  // Nearly all are lengths, which are short; what leaves the small integers costs more.
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let length = 3;
  for (let limit = 0x200000; value >= limit; limit *= 0x80) length++;
  return length;
}

/** Writes the shortest varint of `value` (an integer from 0 to 2^53 - 1) at `position`; returns its end. */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  if (value < 0x80) {
    bytes[position] = value;
    return position + 1;
  }
  if (value < 0x4000) {
    bytes[position] = (value & 0x7f) | 0x80;
    bytes[position + 1] = value >>> 7;
    return position + 2;
  }
  let end = position;
  let rest = value;
  while (rest >= 0x80) {
    bytes[end++] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 128);
  }
  bytes[end++] = rest;
  return end;
}
