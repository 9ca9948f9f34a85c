import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import {
  isShortestVarint,
  scanVarint32,
  scanVarint64,
  varintLength,
  varintNumber,
  varintUint32,
  writeVarint,
} from '../../src/wire/varint.ts';
import { hex } from '../support/hex.ts';

test('reads the example of the protobuf documentation: 150 is 96 01', () => {
  const bytes = hex`96 01`;
  expect(scanVarint32(bytes, 0, 2)).toBe(2);
  expect(varintUint32(bytes, 0, 2)).toBe(150);
  expect(varintNumber(bytes, 0, 2)).toBe(150);
});

describe('writes what protobufjs writes, and reads it again:', () => {
  function expectTheSame(value: number): void {
    const expected = protobuf.Writer.create().uint64(value).finish();
    const bytes = new Uint8Array(10);
    const end = writeVarint(bytes, 0, value);
    expect(Buffer.compare(bytes.subarray(0, end), expected)).toBe(0);
    expect(varintLength(value)).toBe(end);
    expect(varintNumber(bytes, 0, end)).toBe(value);
    expect(varintUint32(bytes, 0, end)).toBe(Number(BigInt.asUintN(32, BigInt(value))));
  }

  test('any number', () => {
    fc.assert(fc.property(fc.oneof(fc.nat(), fc.maxSafeNat()), expectTheSame));
  });

  test.each([7, 14, 21, 28, 35, 42, 49])('the last one of %i bits and the first one of more', (bits) => {
    expectTheSame(2 ** bits - 1);
    expectTheSame(2 ** bits);
  });

  test.each([0, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])('%i', expectTheSame);
});

test.each([
  ['that does not end', hex`80 80`, -1, -1],
  ['of one byte', hex`7f 00`, 1, 1],
  ['of 32 bits', hex`ff ff ff ff 0f`, 5, 5],
  ['of 33 bits', hex`ff ff ff ff 1f`, -1, 5],
  ['of six bytes', hex`80 80 80 80 80 00`, -1, 6],
  ['of 64 bits', hex`ff ff ff ff ff ff ff ff ff 01`, -1, 10],
  ['of 65 bits', hex`ff ff ff ff ff ff ff ff ff 02`, -1, -1],
  ['of eleven bytes', hex`80 80 80 80 80 80 80 80 80 80 00`, -1, -1],
  ['of no byte', hex``, -1, -1],
])('finds the end of a varint %s', (_name, bytes, end32, end64) => {
  expect(scanVarint32(bytes, 0, bytes.length)).toBe(end32);
  expect(scanVarint64(bytes, 0, bytes.length)).toBe(end64);
});

test('never looks past the end that it is given', () => {
  expect(scanVarint64(hex`80 01`, 0, 1)).toBe(-1);
  expect(scanVarint32(hex`80 01`, 0, 1)).toBe(-1);
});

test.each([
  [hex`00`, true],
  [hex`80 00`, false],
  [hex`80 01`, true],
  [hex`81 80 00`, false],
])('knows the shortest varint: %j', (bytes, isShortest) => {
  expect(isShortestVarint(bytes, 0, bytes.length)).toBe(isShortest);
});

test('a number of more than 53 bits is larger than every exact one', () => {
  for (const bytes of [hex`80 80 80 80 80 80 80 10`, hex`ff ff ff ff ff ff ff ff ff 01`]) {
    expect(varintNumber(bytes, 0, bytes.length)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  }
  const largest = hex`ff ff ff ff ff ff ff 0f`;
  expect(varintNumber(largest, 0, largest.length)).toBe(Number.MAX_SAFE_INTEGER);
});
