import { describe, expect, test } from 'vitest';
import { CachedAddresses } from '../../src/anonymize/address-cache.ts';
import { Key } from '../../src/anonymize/key.ts';
import { DeferredAddresses } from '../../src/filter/deferred-addresses.ts';
import { Filter } from '../../src/filter/filter-chunk.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import { referenceFilter } from '../reference/filter.ts';
import type { PlainRule, PlainRules } from '../reference/rules.ts';
import { concat, dnstapFrame, field, message } from '../support/frames.ts';
import { hex, renderHex } from '../support/hex.ts';
import { framed, unframed } from '../support/run-filter.ts';
import { someKey } from '../support/some-rules.ts';

/** A frame with this in `identity` is dropped for its length, after its addresses were taken out of it. */
const LIMIT = 200;
const TOO_MUCH = 'x'.repeat(LIMIT);

const DAY = 86_400;
const MONDAY = 1_795_392_000;

const ADDRESSES = [
  ...Array.from({ length: 6 }, (_, index) => Uint8Array.of(192, 0, 2, index)),
  ...Array.from({ length: 6 }, (_, index) => hex`20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 0${index.toString()}`),
  hex`00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 01`,
  new Uint8Array(4),
  new Uint8Array(16),
  hex`c0 00 02`,
];

interface Choice {
  type: number;
  client: number;
  server: number;
  day: number;
  port: boolean;
  isDropped: boolean;
  /** Of a DNS message that goes: around the lengths where that of the message around it gets shorter by a byte. */
  queryLength: number;
  /** Whether a field stands twice, so that the frame is rebuilt. */
  isDoubled: boolean;
}

function frameOf({ type, client, server, day, port, isDropped, queryLength, isDoubled }: Choice): Uint8Array {
  return dnstapFrame({
    ...(isDropped && { identity: TOO_MUCH }),
    message: concat(
      message({
        type,
        query_address: ADDRESSES[client % ADDRESSES.length] as Uint8Array,
        response_address: ADDRESSES[server % ADDRESSES.length] as Uint8Array,
        ...(port && { query_port: 53 }),
        query_time_sec: MONDAY + day * DAY,
        ...(queryLength > 0 && { query_message: new Uint8Array(queryLength) }),
      }),
      isDoubled ? field(7, 53) : new Uint8Array(),
      isDoubled ? field(7, 853) : new Uint8Array(),
    ),
  });
}

/** Numbers that look random, the same in every run (Marsaglia, "Xorshift RNGs", 2003). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const PSEUDONYMS: NonNullable<PlainRule['set']> = {
  client_address: 'crypto-pan',
  server_address: 'crypto-pan',
  query_port: 'remove',
  query_message: 'remove',
};

function pseudonymsUnder(key: Omit<NonNullable<PlainRules['key']>, 'ephemeral'>): PlainRules {
  return {
    version: 1,
    default: 'keep',
    key: { ephemeral: true, ...key },
    rules: [{ set: PSEUDONYMS }, { match: [{ type: ['CQ'] }], set: { version: { replace: 'changed' } } }],
  };
}

function expected(frame: Uint8Array, rules: PlainRules): string | undefined {
  const outcome = referenceFilter(frame, rules, { key: someKey, maxOutputFrameLength: LIMIT });
  return 'written' in outcome ? renderHex(outcome.written) : undefined;
}

describe('addresses that are mapped together', () => {
  test('do not wait until there is a table for each frame, as where no two are of one period', () => {
    const deferred = new DeferredAddresses();
    let tables = 0;
    while (!deferred.isFull && tables < 1000) {
      deferred.beginFrame();
      deferred.take(new CachedAddresses({ ipv4: () => {}, ipv6: () => {} }).table(4), new Uint8Array(4), 0);
      deferred.place(0, 0);
      tables++;
    }
    expect(tables).toBeLessThan(100);
    deferred.carryOut(new Uint8Array(4));
    expect(deferred.isFull).toBe(false);
  });

  test.each([
    ['a map for each', pseudonymsUnder({})],
    ['one map', pseudonymsUnder({ maps: 'one' })],
    ['days', pseudonymsUnder({ rotate: 'day' })],
  ])(
    'go to their own frames, whatever is dropped, wherever a chunk ends and whoever shares the plan (%s)',
    (_name, rules) => {
      const plan = compileRules(rulesFileSchema.parse(rules), Key.parse(someKey));
      const filters = Array.from({ length: 3 }, () => ({
        filter: new Filter(plan, { maxOutputFrameLength: LIMIT }),
        out: new ByteBuffer(1),
        expected: [] as (string | undefined)[],
      }));
      const next = numbers(7);
      // Short chunks, and some of more frames than are mapped together.
      for (let round = 0; round < 200; round++) {
        const { filter, out, expected: all } = filters[next(filters.length)] as (typeof filters)[number];
        const frames = Array.from({ length: round % 50 === 0 ? 700 : next(5) }, () =>
          frameOf({
            type: next(8) === 0 ? 3 : 5,
            client: next(100),
            server: next(100),
            day: next(4),
            port: next(2) === 0,
            isDropped: next(3) === 0,
            queryLength: next(2) * (60 + next(80)),
            isDoubled: next(8) === 0,
          }),
        );
        const chunk = Buffer.concat(frames.map(framed));
        filter.filterChunk(chunk, 0, chunk.length, out);
        all.push(...frames.map((frame) => expected(frame, rules)).filter((frame) => frame !== undefined));
      }
      for (const { out, expected: all } of filters) {
        expect(all.length).toBeGreaterThan(100);
        expect(unframed(out.written()).map(renderHex)).toEqual(all);
      }
    },
  );
});
