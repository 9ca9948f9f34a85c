/** The lengths of the messages around what changes, against the reference: shorter or longer by one byte, by two, on both levels at once. */
import { expect, test } from 'vitest';
import { referenceFilter } from '../reference/filter.ts';
import type { PlainRules } from '../reference/rules.ts';
import { bytesField, concat, field, fixed32Field, UNKNOWN_NUMBER } from '../support/frames.ts';
import { runFilter } from '../support/run-filter.ts';
import { someKey } from '../support/some-rules.ts';

const CLIENT = bytesField(4, Uint8Array.of(192, 0, 2, 77));
const HEADER = Uint8Array.from({ length: 12 }, (_, index) => index);

const clients = ['crypto-pan', 'truncate', 'keep'] as const;
const messages = ['remove', 'keep'] as const;
const policies = ['anonymous', 'remove', 'keep'] as const;
const unknowns = ['remove', 'keep'] as const;

/** A policy with a rule of that length, with or without a field that nobody knows. */
function policyOf(length: number, hasUnknown: boolean): Uint8Array {
  const unknown = hasUnknown ? field(UNKNOWN_NUMBER, 1) : new Uint8Array();
  return bytesField(15, concat(bytesField(2, 'r'.repeat(length)), field(3, 1), unknown));
}

function frameOf(messageFields: Uint8Array[], identity: string): Uint8Array {
  return concat(bytesField(1, identity), bytesField(14, concat(...messageFields)), field(15, 1));
}

function* frames(): Generator<Uint8Array> {
  for (const messageLength of [0, 60, 100, 118, 130, 16_370, 16_400, 16_600]) {
    const message = concat(HEADER, new Uint8Array(messageLength));
    const rest = [fixed32Field(9, 5), bytesField(10, message)];
    for (const policyLength of [0, 1, 119, 123, 124, 125, 126, 140]) {
      const policy = policyOf(policyLength, policyLength % 2 === 1);
      // The servers' order; the policy before all; and with a type that takes more bytes than it needs, which is written anew.
      yield frameOf([field(1, 5), field(2, 1), CLIENT, ...rest, policy], 'ns1');
      yield frameOf([policy, field(1, 5), field(2, 1), CLIENT, ...rest], 'ns1');
      yield frameOf([field(1, 5, { valueLength: 2 }), field(2, 1), CLIENT, ...rest, policy], 'ns1');
    }
  }
}

function* allRules(): Generator<PlainRules> {
  for (const client_address of clients) {
    for (const query_message of messages) {
      for (const policy of policies) {
        for (const unknown of unknowns) {
          for (const identity of ['keep', { replace: 'a longer name than it had' }] as const) {
            const set = { client_address, query_message, policy, unknown, identity };
            yield { version: 1, default: 'keep', key: { file: 'share.key' }, rules: [{ set }] };
          }
        }
      }
    }
  }
}

test('are right wherever a message gets shorter or longer', () => {
  let written = 0;
  for (const rules of allRules()) {
    for (const frame of frames()) {
      const expected = referenceFilter(frame, rules, { key: someKey });
      const found = runFilter(frame, rules);
      if ('written' in expected) written++;
      if (!('written' in expected && 'written' in found)) expect(found).toEqual(expected);
      else if (Buffer.compare(found.written, expected.written) !== 0) {
        expect.fail(`${Buffer.from(frame).toString('hex').slice(0, 400)} under ${JSON.stringify(rules)}`);
      }
    }
  }
  expect(written).toBeGreaterThan(10_000);
});

test('are right where every field of every level goes, and an unknown one beside each', () => {
  const unknown = field(UNKNOWN_NUMBER, 1);
  const beside = (fields: Uint8Array[]): Uint8Array => concat(unknown, ...fields.flatMap((field) => [field, unknown]));
  const policy = beside([bytesField(1, 't'), bytesField(2, 'r'), field(3, 1), field(4, 1), bytesField(5, 'v')]);
  const message = beside([
    ...[field(1, 5), field(2, 1), field(3, 1), CLIENT, bytesField(5, Uint8Array.of(192, 0, 2, 1)), field(6, 53)],
    ...[field(7, 53), field(8, 1_700_000_000), fixed32Field(9, 5), bytesField(10, HEADER), bytesField(11, '\u0000')],
    ...[field(12, 1_700_000_000), fixed32Field(13, 5), bytesField(14, HEADER), bytesField(15, policy), field(16, 1)],
  ]);
  const frame = beside([
    ...[bytesField(1, 'ns1'), bytesField(2, 'v'), bytesField(3, 'x'), bytesField(14, message), field(15, 1)],
  ]);
  for (const kept of ['query_port', 'policy'] as const) {
    const rules: PlainRules = { version: 1, default: 'remove', rules: [{ set: { [kept]: 'keep' } }] };
    expect(runFilter(frame, rules)).toEqual(referenceFilter(frame, rules, { key: someKey }));
  }
});
