/** What conditions on DNS messages come to (docs/frames.md, section 3), from what dns-packet makes of names and types. */
import { createRequire } from 'node:module';
import packet from 'dns-packet';
import type { DecodedMessage } from '../support/oracle.ts';

/** Whether something is so; undefined where nobody knows. */
export type Knowledge = boolean | undefined;

const OPCODES = ['QUERY', 'IQUERY', 'STATUS', '', 'NOTIFY', 'UPDATE', 'DSO'];
const RCODES = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'],
  ...['YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE', 'DSOTYPENI'],
];

interface Question {
  readonly name: string;
  readonly type: string;
}

/** Whether a condition on DNS messages holds of a frame. */
export function dnsConditionHolds(condition: string, values: readonly string[], message: DecodedMessage): Knowledge {
  const response = message.response_message;
  const messages = [message.query_message, response].filter((bytes) => bytes !== undefined);
  switch (condition) {
    case 'opcode':
      return ofAll(
        messages.map((bytes) => ofHeader(bytes, (flags) => values.includes(OPCODES[(flags >> 11) & 15] ?? ''))),
      );
    case 'rcode':
      return ofAll(
        [response].flatMap((bytes) =>
          bytes ? ofHeader(bytes, (flags) => values.includes(RCODES[flags & 15] ?? '')) : [],
        ),
      );
    case 'qname':
      return ofAll(
        messages.flatMap((bytes) => ofQuestions(bytes, ({ name }) => values.some((text) => isNamed(name, text)))),
      );
    case 'qtype':
      return ofAll(messages.flatMap((bytes) => ofQuestions(bytes, ({ type }) => values.map(typeName).includes(type))));
    default:
      throw new Error(`no condition is called ${condition}`);
  }
}

function ofAll(things: readonly Knowledge[]): Knowledge {
  if (things.length === 0 || things.every((thing) => thing === false)) return false;
  return things.every((thing) => thing === true) ? true : undefined;
}

function ofHeader(bytes: Uint8Array, isSo: (flags: number) => boolean): Knowledge {
  return bytes.length < 12 ? undefined : isSo(Buffer.from(bytes).readUInt16BE(2));
}

function ofQuestions(bytes: Uint8Array, isSo: (question: Question) => boolean): Knowledge[] {
  try {
    const questions = questionsOf(Buffer.from(bytes));
    const { answers, authorities } = counts(bytes);
    return questions.length === 0 && answers + authorities > 0 ? [undefined] : questions.map(isSo);
  } catch {
    return [undefined];
  }
}

function counts(bytes: Uint8Array): { answers: number; authorities: number } {
  const header = Buffer.from(bytes);
  return { answers: header.readUInt16BE(6), authorities: header.readUInt16BE(8) };
}

/** The decoder of one question, which the package has and its types do not. */
const { question } = packet as unknown as {
  question: { decode: { (message: Buffer, offset: number): Question; bytes: number } };
};

function questionsOf(message: Buffer): Question[] {
  const questions: Question[] = [];
  let offset = 12;
  for (let count = message.readUInt16BE(4); count > 0; count--) {
    const { name, type } = question.decode(message, offset);
    offset += question.decode.bytes;
    questions.push({ name: name.toLowerCase(), type: typeName(type) });
  }
  return questions;
}

/** A part of the package that its types do not name. */
const types = createRequire(import.meta.url)('dns-packet/types') as { toString(type: number): string };

/** One name for a type that can be written in several ways. */
function typeName(type: string): string {
  const number = /^(?:TYPE|UNKNOWN_)(\d+)$/.exec(type)?.[1];
  const name = number === undefined ? type : types.toString(Number(number));
  return name.replace(/^UNKNOWN_/, 'TYPE');
}

/** Plain names only: what the tests' rules have. The package writes the root as a dot and every other name without its last. */
function isNamed(name: string, text: string): boolean {
  if (text === '*.') return name !== '.';
  const wanted = text === '.' ? text : text.toLowerCase().replace(/\.$/, '');
  return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted;
}
