import { describe, expect, test } from 'vitest';
import { FrameMethods } from '../../src/clean/frame-methods.ts';
import { MessageCleaner, WRITTEN } from '../../src/clean/message-cleaner.ts';
import { removalErrors } from '../../src/errors.ts';
import { Counters } from '../../src/filter/counters.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import { dnsMessage, dnsPointer, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { concat } from '../support/frames.ts';

const MAX_LENGTH = 65_535;
const TYPE_A = 1;
const TYPE_SRV = 33;
const TYPE_NULL = 10;

const question = dnsQuestion('a.'.repeat(127));
/** It goes, and what follows is written anew. */
const removed = dnsRecord(dnsPointer(12), TYPE_A, Uint8Array.of(192, 0, 2, 1));
/** Its name is in full where it is written anew, 253 octets longer. */
const growing = dnsRecord(dnsPointer(12), TYPE_SRV, concat(new Uint8Array(6), dnsPointer(12)));

/** What a cleaner makes of it that removes A, and how many octets it appended. */
function clean(message: Uint8Array): { outcome: number; appended: number } {
  const rules = { version: 1, default: 'keep', rules: [{ set: { records: { A: 'remove' } } }] };
  const plan = compileRules(rulesFileSchema.parse(rules));
  const methods = new FrameMethods(plan, new Counters(plan));
  methods.begin(plan.types[6].closedTable.methods, Number.NaN);
  const out = new ByteBuffer(16);
  const outcome = new MessageCleaner(methods, out).clean(message, 0, message.length);
  return { outcome, appended: out.length };
}

describe('a message that becomes longer', () => {
  test.each([
    [MAX_LENGTH, WRITTEN],
    [MAX_LENGTH + 1, removalErrors.DNS_TOO_LONG],
  ])('to %i octets has the outcome %i', (length, outcome) => {
    const others = dnsMessage({
      questions: [question],
      answers: [growing, dnsRecord('', TYPE_NULL, new Uint8Array())],
    });
    const filler = dnsRecord('', TYPE_NULL, new Uint8Array(length - others.length - 253));
    const message = dnsMessage({ questions: [question], answers: [removed, growing, filler] });
    expect(message.length).toBeLessThan(MAX_LENGTH);
    expect(clean(message)).toEqual({ outcome, appended: length });
  });

  test('is not written to its end where it is too long long before', () => {
    const answers = [removed, ...Array.from({ length: 3000 }, () => growing)];
    const { outcome, appended } = clean(dnsMessage({ questions: [question], answers }));
    expect(outcome).toBe(removalErrors.DNS_TOO_LONG);
    expect(appended).toBeLessThan(MAX_LENGTH + 1000);
  });
});
