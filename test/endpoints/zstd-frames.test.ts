import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ZstdFrameWalk } from '../../src/endpoints/zstd-frames.ts';
import { hex } from '../support/hex.ts';
import { sampleBytes } from './workspace.ts';

/** Walks over bytes in steps of one length; returns how many belong to the frame, and the walk. */
function walk(bytes: Uint8Array, step: number): { length: number; walk: ZstdFrameWalk } {
  const frame = new ZstdFrameWalk();
  let length = 0;
  for (let start = 0; start < bytes.length && !frame.ended && !frame.damaged; start += step) {
    length += frame.advance(bytes.subarray(start, start + step));
  }
  return { length, walk: frame };
}

const FRAMES: [string, Uint8Array][] = [
  ['one block, content size of 1 byte', hex`28b52ffd 20 06 310000 68656c6c6f0a`],
  ['a window and no content size', hex`28b52ffd 00 58 310000 68656c6c6f0a`],
  ['content size of 2, 4 and 8 bytes', hex`28b52ffd 60 0600 310000 68656c6c6f0a`],
  ['content size of 4 bytes', hex`28b52ffd a0 06000000 310000 68656c6c6f0a`],
  ['content size of 8 bytes', hex`28b52ffd e0 0600000000000000 310000 68656c6c6f0a`],
  ['a dictionary of 1 byte', hex`28b52ffd 21 01 06 310000 68656c6c6f0a`],
  ['a dictionary of 4 bytes', hex`28b52ffd 23 01020304 06 310000 68656c6c6f0a`],
  ['a checksum', hex`28b52ffd 24 06 310000 68656c6c6f0a 01020304`],
  ['two blocks, the first a run', hex`28b52ffd 20 08 120000 61 310000 68656c6c6f0a`],
  ['an empty last block', hex`28b52ffd 00 58 010000`],
  ['a frame to skip', hex`5f2a4d18 03000000 010203`],
  ['a frame to skip that is empty', hex`502a4d18 00000000`],
];

test.each(FRAMES)('a frame with %s ends where it ends, however it is cut', (_, frame) => {
  const bytes = Buffer.concat([frame, hex`ffff`]);
  for (let step = 1; step <= bytes.length; step++) {
    const result = walk(bytes, step);
    expect(result.walk.ended).toBe(true);
    expect(result.length).toBe(frame.length);
  }
  for (let length = 0; length < frame.length; length++) {
    expect(walk(frame.subarray(0, length), 3).walk.ended).toBe(false);
  }
});

test.each([['-1'], ['-19'], ['--no-check']])('what zstd(1) writes with %s is one frame to its last byte', (option) => {
  const bytes = execFileSync('zstd', ['-c', option], { input: sampleBytes(500_000) });
  const result = walk(bytes, 1000);
  expect(result.walk.ended).toBe(true);
  expect(result.length).toBe(bytes.length);
});

test('another magic number, and a block of a reserved type, are damage', () => {
  expect(walk(hex`28b52ffe 20 06`, 1).walk.damaged).toBe(true);
  expect(walk(hex`00000000`, 4).walk.damaged).toBe(true);
  expect(walk(hex`28b52ffd 20 06 370000 00`, 2).walk.damaged).toBe(true);
});
