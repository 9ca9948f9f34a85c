import { describe, expect, test } from 'vitest';
import { dnsMessage, dnsName, dnsQuestion } from '../support/dns.ts';
import { everySplit } from '../support/every-split.ts';
import { bytesField, dnstapFrame, field, fixed32Field, message, varint } from '../support/frames.ts';
import { hex, renderHex } from '../support/hex.ts';

describe('hex', () => {
  test('reads digits past white space and comments, and values that are put in', () => {
    expect([...hex`0a 0B0c # not 0d\n  ff ${Uint8Array.of(1, 2)}${'03'}`]).toEqual([10, 11, 12]);
    expect([
      ...hex`
        0a 0B0c  # not 0d
        ff ${Uint8Array.of(1, 2)} ${'03'}
      `,
    ]).toEqual([10, 11, 12, 255, 1, 2, 3]);
  });

  test('refuses half a byte and what is no digit', () => {
    expect(() => hex`0`).toThrow();
    expect(() => hex`0g`).toThrow();
  });

  test('is the inverse of renderHex', () => {
    expect(renderHex(hex`00 7f 80 ff`)).toBe('00 7f 80 ff');
  });
});

describe('everySplit', () => {
  test('gives the same bytes each time, and cuts everywhere', () => {
    const ways = [...everySplit(hex`01 02 03`)].map((parts) => parts.map((part) => [...part]));
    expect(ways).toEqual([
      [[], [1, 2, 3]],
      [[1], [2, 3]],
      [[1, 2], [3]],
      [[1, 2, 3], []],
      [[1], [2], [3]],
    ]);
  });
});

describe('the builders', () => {
  test('write varints as short as they can be, or as long as they are told', () => {
    expect(renderHex(varint(300))).toBe('ac 02');
    expect(renderHex(varint(1, 3))).toBe('81 80 00');
    expect(renderHex(field(1, -1))).toBe('08 ff ff ff ff ff ff ff ff ff 01');
    expect(renderHex(bytesField(4, 'ab', { tagLength: 2, valueLength: 2 }))).toBe('a2 00 82 00 61 62');
    expect(renderHex(fixed32Field(9, 1))).toBe('4d 01 00 00 00');
  });

  test('write fields ascending, or in the order that they are told, a list as one field each', () => {
    const content = message({ query_port: 53, type: [5, 6], query_time_nsec: 1 }, { order: [9, 6] });
    expect(renderHex(content)).toBe('4d 01 00 00 00 30 35 08 05 08 06');
    expect(renderHex(dnstapFrame({ message: content.slice(0, 0), identity: 'a' }))).toBe('0a 01 61 72 00 78 01');
    expect(renderHex(dnstapFrame({ identity: 'a', type: [] }, { rest: hex`ff` }))).toBe('0a 01 61 ff');
  });

  test('write DNS messages', () => {
    expect(renderHex(dnsName('a.bc'))).toBe('01 61 02 62 63 00');
    const bytes = dnsMessage({ header: { id: 1, flags: 0x100 }, questions: [dnsQuestion('a', 28)] });
    expect(renderHex(bytes)).toBe('00 01 01 00 00 01 00 00 00 00 00 00 01 61 00 00 1c 00 01');
  });
});
