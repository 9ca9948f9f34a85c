/** Random DNS messages: records of all kinds in all places, with names and classes that often agree; and real messages with bits flipped. */
import fc from 'fast-check';
import { fixtures } from './captures.ts';
import { dnsHeader, dnsQuestion, dnsRecord } from './dns.ts';
import { concat } from './frames.ts';
import { hex } from './hex.ts';
import { decodeWithProtobufjs } from './oracle.ts';
import { recordData } from './record-data.ts';

const A = hex`01 61 00`;
const CAPITAL_A = hex`01 41 00`;
const NAMES = [
  hex`00`,
  A,
  CAPITAL_A,
  hex`01 62 01 61 00`,
  hex`c0 0c`,
  hex`04 30 67 30 67 00`,
  hex`03 30 67 30 00`,
  hex`04 61 5c 2e 62 63 00`,
];

/** Data that is good only in some places, or equal to other data in another case. */
const PLACED_DATA = [
  ...[5, 39].flatMap((type) => [A, CAPITAL_A, hex`01 62 00`].map((data) => ({ type, data }))),
  ...[hex`01 61 00`, hex`01 41 00`, hex`01 62 00`].map((name) => ({
    type: 6,
    data: concat(name, A, new Uint8Array(20)),
  })),
  ...['0001', '0000'].map((covered) => ({ type: 24, data: hex`${covered} ${'02'.repeat(16)} 00 01` })),
  ...['0001', '0000'].map((covered) => ({ type: 46, data: hex`${covered} ${'02'.repeat(16)} 00 01` })),
  { type: 250, data: hex`01 61 00 ${'00'.repeat(8)} 0000 0000 0000 0000` },
  ...[1, 6, 41, 251, 252, 254, 255, 0].map((type) => ({ type, data: new Uint8Array() })),
];

const arbitraryData = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...PLACED_DATA) },
  fc
    .constantFrom(...recordData)
    .chain(({ type, data }) => fc.constantFrom(...data).map((one) => ({ type, data: one }))),
);

function arbitraryRecord(dnsClass: number): fc.Arbitrary<Uint8Array> {
  const classOf = (type: number) =>
    type === 41 ? fc.constant(1232) : type === 250 ? fc.constantFrom(255, 255, 255, 1) : fc.constant(dnsClass);
  return arbitraryData.chain(({ type, data }) =>
    fc
      .tuple(
        type === 41 ? fc.constantFrom(hex`00`, hex`00`, hex`00`, A) : fc.constantFrom(...NAMES),
        fc.oneof({ weight: 9, arbitrary: classOf(type) }, fc.constantFrom(0, 1, 3, 4, 254, 255)),
      )
      .map(([name, recordClass]) => dnsRecord(name, type, data, recordClass)),
  );
}

function arbitraryQuestions(dnsClass: number): fc.Arbitrary<Uint8Array[]> {
  const question = fc
    .tuple(
      fc.oneof({ weight: 5, arbitrary: fc.constantFrom(A, CAPITAL_A) }, fc.constantFrom(...NAMES)),
      fc.constantFrom(1, 1, 2, 28, 6, 249, 255, 0),
      fc.oneof({ weight: 11, arbitrary: fc.constant(dnsClass) }, fc.constantFrom(0, 1, 3, 254, 255)),
    )
    .map((parts) => dnsQuestion(...parts));
  return fc.oneof({ weight: 8, arbitrary: fc.tuple(question) }, fc.array(question, { maxLength: 3 }));
}

/** A message that is often well formed. */
export const arbitraryMessage: fc.Arbitrary<Uint8Array> = fc
  .constantFrom(1, 1, 1, 1, 1, 255, 3, 254, 0)
  .chain((dnsClass) => {
    const records = fc.array(arbitraryRecord(dnsClass), { maxLength: 2 });
    return fc.record({
      questions: arbitraryQuestions(dnsClass),
      answers: records,
      authorities: records,
      additionals: records,
      opcode: fc.constantFrom(0, 0, 0, 5, 5, 4, 6),
      flags: fc.constantFrom(0, 0x8000, 0x0100, 0x8200),
    });
  })
  .map(({ questions, answers, authorities, additionals, opcode, flags }) => {
    const header = dnsHeader({
      flags: flags | (opcode << 11),
      questionCount: questions.length,
      answerCount: answers.length,
      authorityCount: authorities.length,
      additionalCount: additionals.length,
    });
    return concat(header, ...questions, ...answers, ...authorities, ...additionals);
  });

/** The DNS messages of real captures. */
export const realMessages: readonly Uint8Array[] = fixtures
  .flatMap(({ frames }) => frames)
  .flatMap((frame) => {
    const { query_message, response_message } = decodeWithProtobufjs(frame).message ?? {};
    return [query_message, response_message].filter((bytes) => bytes !== undefined);
  });

const arbitraryReal = fc.constantFrom(...realMessages);

/** A real message with a few bits flipped, or cut. */
export const arbitraryBrokenMessage: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(arbitraryReal, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }))
      .map(([bytes, bits]) => bits.reduce(flipBit, bytes)),
  },
  fc.tuple(arbitraryReal, fc.nat()).map(([bytes, length]) => bytes.slice(0, length % (bytes.length + 1))),
);

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const place = (bit >> 3) % bytes.length;
  return bytes.length === 0 ? bytes : bytes.with(place, (bytes[place] as number) ^ (1 << (bit & 7)));
}
