/** The header and the question section of a DNS message, for the reference (docs/frames.md, section 4). */
import type { RemovalCode } from '../../src/errors.ts';

const HEADER_LENGTH = 12;
const LONGEST_NAME = 255;
const MOST_POINTERS = 127;

/** The message with nothing behind its question section, and with the other counts 0; or why that cannot be had. */
export function keepQuestion(message: Uint8Array): Uint8Array | RemovalCode {
  if (message.length < HEADER_LENGTH) return 'DNS_MALFORMED';
  const count = message[4] * 256 + message[5];
  if (count === 0) return 'DNS_NO_QUESTION';
  let at: number | undefined = HEADER_LENGTH;
  for (let question = 0; question < count; question++) {
    at = endOfName(message, at);
    if (at === undefined || at + 4 > message.length) return 'DNS_MALFORMED';
    at += 4;
  }
  return Uint8Array.from([...message.slice(0, 6), 0, 0, 0, 0, 0, 0, ...message.slice(HEADER_LENGTH, at)]);
}

/** A question: the labels of its name with A to Z as a to z, a character an octet, and its QTYPE. */
export interface Question {
  labels: string[];
  type: number;
}

/** The questions of a message; undefined where the header or one of them does not parse. */
export function questionsOf(message: Uint8Array): Question[] | undefined {
  if (message.length < HEADER_LENGTH) return undefined;
  const questions: Question[] = [];
  let at = HEADER_LENGTH;
  for (let count = message[4] * 256 + message[5]; count > 0; count--) {
    const end = endOfName(message, at);
    if (end === undefined || end + 4 > message.length) return undefined;
    questions.push({ labels: labelsAt(message, at), type: message[end] * 256 + message[end + 1] });
    at = end + 4;
  }
  return questions;
}

/** The labels of a name that `endOfName` accepts. */
function labelsAt(message: Uint8Array, start: number): string[] {
  const first = message[start];
  if (first === 0) return [];
  if (first >= 0xc0) return labelsAt(message, (first & 0x3f) * 256 + message[start + 1]);
  const label = Buffer.from(message.slice(start + 1, start + 1 + first)).toString('latin1');
  return [lowerCase(label), ...labelsAt(message, start + 1 + first)];
}

/** Only the letters of ASCII have a case here. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * Where the bytes of the name at `start` end; undefined if it is no name. RFC 1035, 4.1.4: a pointer leads to a prior
 * place. Here that means before the part of the name it stands in, where a part begins at each pointer's target.
 */
function endOfName(message: Uint8Array, start: number): number | undefined {
  let end: number | undefined;
  let partStart = start;
  let at = start;
  let octets = 0;
  let pointers = 0;
  for (;;) {
    const first = message[at];
    if (first === undefined) return undefined;
    if (first >= 0xc0) {
      if (at + 1 >= message.length) return undefined;
      const target = (first & 0x3f) * 256 + message[at + 1];
      pointers += 1;
      if (target < HEADER_LENGTH || target >= partStart || pointers > MOST_POINTERS) return undefined;
      end ??= at + 2;
      partStart = target;
      at = target;
      continue;
    }
    if (first > 63 || at + 1 + first > message.length) return undefined;
    octets += 1 + first;
    if (octets > LONGEST_NAME) return undefined;
    at += 1 + first;
    if (first === 0) return end ?? at;
  }
}
