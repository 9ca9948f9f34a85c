/** The conditions on DNS messages for the reference (docs/frames.md, section 3). */
import { lowerCase, type Question, questionsOf } from './dns-question.ts';

/** True: it holds. False: it fails. Undefined: it is undecided. */
export type Truth = boolean | undefined;

const OPCODES: Readonly<Record<string, number>> = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 };
const RCODES = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH'],
  ...['NOTZONE', 'DSOTYPENI'],
];
/** The types that the tests' rules name. */
const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  SOA: 6,
  PTR: 12,
  AAAA: 28,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
};

/** What a condition comes to in a frame that has these messages. */
export function holdsInMessages(
  condition: string,
  values: readonly string[],
  query: Uint8Array | undefined,
  response: Uint8Array | undefined,
): Truth {
  const both = [query, response].filter((message) => message !== undefined);
  switch (condition) {
    case 'opcode':
      return together(
        both.map((message) =>
          inHeader(message, (flags) => values.some((text) => OPCODES[text] === ((flags >> 11) & 15))),
        ),
      );
    case 'rcode':
      return together(
        response === undefined ? [] : [inHeader(response, (flags) => values.includes(RCODES[flags & 15] ?? ''))],
      );
    case 'qname':
      return together(
        both.flatMap((message) => inQuestions(message, ({ labels }) => values.some((text) => means(text, labels)))),
      );
    case 'qtype':
      return together(
        both.flatMap((message) => inQuestions(message, ({ type }) => values.some((text) => typeOf(text) === type))),
      );
    default:
      throw new Error(`no condition is called ${condition}`);
  }
}

function together(things: readonly Truth[]): Truth {
  if (things.every((thing) => thing === false)) return false;
  return things.every((thing) => thing === true) ? true : undefined;
}

function inHeader(message: Uint8Array, test: (flags: number) => boolean): Truth {
  return message.length < 12 ? undefined : test(message[2] * 256 + message[3]);
}

function inQuestions(message: Uint8Array, test: (question: Question) => boolean): Truth[] {
  const questions = askedIn(message);
  return questions === undefined ? [undefined] : questions.map(test);
}

/** The questions; undefined where nobody knows them, be it that there are answers to none. */
export function askedIn(message: Uint8Array): Question[] | undefined {
  const questions = questionsOf(message);
  const isAnswered = message.slice(6, 10).some((octet) => octet > 0);
  return questions?.length === 0 && isAnswered ? undefined : questions;
}

function typeOf(text: string): number {
  return TYPES[text] ?? Number(text.replace('TYPE', ''));
}

/** Whether a name of the rules means the name with these labels. Names with escapes are not for the reference. */
export function means(text: string, labels: readonly string[]): boolean {
  const isBelow = text.startsWith('*.');
  const wanted = lowerCase(isBelow ? text.slice(2) : text)
    .split('.')
    .filter((label) => label !== '');
  const end = labels.slice(labels.length - wanted.length);
  const isLonger = labels.length > wanted.length;
  return (
    isLonger === isBelow &&
    labels.length >= wanted.length &&
    end.join('.') === wanted.join('.') &&
    end.length === wanted.length
  );
}
