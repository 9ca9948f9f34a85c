/** Which frames the rules drop, as far as a filtered frame can still tell: by message type, opcode and the types that were asked for. */
import { MESSAGE_TYPES } from './dnstap-schema.ts';
import type { IdentifiedFrame } from './identify.ts';
import { type PlainRules, wordsOfType } from './possible-methods.ts';

const SUBJECTS = ['AUTH', 'RESOLVER', 'CLIENT', 'FORWARDER', 'STUB', 'TOOL', 'UPDATE'];
const OPCODES: Readonly<Record<string, number>> = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 };
const QUERY_TYPES: Readonly<Record<number, string>> = { 251: 'IXFR', 252: 'AXFR', 255: 'ANY' };

/** Whether a condition holds; undefined where nobody can tell. */
type Outcome = boolean | undefined;

/** The conditions that the audit knows, each for a list of words any of which will do (docs/frames.md, 3). */
const CONDITIONS: Readonly<Record<string, (frame: IdentifiedFrame, words: readonly string[]) => Outcome>> = {
  type: ({ envelope: { type } }, words) => wordsOfMessageType(type).some((word) => words.includes(word)),
  opcode: ({ messages }, words) =>
    ofAll(
      messages.map(({ bytes, flags }) =>
        bytes.length < HEADER_LENGTH ? undefined : words.some((word) => OPCODES[word] === ((flags >> 11) & 15)),
      ),
    ),
  qtype: ({ messages }, words) =>
    ofAll(
      messages.flatMap(({ bytes, questions, questionCount }) => {
        if (bytes.length < HEADER_LENGTH || questions.length < questionCount) return [undefined];
        return questions.map(({ type }) => wordsOfQueryType(type).some((word) => words.includes(word)));
      }),
    ),
};

const HEADER_LENGTH = 12;

/** Of several things: what holds of all of them, or of none. */
function ofAll(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.every((outcome) => outcome === false)) return false;
  return outcomes.every((outcome) => outcome === true) || undefined;
}

function wordsOfQueryType(type: number): string[] {
  return [QUERY_TYPES[type] ?? '', `TYPE${type}`, ...wordsOfType(type)];
}

function wordsOfMessageType(type: number): string[] {
  const subject = SUBJECTS[(type - 1) >> 1];
  if (subject === undefined) return [];
  const direction = type % 2 === 1 ? 'QUERY' : 'RESPONSE';
  return [MESSAGE_TYPES[type], `${subject}_${direction}`, subject.toLowerCase(), direction.toLowerCase()];
}

/** The rules that drop frames, and of which everything can be told from a filtered frame. */
export class DroppedFrames {
  readonly #rules: readonly { readonly match?: readonly object[]; readonly unless?: readonly object[] }[];

  constructor({ rules = [] }: PlainRules) {
    const isKnown = (map: object) => Object.keys(map).every((name) => name in CONDITIONS);
    this.#rules = rules
      .filter(({ action, unless = [] }) => action === 'drop' && unless.every(isKnown))
      .map(({ match, unless }) => ({ ...(match && { match: match.filter(isKnown) }), ...(unless && { unless }) }));
  }

  /** Whether there are any. */
  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Whether a rule drops such a frame: it applies, or nobody can tell. */
  has(frame: IdentifiedFrame): boolean {
    return this.#rules.some(({ match, unless }) => {
      if (match !== undefined && outcomeOf(match, frame) === false) return false;
      return unless === undefined || outcomeOf(unless, frame) !== true;
    });
  }
}

function outcomeOf(maps: readonly object[], frame: IdentifiedFrame): Outcome {
  const outcomes = maps.map((map) => {
    const conditions = Object.entries(map).map(([name, words]) => CONDITIONS[name]?.(frame, [words].flat()));
    if (conditions.includes(false)) return false;
    return conditions.includes(undefined) ? undefined : true;
  });
  if (outcomes.includes(true)) return true;
  return outcomes.includes(undefined) ? undefined : false;
}
