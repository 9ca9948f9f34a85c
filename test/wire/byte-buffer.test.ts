import { expect, test } from 'vitest';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';

const LENGTHS = [...Array.from({ length: 40 }, (_, length) => length), 63, 64, 65, 511, 512, 513, 1000];
const MARK = 0x55;

test.each(['append', 'appendView'] as const)(
  '%s copies runs of all lengths to all places, and nothing beside',
  (how) => {
    const offset = 3;
    const source = Uint8Array.from({ length: 1100 }, (_, index) => index * 7 + 1);
    for (const length of LENGTHS) {
      for (let at = 0; at < 5; at++) {
        for (let start = 0; start < 5; start++) {
          const buffer = new ByteBuffer(2000);
          buffer.bytes.fill(MARK);
          buffer.length = at;
          // Where the memory ends with the run, nothing behind it can be read.
          const view = new DataView(source.buffer, offset, start + length);
          if (how === 'append') buffer.append(source.subarray(offset), start, start + length);
          else buffer.appendView(view, start, start + length);
          const expected = new Uint8Array(2000).fill(MARK);
          expected.set(source.subarray(offset + start, offset + start + length), at);
          expect(buffer.length).toBe(at + length);
          expect(Buffer.compare(buffer.bytes, expected)).toBe(0);
        }
      }
    }
  },
);

test('what was appended stays where a buffer grows', () => {
  const source = Uint8Array.from({ length: 700 }, (_, index) => index);
  const view = new DataView(source.buffer);
  const buffer = new ByteBuffer(1);
  const expected: number[] = [];
  for (const length of LENGTHS.filter((length) => length <= source.length)) {
    buffer.appendView(view, 0, length);
    buffer.append(source, 0, length);
    expected.push(...source.subarray(0, length), ...source.subarray(0, length));
  }
  expect(Buffer.compare(buffer.written(), Uint8Array.from(expected))).toBe(0);
});

test('a run is whole where memory of any length ends with it', () => {
  const source = Uint8Array.from({ length: 64 }, (_, index) => index + 1);
  for (let memory = 1; memory <= source.length; memory++) {
    const buffer = new ByteBuffer(new ArrayBuffer(memory));
    buffer.appendView(new DataView(source.buffer), 0, memory);
    expect([...buffer.written()]).toEqual([...source.subarray(0, memory)]);
  }
});
