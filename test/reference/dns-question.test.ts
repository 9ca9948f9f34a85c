import { describe, expect, test } from 'vitest';
import type { RemovalCode } from '../../src/errors.ts';
import { dnsMessage, dnsPointer, dnsQuestion } from '../support/dns.ts';
import { hex, renderHex } from '../support/hex.ts';
import { keepQuestion } from './dns-question.ts';
import { type Case, check, KEEP, set } from './worked-cases.ts';

// Worked out by hand from docs/frames.md, section 4, "DNS messages".

const header = (questions: string) => `12 34 01 20 ${questions} 00 01 00 02 00 03`;
const QUESTION = '01 61 00 00 01 00 01';

describe('the question is kept', () => {
  const kept = (name: string, questions: string, section: string, behind = '') => ({
    name,
    message: hex`${header(questions)} ${section} ${behind}`,
    expected: `12 34 01 20 ${questions} 00 00 00 00 00 00 ${section}`,
  });
  test.each([
    kept('header and question stay, the other counts become 0', '00 01', QUESTION),
    kept('what follows the question goes, and need not be DNS', '00 01', QUESTION, 'ff ff ff'),
    kept('two questions stay', '00 02', `${QUESTION} 01 62 00 00 1c 00 01`),
    kept('a pointer to the question before', '00 02', `${QUESTION} c0 0c 00 1c 00 01`),
    kept('a pointer to a pointer before it', '00 03', `${QUESTION} c0 0c 00 1c 00 01 01 62 c0 13 00 1c 00 01`),
    kept('a pointer to a root in the middle of a question', '00 02', `${QUESTION} 01 62 c0 0e 00 1c 00 01`),
    kept('the second question is not looked at when one is counted', '00 01', QUESTION, 'c0 ff'),
  ])('$name', ({ message, expected }) => {
    const result = keepQuestion(message);
    expect(typeof result === 'string' ? result : renderHex(result)).toBe(expected);
  });

  test('of a name of 255 octets', () => {
    const message = dnsMessage({ questions: [dnsQuestion(longName(61))] });
    expect(keepQuestion(message)).toEqual(message);
  });

  test('of a name behind 127 pointers', () => {
    const message = chainOfPointers(127);
    expect(keepQuestion(message)).toEqual(message);
  });
});

describe('the message is removed', () => {
  const malformed = (name: string, message: string) => ({ name, message, code: 'DNS_MALFORMED' as RemovalCode });
  const questionless = (name: string, message: string) => ({ name, message, code: 'DNS_NO_QUESTION' as RemovalCode });
  test.each([
    malformed('no bytes at all', ''),
    malformed('11 bytes', '12 34 01 20 00 00 00 00 00 00 00'),
    questionless('no question', header('00 00')),
    questionless('no question, with bytes that look like one', `${header('00 00')} ${QUESTION}`),
    malformed('a question that is not there', header('00 01')),
    malformed('a second question that is not there', `${header('00 02')} ${QUESTION}`),
    malformed('256 questions that are not there', `${header('01 00')} ${QUESTION}`),
    malformed('a question without the end of its class', `${header('00 01')} 01 61 00 00 01 00`),
    malformed('a label that runs past the end', `${header('00 01')} 08 61 00 00 01 00 01`),
    malformed('a label of 64 octets', `${header('00 01')} 40 ${'61'.repeat(64)} 00 00 01 00 01`),
    malformed('a label of the kind 10', `${header('00 01')} 80 00 00 01 00 01`),
    malformed('a pointer to itself', `${header('00 01')} c0 0c 00 01 00 01`),
    malformed('a pointer to the beginning of its name', `${header('00 01')} 01 61 c0 0c 00 01 00 01`),
    malformed('a pointer forward', `${header('00 02')} c0 12 00 01 00 01 ${QUESTION}`),
    malformed('a pointer into the header', `${header('00 02')} ${QUESTION} c0 0b 00 01 00 01`),
    malformed('half a pointer', `${header('00 01')} 01 61 c0`),
    malformed(
      'a pointer that leads to one that goes forward, though not past the name',
      // The type of the first question, at 13, is a pointer to its class at 15, whose first octet is a root.
      `${header('00 02')} 00 c0 0f 00 01 c0 0d 00 01 00 01`,
    ),
    malformed(
      'a pointer to bytes of a question that lead on into the pointer',
      // A type and a class that read as two labels if a name begins at 13; behind them comes the pointer to 13.
      `${header('00 02')} 00 01 61 01 61 c0 0d 00 01 00 01`,
    ),
  ])('$name', ({ message, code }) => {
    expect(keepQuestion(hex`${message}`)).toBe(code);
  });

  test('a name of 256 octets', () => {
    expect(keepQuestion(dnsMessage({ questions: [dnsQuestion(longName(62))] }))).toBe('DNS_MALFORMED');
  });

  test('a name of 256 octets, of which a pointer is a part', () => {
    const pointing = (last: number) =>
      dnsMessage({ questions: [dnsQuestion(longName(last)), dnsQuestion(hex`01 63 ${dnsPointer(12)}`)] });
    expect(keepQuestion(pointing(59))).toEqual(pointing(59));
    expect(keepQuestion(pointing(60))).toBe('DNS_MALFORMED');
  });

  test('a name behind 128 pointers', () => {
    expect(keepQuestion(chainOfPointers(128))).toBe('DNS_MALFORMED');
  });
});

/** Three labels of 63 octets and one of `last`: 194 + `last` octets in all. */
function longName(last: number): Uint8Array {
  return hex`${`3f ${'61'.repeat(63)}`.repeat(3)} ${Uint8Array.of(last)} ${'62'.repeat(last)} 00`;
}

/** A name, and then questions of which each points to the one before. */
function chainOfPointers(count: number): Uint8Array {
  const previous = (index: number) => (index === 0 ? 12 : 12 + 7 + 6 * (index - 1));
  const pointers = Array.from({ length: count }, (_, index) => dnsQuestion(dnsPointer(previous(index))));
  return dnsMessage({ questions: [dnsQuestion('a'), ...pointers] });
}

describe('in a frame', () => {
  const framed = (text: string) => {
    const message = hex`${text}`;
    const { length } = message;
    return hex`72 ${Uint8Array.of(6 + length)}  08 05  30 35  52 ${Uint8Array.of(length)} ${message}  78 01`;
  };
  const GONE = hex`72 04  08 05 30 35  78 01`;
  const cases: Case[] = [
    {
      name: 'the question is what is left',
      frame: framed(`${header('00 01')} ${QUESTION} 00`),
      rules: set({ query_message: 'question' }),
      written: framed(`12 34 01 20 00 01 00 00 00 00 00 00 ${QUESTION}`),
    },
    {
      name: 'what has no question goes',
      frame: framed(header('00 00')),
      rules: set({ query_message: 'question' }),
      written: GONE,
      removals: ['DNS_NO_QUESTION'],
    },
    {
      name: 'each message has its own method',
      frame: hex`72 08  08 06 72 00 52 00 30 35  78 01`,
      rules: set({ response_message: 'question' }),
      written: hex`72 06  08 06 52 00 30 35  78 01`,
      removals: ['DNS_MALFORMED'],
    },
    { name: 'what is kept need not be DNS', frame: framed('00'), rules: KEEP, written: framed('00') },
    {
      name: 'what is removed is not counted',
      frame: framed('00'),
      rules: set({ query_message: 'remove' }),
      written: GONE,
    },
  ];
  check(cases);
});
