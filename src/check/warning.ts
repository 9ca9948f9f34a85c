/** A warning of a check, and what all warnings are found with. */
import type { Plan } from '../rules/plan.ts';
import type { PlainFieldName, RulesFile } from '../rules/schema.ts';
import type { Mnemonic, Outcome, TypeEffects } from './effects.ts';
import type { PossibleOutcomes } from './possible-outcomes.ts';

/** What is easily overlooked in rules that are right. */
export const WARNING_CODES = [
  /** CQ and CR are dropped, and AQ is written. */
  'CLIENT_QUERIES_IN_AUTH',
  /** UQ and UR are dropped, and no condition on the opcode finds the updates in AQ and AR. */
  'UPDATES_IN_AUTH',
  /** `client_address` is hidden in some types, and in clear in others. */
  'CLIENT_IN_CLEAR',
  /** `truncate` with a length that keeps whole addresses. */
  'WHOLE_ADDRESSES',
  /** A rule for the addresses of a network truncates them to no less than that network. */
  'NETWORK_KEPT',
  /** `query_port` is kept where clients are hidden. */
  'PORT_KEPT',
  /** Times are kept to the nanosecond where clients are hidden. */
  'EXACT_TIMES',
  /** One time is hidden, and the other one is not. */
  'ONE_TIME_HIDDEN',
  /** The times are cut to different units. */
  'TIMES_DIFFER',
  /** One of the two DNS messages is hidden, and the other one is not. */
  'ONE_MESSAGE_HIDDEN',
  /** A rule keeps what hiding clients closes. */
  'CLOSED_FIELD_KEPT',
  /** No rule says what becomes of names where clients are hidden. */
  'NAMES_KEPT',
  /** `unknown: keep` in a file that hides clients. */
  'UNKNOWN_KEPT',
  /** An entry of `public.addresses` is wider than /24 or /56. */
  'PUBLIC_WIDE',
  /** `maps: one`. */
  'ONE_MAP',
  /** `rotate` without `query_port: remove` or `message_id: zero`. */
  'ROTATION_FOLLOWED',
  /** A rule that drops what is below a name, and not the name. */
  'NAME_NOT_DROPPED',
  /** A condition on a name that no host has. */
  'NAME_UNLIKELY',
  /** A rule that no frame can meet. */
  'RULE_NEVER_APPLIES',
  /** No frame of any type is written. */
  'NOTHING_WRITTEN',
  /** Every frame is written as it came. */
  'NOTHING_CHANGED',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** One warning. The texts are whole sentences. */
export interface Warning {
  readonly code: WarningCode;
  /** What is overlooked. */
  readonly message: string;
  /** Why it matters. */
  readonly reason: string;
  /** What to write. */
  readonly advice: string;
  /** The message types that it is about, where it is about some and not about the file. */
  readonly types?: readonly Mnemonic[];
  /** The index of the rule that it is about, where it is about one. */
  readonly rule?: number;
}

/** What is known of a rules file. */
export interface Subject {
  readonly file: RulesFile;
  readonly plan: Plan;
  readonly types: readonly TypeEffects[];
  readonly outcomes: PossibleOutcomes;
}

/** Finds warnings of one kind. */
export type Finder = (subject: Subject) => Warning[];

/** Whether frames of the type can be written. */
export function isWritten({ droppedBy, isEmptied }: TypeEffects): boolean {
  return droppedBy === undefined && !isEmptied;
}

/** The types that are written, have all the fields, and in which what becomes of these together can be such as `test` looks for. */
export function typesWhere(
  { types, outcomes }: Subject,
  fields: readonly PlainFieldName[],
  test: (...outcomes: Outcome[]) => boolean,
): Mnemonic[] {
  return types
    .filter((one) => isWritten(one) && fields.every((name) => one.cells[name].effect !== 'absent'))
    .filter(({ type }) => outcomes.of(type, fields).some((combination) => test(...combination)))
    .map(({ mnemonic }) => mnemonic);
}

/** Whether the field is not as it was. */
export function isHidden({ effect }: Outcome): boolean {
  return effect !== 'in clear';
}

/** The subject with no other types than queries. */
export function inQueries(subject: Subject): Subject {
  return { ...subject, types: subject.types.filter(({ type }) => !isResponse(type)) };
}

/** The subject with no other types than responses. */
export function inResponses(subject: Subject): Subject {
  return { ...subject, types: subject.types.filter(({ type }) => isResponse(type)) };
}

/** dnstap.proto: responses have the even numbers. */
function isResponse(type: number): boolean {
  return type % 2 === 0;
}
