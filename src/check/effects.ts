/**
 * What a plan does to each field in frames of each message type. It is read from the plan that filters, not from the text of the rules,
 * so that it cannot say anything else than what is done.
 */
import type { Rotation } from '../anonymize/periods.ts';
import type { KeyedMethod } from '../anonymize/pseudonyms.ts';
import { Rotating } from '../anonymize/rotating.ts';
import { Truncate } from '../anonymize/truncate.ts';
import { MESSAGE_TYPES } from '../dnstap/schema.ts';
import { dnstapFieldBits, FIELD_NAMES, type FieldName, messageFieldBits } from '../rules/field.ts';
import { METHOD_NAMES, type Method, MethodKind, type Plan, type TypePlan } from '../rules/plan.ts';
import type { TimeUnit } from '../rules/schema.ts';
import { FieldCursor } from '../wire/field.ts';

/** What one method does to a field. */
export type Outcome =
  | { readonly effect: 'in clear' | 'removed' | 'question' | 'anonymous' }
  /** An address keeps so many of its first bits. */
  | { readonly effect: 'truncate'; readonly ipv4: number; readonly ipv6: number }
  /** A time is cut to a whole one of these. */
  | { readonly effect: 'truncate'; readonly unit: TimeUnit }
  | { readonly effect: KeyedMethod; readonly rotate?: Rotation }
  | { readonly effect: 'replaced'; readonly text: string };

/** What a rule makes of a field where it applies. */
export interface Exception {
  /** The index of the rule. */
  readonly rule: number;
  readonly outcome: Outcome;
}

/** What becomes of one field in frames of one message type. */
export type Cell =
  | Outcome
  /** No such frame is written. */
  | { readonly effect: 'dropped' }
  /** Frames of the type have no such field. */
  | { readonly effect: 'absent' }
  /**
   * A frame decides: where several rules apply the last one counts, where none does it is `otherwise`. One of which nobody knows
   * whether it applies removes the field, unless its outcome is what the field has already.
   */
  | { readonly effect: 'depends'; readonly otherwise: Outcome; readonly exceptions: readonly Exception[] };

/** The short name of a message type: `CQ`. */
export type Mnemonic = (typeof MESSAGE_TYPES)[number]['mnemonic'];

/** What becomes of frames of one message type. */
export interface TypeEffects {
  /** Message.type. */
  readonly type: number;
  readonly mnemonic: Mnemonic;
  /** The index of the rule that drops every frame, or every one that is left. */
  readonly droppedBy: number | undefined;
  /** The indexes of the rules that drop some of the frames (undecided ones too). The cells speak of the others. */
  readonly thinnedBy: readonly number[];
  readonly cells: Readonly<Record<FieldName, Cell>>;
  /** Whether every field is removed from every frame; what has nothing left is dropped then. */
  readonly isEmptied: boolean;
}

/** What becomes of the frames of each of the fourteen message types, in the order of their numbers. */
export function effectsOf(plan: Plan): TypeEffects[] {
  return MESSAGE_TYPES.map(({ number, mnemonic }) => {
    const typePlan = plan.types[number];
    const droppedBy = typePlan.rules.find(({ applies, notes }) => applies === undefined && notes === undefined)?.index;
    const cells = FIELD_NAMES.map((name, field) => [name, cellOf(typePlan, field, droppedBy !== undefined)] as const);
    const present = cells.filter(([, { effect }]) => effect !== 'absent');
    return {
      type: number,
      mnemonic,
      droppedBy,
      thinnedBy: typePlan.rules
        .filter(({ applies, notes }) => applies !== undefined && notes === undefined)
        .map(({ index }) => index),
      cells: Object.fromEntries(cells) as Record<FieldName, Cell>,
      // A public address stays, whatever the method.
      isEmptied: plan.publicAddresses === undefined && present.every(([, { effect }]) => effect === 'removed'),
    };
  });
}

function cellOf({ type, table, rules }: TypePlan, field: number, isDropped: boolean): Cell {
  if (isDropped) return { effect: 'dropped' };
  if ((dnstapFieldBits[field] | messageFieldBits[type][field]) === 0) return { effect: 'absent' };
  let otherwise = outcomeOf(table.methods[field]);
  let exceptions: Exception[] = [];
  for (const { index, applies, notes } of rules) {
    const note = notes?.find((one) => one.field === field);
    if (note === undefined) continue;
    const outcome = outcomeOf(note.method);
    if (applies === undefined) {
      otherwise = outcome;
      exceptions = [];
    } else if (exceptions.length > 0 || !isSameOutcome(outcome, otherwise)) exceptions.push({ rule: index, outcome });
  }
  return exceptions.length === 0 ? otherwise : { effect: 'depends', otherwise, exceptions };
}

/** Whether two outcomes are the same in effect and parameters. */
export function isSameOutcome(one: Outcome, other: Outcome): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The units of time by their seconds. */
const UNITS: Readonly<Record<number, TimeUnit>> = { 1: '1s', 60: '1m', 3600: '1h', 86400: '1d' };

/** What a compiled method does, in words. */
export function outcomeOf(method: Method): Outcome {
  switch (method.kind) {
    case MethodKind.keep:
      return { effect: 'in clear' };
    case MethodKind.remove:
      return { effect: 'removed' };
    case MethodKind.question:
      return { effect: 'question' };
    case MethodKind.anonymous:
      return { effect: 'anonymous' };
    case MethodKind.time:
      return { effect: 'truncate', unit: UNITS[method.unit] };
    case MethodKind.replace:
      return { effect: 'replaced', text: textOf(method.field) };
    case MethodKind.address:
      return addressOutcome(method);
    default:
      throw new Error('a method of a kind that has no words');
  }
}

function addressOutcome({ address, index }: Method): Outcome {
  if (address instanceof Truncate) return { effect: 'truncate', ipv4: address.ipv4Bits, ipv6: address.ipv6Bits };
  const effect = METHOD_NAMES[index] as KeyedMethod;
  return address instanceof Rotating ? { effect, rotate: address.rotation } : { effect };
}

/** The text in a whole field. */
function textOf(field: Uint8Array): string {
  const cursor = new FieldCursor();
  cursor.scan(field, 0, field.length);
  return new TextDecoder().decode(field.subarray(cursor.value, cursor.end));
}
