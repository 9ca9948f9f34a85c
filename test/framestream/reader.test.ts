import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StreamError } from '../../src/errors.ts';
import { CaptureReader } from '../../src/framestream/capture.ts';
import { FrameReader, MAX_SKIPPED_FRAME_LENGTH } from '../../src/framestream/reader.ts';
import { everySplit } from '../support/every-split.ts';
import { hex } from '../support/hex.ts';
import { unframed } from '../support/run-filter.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const captures = readdirSync(FIXTURES).filter((name) => name.endsWith('.dnstap'));

const START = hex`
  00000000                                          # escape
  00000022                                          # control frame of 34 bytes
  00000002                                          # START
  00000001 00000016                                 # content type of 22 bytes
  70726f746f6275663a646e737461702e446e73746170      # protobuf:dnstap.Dnstap
`;
const STOP = hex`00000000 00000004 00000003`;
const READY = hex`00000000 00000004 00000004`;

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

interface Reading {
  frames: Uint8Array[];
  oversize: number;
  skippedControls: number;
  error: string;
}

/** Reads the parts as a capture. The parts are overwritten once they were read: nothing may be read from them later. */
function read(parts: Iterable<Uint8Array>, maxFrameLength?: number): Reading {
  const frames: Uint8Array[] = [];
  const capture = new CaptureReader((bytes, start, end) => {
    frames.push(...unframed(bytes.slice(start, end)));
  }, maxFrameLength);
  let error = '';
  try {
    for (const part of parts) {
      const copy = part.slice();
      try {
        capture.push(copy);
      } finally {
        copy.fill(0xee);
      }
    }
    capture.end();
  } catch (thrown) {
    if (!(thrown instanceof StreamError)) throw thrown;
    error = `${thrown.code} at ${thrown.offset}`;
  }
  return { frames, oversize: capture.oversizeFrames, skippedControls: capture.skippedControls, error };
}

describe('a capture', () => {
  test('is START, data frames and STOP', () => {
    const bytes = concat(START, hex`00000003 010203 00000001 ff`, STOP);
    expect(read([bytes])).toEqual({ frames: [hex`010203`, hex`ff`], oversize: 0, skippedControls: 0, error: '' });
  });

  test('may begin with a START that names no content type', () => {
    const bytes = concat(hex`00000000 00000004 00000002`, hex`00000001 ff`, STOP);
    expect(read([bytes])).toMatchObject({ frames: [hex`ff`], error: '' });
  });

  test('passes over control frames and fields that have no place in it, and counts them', () => {
    const unknownType = hex`00000000 00000004 00000063`;
    const startWithField = concat(hex`00000000 0000000e 00000002`, hex`00000007 00000002 abcd`);
    const bytes = concat(READY, startWithField, unknownType, hex`00000001 ff`, START, STOP);
    expect(read([bytes])).toEqual({ frames: [hex`ff`], oversize: 0, skippedControls: 4, error: '' });
  });

  test.each([
    ['nothing at all', hex``, 'STOP_MISSING at 0'],
    ['START alone', START, 'STOP_MISSING at 42'],
    ['no STOP', concat(START, hex`00000001 ff`), 'STOP_MISSING at 47'],
    ['a cut frame', concat(START, hex`00000001 ff 00000004 0102`), 'FRAME_TRUNCATED at 47'],
    ['a cut length', concat(START, hex`00000001 ff 0000`), 'FRAME_TRUNCATED at 47'],
    ['a cut STOP', concat(START, hex`00000001 ff`, STOP.slice(0, 10)), 'FRAME_TRUNCATED at 47'],
    ['a byte after STOP', concat(START, hex`00000001 ff`, STOP, hex`00`), 'TRAILING_BYTES at 59'],
    ['a second capture after STOP', concat(START, hex`00000001 ff`, STOP, START, STOP), 'TRAILING_BYTES at 59'],
    ['a frame after STOP', concat(START, hex`00000001 ff`, STOP, hex`00000001 ff`), 'TRAILING_BYTES at 59'],
    ['a control frame of 3 bytes', concat(START, hex`00000001 ff 00000000 00000003 000000`), 'FRAMING_LOST at 47'],
    ['a control frame of 513 bytes', concat(START, hex`00000001 ff 00000000 00000201`), 'FRAMING_LOST at 47'],
    ['a length that no frame has', concat(START, hex`00000001 ff 01000001 00`), 'FRAMING_LOST at 47'],
    ['no START', hex`00000001 ff`, 'NOT_FRAME_STREAMS at 0'],
    ['data before START', concat(READY, hex`00000001 ff`, START, STOP), 'NOT_FRAME_STREAMS at 12'],
    ['another content type', hex`00000000 0000000e 00000002 00000001 00000002 6162`, 'CONTENT_TYPE_MISMATCH at 0'],
    ['an empty content type', hex`00000000 0000000c 00000002 00000001 00000000`, 'CONTENT_TYPE_MISMATCH at 0'],
    ['a field longer than START', hex`00000000 0000000e 00000002 00000001 00000003 6162`, 'CONTROL_FRAME_INVALID at 0'],
    ['half a field in START', hex`00000000 00000006 00000002 0000`, 'CONTROL_FRAME_INVALID at 0'],
  ])('with %s is read as far as it goes, at any split', (_name, bytes, error) => {
    const whole = read([bytes]);
    expect(whole.error).toBe(error);
    if (Number(error.split(' ').at(-1)) > 46) expect(whole.frames).toEqual([hex`ff`]);
    for (const parts of everySplit(bytes)) expect(read(parts)).toEqual(whole);
  });

  test('has its oversize frames skipped by their length, at any split', () => {
    const bytes = concat(START, hex`00000005 0000000003 00000004 01020304 00000005 ffffffffff`, STOP);
    for (const parts of everySplit(bytes)) {
      expect(read(parts, 4)).toEqual({ frames: [hex`01020304`], oversize: 2, skippedControls: 0, error: '' });
    }
  });

  test('that ends in an oversize frame is cut in the middle of a frame', () => {
    const bytes = concat(START, hex`00000005 00000000`);
    for (const parts of everySplit(bytes)) expect(read(parts, 4).error).toBe('FRAME_TRUNCATED at 42');
  });

  test('may have a frame as long as the limit allows', () => {
    const frame = new Uint8Array(MAX_SKIPPED_FRAME_LENGTH).fill(7);
    const length = hex`01000000`;
    const { frames, error } = read([START, length, frame, STOP], MAX_SKIPPED_FRAME_LENGTH);
    expect(error).toBe('');
    expect(Buffer.compare(frames[0] as Uint8Array, frame)).toBe(0);
  });
});

test('frames come in plain arrays over the memory that was pushed, whatever class of array that was', () => {
  const chunk = Buffer.concat([START, hex`00000001 ff 00000002 0102`, STOP]);
  const frames: Uint8Array[] = [];
  const capture = new CaptureReader((bytes, start, end) => {
    expect(bytes.constructor).toBe(Uint8Array);
    expect(bytes.buffer).toBe(chunk.buffer);
    frames.push(bytes.slice(start, end));
    bytes[end - 1] = 0xaa;
  });
  capture.push(chunk);
  expect(frames).toEqual([hex`00000001 ff 00000002 0102`]);
  expect(chunk[chunk.length - STOP.length - 1]).toBe(0xaa);
});

test('memory for a frame is taken as its bytes come, not as its length says', () => {
  let given = 0;
  const sink = { frames: () => given++, control: () => given++, oversize: () => given++ };
  const readers = Array.from({ length: 2000 }, () => new FrameReader(sink, MAX_SKIPPED_FRAME_LENGTH));
  const before = process.memoryUsage().arrayBuffers;
  for (const reader of readers) reader.push(hex`00ffffff 00`);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2000 * 1024);
  expect(given).toBe(0);
});

describe.each(captures)('%s', (name) => {
  const bytes = new Uint8Array(readFileSync(join(FIXTURES, name)));
  const whole = read([bytes]);

  test('is read whole', () => {
    expect(whole.error).toBe('');
    expect(whole.frames.length).toBeGreaterThan(30);
  });

  // Not through `read`: comparing all frames for each of 250,000 splits is too much; these are the bytes that a split can harm.
  test('gives the same frames for every split', () => {
    const { ends, length } = { ends: frameEnds(bytes), length: bytes.length };
    for (let cut = 0; cut <= length; cut++) {
      let position = START.length;
      let isSame = true;
      const capture = new CaptureReader((part, start, end) => {
        // A run in place must be where it belongs; a frame that was put together must have the right bytes.
        isSame &&= ends.has(position) && equalBytes(part, start, end, bytes, position);
        position += end - start;
      });
      capture.push(bytes.subarray(0, cut));
      capture.push(bytes.subarray(cut));
      capture.end();
      if (!isSame || position !== length - STOP.length) expect.fail(`the split at ${cut} gives other frames`);
    }
  });

  test('gives the same frames byte by byte', () => {
    const byByte = read(Array.from(bytes, (byte) => Uint8Array.of(byte)));
    expect(byByte.error).toBe('');
    expect(Buffer.compare(Buffer.concat(byByte.frames), Buffer.concat(whole.frames))).toBe(0);
    expect(byByte.frames.map(({ length }) => length)).toEqual(whole.frames.map(({ length }) => length));
  });
});

/** Where frames end in a whole capture, and so where frames start. */
function frameEnds(bytes: Uint8Array): Set<number> {
  const view = new DataView(bytes.buffer);
  const ends = new Set<number>([START.length]);
  for (let position = START.length; position < bytes.length - STOP.length; ) {
    position += 4 + view.getUint32(position);
    ends.add(position);
  }
  return ends;
}

/** Compares a run with the place it comes from: where both are views of the same bytes there is nothing to compare. */
function equalBytes(part: Uint8Array, start: number, end: number, whole: Uint8Array, position: number): boolean {
  if (part.buffer === whole.buffer) return part.byteOffset + start === whole.byteOffset + position;
  return Buffer.compare(part.subarray(start, end), whole.subarray(position, position + end - start)) === 0;
}
