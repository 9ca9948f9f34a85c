/**
 * What a plan does to each field in frames of each message type. It is read from the plan that filters, not from the text of the rules,
 * so that it cannot say anything else than what is done.
 */
import type { Rotation } from '../anonymize/periods.ts';
import type { KeyedMethod } from '../anonymize/pseudonyms.ts';
import { Rotating } from '../anonymize/rotating.ts';
import { Truncate } from '../anonymize/truncate.ts';
import { OptionCode, renderOption } from '../dns/edns.ts';
import { renderType } from '../dns/record-types.ts';
import { MESSAGE_TYPES } from '../dnstap/schema.ts';
import {
  dnstapFieldBits,
  FIELD_NAMES,
  FieldIndex,
  type FieldName,
  isInMessages,
  messageFieldBits,
} from '../rules/field.ts';
import {
  CLOSABLE,
  METHOD_NAMES,
  type MessageEntry,
  type Method,
  MethodKind,
  type Plan,
  type TypePlan,
  UNNAMED,
} from '../rules/plan.ts';
import type { TimeUnit } from '../rules/schema.ts';
import { FieldCursor } from '../wire/field.ts';

/** What one method does to a field. */
export type Outcome =
  | { readonly effect: 'in clear' | 'removed' | 'question' | 'anonymous' | 'registrable' | 'zero' }
  /** Of a DNS message that stays: what stands inside becomes what the cells of that say. */
  | { readonly effect: 'cleaned' }
  /** What `client_address` gets in the same frame; removed where that is kept. */
  | { readonly effect: 'as client' }
  /** What `names` and `reverse_names` get in the same frame. */
  | { readonly effect: 'as names' }
  /** What tells of the client, or of hidden names, is removed, and the rest stays (docs/messages.md, 4). */
  | { readonly effect: 'closed' }
  /** In clear where `names` is, and closed elsewhere. */
  | { readonly effect: 'with names' }
  /** What all others of its kind get; of a client subnet, where that is not `removed`, what the client gets. */
  | { readonly effect: 'as other' }
  /** A name keeps so many of its last labels. */
  | { readonly effect: 'labels'; readonly labels: number }
  /** An address keeps so many of its first bits. */
  | { readonly effect: 'truncate'; readonly ipv4: number; readonly ipv6: number }
  /** A time is cut to a whole one of these. */
  | { readonly effect: 'truncate'; readonly unit: TimeUnit }
  | { readonly effect: KeyedMethod | 'hash'; readonly rotate?: Rotation }
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

/** What a cell is of: a field, or an entry of `edns` or `records`. */
export type RowName = Exclude<FieldName, 'edns' | 'records'> | `edns ${string}` | `records ${string}`;

/** What becomes of frames of one message type. */
export interface TypeEffects {
  /** Message.type. */
  readonly type: number;
  readonly mnemonic: Mnemonic;
  /** The index of the rule that drops every frame, or every one that is left. */
  readonly droppedBy: number | undefined;
  /** The indexes of the rules that drop some of the frames (undecided ones too). The cells speak of the others. */
  readonly thinnedBy: readonly number[];
  /** By field. In place of `edns` and `records` each entry has a cell of its own: `edns cookie`, `records other`. */
  readonly cells: Readonly<Record<RowName, Cell>>;
  /** Whether every field is removed from every frame; what has nothing left is dropped then. */
  readonly isEmptied: boolean;
}

/** What becomes of the frames of each of the fourteen message types, in the order of their numbers. */
export function effectsOf(plan: Plan): TypeEffects[] {
  const rows = rowsOf(plan);
  return MESSAGE_TYPES.map(({ number, mnemonic }) => {
    const typePlan = plan.types[number];
    const droppedBy = typePlan.rules.find(({ applies, notes }) => applies === undefined && notes === undefined)?.index;
    const cells = new TypeCells(plan, typePlan, droppedBy !== undefined);
    const ofFrame = rows.filter(({ field }) => !isInMessages(field)).map(({ field }) => cells.of(field));
    return {
      type: number,
      mnemonic,
      droppedBy,
      thinnedBy: typePlan.rules
        .filter(({ applies, notes }) => applies !== undefined && notes === undefined)
        .map(({ index }) => index),
      cells: Object.fromEntries(rows.map(({ name, field }) => [name, cells.of(field)])) as Record<RowName, Cell>,
      // A public address stays, whatever the method.
      isEmptied:
        plan.publicAddresses === undefined &&
        ofFrame.every(({ effect }) => effect === 'removed' || effect === 'absent') &&
        ofFrame.some(({ effect }) => effect === 'removed'),
    };
  });
}

/** The rows of a table in their order, each with the index of its field; that of client subnets is there whoever names them. */
function rowsOf({ entries }: Plan): { name: RowName; field: number }[] {
  const named = (wanted: 'edns' | 'records') =>
    entries.list.flatMap(({ field, code }, index) => {
      const name = field === 'edns' ? renderOption(code) : renderType(code);
      return field === wanted ? [{ name: `${wanted} ${name}` as const, field: FIELD_NAMES.length + index }] : [];
    });
  return FIELD_NAMES.flatMap((name, field): { name: RowName; field: number }[] => {
    if (name !== 'edns' && name !== 'records') return [{ name, field }];
    const isSubnetNamed = entries.list.some((entry) => isSubnet(entry));
    const subnet = name === 'records' || isSubnetNamed ? [] : [{ name: 'edns client_subnet' as const, field: SUBNET }];
    return [...subnet, ...named(name), { name: `${name} other`, field }];
  });
}

/** What stands for the field of client subnets where no rule names them. */
const SUBNET = -1;

function isSubnet({ field, code }: MessageEntry): boolean {
  return field === 'edns' && code === OptionCode.client_subnet;
}

/** The cells of one message type. */
class TypeCells {
  readonly #plan: Plan;
  readonly #type: TypePlan;
  readonly #isDropped: boolean;
  /** Whether names stay as they are in no frame, in some, or in all. */
  readonly #keptNames: 'never' | 'sometimes' | 'always';
  /** Whether DNS messages that stay are looked into (docs/messages.md, 1). */
  readonly #areMessagesCleaned: boolean;

  constructor(plan: Plan, type: TypePlan, isDropped: boolean) {
    this.#plan = plan;
    this.#type = type;
    this.#isDropped = isDropped;
    const names = this.#outcomesOf(FieldIndex.names).map(({ effect }) => effect === 'in clear');
    this.#keptNames = names.every(Boolean) ? 'always' : names.some(Boolean) ? 'sometimes' : 'never';
    const inMessages = [...FIELD_NAMES.keys(), ...plan.entries.list.map((_, index) => FIELD_NAMES.length + index)];
    this.#areMessagesCleaned =
      plan.hidesClients || inMessages.filter(isInMessages).some((field) => this.#cell(field).effect !== 'in clear');
  }

  of(field: number): Cell {
    if (this.#isDropped) return { effect: 'dropped' };
    if (field !== SUBNET && !isInMessages(field)) {
      const { type } = this.#type;
      return (dnstapFieldBits[field] | messageFieldBits[type][field]) === 0 ? { effect: 'absent' } : this.#cell(field);
    }
    const areMessagesGone = MESSAGES.every((message) => this.#cell(message).effect === 'removed');
    return areMessagesGone ? { effect: 'removed' } : this.#cell(field);
  }

  #cell(field: number): Cell {
    const { table, rules } = this.#type;
    let otherwise = this.#outcome(field, field === SUBNET ? UNNAMED : table.methods[field]);
    let exceptions: Exception[] = [];
    for (const { index, applies, notes } of rules) {
      const note = notes?.find((one) => one.field === field);
      if (note === undefined) continue;
      const outcome = this.#outcome(field, note.method);
      if (applies === undefined) {
        otherwise = outcome;
        exceptions = [];
      } else if (exceptions.length > 0 || !isSameOutcome(outcome, otherwise)) exceptions.push({ rule: index, outcome });
    }
    return exceptions.length === 0 ? otherwise : { effect: 'depends', otherwise, exceptions };
  }

  #outcomesOf(field: number): Outcome[] {
    const cell = this.#cell(field);
    if (cell.effect !== 'depends') return [cell as Outcome];
    return [cell.otherwise, ...cell.exceptions.map(({ outcome }) => outcome)];
  }

  #outcome(field: number, method: Method): Outcome {
    if (method === UNNAMED) return this.#unnamed(field);
    if (method === CLOSABLE) {
      const closed: Outcome = { effect: field === FieldIndex.policy ? 'anonymous' : 'removed' };
      return { always: IN_CLEAR, sometimes: WITH_NAMES, never: closed }[this.#keptNames];
    }
    const isOther = field === FieldIndex.edns || field === FieldIndex.records;
    if (MESSAGES.includes(field) && method.kind === MethodKind.keep && this.#areMessagesCleaned) return CLEANED;
    if (!isOther || method.kind !== MethodKind.keep) return outcomeOf(method);
    if (this.#plan.hidesClients) return CLOSED;
    return { always: IN_CLEAR, sometimes: WITH_NAMES, never: CLOSED }[this.#keptNames];
  }

  /** What becomes of a field that no rule has named. */
  #unnamed(field: number): Outcome {
    if (field === FieldIndex.reverse_names) return AS_CLIENT;
    if (field === FieldIndex.query_zone) {
      const reverse = this.#outcomesOf(FieldIndex.reverse_names);
      const isKept = this.#keptNames === 'always' && reverse.every(({ effect }) => effect === 'in clear');
      return isKept ? IN_CLEAR : { effect: 'as names' };
    }
    const entry = this.#plan.entries.list[field - FIELD_NAMES.length];
    const other = this.#outcomesOf(FieldIndex[entry?.field ?? 'edns']);
    if (other.length > 1) return { effect: 'as other' };
    const isOfSubnet = entry === undefined || isSubnet(entry);
    if (!isOfSubnet || other[0].effect === 'removed') return other[0];
    return this.#plan.hidesClients ? AS_CLIENT : IN_CLEAR;
  }
}

const MESSAGES = [FieldIndex.query_message, FieldIndex.response_message];
const IN_CLEAR: Outcome = { effect: 'in clear' };
const CLEANED: Outcome = { effect: 'cleaned' };
const CLOSED: Outcome = { effect: 'closed' };
const WITH_NAMES: Outcome = { effect: 'with names' };
const AS_CLIENT: Outcome = { effect: 'as client' };

/** Whether two outcomes are the same in effect and parameters. */
export function isSameOutcome(one: Outcome, other: Outcome): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The units of time by their seconds. */
const UNITS: Readonly<Record<number, TimeUnit>> = { 1: '1s', 60: '1m', 3600: '1h', 86400: '1d' };

/** What a compiled method does, in words; one that is unnamed stands for `query_zone`. */
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
    case MethodKind.unnamed:
      return { effect: 'as names' };
    case MethodKind.labels:
      return { effect: 'labels', labels: method.labels };
    case MethodKind.registrable:
      return { effect: 'registrable' };
    case MethodKind.hash:
      return method.hash instanceof Rotating ? { effect: 'hash', rotate: method.hash.rotation } : { effect: 'hash' };
    case MethodKind.zero:
      return { effect: 'zero' };
    default:
      throw new Error('a method of a kind that has no words');
  }
}

function addressOutcome({ address, rotatingAddress, index }: Method): Outcome {
  if (address instanceof Truncate) return { effect: 'truncate', ipv4: address.ipv4Bits, ipv6: address.ipv6Bits };
  const effect = METHOD_NAMES[index] as KeyedMethod;
  return rotatingAddress === undefined ? { effect } : { effect, rotate: rotatingAddress.rotation };
}

/** The text in a whole field. */
function textOf(field: DataView): string {
  const bytes = new Uint8Array(field.buffer, field.byteOffset, field.byteLength);
  const cursor = new FieldCursor();
  cursor.scan(bytes, 0, bytes.length);
  return new TextDecoder().decode(bytes.subarray(cursor.value, cursor.end));
}
