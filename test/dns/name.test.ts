import { expect, test } from 'vitest';
import { MAX_POINTERS, scanName } from '../../src/dns/name.ts';
import { hex } from '../support/hex.ts';

const header = new Uint8Array(12);

function scan(name: Uint8Array, before: Uint8Array = new Uint8Array(0)): number {
  const message = new Uint8Array(Buffer.concat([header, before, name]));
  const start = header.length + before.length;
  const end = scanName(message, 0, start, message.length);
  return end < 0 ? end : end - start;
}

/** A name of `labels` labels of `length` octets, with the root. */
function longName(labels: number, length: number): Uint8Array {
  const label = Uint8Array.from([length, ...new Array<number>(length).fill(0x61)]);
  return new Uint8Array(Buffer.concat([...new Array<Uint8Array>(labels).fill(label), Uint8Array.of(0)]));
}

test.each([
  ['the root', hex`00`, 1],
  ['two labels', hex`01 61 02 6263 00`, 6],
  ['a label of 63 octets', longName(1, 63), 65],
  ['a name of 255 octets', new Uint8Array(Buffer.concat([longName(3, 63).slice(0, -1), longName(1, 61)])), 255],
  ['octets of any value', hex`03 00ff2e 00`, 5],
])('finds the end of %s', (_name, bytes, end) => {
  expect(scan(bytes)).toBe(end);
});

test.each([
  ['nothing', hex``],
  ['a label that is cut off', hex`03 6162`],
  ['a name without its root', hex`01 61`],
  ['a name of 256 octets', new Uint8Array(Buffer.concat([longName(3, 63).slice(0, -1), longName(1, 62)]))],
  ['a label of the type 01', hex`40 00`],
  ['a label of the type 10', hex`80 00`],
  ['half a pointer', hex`c0`],
  ['a pointer to itself', hex`c0 0c`],
  ['a pointer forward', hex`c0 0e 00`],
  ['a pointer into the header', hex`c0 0b`],
])('refuses %s', (_name, bytes) => {
  expect(scan(bytes)).toBe(-1);
});

test('ends a name at its first pointer, and counts what it points to', () => {
  expect(scan(hex`01 62 c0 0c`, hex`01 61 00`)).toBe(4);
  expect(scan(hex`3f ${longName(1, 63).slice(1, -1)} c0 0c`, longName(3, 63))).toBe(-1);
});

test('refuses a pointer that goes back, and then into what it came from', () => {
  // At 12 a label and a pointer to 16, where a pointer to 12 stands.
  expect(scan(hex`c0 0c`, hex`01 61 c0 10`)).toBe(-1);
});

test('refuses more pointers than a name has labels', () => {
  // The root, then pointers each to the one before it.
  const message = (pointers: number) => {
    const bytes = new Uint8Array(13 + 2 * pointers);
    for (let pointer = 0; pointer < pointers; pointer++) {
      const target = pointer === 0 ? 12 : 13 + 2 * (pointer - 1);
      bytes[13 + 2 * pointer] = 0xc0 | (target >>> 8);
      bytes[14 + 2 * pointer] = target & 0xff;
    }
    return scanName(bytes, 0, bytes.length - 2, bytes.length) >= 0;
  };
  expect(message(MAX_POINTERS)).toBe(true);
  expect(message(MAX_POINTERS + 1)).toBe(false);
});
