/** The rules for the reference: which rule applies, and which method each field gets (docs/frames.md, 3 and 5). */
import { contains, parsePrefix, seenAs } from './addresses.ts';
import type { Rotation } from './periods.ts';
import type { Field } from './protobuf.ts';
import type { KeyedMethod } from './pseudonyms.ts';

/** What a field of `set` may be given; which of them, docs/rules.md says per field. */
export type Method =
  | 'keep'
  | 'remove'
  | 'truncate'
  | 'question'
  | 'anonymous'
  | KeyedMethod
  | { truncate: { ipv4?: number; ipv6?: number } }
  | { truncate: '1s' | '1m' | '1h' | '1d' }
  | { replace: string };

/** The keys of `set`. */
export const SETTABLE_FIELDS = [
  'client_address',
  'server_address',
  'query_port',
  'response_port',
  'query_time',
  'response_time',
  'query_message',
  'response_message',
  'policy',
  'query_zone',
  'identity',
  'version',
  'extra',
  'socket_protocol',
  'http_protocol',
  'unknown',
] as const;
export type SettableField = (typeof SETTABLE_FIELDS)[number];

/** One map of conditions; each takes one text or a list of them. */
export interface Conditions {
  type?: string | string[];
  client_address?: string | string[];
  server_address?: string | string[];
  socket_family?: string | string[];
  socket_protocol?: string | string[];
  identity?: string | string[];
}

/** One rule, with exactly one of `action` and `set`. */
export interface PlainRule {
  name?: string;
  match?: Conditions | Conditions[];
  unless?: Conditions | Conditions[];
  action?: 'drop';
  set?: Partial<Record<SettableField, Method>>;
}

/**
 * Where the key comes from (one of the first four, which mean nothing to the reference: it is told its key), and how
 * subkeys are made of it.
 */
export interface PlainKey {
  file?: string;
  env?: string;
  credential?: string;
  ephemeral?: true;
  maps?: 'one';
  rotate?: Rotation;
}

/** A rules file, already found valid, as the plain object that its YAML stands for. */
export interface PlainRules {
  version: 1;
  default: 'keep' | 'remove';
  key?: PlainKey;
  public?: { addresses?: string[] };
  rules?: PlainRule[];
}

const TYPES: readonly (readonly [mnemonic: string, name: string])[] = [
  ['AQ', 'AUTH_QUERY'],
  ['AR', 'AUTH_RESPONSE'],
  ['RQ', 'RESOLVER_QUERY'],
  ['RR', 'RESOLVER_RESPONSE'],
  ['CQ', 'CLIENT_QUERY'],
  ['CR', 'CLIENT_RESPONSE'],
  ['FQ', 'FORWARDER_QUERY'],
  ['FR', 'FORWARDER_RESPONSE'],
  ['SQ', 'STUB_QUERY'],
  ['SR', 'STUB_RESPONSE'],
  ['TQ', 'TOOL_QUERY'],
  ['TR', 'TOOL_RESPONSE'],
  ['UQ', 'UPDATE_QUERY'],
  ['UR', 'UPDATE_RESPONSE'],
];

const FAMILIES = ['INET', 'INET6'];
const PROTOCOLS = ['UDP', 'TCP', 'DOT', 'DOH', 'DNSCryptUDP', 'DNSCryptTCP', 'DOQ'];

/** The value of a known varint field, or undefined. */
export function varintOf(fields: readonly Field[], name: string): bigint | undefined {
  const value = fields.find((field) => field.name === name)?.value;
  return value?.wire === 'varint' ? value.value : undefined;
}

/** The bytes of a known length-delimited field, or undefined. */
export function bytesOf(fields: readonly Field[], name: string): Uint8Array | undefined {
  const value = fields.find((field) => field.name === name)?.value;
  return value?.wire === 'bytes' ? value.bytes : undefined;
}

/** The fields of a known submessage, or undefined. */
export function fieldsOf(fields: readonly Field[], name: string): Field[] | undefined {
  const value = fields.find((field) => field.name === name)?.value;
  return value?.wire === 'submessage' ? value.fields : undefined;
}

/** Which role's method an address field has in a message of this type. */
export function roleOf(name: 'query_address' | 'response_address', type: bigint): 'client_address' | 'server_address' {
  const resolver = type === 3n || type === 4n;
  return name === 'response_address' || resolver ? 'server_address' : 'client_address';
}

/** The texts of a condition that hold for a message type: its mnemonic, its name and its two groups. */
function wordsOfType(type: bigint): string[] {
  const [mnemonic, name] = TYPES[Number(type) - 1];
  return [mnemonic, name, ...name.toLowerCase().split('_')];
}

function isOneOf(values: string | string[], present: readonly (string | undefined)[]): boolean {
  return [values].flat().some((value) => present.includes(value));
}

function holdsCondition(frame: Field[], key: string, values: string | string[]): boolean {
  const message = fieldsOf(frame, 'message') ?? [];
  const type = varintOf(message, 'type') ?? 0n;
  switch (key) {
    case 'type':
      return isOneOf(values, wordsOfType(type));
    case 'socket_family':
      return isOneOf(values, [FAMILIES[Number(varintOf(message, 'socket_family')) - 1]]);
    case 'socket_protocol':
      return isOneOf(values, [PROTOCOLS[Number(varintOf(message, 'socket_protocol')) - 1]]);
    case 'identity': {
      const identity = bytesOf(frame, 'identity');
      return identity !== undefined && [values].flat().some((text) => Buffer.from(text, 'utf8').equals(identity));
    }
    case 'client_address':
    case 'server_address': {
      const prefixes = [values].flat().map(parsePrefix);
      const names = (['query_address', 'response_address'] as const).filter((name) => roleOf(name, type) === key);
      return names.some((name) => {
        const bytes = bytesOf(message, name);
        const address = bytes && seenAs(bytes);
        return address !== undefined && prefixes.some((prefix) => contains(prefix, address));
      });
    }
    default:
      throw new Error(`no condition is called ${key}`);
  }
}

function holds(frame: Field[], conditions: Conditions | Conditions[]): boolean {
  return [conditions]
    .flat()
    .some((map) => Object.entries(map).every(([key, values]) => holdsCondition(frame, key, values)));
}

function applies(frame: Field[], rule: PlainRule): boolean {
  const matches = rule.match === undefined || holds(frame, rule.match);
  const excepted = rule.unless !== undefined && holds(frame, rule.unless);
  return matches && !excepted;
}

/** True where the file may change a client's address, in whatever frame (docs/frames.md, section 5). */
export function hidesClients(rules: PlainRules): boolean {
  const methods = (rules.rules ?? []).map((rule) => rule.set?.client_address ?? 'keep');
  return rules.default === 'remove' || methods.some((method) => method !== 'keep');
}

/** A method for each field, or the index of the rule that drops the frame. The frame has to be canonical. */
export function decide(frame: Field[], rules: PlainRules): Record<SettableField, Method> | { rule: number } {
  const noted: Partial<Record<SettableField, Method>> = {};
  for (const [index, rule] of (rules.rules ?? []).entries()) {
    if (!applies(frame, rule)) continue;
    if (rule.action === 'drop') return { rule: index };
    Object.assign(noted, rule.set);
  }
  const methods = Object.fromEntries(SETTABLE_FIELDS.map((name) => [name, noted[name] ?? rules.default])) as Record<
    SettableField,
    Method
  >;
  methods.unknown = noted.unknown ?? 'remove';
  if (hidesClients(rules)) {
    methods.query_message = 'remove';
    methods.response_message = 'remove';
    methods.extra = noted.extra ?? 'remove';
    methods.query_zone = noted.query_zone ?? 'remove';
    methods.policy = noted.policy ?? (rules.default === 'remove' ? 'remove' : 'anonymous');
  }
  return methods;
}
