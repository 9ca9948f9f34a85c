/** The question section of a DNS message (RFC 1035, 4.1.2): after the header, for each question QNAME, QTYPE (2) and QCLASS (2). */
import { read16 } from '../wire/uint16.ts';
import { HEADER_LENGTH, QUESTION_COUNT_OFFSET } from './header.ts';
import { scanName } from './name.ts';

/** The length of QTYPE and QCLASS, in octets. */
export const QUESTION_TAIL_LENGTH = 4;

/** What `scanQuestions` returns where there is no end of the question section to tell. */
export const QUESTIONS_MALFORMED = -1;
export const QUESTIONS_NONE = -2;

/** Where the question section of the message ends, `QUESTIONS_MALFORMED` or `QUESTIONS_NONE`; what follows is not looked at. */
export function scanQuestions(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < HEADER_LENGTH) return QUESTIONS_MALFORMED;
  const count = read16(bytes, start + QUESTION_COUNT_OFFSET);
  if (count === 0) return QUESTIONS_NONE;
  let position = start + HEADER_LENGTH;
  for (let question = 0; question < count; question++) {
    const nameEnd = scanName(bytes, start, position, end);
    if (nameEnd < 0 || nameEnd + QUESTION_TAIL_LENGTH > end) return QUESTIONS_MALFORMED;
    position = nameEnd + QUESTION_TAIL_LENGTH;
  }
  return position;
}
