import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Filter } from '../../src/filter/filter-chunk.ts';
import { CaptureReader } from '../../src/framestream/capture.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { filterFor, filterFrame, unframed } from '../support/run-filter.ts';
import { someRules } from '../support/some-rules.ts';

const FIXTURES = ['bind-recursive', 'unbound', 'knot', 'nsd'];
const PER_FIXTURE = 6;

/** Frames of each fixture, spread over it, none of them large. */
const frames = FIXTURES.flatMap((name) => {
  const all: Uint8Array[] = [];
  const capture = new CaptureReader((bytes, start, end) => all.push(...unframed(bytes.slice(start, end))));
  capture.push(readFileSync(join(import.meta.dirname, `../../fixtures/${name}.dnstap`)));
  const small = all.filter(({ length }) => length < 220);
  return Array.from({ length: PER_FIXTURE }, (_, index) => small[Math.floor((index * small.length) / PER_FIXTURE)]);
});

const filters = ['keep all', 'questions only', 'one by one'].map((name) => filterFor(someRules[name]));
const out = new ByteBuffer(1024);

const ALL_CHANGES = Array.from({ length: 255 }, (_, value) => value + 1);
const BIT_CHANGES = [1, 2, 4, 8, 16, 32, 64, 128, 255];

/** Filters the frame; what comes out must be a frame by protobufjs's word, and whatever comes out or not must be counted. */
function check(filter: Filter, frame: Uint8Array, counts: { written: number; dropped: number }): void {
  const { framesWritten } = filter.counters;
  out.length = 0;
  filterFrame(filter, frame, out);
  if (filter.counters.framesWritten === framesWritten) {
    if (out.length !== 0) expect.fail('a frame that was dropped left bytes');
    counts.dropped++;
    return;
  }
  const [written, ...more] = unframed(out.written());
  if (more.length > 0) expect.fail('one frame became several');
  const { type, message } = decodeWithProtobufjs(written) as { type?: unknown; message?: { type?: unknown } };
  if (type !== 'MESSAGE' || message?.type === undefined) expect.fail('a frame without its types was written');
  counts.written++;
}

function expectAllCounted(counts: { written: number; dropped: number }, total: number): void {
  expect(counts.written + counts.dropped).toBe(total);
  expect(counts.written).toBeGreaterThan(0);
  expect(counts.dropped).toBeGreaterThan(0);
  for (const { counters } of filters) {
    const byRule = counters.droppedByRule.reduce((sum, count) => sum + count, 0);
    const byCode = Object.values(counters.dropsByCode()).reduce((sum, count) => sum + count, 0);
    expect(counters.framesRead).toBe(counters.framesWritten + byRule + byCode);
    expect(counters.dropsByCode()).not.toHaveProperty('INTERNAL');
  }
}

test('every truncation of a frame ends in a counted drop or a valid frame', () => {
  const counts = { written: 0, dropped: 0 };
  let total = 0;
  for (const frame of frames) {
    for (let length = 0; length <= frame.length; length++) {
      for (const filter of filters) check(filter, frame.subarray(0, length), counts);
      total += filters.length;
    }
  }
  expectAllCounted(counts, total);
});

test('every change of a single byte ends in a counted drop or a valid frame, without growth', () => {
  const counts = { written: 0, dropped: 0 };
  let total = 0;
  const before = process.memoryUsage().arrayBuffers;
  for (const [index, frame] of frames.entries()) {
    const changed = frame.slice();
    // All values of the byte in some frames, and in CI in all; in the others each bit, and all bits.
    const values = process.env.CI || index % PER_FIXTURE === 0 ? ALL_CHANGES : BIT_CHANGES;
    for (let position = 0; position < frame.length; position++) {
      for (const value of values) {
        changed[position] = frame[position] ^ value;
        check(filters[total % filters.length], changed, counts);
        total++;
      }
      changed[position] = frame[position];
    }
  }
  expectAllCounted(counts, total);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
});

test('a megabyte of fields, of groups or of pointers costs no more than its length', () => {
  const length = 1_000_000;
  const fields = new Uint8Array(length).fill(0x08);
  const groups = new Uint8Array(length).fill(0x0b);
  const overlong = new Uint8Array(length).fill(0x80);
  const emptyMessages = Uint8Array.from({ length }, (_, index) => (index % 2 === 0 ? 0x72 : 0x00));
  const counts = { written: 0, dropped: 0 };
  for (const frame of [fields, groups, overlong, emptyMessages])
    for (const filter of filters) check(filter, frame, counts);
  expect(counts).toEqual({ written: 0, dropped: 12 });
});
