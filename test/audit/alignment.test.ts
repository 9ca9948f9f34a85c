import { describe, expect, test } from 'vitest';
import { Alignment } from '../../src/audit/alignment.ts';
import { identify } from '../../src/audit/identify.ts';
import { fixtures } from '../support/captures.ts';

async function* batches(frames: readonly Uint8Array[]): AsyncGenerator<readonly Uint8Array[]> {
  for (let start = 0; start < frames.length; start += 50) yield frames.slice(start, start + 50);
}

function countsOf(frames: readonly Uint8Array[]): number[] {
  const counts: number[] = [];
  for (const frame of frames) {
    const { type } = identify(frame).envelope;
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

/** Which frames stay; the same in each run. */
const samples: Record<string, (index: number) => boolean> = {
  all: () => true,
  'all but one': (index) => index !== 400,
  'nine in ten': (index) => (index * 7919) % 10 !== 0,
  'one in ten': (index) => (index * 7919) % 10 === 0,
  'the last': (index) => index > 600,
};

describe.each(Object.entries(samples))('of frames of which %s stay', (name, stays) => {
  test.each(fixtures.filter(({ frames }) => frames.length > 600))(
    'in $name the true one is a candidate',
    async ({ frames }) => {
      const kept = [...frames.keys()].filter(stays);
      const filtered = kept.map((index) => frames[index] as Uint8Array);
      const alignment = new Alignment(batches(frames), countsOf(frames), countsOf(filtered), undefined);
      for (const [place, index] of kept.entries()) {
        const { frames: candidates, isComplete } = await alignment.candidatesFor(
          identify(filtered[place] as Uint8Array),
        );
        const isThere = candidates.some(({ frame }) => frame === frames[index]);
        expect(isThere || !isComplete).toBe(true);
        if (name === 'all') expect([isComplete, candidates.length]).toEqual([true, 1]);
      }
    },
  );
});

test('says that it is not complete where the filtered capture has more frames of a type', async () => {
  const frames = fixtures[0]?.frames.slice(0, 20) ?? [];
  const twice = [...frames, ...frames];
  const alignment = new Alignment(batches(frames), countsOf(frames), countsOf(twice), undefined);
  expect(await alignment.candidatesFor(identify(frames[0] as Uint8Array))).toMatchObject({ isComplete: false });
});
