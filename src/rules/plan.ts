/** What rules become at start: for each message type the methods of its fields, and the rules that only a frame can decide. */
import type { AddressMethod } from '../anonymize/address.ts';
import type { RotatingAddresses } from '../anonymize/rotating-addresses.ts';
import type { FrameScan } from '../dnstap/scan.ts';
import type { AddressSet } from './address-set.ts';
import { dnstapFieldBits, messageFieldBits } from './field.ts';

/** The words for methods in a rules file; a word's place is its index in the counters. */
export const METHOD_NAMES = [
  'keep',
  'remove',
  'truncate',
  'crypto-pan',
  'ipcrypt-pfx',
  'hmac',
  'question',
  'anonymous',
  'replace',
] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

/** What the filter does for a method. */
export const MethodKind = { keep: 0, remove: 1, address: 2, time: 3, question: 4, anonymous: 5, replace: 6 } as const;

/** A method as compiled; of the last three exactly the one that its kind needs is of use. */
export class Method {
  readonly kind: number;
  /** The index of its name. */
  readonly index: number;
  readonly address: AddressMethod | RotatingAddresses | undefined;
  /** A time is cut to a multiple of so many seconds. */
  readonly unit: number;
  /** What stands instead of the field: a whole field, tag and length included. */
  readonly field: Uint8Array;

  constructor(
    kind: number,
    name: MethodName,
    rest: { address?: AddressMethod | RotatingAddresses; unit?: number; field?: Uint8Array } = {},
  ) {
    this.kind = kind;
    this.index = METHOD_NAMES.indexOf(name);
    this.address = rest.address;
    this.unit = rest.unit ?? 1;
    this.field = rest.field ?? NO_BYTES;
  }
}

const NO_BYTES = new Uint8Array(0);

export const KEEP: Method = new Method(MethodKind.keep, 'keep');
export const REMOVE: Method = new Method(MethodKind.remove, 'remove');
export const QUESTION: Method = new Method(MethodKind.question, 'question');
export const ANONYMOUS: Method = new Method(MethodKind.anonymous, 'anonymous');

/** The method of each field in frames of one message type, and which field numbers have another than `keep`. */
export class MethodTable {
  /** By the index of the field. */
  readonly methods: Method[];
  /** Bit n: field n of Dnstap, or of Message, has to be looked at; bit 0: unknown fields. */
  dnstapFields = 0;
  messageFields = 0;
  /** Bit n: field n of Dnstap is written where a frame has none. */
  addedFields = 0;

  constructor(type: number, methods: readonly Method[]) {
    this.methods = [...methods];
    for (const [field, method] of methods.entries()) this.note(type, field, method);
  }

  /** Notes the method in place of the one before. */
  note(type: number, field: number, method: Method): void {
    this.methods[field] = method;
    const dnstapBits = dnstapFieldBits[field];
    const messageBits = messageFieldBits[type][field];
    if (method.kind === MethodKind.replace) this.addedFields |= dnstapBits;
    else this.addedFields &= ~dnstapBits;
    if (method.kind === MethodKind.keep) {
      this.dnstapFields &= ~dnstapBits;
      this.messageFields &= ~messageBits;
    } else {
      this.dnstapFields |= dnstapBits;
      this.messageFields |= messageBits;
    }
  }

  /** Becomes like another table of the same type. */
  copy(other: MethodTable): void {
    for (let field = 0; field < other.methods.length; field++) this.methods[field] = other.methods[field];
    this.dnstapFields = other.dnstapFields;
    this.messageFields = other.messageFields;
    this.addedFields = other.addedFields;
  }
}

/** How far something holds of a frame: a value of `Truth`. */
export type Condition = (frame: FrameScan) => number;

/** A method for a field, by the index of the field. */
export interface Note {
  readonly field: number;
  readonly method: Method;
}

/** A rule that may apply to frames of a type. */
export interface PlannedRule {
  /** The place of the rule in the file, from 0. */
  readonly index: number;
  /** Undefined where it applies to every frame of the type. */
  readonly applies: Condition | undefined;
  /** Undefined where it drops the frame. Where nobody can decide whether it applies, it drops too, or notes `remove`. */
  readonly notes: readonly Note[] | undefined;
}

/** What happens to frames of one message type. */
export interface TypePlan {
  /** Message.type. */
  readonly type: number;
  /** The methods before the first `set` in `rules`. */
  readonly table: MethodTable;
  /** Those that drop, and from the first `set` that a frame must decide all. */
  readonly rules: readonly PlannedRule[];
}

/** A rules file, compiled. */
export interface Plan {
  /** By Message.type; 0 is of no use. */
  readonly types: readonly TypePlan[];
  /** What people call each rule: its name, or `rule 3`. */
  readonly ruleNames: readonly string[];
  readonly publicAddresses: AddressSet | undefined;
  /** Whether `client_address` has a method other than `keep` anywhere in the file. */
  readonly hidesClients: boolean;
}
