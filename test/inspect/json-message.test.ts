import * as dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageObject } from '../../src/inspect/json-message.ts';
import { renderJson } from '../../src/inspect/json-text.ts';
import { dnsHeader, dnsMessage, dnsName, dnsPointer, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { concat } from '../support/frames.ts';
import { hex } from '../support/hex.ts';
import { arbitraryBrokenMessage, arbitraryMessage, realMessages } from '../support/random-messages.ts';

type JsonObject = Record<string, unknown>;

/** The object as it arrives at a reader of the JSON; the message stands between other bytes. */
function objectOf(message: Uint8Array): JsonObject {
  const bytes = concat(hex`ff ff ff`, message, hex`ff ff`);
  return JSON.parse(renderJson(messageObject(bytes, 3, 3 + message.length))) as JsonObject;
}

const QUESTION = dnsQuestion('www.example.com');
const answer = (type: number, data: Uint8Array, dnsClass = 1, name: string | Uint8Array = 'a') =>
  (
    objectOf(dnsMessage({ questions: [QUESTION], answers: [dnsRecord(name, type, data, dnsClass)] }))
      .answers as JsonObject[]
  )[0];

/** The names of what dns-packet knows by number only. */
const OTHER_TYPES: Record<number, string> = {
  ...{ 53: 'SMIMEA', 61: 'OPENPGPKEY', 62: 'CSYNC', 64: 'SVCB', 65: 'HTTPS', 108: 'EUI48', 109: 'EUI64', 256: 'URI' },
};
const nameOf = (number: number, key: string) =>
  key === 'class' ? `CLASS${number}` : (OTHER_TYPES[number] ?? `TYPE${number}`);

/** What is ours alone: names of types and classes, no multicast flag, bytes as base64, texts of TXT as texts. */
function asOurs(value: unknown, key = ''): unknown {
  if (value instanceof Uint8Array) {
    const base64 = Buffer.from(value).toString('base64');
    return key === 'texts' ? Buffer.from(value).toString('utf8') : { base64 };
  }
  if (Array.isArray(value)) return value.map((item) => asOurs(item, key === 'data' ? 'texts' : key));
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string'
      ? value.replace(/^UNKNOWN_(\d+)$/, (_, number) => nameOf(Number(number), key))
      : value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'flush')
      .map(([name, inner]) => [name, asOurs(inner, name)]),
  );
}

describe('the object of a real message', () => {
  test('is what dns-packet decodes, where that is all there is', () => {
    let compared = 0;
    for (const message of realMessages) {
      let expected: dnsPacket.DecodedPacket;
      try {
        expected = dnsPacket.decode(Buffer.from(message));
        if (dnsPacket.decode.bytes !== message.length) continue;
      } catch {
        continue;
      }
      const { length, error, ...object } = objectOf(message);
      // dns-packet goes on behind the data of records that have none, and so reads other records than there are.
      if (/"class":"UNKNOWN_254"|"class":"ANY"/.test(JSON.stringify(expected))) continue;
      expect(error).toBe(undefined);
      expect(length).toBe(message.length);
      expect(object).toEqual(asOurs(expected));
      compared++;
    }
    expect(compared).toBeGreaterThan(realMessages.length * 0.9);
  });
});

describe('a record', () => {
  test('has its type and class by name, or by number', () => {
    expect(answer(65, hex`0001 00`)).toMatchObject({ type: 'HTTPS', class: 'IN' });
    expect(answer(65_280, hex`01`, 254)).toMatchObject({ type: 'TYPE65280', class: 'NONE' });
    expect(answer(1, dnsName('x').slice(), 0x8001)).toMatchObject({ class: 'CLASS32769' });
    expect(answer(46, hex`0041 05 01 00000e10 00000000 00000000 1234 00 01`)).toMatchObject({
      data: { typeCovered: 'HTTPS', signersName: '.', signature: { base64: 'AQ==' } },
    });
    expect(answer(47, hex`00 0009 400000000000000040`)).toMatchObject({ data: { rrtypes: ['A', 'HTTPS'] } });
  });

  test('has names in presentation format, in its data too', () => {
    const name = hex`04 61 2e 1b ff 00`;
    expect(answer(5, name, 1, name)).toMatchObject({ name: 'a\\.\\027\\255', data: 'a\\.\\027\\255' });
    expect(answer(15, concat(hex`000a`, dnsPointer(16)))).toMatchObject({ data: { exchange: 'example.com' } });
    const soa = concat(dnsName('ns.example'), hex`09 6a 6f 68 6e 2e 64 6f 65 21 00`, new Uint8Array(20));
    expect(answer(6, soa)).toMatchObject({ data: { mname: 'ns.example', rname: 'john\\.doe!' } });
  });

  test('has texts as text where they can be seen, and bytes as base64', () => {
    expect(answer(16, hex`02 c3 a9 02 1b 5b 01 ff`)).toMatchObject({
      data: ['é', { base64: 'G1s=' }, { base64: '/w==' }],
    });
    expect(answer(43, hex`1234 05 09 0102`)).toMatchObject({ data: { digest: { base64: 'AQI=' } } });
  });

  test('whose data are not those of its type has them as base64', () => {
    expect(answer(1, hex`c0 00 02`)).toMatchObject({ type: 'A', data: { base64: 'wAAC' } });
    expect(answer(2, hex`03 61`)).toMatchObject({ type: 'NS', data: { base64: 'A2E=' } });
    expect(answer(28, new Uint8Array(17))).toMatchObject({ data: { base64: Buffer.alloc(17).toString('base64') } });
  });

  test('of a class in which dns-packet does not know the type has its data as base64', () => {
    expect(answer(1, hex`01 61 00 00 01`, 3)).toMatchObject({ class: 'CH', data: { base64: 'AWEAAAE=' } });
  });

  test('does not take what stands behind its data', () => {
    // Five octets of the next record, and the root.
    const answers = [dnsRecord('a', 2, hex`05`), dnsRecord('a', 1, hex`c0 00 02 01`)];
    const object = objectOf(dnsMessage({ questions: [QUESTION], answers }));
    expect(object.answers).toMatchObject([{ data: { base64: 'BQ==' } }, { data: '192.0.2.1' }]);
  });

  test('without data, as in an UPDATE, has none, and the next one is where it is', () => {
    const message = dnsMessage({
      header: { flags: 0x2800 },
      questions: [dnsQuestion('example', 6)],
      answers: [dnsRecord('gone', 1, new Uint8Array(), 255), dnsRecord('here', 1, hex`c0 00 02 01`)],
    });
    expect(objectOf(message)).toMatchObject({ opcode: 'UPDATE' });
    expect(objectOf(message).answers).toEqual([
      { name: 'gone', type: 'A', ttl: 300, class: 'ANY' },
      { name: 'here', type: 'A', ttl: 300, class: 'IN', data: '192.0.2.1' },
    ]);
  });

  test('OPT has its options, or as they are where they make no sense', () => {
    const optOf = (data: Uint8Array) =>
      (
        objectOf(dnsMessage({ questions: [QUESTION], additionals: [dnsRecord('', 41, data, 1232)] }))
          .additionals as JsonObject[]
      )[0];
    const common = { name: '.', type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0, flag_do: false };
    expect(optOf(hex`0008 0007 0001 18 00 c0 00 02`)).toMatchObject({
      ...common,
      options: [{ code: 8, type: 'CLIENT_SUBNET', family: 1, sourcePrefixLength: 24, ip: '192.0.2.0' }],
    });
    // What servers do not take: a cookie that is too short, a whole address under /24.
    expect(optOf(hex`000a 0003 01 02 03 0008 0008 0001 18 00 c0 00 02 07`)).toMatchObject({
      ...common,
      options: [
        { code: 10, type: 'COOKIE', data: { base64: 'AQID' } },
        { code: 8, sourcePrefixLength: 24, ip: '192.0.2.7' },
      ],
    });
    for (const short of [hex`0008 0003 000118`, hex`000b 0001 00`, hex`000e 0003 000102`]) {
      const base64 = Buffer.from(short.slice(4)).toString('base64');
      expect(optOf(short).options).toEqual([{ code: short[1], data: { base64 } }]);
    }
    expect(optOf(hex`000a 0009 01 02 03`)).toMatchObject({ ...common, options: { base64: 'AAoACQECAw==' } });
    expect(optOf(hex``)).toMatchObject({ ...common, options: [] });
  });
});

describe('a message that is malformed', () => {
  test.each([
    ['the header is cut', hex`12 34 01`, {}],
    ['it is longer than a DNS message can be', concat(dnsHeader(), new Uint8Array(65_524)), {}],
    ['questions[0] is malformed', dnsHeader({ id: 7, questionCount: 1 }), { id: 7, questions: [] }],
    [
      'questions[1] is malformed',
      concat(dnsHeader({ questionCount: 2 }), QUESTION),
      { questions: [{ name: 'www.example.com' }] },
    ],
    ['answers[0] is malformed', dnsMessage({ header: { answerCount: 9 }, questions: [QUESTION] }), { answers: [] }],
    [
      'answers[0] is malformed',
      dnsMessage({ questions: [QUESTION], answers: [dnsRecord('a', 1, hex`c0 00 02 01`).slice(0, -1)] }),
      { answers: [] },
    ],
    ['questions[0] is malformed', dnsMessage({ questions: [dnsQuestion(dnsPointer(12))] }), { questions: [] }],
  ])('has an error, "%s", and what comes before', (error, message, expected) => {
    expect(objectOf(message)).toMatchObject({ length: message.length, error, ...expected });
  });
});

test('a message as long as can be is read', () => {
  expect(objectOf(concat(dnsHeader({ id: 7 }), new Uint8Array(65_523)))).toMatchObject({ length: 65_535, id: 7 });
});

test('whatever the bytes, there is an object, and no control character in its JSON', () => {
  const arbitrary = fc.oneof(arbitraryBrokenMessage, arbitraryMessage, fc.uint8Array({ maxLength: 80 }));
  fc.assert(
    fc.property(arbitrary, (message) => {
      const json = renderJson(messageObject(message, 0, message.length));
      expect(json).not.toMatch(/\p{Cc}|\u2028|\u2029|\u202e/u);
      expect(JSON.parse(json)).toMatchObject({ length: message.length });
    }),
    { numRuns: 5000, seed: 20_261_123 },
  );
});
