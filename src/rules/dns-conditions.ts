/** Conditions on the DNS messages of a frame (docs/frames.md, 3): of each thing that they look at they hold or not, or nobody knows. */
import { HEADER_LENGTH, QUESTION_COUNT_OFFSET, RECORD_COUNTS_OFFSET, readOpcode, readRcode } from '../dns/header.ts';
import { scanName } from '../dns/name.ts';
import { QUESTION_TAIL_LENGTH } from '../dns/question.ts';
import type { FrameScan } from '../dnstap/scan.ts';
import { MessageField } from '../dnstap/schema.ts';
import { read16 } from '../wire/uint16.ts';
import type { NameSet } from './name-set.ts';
import type { Condition } from './plan.ts';
import { Truth } from './truth.ts';

/** The messages whose questions conditions look at. */
export const QUESTION_MESSAGES: readonly number[] = [MessageField.queryMessage, MessageField.responseMessage];

/** The opcode of the messages is one of these. */
export function hasOpcode(opcodes: readonly number[]): Condition {
  const wanted = bitsOf(opcodes);
  return ofAllMessages(
    QUESTION_MESSAGES,
    ofHeader((bytes, start) => ((wanted >>> readOpcode(bytes, start)) & 1) === 1),
  );
}

/** The four bits of the response's code are one of these; a query has none. */
export function hasRcode(rcodes: readonly number[]): Condition {
  const wanted = bitsOf(rcodes);
  return ofAllMessages(
    [MessageField.responseMessage],
    ofHeader((bytes, start) => ((wanted >>> readRcode(bytes, start)) & 1) === 1),
  );
}

/** Bit n for each number n, all of them less than 32. */
function bitsOf(numbers: readonly number[]): number {
  return numbers.reduce((bits, number) => bits | (1 << number), 0);
}

/** The names of the questions are in the set. */
export function hasQname(names: NameSet): Condition {
  return ofAllMessages(
    QUESTION_MESSAGES,
    questionsTest((bytes, message, start) => names.has(bytes, message, start)),
  );
}

/** The types of the questions are among these. */
export function hasQtype(types: readonly number[]): Condition {
  const wanted = new Uint16Array(types);
  return ofAllMessages(
    QUESTION_MESSAGES,
    questionsTest((bytes, _message, _start, nameEnd) => {
      const type = read16(bytes, nameEnd);
      // Lists are short, and a loop over one takes less time than a look into a set.
      for (let index = 0; index < wanted.length; index++) if (wanted[index] === type) return true;
      return false;
    }),
  );
}

/** What is so of a message from `start` to `end`: bits of `SEEN`. */
export type MessageTest = (bytes: Uint8Array, start: number, end: number) => number;

/** Of some thing it is so, of some it is not, of some nobody knows. */
const SEEN = { yes: 1, no: 2, unknown: 4 } as const;

function ofAllMessages(fields: readonly number[], test: MessageTest): Condition {
  return (frame) => seenIn(frame, fields, test) ?? Truth.no;
}

/** How far the test holds of all that it looks at in those messages of a frame; undefined where that is nothing. */
export function seenIn(
  { bytes, message }: FrameScan,
  fields: readonly number[],
  test: MessageTest,
): number | undefined {
  let seen = 0;
  for (const field of fields) {
    if (message.has(field)) seen |= test(bytes, message.value(field), message.end(field));
  }
  if (seen === 0) return undefined;
  if (seen === SEEN.yes) return Truth.yes;
  return seen === SEEN.no ? Truth.no : Truth.undecided;
}

function ofHeader(holds: (bytes: Uint8Array, start: number) => boolean): MessageTest {
  return (bytes, start, end) => {
    if (end - start < HEADER_LENGTH) return SEEN.unknown;
    return holds(bytes, start) ? SEEN.yes : SEEN.no;
  };
}

/**
 * Looks at every question of a message. Where there is none and yet there are answers, as in the later messages of a transfer (RFC 5936,
 * 2.2.1), nobody knows what was asked.
 */
export function questionsTest(
  holds: (bytes: Uint8Array, message: number, start: number, nameEnd: number) => boolean,
): MessageTest {
  return (bytes, start, end) => {
    if (end - start < HEADER_LENGTH) return SEEN.unknown;
    const count = read16(bytes, start + QUESTION_COUNT_OFFSET);
    if (count === 0 && hasAnswers(bytes, start)) return SEEN.unknown;
    let seen = 0;
    let position = start + HEADER_LENGTH;
    for (let question = 0; question < count; question++) {
      const nameEnd = scanName(bytes, start, position, end);
      if (nameEnd < 0 || nameEnd + QUESTION_TAIL_LENGTH > end) return SEEN.unknown;
      seen |= holds(bytes, start, position, nameEnd) ? SEEN.yes : SEEN.no;
      position = nameEnd + QUESTION_TAIL_LENGTH;
    }
    return seen;
  };
}

/** Whether the header counts records in the answer or the authority section. */
function hasAnswers(bytes: Uint8Array, start: number): boolean {
  const counts = start + RECORD_COUNTS_OFFSET;
  return (read16(bytes, counts) | read16(bytes, counts + 2)) !== 0;
}
