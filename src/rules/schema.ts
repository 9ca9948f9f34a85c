/**
 * The language of a rules file, version 1 (docs/rules.md): its words, its types, and the zod schema that holds a file to them.
 *
 * Every union here is one of different kinds (a word or a map, a value or a list), so that an error can be told from the kind
 * that was written: a union of maps would answer for the whole rule.
 */

import { z } from 'zod';
import { KEYED_METHODS, type KeyedMethod } from '../anonymize/pseudonyms.ts';
import { OptionCode, parseOption } from '../dns/edns.ts';
import { OPCODES, RCODES } from '../dns/header.ts';
import { parseType } from '../dns/record-types.ts';
import { MESSAGE_TYPES, SocketFamily, SocketProtocol } from '../dnstap/schema.ts';
import { checkName } from './check-name.ts';
import { checkPrefix } from './check-prefix.ts';
import { checkSample } from './check-sample.ts';
import { checkType } from './check-type.ts';
import type { FieldName } from './field.ts';
import { type KeySection, keySection } from './key-section.ts';

/** The groups of message types: the seven subjects, then the two directions. */
export const TYPE_GROUPS = [
  'client',
  'resolver',
  'auth',
  'forwarder',
  'stub',
  'tool',
  'update',
  'query',
  'response',
] as const;
export type TypeGroup = (typeof TYPE_GROUPS)[number];

/** A message type as the condition `type` names it: a mnemonic, a name of dnstap.proto, or a group. */
export type TypeWord = (typeof MESSAGE_TYPES)[number]['mnemonic'] | (typeof MESSAGE_TYPES)[number]['name'] | TypeGroup;

/** Every word that the condition `type` takes. */
export const TYPE_WORDS: readonly TypeWord[] = [
  ...MESSAGE_TYPES.map((type) => type.mnemonic),
  ...MESSAGE_TYPES.map((type) => type.name),
  ...TYPE_GROUPS,
];

/** One map of conditions, all of which must hold; it has at least one. A value that was written alone is a list of one here. */
export interface Conditions {
  type?: TypeWord[];
  /** Addresses and prefixes as they were written; parsePrefix reads them. */
  client_address?: string[];
  server_address?: string[];
  socket_family?: (keyof typeof SocketFamily)[];
  socket_protocol?: (keyof typeof SocketProtocol)[];
  identity?: string[];
  opcode?: (keyof typeof OPCODES)[];
  rcode?: (keyof typeof RCODES)[];
  /** Names and wildcards as they were written; NameSet reads them. */
  qname?: string[];
  /** Record types as they were written; parseType reads them. */
  qtype?: string[];
  /** As it was written; parseSample reads it. */
  sample?: string;
}
export type ConditionName = keyof Conditions;

export type PresenceMethod = 'keep' | 'remove';

/** How many first bits stay; at least one of the two is there, and the other is 24 or 48. */
export interface PrefixLengths {
  ipv4?: number;
  ipv6?: number;
}
export type AddressMethod = PresenceMethod | 'truncate' | { truncate: PrefixLengths } | KeyedMethod;

export const TIME_UNITS = ['1s', '1m', '1h', '1d'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];
export type TimeMethod = PresenceMethod | { truncate: TimeUnit };

export type MessageMethod = PresenceMethod | 'question';
export type PolicyMethod = PresenceMethod | 'anonymous';
export type TextMethod = PresenceMethod | { replace: string };

export type NamesMethod = 'keep' | 'registrable' | 'hash' | { labels: number };
export type MessageIdMethod = 'keep' | 'zero';
/** By an EDNS option or a record type, as it was written, or `other`: its method. That of a client subnet may be one of addresses. */
export type EntryMethods<Method> = Readonly<Record<string, Method>>;

/** What a `set` notes: a method for each field that it names, as it was written. */
export interface Methods {
  client_address?: AddressMethod;
  server_address?: AddressMethod;
  query_port?: PresenceMethod;
  response_port?: PresenceMethod;
  query_time?: TimeMethod;
  response_time?: TimeMethod;
  query_message?: MessageMethod;
  response_message?: MessageMethod;
  edns?: EntryMethods<AddressMethod>;
  records?: EntryMethods<PresenceMethod>;
  names?: NamesMethod;
  reverse_names?: AddressMethod;
  message_id?: MessageIdMethod;
  query_zone?: PresenceMethod;
  policy?: PolicyMethod;
  identity?: TextMethod;
  version?: TextMethod;
  extra?: TextMethod;
  socket_protocol?: PresenceMethod;
  http_protocol?: PresenceMethod;
  unknown?: PresenceMethod;
}
/** The fields that are maps of entries, each of which has a method of its own. */
export type EntryFieldName = 'edns' | 'records';
export type PlainFieldName = Exclude<FieldName, EntryFieldName>;
export type MethodSpec = NonNullable<Methods[PlainFieldName]>;

/** One rule: exactly one of `action` and `set` is there. A map of conditions that was written alone is a list of one here. */
export interface Rule {
  name?: string;
  match?: Conditions[];
  unless?: Conditions[];
  action?: 'drop';
  /** Has at least one field. */
  set?: Methods;
}

/** A rules file that holds to the language. */
export interface RulesFile {
  version: 1;
  default: 'keep' | 'remove';
  key?: KeySection;
  /** Has at least one of the two. */
  public?: { addresses?: string[]; names?: string[] };
  rules?: Rule[];
}

/** The longest text that `replace` may write, in bytes of UTF-8. */
export const MAX_REPLACEMENT_LENGTH = 1024;
/** The longest name of a rule, in UTF-16 code units. */
export const MAX_NAME_LENGTH = 200;

/** Holds `check`, which answers with what is wrong, against a text. */
function text(check: (value: string) => string | undefined): z.ZodString {
  return z.string().superRefine((value, context) => {
    const problem = check(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
}

/** U+D800 to U+DFFF can be written in YAML as an escape, and have no UTF-8. */
function checkUnicode(value: string): string | undefined {
  return /\p{Surrogate}/u.test(value) ? 'half of a surrogate pair is no text' : undefined;
}

const prefix = text(checkPrefix);

const ruleName = text((value) => {
  if (value.length === 0) return 'the name is empty';
  if (value.length > MAX_NAME_LENGTH) return `the name is longer than ${MAX_NAME_LENGTH} characters`;
  if (/\p{Cc}/u.test(value)) return 'the name has a control character or more than one line';
  return checkUnicode(value);
});

const replacement = text((value) => {
  if (value.length === 0) return 'the text is empty; to take the field away write "remove"';
  if (new TextEncoder().encode(value).length > MAX_REPLACEMENT_LENGTH) {
    return `the text is longer than ${MAX_REPLACEMENT_LENGTH} bytes`;
  }
  return checkUnicode(value);
});

/** With it a refinement of a map runs although something in the map is wrong, so that everything is told at once. */
const whenMap = (payload: z.core.ParsePayload): boolean => typeof payload.value === 'object' && payload.value !== null;
const notEmpty = (value: object): boolean => Object.keys(value).length > 0;

function oneOrMany<Value>(value: z.ZodType<Value>): z.ZodType<Value[]> {
  return z.union([value.transform((single) => [single]), z.array(value).min(1)]);
}

const conditionShape: { [Name in ConditionName]-?: z.ZodType<NonNullable<Conditions[Name]>> } = {
  type: oneOrMany(z.enum(TYPE_WORDS)),
  client_address: oneOrMany(prefix),
  server_address: oneOrMany(prefix),
  socket_family: oneOrMany(z.enum(namesOf(SocketFamily))),
  socket_protocol: oneOrMany(z.enum(namesOf(SocketProtocol))),
  identity: oneOrMany(text(checkUnicode)),
  opcode: oneOrMany(z.enum(namesOf(OPCODES))),
  rcode: oneOrMany(z.enum(namesOf(RCODES))),
  qname: oneOrMany(text(checkName)),
  qtype: oneOrMany(text(checkType)),
  sample: text(checkSample),
};
export const CONDITION_NAMES: readonly ConditionName[] = namesOf(conditionShape);

const conditions = z
  .strictObject(exactOptional(conditionShape))
  .refine(notEmpty, 'a condition is missing, as in "type: update"');

const prefixLengths = z
  .strictObject({
    ipv4: z.int().min(0).max(32).exactOptional(),
    ipv6: z.int().min(0).max(128).exactOptional(),
  })
  .refine(notEmpty, 'a length is missing, as in "ipv4: 24"');

/** The methods of a field: those that are a word, and the one, if any, that is a map with that word as its only key. */
export interface FieldMethods<Method = MethodSpec> {
  readonly words: readonly Extract<Method, string>[];
  readonly valued?: { readonly word: string; readonly value: z.ZodType; readonly example: string };
}

const address: FieldMethods<AddressMethod> = {
  words: ['keep', 'remove', 'truncate', ...KEYED_METHODS],
  valued: { word: 'truncate', value: prefixLengths, example: '{ truncate: { ipv4: 24, ipv6: 48 } }' },
};
const presence: FieldMethods<PresenceMethod> = { words: ['keep', 'remove'] };
const time: FieldMethods<TimeMethod> = {
  words: ['keep', 'remove'],
  valued: { word: 'truncate', value: z.enum(TIME_UNITS), example: '{ truncate: 1m }' },
};
const message: FieldMethods<MessageMethod> = { words: ['keep', 'remove', 'question'] };
const names: FieldMethods<NamesMethod> = {
  words: ['keep', 'registrable', 'hash'],
  valued: { word: 'labels', value: z.int().min(1).max(127), example: '{ labels: 2 }' },
};
const messageId: FieldMethods<MessageIdMethod> = { words: ['keep', 'zero'] };
const policy: FieldMethods<PolicyMethod> = { words: ['keep', 'remove', 'anonymous'] };
const freeText: FieldMethods<TextMethod> = {
  words: ['keep', 'remove'],
  valued: { word: 'replace', value: replacement, example: '{ replace: "site a" }' },
};

/** Every field that a `set` may name and that has one method, with its methods. */
export const FIELDS: { readonly [Name in PlainFieldName]: FieldMethods<NonNullable<Methods[Name]>> } = {
  client_address: address,
  server_address: address,
  query_port: presence,
  response_port: presence,
  query_time: time,
  response_time: time,
  query_message: message,
  response_message: message,
  names,
  reverse_names: address,
  message_id: messageId,
  query_zone: presence,
  policy,
  identity: freeText,
  version: freeText,
  extra: freeText,
  socket_protocol: presence,
  http_protocol: presence,
  unknown: presence,
};

/** Holds a method to those that there are. */
export function methodSchema({ words, valued }: FieldMethods): z.ZodType<MethodSpec> {
  const word = z.enum(words);
  // The words come from a table whose type holds them against Methods; zod cannot see that.
  return (valued ? z.union([word, z.strictObject({ [valued.word]: valued.value })]) : word) as z.ZodType<MethodSpec>;
}

/** What stands in `edns` and `records` for all that no rule names. */
export const OTHER = 'other';

/** The fields whose entries have a method each. */
export const ENTRY_FIELDS: Readonly<Record<EntryFieldName, (word: string) => number | undefined>> = {
  edns: parseOption,
  // OPT holds the options, which have a field of their own.
  records: (word) => (word === 'OPT' || word === 'TYPE41' ? undefined : parseType(word)),
};

/** Whether the field is a map of entries. */
export function isEntryField(name: string): name is EntryFieldName {
  return Object.hasOwn(ENTRY_FIELDS, name);
}

/** The methods of an entry that the language has. */
export function entryMethods(field: EntryFieldName, word: string): FieldMethods {
  return field === 'edns' && parseOption(word) === OptionCode.client_subnet ? address : presence;
}

const schemas: ReadonlyMap<FieldMethods, z.ZodType<MethodSpec>> = new Map(
  [address, presence].map((one) => [one as FieldMethods, methodSchema(one as FieldMethods)]),
);

function entries(field: EntryFieldName): z.ZodType<Record<string, MethodSpec>> {
  const map = z.record(z.string(), z.unknown()).superRefine((value, context) => {
    const known = new Map<number, string>();
    for (const [word, spec] of Object.entries(value)) {
      const code = ENTRY_FIELDS[field](word);
      if (code === undefined && word !== OTHER) {
        context.addIssue({ code: 'unrecognized_keys', keys: [word], input: value });
        continue;
      }
      const twin = code === undefined ? undefined : known.get(code);
      if (twin !== undefined) {
        context.addIssue({ code: 'custom', path: [word], message: `this is "${twin}" again: write one of the two` });
      } else if (code !== undefined) known.set(code, word);
      const result = schemas.get(entryMethods(field, word))?.safeParse(spec);
      for (const { path, ...issue } of result?.error?.issues ?? []) {
        context.addIssue({ ...issue, path: [word, ...path], input: spec } as z.core.$ZodSuperRefineIssue);
      }
    }
    if (!notEmpty(value)) context.addIssue({ code: 'custom', message: ENTRY_MISSING[field] });
  });
  return map as unknown as z.ZodType<Record<string, MethodSpec>>;
}

const ENTRY_MISSING: Readonly<Record<EntryFieldName, string>> = {
  edns: 'an option is missing, as in "cookie: remove"',
  records: 'a record type is missing, as in "TXT: remove"',
};

const methodShape = {
  ...Object.fromEntries(Object.entries(FIELDS).map(([name, one]) => [name, methodSchema(one as FieldMethods)])),
  edns: entries('edns'),
  records: entries('records'),
} as unknown as { [Name in FieldName]: z.ZodType<NonNullable<Methods[Name]>> };
const methods = z
  .strictObject(exactOptional(methodShape))
  .refine(notEmpty, 'a field is missing, as in "query_port: remove"');

/** The one refinement of a map that tells of something too much. */
export const BOTH_ACTIONS = 'a rule has "action" or "set", not both: make two rules of it';

const rule = z
  .strictObject({
    name: ruleName.exactOptional(),
    match: oneOrMany(conditions).exactOptional(),
    unless: oneOrMany(conditions).exactOptional(),
    action: z.enum(['drop']).exactOptional(),
    set: methods.exactOptional(),
  })
  .refine((value) => 'action' in value || 'set' in value, {
    error: 'the rule does nothing: "action: drop" or "set" is missing',
    when: whenMap,
  })
  .refine((value) => !('action' in value && 'set' in value), {
    error: BOTH_ACTIONS,
    when: whenMap,
  });
export const RULE_KEYS: readonly string[] = Object.keys(rule.shape);

const publicThings = z
  .strictObject({
    addresses: z.array(prefix).min(1).exactOptional(),
    names: z.array(text(checkName)).min(1).exactOptional(),
  })
  .refine(notEmpty, '"addresses" or "names" is missing, as in "addresses: [192.0.2.53]"');
export const PUBLIC_KEYS: readonly string[] = Object.keys(publicThings.shape);

const file = z.strictObject({
  version: z.literal(1),
  default: z.enum(['keep', 'remove']),
  key: keySection.exactOptional(),
  public: publicThings.exactOptional(),
  rules: z.array(rule).min(1).exactOptional(),
});
export const FILE_KEYS: readonly string[] = Object.keys(file.shape);

/** Holds the plain value of a YAML document to the language; explain-shape.ts puts what it answers into words. */
export const rulesFileSchema: z.ZodType<RulesFile> = file;

function namesOf<Name extends string>(object: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(object) as Name[];
}

function exactOptional<Shape extends Record<string, z.ZodType>>(
  shape: Shape,
): { [Name in keyof Shape]: z.ZodExactOptional<Shape[Name]> } {
  const entries = Object.entries(shape).map(([name, schema]) => [name, z.exactOptional(schema)]);
  return Object.fromEntries(entries) as { [Name in keyof Shape]: z.ZodExactOptional<Shape[Name]> };
}
