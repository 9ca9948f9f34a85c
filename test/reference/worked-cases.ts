/** Frames and what becomes of them, worked out by hand from docs/frames.md: the frame of such tests. */
import { expect, test } from 'vitest';
import type { FrameCode, RemovalCode } from '../../src/errors.ts';
import { hex, renderHex } from '../support/hex.ts';
import { someKey } from '../support/some-rules.ts';
import { referenceFilter } from './filter.ts';
import type { PlainRule, PlainRules } from './rules.ts';

/** One frame, the rules, and what becomes of it under `someKey`: the bytes written, or why it is dropped. */
export interface Case {
  name: string;
  frame: Uint8Array;
  rules: PlainRules;
  written?: Uint8Array;
  dropped?: FrameCode | { rule: number };
  removals?: RemovalCode[];
  maxOutputFrameLength?: number;
}

/** Rules that keep everything but unknown fields. */
export const KEEP: PlainRules = { version: 1, default: 'keep' };

/** A file with these rules that keeps the rest. */
export function rulesOf(...rules: PlainRule[]): PlainRules {
  return { ...KEEP, rules };
}

/** A file with one rule, which always applies. */
export function set(methods: PlainRule['set'] & object): PlainRules {
  return rulesOf({ set: methods });
}

/** One test for each case. */
export function check(cases: Case[]): void {
  test.each(cases)('$name', ({ frame, rules, written, dropped, removals = [], maxOutputFrameLength }) => {
    const limits = maxOutputFrameLength === undefined ? {} : { maxOutputFrameLength };
    const outcome = referenceFilter(frame, rules, { key: someKey, ...limits });
    const shown = 'written' in outcome ? renderHex(outcome.written) : outcome.dropped;
    expect(shown).toEqual(written === undefined ? dropped : renderHex(written));
    expect(outcome.removals).toEqual(removals);
  });
}

/** A client's query over IPv4. */
export const CLIENT_QUERY = hex`
  0a 03 6e 73 31            # identity "ns1"
  72 14                     # message of 20 bytes
    08 05                   # CLIENT_QUERY
    10 01                   # INET
    18 01                   # UDP
    22 04 c0 00 02 4d       # query_address 192.0.2.77
    2a 04 c6 33 64 07       # response_address 198.51.100.7
    30 35                   # query_port 53
  78 01                     # type MESSAGE
`;

/** A resolver's query: both addresses are servers'. */
export const RESOLVER_QUERY = hex`
  72 0e
    08 03                   # RESOLVER_QUERY
    22 04 c0 00 02 4d
    2a 04 c6 33 64 07
  78 01
`;
