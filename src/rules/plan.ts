/** What rules become at start: for each message type the methods of its fields, and the rules that only a frame can decide. */
import type { AddressMethod } from '../anonymize/address.ts';
import type { AddressMap } from '../anonymize/key.ts';
import type { NameHash } from '../anonymize/name-hash.ts';
import { Rotating } from '../anonymize/rotating.ts';
import type { FrameScan } from '../dnstap/scan.ts';
import type { AddressSet } from './address-set.ts';
import { dnstapFieldBits, FIELD_NAMES, FieldIndex, isInMessages, messageFieldBits } from './field.ts';
import type { NameSet } from './name-set.ts';

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
  'labels',
  'registrable',
  'hash',
  'zero',
] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

/** What the filter does for a method. */
export const MethodKind = {
  keep: 0,
  remove: 1,
  address: 2,
  time: 3,
  question: 4,
  anonymous: 5,
  replace: 6,
  labels: 7,
  registrable: 8,
  hash: 9,
  zero: 10,
  /** Nobody knows what to do: what it would be done to is not written. */
  undecided: 11,
  /** No rule has named the field, and others decide what becomes of it. */
  unnamed: 12,
} as const;

/** A method of addresses as it is in each map. */
export type AddressMaps = Readonly<Record<AddressMap, AddressMethod | Rotating<AddressMethod>>>;

/** What methods need beside their kind. */
export interface MethodParts {
  readonly address?: AddressMethod | Rotating<AddressMethod>;
  readonly maps?: AddressMaps;
  readonly hash?: NameHash | Rotating<NameHash>;
  readonly labels?: number;
  readonly unit?: number;
  readonly field?: DataView;
}

/** A method as compiled; of what follows its name exactly what its kind needs is of use. */
export class Method {
  readonly kind: number;
  /** The index of its name. */
  readonly index: number;
  /** For the address that the method's field is: one of them, where the kind is `address`. */
  readonly address: AddressMethod | undefined;
  readonly rotatingAddress: Rotating<AddressMethod> | undefined;
  /** For addresses inside DNS messages. */
  readonly maps: AddressMaps | undefined;
  /** Of `hash`, and of `hmac` for reverse names. */
  readonly hash: NameHash | Rotating<NameHash> | undefined;
  /** A name keeps so many of its last labels. */
  readonly labels: number;
  /** A time is cut to a multiple of so many seconds. */
  readonly unit: number;
  /** What stands instead of the field: a whole field, tag and length included. */
  readonly field: DataView;

  constructor(kind: number, name: MethodName, parts: MethodParts = {}) {
    this.kind = kind;
    this.index = METHOD_NAMES.indexOf(name);
    // Told apart once, and not at every address; names, which cost more, are asked at each frame.
    if (parts.address instanceof Rotating) this.rotatingAddress = parts.address;
    else this.address = parts.address;
    this.maps = parts.maps;
    this.hash = parts.hash;
    this.labels = parts.labels ?? 0;
    this.unit = parts.unit ?? 1;
    this.field = parts.field ?? NO_BYTES;
  }
}

const NO_BYTES = new DataView(new ArrayBuffer(0));

export const KEEP: Method = new Method(MethodKind.keep, 'keep');
export const REMOVE: Method = new Method(MethodKind.remove, 'remove');
export const QUESTION: Method = new Method(MethodKind.question, 'question');
export const ANONYMOUS: Method = new Method(MethodKind.anonymous, 'anonymous');
export const REGISTRABLE: Method = new Method(MethodKind.registrable, 'registrable');
export const ZERO: Method = new Method(MethodKind.zero, 'zero');
/** Of `names` where nobody knows whether a rule for them applies: all that holds names is removed. */
export const UNDECIDED: Method = new Method(MethodKind.undecided, 'remove');
/** Of a field whose method is that of another one until a rule names it. */
export const UNNAMED: Method = new Method(MethodKind.unnamed, 'keep');
/** Of `extra` and `policy` where nobody named them and only `names` can close them. */
export const CLOSABLE: Method = new Method(MethodKind.keep, 'keep');

/** What a rule of which nobody knows whether it applies makes of a field: it may only take away. */
export function undecidedMethod(field: number): Method {
  if (field === FieldIndex.names) return UNDECIDED;
  return field === FieldIndex.message_id ? ZERO : REMOVE;
}

/** Whether the field has that very method already. */
export function hasMethod(current: Method, method: Method): boolean {
  return current === method || (current === CLOSABLE && method === KEEP);
}

/** The fields that are not simply removed: an address may be public, the halves of a time count once, unknown fields are many. */
const ASK_THE_FRAME: ReadonlySet<number> = new Set([
  FieldIndex.client_address,
  FieldIndex.server_address,
  FieldIndex.query_time,
  FieldIndex.response_time,
  FieldIndex.unknown,
]);

/** The method of each field in frames of one message type, and which field numbers have another than `keep`. */
export class MethodTable {
  /** By the index of the field. */
  readonly methods: Method[];
  /** Bit n: field n of Dnstap, or of Message, has to be looked at; bit 0: unknown fields. */
  dnstapFields = 0;
  messageFields = 0;
  /** Bit n: field n of Message goes, and nothing in a frame has a say in it. Such a bit is in no other set. */
  removedFields = 0;
  /** Bit n: field n of Dnstap is written where a frame has none. */
  addedFields = 0;
  /** How many of the fields inside DNS messages have another method than `keep`. */
  inMessages = 0;

  constructor(type: number, methods: readonly Method[]) {
    this.methods = methods.map(() => KEEP);
    for (const [field, method] of methods.entries()) this.note(type, field, method);
  }

  /** Notes the method in place of the one before. */
  note(type: number, field: number, method: Method): void {
    if (isInMessages(field)) this.inMessages += Number(isAtWork(method)) - Number(isAtWork(this.methods[field]));
    this.methods[field] = method;
    if (field >= FIELD_NAMES.length) return;
    const dnstapBits = dnstapFieldBits[field];
    const messageBits = messageFieldBits[type][field];
    if (method.kind === MethodKind.replace) this.addedFields |= dnstapBits;
    else this.addedFields &= ~dnstapBits;
    this.dnstapFields &= ~dnstapBits;
    this.messageFields &= ~messageBits;
    this.removedFields &= ~messageBits;
    if (method.kind === MethodKind.keep) return;
    this.dnstapFields |= dnstapBits;
    if (method.kind === MethodKind.remove && !ASK_THE_FRAME.has(field)) this.removedFields |= messageBits;
    else this.messageFields |= messageBits;
  }

  /** Becomes like another table of the same type. */
  copy(other: MethodTable): void {
    for (let field = 0; field < other.methods.length; field++) this.methods[field] = other.methods[field];
    this.dnstapFields = other.dnstapFields;
    this.messageFields = other.messageFields;
    this.removedFields = other.removedFields;
    this.addedFields = other.addedFields;
    this.inMessages = other.inMessages;
  }
}

/** Closes what would name again what names are hidden for, unless rules named it. To be called once all notes of a table are made. */
export function closeByNames(table: MethodTable, type: number): void {
  if (table.methods[FieldIndex.names].kind === MethodKind.keep) return;
  if (table.methods[FieldIndex.extra] === CLOSABLE) table.note(type, FieldIndex.extra, REMOVE);
  if (table.methods[FieldIndex.policy] === CLOSABLE) table.note(type, FieldIndex.policy, ANONYMOUS);
}

function isAtWork({ kind }: Method): boolean {
  return kind !== MethodKind.keep && kind !== MethodKind.unnamed;
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
  /** By field number of `Message`: the index of its field. */
  readonly indexes: Uint8Array;
  /** The methods before the first `set` in `rules`; and those where no rule notes any. */
  readonly table: MethodTable;
  readonly closedTable: MethodTable;
  /** Those that drop, and from the first `set` that a frame must decide all. */
  readonly rules: readonly PlannedRule[];
}

/** An EDNS option or a record type that rules name. */
export interface MessageEntry {
  readonly field: 'edns' | 'records';
  /** The code of the option, or the number of the type. */
  readonly code: number;
}

/** The entries of a file: the index of each is behind those of the other fields. */
export interface MessageEntries {
  readonly list: readonly MessageEntry[];
  /** By code the index of its field. */
  readonly optionFields: Uint16Array;
  readonly recordFields: Uint16Array;
}

/** A rules file, compiled. */
export interface Plan {
  /** By Message.type; 0 is of no use. */
  readonly types: readonly TypePlan[];
  /** What people call each rule: its name, or `rule 3`. */
  readonly ruleNames: readonly string[];
  readonly publicAddresses: AddressSet | undefined;
  readonly publicNames: NameSet | undefined;
  /** The fields inside DNS messages that are an EDNS option or a record type of their own; all others are `edns` and `records`. */
  readonly entries: MessageEntries;
  /** Whether `client_address` has a method other than `keep` anywhere in the file. */
  readonly hidesClients: boolean;
}
