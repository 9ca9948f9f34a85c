import fc from 'fast-check';
import { expect, test } from 'vitest';
import { identify } from '../../src/audit/identify.ts';
import { fixtures, handmadeCapture } from '../support/captures.ts';
import { filterFrames, shippedRules } from '../support/rules-files.ts';
import { runAudit } from './run-audit.ts';

const frames = [...handmadeCapture.frames, ...fixtures.flatMap((capture) => capture.frames.slice(0, 200))];

test('reads any damaged frame, and finds its bytes in some place', () => {
  fc.assert(
    fc.property(fc.constantFrom(...frames), fc.nat(), fc.nat(255), fc.nat(), (frame, place, octet, cut) => {
      const damaged = frame.slice(0, frame.length - (cut % 3 === 0 ? cut % frame.length : 0));
      if (damaged.length > 0) damaged[place % damaged.length] = octet;
      const { identifiers, envelope } = identify(damaged);
      if (envelope.isMalformed) expect(identifiers.map(({ kind }) => kind)).toContain('malformed_frame');
    }),
    { numRuns: 5000 },
  );
});

test('reads any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      identify(bytes);
    }),
    { numRuns: 5000 },
  );
});

test.each(shippedRules)(
  'compares hand-made frames under $name: filtered, as they were, and as others',
  async ({ rules }) => {
    const { frames: originals } = handmadeCapture;
    const written = filterFrames(
      originals.map((frame) => frame.slice()),
      rules,
    ).filter((frame) => frame !== undefined);
    for (const [one, other] of [
      [written, originals],
      [originals, originals],
      [originals, written],
      [originals.toReversed(), originals],
    ] as const) {
      const { census, remains } = await runAudit(one, other, rules);
      expect(census.frames).toBe(one.length);
      expect((remains?.aligned ?? 0) + (remains?.unaligned ?? 0)).toBe(one.length);
    }
  },
);
