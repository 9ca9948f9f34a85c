import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ascendingScan, SLACK } from '../../src/dnstap/ascending.ts';
import { Changes } from '../../src/dnstap/changes.ts';
import { FieldTable } from '../../src/dnstap/field-table.ts';
import { FrameScan } from '../../src/dnstap/scan.ts';
import { MAX_FIELD_NUMBER } from '../../src/dnstap/schema.ts';
import { CaptureReader } from '../../src/framestream/capture.ts';
import { bytesField, concat, field, fixed32Field } from '../support/frames.ts';
import { handmadeFrames } from '../support/handmade.ts';
import { hex, renderHex } from '../support/hex.ts';
import { arbitraryFrame } from '../support/random-frames.ts';
import { unframed } from '../support/run-filter.ts';

const SERVERS = ['bind-recursive', 'bind-authoritative', 'unbound', 'knot', 'nsd'];

/** Every field that may come next, so that a scan that passes over the end finds what it looks for there. */
const FIELDS = concat(
  ...[field(1, 5), field(2, 1), field(3, 1), bytesField(4, ''), bytesField(5, ''), field(6, 53), field(7, 53)],
  ...[field(8, 1_700_000_000), fixed32Field(9, 0), bytesField(10, ''), bytesField(11, ''), field(12, 1_700_000_000)],
  ...[fixed32Field(13, 0), bytesField(14, ''), field(15, 1)],
);

/** What may stand behind a frame in memory. */
const TAILS = [
  new Uint8Array(SLACK),
  concat(FIELDS, FIELDS),
  ...[2, 4, 6, 8, 12, 18, 23].map((from) => concat(FIELDS.subarray(from), FIELDS, FIELDS)),
  concat(field(15, 1), FIELDS, FIELDS),
];

function framesOf(server: string): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const capture = new CaptureReader((bytes, start, end) => frames.push(...unframed(bytes.slice(start, end))));
  capture.push(readFileSync(join(import.meta.dirname, `../../fixtures/${server}.dnstap`)));
  return frames;
}

function describeTable(table: FieldTable): unknown {
  const fields: number[][] = [];
  for (let number = 1; number <= MAX_FIELD_NUMBER; number++) {
    if (table.has(number)) fields.push([number, table.start(number), table.value(number), table.end(number)]);
  }
  const { present, removed, growth } = table;
  return { fields, present, removed, growth, unknownCount: table.has(0) ? table.unknownCount : 0 };
}

function describeScan(scan: FrameScan, bytes: Uint8Array, length: number): string {
  const code = scan.scan(bytes, 0, length);
  return JSON.stringify(code === 0 ? [scan.dnstap, scan.message, scan.policy].map(describeTable) : code);
}

// One scan of each, used again and again, as the filter does.
const alone = new FrameScan();
const followed = new FrameScan();

/** With nothing behind it in memory a frame is left to the scan that expects anything. */
function check(frame: Uint8Array): void {
  const expected = describeScan(alone, frame, frame.length);
  for (const tail of TAILS) {
    const found = describeScan(followed, concat(frame, tail), frame.length);
    if (found !== expected) expect.fail(`${renderHex(frame)} before ${renderHex(tail)}: ${found}, not ${expected}`);
  }
}

function isAscending(frame: Uint8Array): boolean {
  const changes = new Changes();
  const scan = ascendingScan(new FieldTable(changes), new FieldTable(changes));
  return scan(new DataView(concat(frame, new Uint8Array(SLACK)).buffer), 0, frame.length);
}

/** A frame whose message has these fields. */
function frameWith(...fields: Uint8Array[]): Uint8Array {
  return concat(bytesField(14, concat(field(1, 5), ...fields)), field(15, 1));
}

test.each(SERVERS)('both scans find the same in every frame of %s', (server) => {
  for (const frame of framesOf(server)) check(frame);
});

test.each(SERVERS)('frames of %s are ascending ones, but for the seldom long', (server) => {
  const frames = framesOf(server);
  const others = frames.filter((frame) => !isAscending(frame));
  expect(others.length).toBeLessThan(frames.length / 50);
});

test('both scans find the same in hand-made frames', () => {
  for (const { bytes } of handmadeFrames) check(bytes);
});

test('both scans find the same in random frames', () => {
  fc.assert(fc.property(arbitraryFrame, check), { numRuns: process.env.CI ? 3_000 : 1_000 });
});

test('both scans find the same after every change of a byte, and at every length', () => {
  for (const server of SERVERS) {
    const frame = framesOf(server).find(({ length }) => length < 160) as Uint8Array;
    for (let length = 0; length < frame.length; length++) check(frame.slice(0, length));
    for (let position = 0; position < frame.length; position++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff, frame[position] ^ 1, frame[position] + 1, frame[position] + 8]) {
        check(frame.with(position, value));
      }
    }
  }
});

const lengths = [0, 1, 126, 127, 128, 129, 16_382, 16_383, 16_384, 16_385];
const numbers = [
  0,
  1,
  127,
  128,
  16_383,
  16_384,
  65_535,
  65_536,
  2 ** 21 - 1,
  2 ** 21,
  2 ** 28 - 1,
  2 ** 28,
  2 ** 32 - 1,
];
const times = [...numbers, 2 ** 32, 2 ** 35 - 1, 2 ** 35, 2 ** 53];

test.each([
  [
    'lengths',
    [4, 5, 10, 11, 14].flatMap((number) => lengths.map((length) => bytesField(number, new Uint8Array(length)))),
  ],
  ['ports', [6, 7].flatMap((number) => numbers.map((value) => field(number, value)))],
  ['ports in too many bytes', [2, 3, 4, 5].map((valueLength) => field(6, 0, { valueLength }))],
  ['times', [8, 12].flatMap((number) => times.map((value) => field(number, value)))],
  ['times in too many bytes', [5, 6, 10].map((valueLength) => field(8, 1_000, { valueLength }))],
  ['lengths in too many bytes', [2, 3, 5].map((valueLength) => bytesField(10, new Uint8Array(9), { valueLength }))],
  // Whoever takes the two bytes for a length finds fields that fit.
  ['a length of two bytes that one could hold', [hex`52 89 00 00 00 00 00 00 00 00 00 72 00`]],
])('both scans find the same at the edges of %s', (_what, fields) => {
  for (const one of fields) {
    check(frameWith(one));
    check(concat(bytesField(1, new Uint8Array(one.length)), bytesField(2, new Uint8Array(one.length)), frameWith(one)));
  }
});

test('the usual values are for the fast scan', () => {
  const usual = [
    frameWith(field(6, 53), field(7, 65_535)),
    frameWith(field(6, 1_023), field(8, 2 ** 28), fixed32Field(9, 1)),
    frameWith(field(8, 2 ** 35 - 1), bytesField(10, new Uint8Array(127))),
    frameWith(bytesField(10, new Uint8Array(128)), bytesField(14, new Uint8Array(16_300 - 128))),
  ];
  expect(usual.map(isAscending)).toEqual(usual.map(() => true));
});
