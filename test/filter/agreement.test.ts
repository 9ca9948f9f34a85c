import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import { referenceCanonical, referenceFilter } from '../reference/filter.ts';
import type { PlainRules } from '../reference/rules.ts';
import { handmadeFrames } from '../support/handmade.ts';
import { renderHex } from '../support/hex.ts';
import { arbitraryFrame, arbitraryRules } from '../support/random-frames.ts';
import { filterFor, framed, runFilter, unframed } from '../support/run-filter.ts';
import { someKey, someRules } from '../support/some-rules.ts';

const RUNS = Number(process.env.RANDOM_FRAMES ?? (process.env.CI ? 15_000 : 3_000));

type Outcome = ReturnType<typeof referenceFilter> | ReturnType<typeof runFilter>;

function render(outcome: Outcome): string {
  const what = 'written' in outcome ? renderHex(outcome.written) : JSON.stringify(outcome.dropped);
  return `${what} ${[...outcome.removals].sort().join(' ')}`;
}

const KEEP_ALL: PlainRules = { version: 1, default: 'keep', rules: [{ set: { unknown: 'keep' } }] };

describe('the fast engine and the reference agree byte for byte', () => {
  test.each(Object.entries(someRules))('on hand-made frames, by the rules "%s"', (_name, rules) => {
    const disagreements = handmadeFrames.filter(
      ({ bytes }) => render(runFilter(bytes, rules)) !== render(referenceFilter(bytes, rules, { key: someKey })),
    );
    expect(disagreements.map(({ name }) => name)).toEqual([]);
  });

  test('on random frames under random rules', () => {
    fc.assert(
      fc.property(arbitraryFrame, arbitraryRules, (frame, rules) => {
        expect(render(runFilter(frame, rules))).toBe(render(referenceFilter(frame, rules, { key: someKey })));
      }),
      { numRuns: RUNS },
    );
  });

  test('on chunks of thousands of frames with pseudonyms of both roles', () => {
    const rules: PlainRules = {
      version: 1,
      default: 'keep',
      rules: [
        { set: { client_address: 'crypto-pan', server_address: 'crypto-pan', query_port: 'remove' } },
        { match: [{ type: ['CQ'] }], set: { query_port: 'keep' } },
      ],
    };
    const frames = Array.from({ length: 40 }, () => handmadeFrames.map(({ bytes }) => bytes)).flat();
    const some = frames.filter(({ length }) => length > 0);
    const out = new ByteBuffer(16);
    const chunk = Buffer.concat(some.map(framed));
    filterFor(rules).filterChunk(chunk, 0, chunk.length, out);
    const expected = handmadeFrames.flatMap(({ bytes }) => {
      const outcome = bytes.length === 0 ? undefined : referenceFilter(bytes, rules, { key: someKey });
      return outcome && 'written' in outcome ? [renderHex(outcome.written)] : [];
    });
    const written = unframed(out.written()).map(renderHex);
    expect(written).toHaveLength(40 * expected.length);
    for (let round = 0; round < 40; round++) {
      expect(written.slice(round * expected.length, (round + 1) * expected.length)).toEqual(expected);
    }
  });

  test('on streams of random frames, whatever came before', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryFrame, { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        arbitraryRules,
        (frames, size, rules) => {
          const some = frames.filter(({ length }) => length > 0);
          const out = new ByteBuffer(16);
          const filter = filterFor(rules);
          for (let first = 0; first < some.length; first += size) {
            const chunk = Buffer.concat(some.slice(first, first + size).map(framed));
            filter.filterChunk(chunk, 0, chunk.length, out);
          }
          const expected = some.flatMap((frame) => {
            const outcome = referenceFilter(frame, rules, { key: someKey });
            return 'written' in outcome ? [renderHex(outcome.written)] : [];
          });
          expect(unframed(out.written()).map(renderHex)).toEqual(expected);
        },
      ),
      { numRuns: RUNS / 5 },
    );
  });

  test('on random frames at a limit of output', () => {
    fc.assert(
      fc.property(arbitraryFrame, arbitraryRules, fc.integer({ min: 1, max: 200 }), (frame, rules, limit) => {
        const options = { maxOutputFrameLength: limit };
        expect(render(runFilter(frame, rules, options))).toBe(
          render(referenceFilter(frame, rules, { ...options, key: someKey })),
        );
      }),
      { numRuns: RUNS / 10 },
    );
  });
});

describe('rules that keep everything', () => {
  test('pass every canonical hand-made frame with its bytes as they are', () => {
    for (const { name, bytes, canonical } of handmadeFrames) {
      if (!canonical) continue;
      expect(runFilter(bytes, KEEP_ALL), name).toEqual({ written: bytes, removals: [] });
    }
  });

  test('make of every other frame its canonical form, and of that the same once more', () => {
    let forms = 0;
    for (const { name, bytes, canonical, drop } of handmadeFrames) {
      if (canonical || drop !== undefined) continue;
      const form = referenceCanonical(bytes);
      expect(form, name).not.toEqual(bytes);
      expect(runFilter(bytes, KEEP_ALL), name).toEqual({ written: form, removals: [] });
      expect(runFilter(form as Uint8Array, KEEP_ALL), name).toEqual({ written: form, removals: [] });
      forms++;
    }
    expect(forms).toBeGreaterThan(20);
  });

  test('are a fixed point on random frames', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        const once = runFilter(frame, KEEP_ALL);
        if (!('written' in once)) return;
        expect(runFilter(once.written, KEEP_ALL)).toEqual(once);
        expect(once.written).toEqual(referenceCanonical(frame));
      }),
      { numRuns: RUNS },
    );
  });
});

test('hand-made frames that no rule can bring back are dropped by their code', () => {
  for (const { name, bytes, drop } of handmadeFrames) {
    if (drop !== undefined) expect(runFilter(bytes, KEEP_ALL), name).toEqual({ dropped: drop, removals: [] });
  }
});
