import { beforeEach, expect, test, vi } from 'vitest';
import { HmacSha256 } from '../../src/anonymize/hmac-sha256.ts';
import { Key } from '../../src/anonymize/key.ts';
import { NameHash } from '../../src/anonymize/name-hash.ts';
import { FrameMethods } from '../../src/clean/frame-methods.ts';
import { MessageCleaner, WRITTEN } from '../../src/clean/message-cleaner.ts';
import { removalErrors } from '../../src/errors.ts';
import { Counters } from '../../src/filter/counters.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import { dnsMessage, dnsPointer, dnsQuestion } from '../support/dns.ts';
import { concat } from '../support/frames.ts';
import { someKey } from '../support/some-rules.ts';

const computed = vi.spyOn(HmacSha256.prototype, 'of');

const QUESTION_LENGTH = 8;

/** A question whose name is one octet and then what stands at `place`. */
function questionBefore(place: number, octet: number): Uint8Array {
  return dnsQuestion(concat(Uint8Array.of(1, octet), dnsPointer(place)));
}

/** How often HMAC is computed for the names of a message under `names: hash`. */
function countComputed(message: Uint8Array): number {
  const rules = { version: 1, default: 'keep', key: { ephemeral: true }, rules: [{ set: { names: 'hash' } }] };
  const plan = compileRules(rulesFileSchema.parse(rules), Key.parse(someKey));
  const methods = new FrameMethods(plan, new Counters(plan));
  methods.begin(plan.types[6].closedTable.methods, 0);
  const cleaner = new MessageCleaner(methods, new ByteBuffer(65_536));
  // The work is the same where the message becomes too long.
  expect([WRITTEN, removalErrors.DNS_TOO_LONG]).toContain(cleaner.clean(message, 0, message.length));
  return computed.mock.calls.length;
}

beforeEach(() => {
  computed.mockClear();
});

test('a long ending that thousands of names of a message share is hashed once', () => {
  const first = dnsQuestion(`${'abcdefg.'.repeat(30)}com`);
  const message = dnsMessage({
    questions: [first, ...Array.from({ length: 8000 }, (_, index) => questionBefore(20, index % 256))],
  });
  // What comes before the last 26 labels becomes one, by a hash of the whole name.
  expect(countComputed(message)).toBeLessThan(400);
});

test('so are the endings of many long names, whichever of them comes next', () => {
  // All go on with the same 65 octets, so that each has 26 endings of its own that are long.
  const bottom = 12;
  const tops = Array.from({ length: 250 }, (_, index) => {
    const labels = Array.from({ length: 26 }, (_label, label) => Uint8Array.of(1, label === 25 ? index : 97));
    return dnsQuestion(concat(...labels, dnsPointer(bottom)));
  });
  const bottomQuestion = dnsQuestion('x'.repeat(63));
  const topLength = tops[0].length;
  const from = bottom + bottomQuestion.length;
  const rest = Math.floor((65_535 - from - tops.length * topLength) / QUESTION_LENGTH);
  const others = Array.from({ length: rest }, (_, index) =>
    questionBefore(from + (index % tops.length) * topLength, 98 + Math.floor(index / tops.length)),
  );
  const message = dnsMessage({ questions: [bottomQuestion, ...tops, ...others] });
  const names = 1 + tops.length + others.length;
  expect(countComputed(message)).toBeLessThan(names + 26 * tops.length + 100);
});

test('what is remembered of names has an end, however many there are and however long', () => {
  const hash = new NameHash(someKey);
  const label = new Uint8Array(8);
  let most = 0;
  for (let index = 0; index < 100_000; index++) {
    const ending = index % 2 === 0 ? '' : `\x3f${'x'.repeat(63)}`.repeat(3);
    const name = Buffer.from(`\x0a${String(index).padStart(10, '0')}${ending}\0`);
    hash.writeLabel(name, 0, name.length, label, 0);
    most = Math.max(most, hash.memory);
  }
  expect(most).toBeGreaterThan(1024 * 1024);
  expect(most).toBeLessThanOrEqual(12 * 1024 * 1024);
});

test('a label is the same whether it is computed, remembered, or remembered from before', () => {
  const hash = new NameHash(someKey);
  const label = Buffer.alloc(8);
  const labelOf = (number: number) => {
    const name = Buffer.from(`\x0a${String(number).padStart(10, '0')}\0`);
    hash.writeLabel(name, 0, name.length, label, 0);
    return label.toString('latin1');
  };
  const first = Array.from({ length: 1000 }, (_, number) => labelOf(number));
  expect(new Set(first).size).toBe(1000);
  computed.mockClear();
  let fill = 1000;
  // Until the first thousand are in the table before.
  while (computed.mock.calls.length <= 2 ** 17 - 500) labelOf(fill++);
  computed.mockClear();
  expect(Array.from({ length: 1000 }, (_, number) => labelOf(number))).toEqual(first);
  expect(computed).not.toHaveBeenCalled();
  for (let more = 0; more < 2 ** 18; more++) labelOf(fill++);
  computed.mockClear();
  expect(Array.from({ length: 1000 }, (_, number) => labelOf(number))).toEqual(first);
  expect(computed).toHaveBeenCalledTimes(1000);
});
