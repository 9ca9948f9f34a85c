import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Key } from '../../src/anonymize/key.ts';
import { FrameMethods } from '../../src/clean/frame-methods.ts';
import { MessageCleaner, STAYS, WRITTEN } from '../../src/clean/message-cleaner.ts';
import { MessageScan } from '../../src/dns/message-scan.ts';
import { Counters } from '../../src/filter/counters.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import { parseMessage } from '../reference/dns-message.ts';
import { fixtures } from '../support/captures.ts';
import { dnsMessage, dnsPointer, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { concat } from '../support/frames.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { arbitraryDnsMessage } from '../support/random-dns.ts';
import { someKey } from '../support/some-rules.ts';

/** How many damaged messages are tried; CONTRIBUTING.md names the command for more. */
const MESSAGES = Number(process.env.FUZZ_MESSAGES ?? (process.env.CI ? 2_000_000 : 200_000));
const MAX_LENGTH = 65_535;

const CLIENT = Uint8Array.of(192, 0, 2, 77);

/** Something to do in every part of a message. */
const SETS = [
  { client_address: 'crypto-pan', message_id: 'zero' },
  { client_address: 'remove', names: { labels: 2 }, records: { A: 'remove' } },
  {
    client_address: { truncate: { ipv4: 20 } },
    names: 'hash',
    records: { other: 'keep', NSEC: 'keep', RRSIG: 'keep', SVCB: 'keep' },
  },
  { names: 'registrable', reverse_names: 'hmac', edns: { client_subnet: 'truncate', other: 'keep' } },
];

const out = new ByteBuffer(4096);

/** A cleaner under each of the sets, for one frame with a client. */
const cleaners = SETS.map((set) => {
  const file = rulesFileSchema.parse({ version: 1, default: 'keep', key: { ephemeral: true }, rules: [{ set }] });
  const plan = compileRules(file, Key.parse(someKey));
  const methods = new FrameMethods(plan, new Counters(plan));
  methods.begin(plan.types[6].closedTable.methods, 1_763_800_000);
  methods.setClient(CLIENT, 0, CLIENT.length);
  return new MessageCleaner(methods, out);
});

const scan = new MessageScan();

/** What a cleaner makes of a message, which it may change; undefined where it is removed. */
function cleaned(cleaner: MessageCleaner, message: Uint8Array): Uint8Array | undefined {
  out.length = 0;
  const outcome = cleaner.clean(message, 0, message.length);
  if (outcome === WRITTEN) return out.written();
  return outcome === STAYS ? message : undefined;
}

/** Numbers that are the same in every run (xorshift, Marsaglia 2003). */
function* randomNumbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

test(`what is written of ${MESSAGES} damaged messages parses, and is no longer than it may be`, {
  timeout: 3_600_000,
}, () => {
  const real = fixtures.flatMap(({ frames }) =>
    frames.flatMap((frame) => {
      const { query_message: query, response_message: response } = decodeWithProtobufjs(frame).message ?? {};
      return [query, response].filter((message) => message !== undefined);
    }),
  );
  const seeds = [...real, ...fc.sample(arbitraryDnsMessage, { numRuns: 3000, seed: 1 })];
  const random = randomNumbers(20_261_123);
  const next = () => random.next().value;
  let written = 0;
  for (let index = 0; index < MESSAGES; index++) {
    const message = Uint8Array.from(seeds[next() % seeds.length]);
    for (let changes = next() % 3; changes > 0 && message.length > 0; changes--)
      message[next() % message.length] = next();
    const cut = next() % 8 === 0 ? message.subarray(0, next() % (message.length + 1)) : message;
    const output = cleaned(cleaners[index % cleaners.length], cut);
    if (output === undefined) continue;
    written++;
    if (output.length > MAX_LENGTH || !scan.scan(output, 0, output.length)) {
      expect.fail(`message ${index} became ${Buffer.from(output).toString('hex')}`);
    }
    if (index % 100 === 0) expect(parseMessage(output)).toBeDefined();
  }
  expect(written).toBeGreaterThan(MESSAGES / 20);
});

/** Messages of nearly 64 KiB that are as much work as a message can be. */
function hostileMessages(): Uint8Array[] {
  const longest = `${'a.'.repeat(126)}`;
  const [first, second] = [dnsQuestion(longest), dnsQuestion(`${`${'x'.repeat(63)}.`.repeat(3)}${'y'.repeat(61)}`)];
  const many = (count: number, make: (index: number) => Uint8Array) =>
    Array.from({ length: count }, (_, index) => make(index));
  const reverse = dnsQuestion(`${'1.'.repeat(32)}ip6.arpa`);
  return [
    // Every name is a pointer to the longest one.
    dnsMessage({ questions: [first, ...many(10_000, () => dnsQuestion(dnsPointer(12)))] }),
    // Every name is a label before it, and no two are the same.
    dnsMessage({
      questions: [
        second.length > 0 ? first : second,
        ...many(7000, (index) =>
          dnsQuestion(concat(Uint8Array.of(1, index % 256), dnsPointer(14 + 2 * (index % 120)))),
        ),
      ],
    }),
    // Each name points to the one before it.
    dnsMessage({
      questions: [
        dnsQuestion('a'),
        ...many(120, (index) =>
          dnsQuestion(concat(Uint8Array.of(1, 97), dnsPointer(index === 0 ? 12 : 19 + (index - 1) * 8))),
        ),
      ],
    }),
    dnsMessage({ questions: [reverse, ...many(10_000, () => dnsQuestion(dnsPointer(12), 12))] }),
    dnsMessage({ answers: many(5000, () => dnsRecord('', 16, new Uint8Array())) }),
    dnsMessage({
      additionals: [dnsRecord('', 41, concat(...many(16_000, (index) => Uint8Array.of(index >> 8, index, 0, 0))))],
    }),
    dnsMessage({
      answers: many(4, () =>
        dnsRecord(
          '',
          16,
          concat(...many(63, () => concat(Uint8Array.of(255), Buffer.from('1.2.3.'.repeat(42)), Buffer.from('abc')))),
        ),
      ),
    }),
    dnsMessage({
      questions: [first],
      answers: many(300, (index) =>
        dnsRecord(
          dnsPointer(12),
          64,
          concat(
            Uint8Array.of(0, 1, 192, 12),
            ...many(40, () => Uint8Array.of(0, 4, 0, 0)),
            Uint8Array.of(index >> 8, index, 0, 0),
          ),
        ),
      ),
    }),
  ].map((message) => Uint8Array.from(message));
}

test('the largest messages that are all work are cleaned in bounded time', { timeout: 120_000 }, () => {
  for (const message of hostileMessages()) {
    expect(message.length).toBeLessThanOrEqual(MAX_LENGTH);
    for (const cleaner of cleaners) {
      const output = cleaned(cleaner, message.slice());
      if (output !== undefined) expect(scan.scan(output, 0, output.length)).toBe(true);
    }
  }
});
