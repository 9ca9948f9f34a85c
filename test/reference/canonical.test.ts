import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { handmadeFrames } from '../support/handmade.ts';
import { hex, renderHex } from '../support/hex.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { arbitraryFrame, arbitraryRules } from '../support/random-frames.ts';
import { someKey } from '../support/some-rules.ts';
import { referenceCanonical, referenceFilter } from './filter.ts';
import { decodeLevel, encodeFields } from './protobuf.ts';
import { DNSTAP } from './schema.ts';

const RUNS = { numRuns: 2000 };

/** The canonical form of a frame that has one; other random frames are passed over. */
function canonicalForm(frame: Uint8Array): Uint8Array {
  const canonical = referenceCanonical(frame);
  fc.pre(typeof canonical !== 'string');
  return canonical;
}

describe('the canonical form', () => {
  test('is its own canonical form', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        const canonical = canonicalForm(frame);
        expect(decodeLevel(canonical, DNSTAP).canonical).toBe(true);
        expect(renderHex(referenceCanonical(canonical) as Uint8Array)).toBe(renderHex(canonical));
      }),
      RUNS,
    );
  });

  test('of a canonical frame is the frame, bit by bit', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        const canonical = canonicalForm(frame);
        fc.pre(decodeLevel(frame, DNSTAP).canonical);
        expect(renderHex(canonical)).toBe(renderHex(frame));
      }),
      RUNS,
    );
  });

  // protobufjs 8 reads as docs/frames.md does: it merges submessages, takes the last of a scalar, puts wrong wire types
  // and unknown values of enums (closed in proto2) among the unknown fields. So nothing has to be excepted.
  test('means the same to protobufjs as the frame did, random frames', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        expect(decodeWithProtobufjs(canonicalForm(frame))).toEqual(decodeWithProtobufjs(frame));
      }),
      RUNS,
    );
  });

  test('means the same to protobufjs as the frame did, hand-made frames', () => {
    for (const { name, bytes, drop } of handmadeFrames) {
      if (drop !== undefined) continue;
      const canonical = referenceCanonical(bytes) as Uint8Array;
      expect(decodeWithProtobufjs(canonical), name).toEqual(decodeWithProtobufjs(bytes));
    }
  });

  test('is what a filter that keeps everything writes', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        const outcome = referenceFilter(frame, {
          version: 1,
          default: 'keep',
          rules: [{ set: { unknown: 'keep' } }],
        });
        const result = 'written' in outcome ? outcome.written : outcome.dropped;
        expect(result).toEqual(referenceCanonical(frame));
      }),
      RUNS,
    );
  });
});

describe('decoding and encoding', () => {
  test('a group keeps its content, and everything else is written in its shortest form', () => {
    const { fields, canonical } = decodeLevel(
      hex`
        a3 81 00 88 00 81 00 a4 81 00   # group 20, its start tag over-long, over-long varints inside and in its end tag
        a9 01 01 02 03 04 05 06 07 08   # fixed64
        f8 80 00 81 80 00               # type, over-long
      `,
      DNSTAP,
    );
    expect(canonical).toBe(false);
    expect(renderHex(encodeFields(fields))).toBe(
      renderHex(hex`
        a3 01 88 00 81 00 a4 81 00
        a9 01 01 02 03 04 05 06 07 08
        78 01
      `),
    );
  });
});

describe('what the filter writes', () => {
  test('is canonical, and is read by protobufjs', () => {
    fc.assert(
      fc.property(arbitraryFrame, arbitraryRules, (frame, rules) => {
        const outcome = referenceFilter(frame, rules, { key: someKey });
        fc.pre('written' in outcome);
        expect(decodeLevel(outcome.written, DNSTAP).canonical).toBe(true);
        expect(decodeWithProtobufjs(outcome.written).type).toBe('MESSAGE');
      }),
      RUNS,
    );
  });

  test('differs from the frame only in what a rule names, by the word of protobufjs', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        const outcome = referenceFilter(frame, {
          version: 1,
          default: 'keep',
          rules: [{ set: { query_port: 'remove', extra: { replace: 'x' }, unknown: 'keep' } }],
        });
        fc.pre('written' in outcome);
        const expected = decodeWithProtobufjs(frame);
        delete expected.message?.query_port;
        expected.extra = hex`78`;
        expect(decodeWithProtobufjs(outcome.written)).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('does not depend on whether the frame came in its canonical form', () => {
    fc.assert(
      fc.property(arbitraryFrame, arbitraryRules, (frame, rules) => {
        const options = { key: someKey };
        expect(referenceFilter(canonicalForm(frame), rules, options)).toEqual(referenceFilter(frame, rules, options));
      }),
      RUNS,
    );
  });

  test('holds nothing but types and what a rule adds, where the default is to remove', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        const outcome = referenceFilter(frame, {
          version: 1,
          default: 'remove',
          rules: [{ set: { version: { replace: 'x' } } }],
        });
        fc.pre('written' in outcome);
        const { message, ...others } = decodeWithProtobufjs(outcome.written);
        expect(others).toEqual({ version: hex`78`, type: 'MESSAGE' });
        expect(['type', 'socket_family']).toEqual(expect.arrayContaining(Object.keys(message ?? {})));
      }),
      RUNS,
    );
  });
});
