/** The rules for the reference: which rule applies, and which method each field gets (docs/frames.md, 3 and 5). */
import { createRequire } from 'node:module';
import { contains, parsePrefix, seenAs } from './addresses.ts';
import { holdsInMessages, type Truth } from './dns-conditions.ts';
import type { Rotation } from './periods.ts';
import type { Field } from './protobuf.ts';
import type { KeyedMethod } from './pseudonyms.ts';
import { isInSample } from './sample.ts';

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
  | { replace: string }
  | { labels: number }
  | 'registrable'
  | 'hash'
  | 'zero'
  /** What `names` has where nobody knows whether a rule for it applies. */
  | 'undecided';

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

/** The keys of `set` for what stands inside of messages; `edns` and `records` have entries of their own. */
export const INNER_FIELDS = ['names', 'reverse_names', 'message_id'] as const;
export type InnerField = (typeof INNER_FIELDS)[number];

/**
 * The method of each field in a frame. An entry of `edns` is `edns:10` here, one of `records` `records:16`, the others `edns:other` and
 * `records:other`. What no rule has named has none where another field decides.
 */
export type Methods = Partial<Record<SettableField | InnerField | `${'edns' | 'records'}:${string}`, Method>>;

/** One map of conditions; each takes one text or a list of them. */
export interface Conditions {
  type?: string | string[];
  client_address?: string | string[];
  server_address?: string | string[];
  socket_family?: string | string[];
  socket_protocol?: string | string[];
  identity?: string | string[];
  opcode?: string | string[];
  rcode?: string | string[];
  qname?: string | string[];
  qtype?: string | string[];
  sample?: string;
}

/** One rule, with exactly one of `action` and `set`. */
export interface PlainRule {
  name?: string;
  match?: Conditions | Conditions[];
  unless?: Conditions | Conditions[];
  action?: 'drop';
  set?: Partial<Record<SettableField | InnerField, Method>> & {
    edns?: Readonly<Record<string, Method>>;
    records?: Readonly<Record<string, Method>>;
  };
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
  public?: { addresses?: string[]; names?: string[] };
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

function holdsCondition(frame: Field[], key: string, values: string | string[], secret: Uint8Array | undefined): Truth {
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
    case 'sample':
      return isInSample(frame, String(values), secret);
    default:
      return holdsInMessages(
        key,
        [values].flat(),
        bytesOf(message, 'query_message'),
        bytesOf(message, 'response_message'),
      );
  }
}

function allOf(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

function holds(frame: Field[], conditions: Conditions | Conditions[], secret: Uint8Array | undefined): Truth {
  const maps = [conditions]
    .flat()
    .map((map) => allOf(Object.entries(map).map(([key, values]) => holdsCondition(frame, key, values, secret))));
  // One of them holds unless all of them do not.
  return not(allOf(maps.map(not)));
}

function applies(frame: Field[], rule: PlainRule, secret: Uint8Array | undefined): Truth {
  const matches = rule.match === undefined ? true : holds(frame, rule.match, secret);
  const excepted = rule.unless === undefined ? false : holds(frame, rule.unless, secret);
  return allOf([matches, not(excepted)]);
}

/** True where the file may change a client's address, in whatever frame (docs/frames.md, section 5). */
export function hidesClients(rules: PlainRules): boolean {
  const methods = (rules.rules ?? []).map((rule) => rule.set?.client_address ?? 'keep');
  return rules.default === 'remove' || methods.some((method) => method !== 'keep');
}

/** The methods of a file before any of its rules. */
function defaultMethods(rules: PlainRules): Methods {
  const methods: Methods = Object.fromEntries(SETTABLE_FIELDS.map((name) => [name, rules.default]));
  methods.unknown = 'remove';
  methods['edns:other'] = rules.default;
  methods['records:other'] = 'keep';
  methods.names = 'keep';
  methods.message_id = rules.default === 'keep' ? 'keep' : 'zero';
  if (!hidesClients(rules)) methods.reverse_names = 'keep';
  else if (rules.default === 'keep') {
    methods.extra = 'remove';
    methods.policy = 'anonymous';
  }
  if (rules.default === 'keep') delete methods.query_zone;
  return methods;
}

/** The same text for the same method. */
function spelled(method: Method): string {
  if (method === 'truncate') return spelled({ truncate: {} });
  if (typeof method === 'string' || !('truncate' in method) || typeof method.truncate === 'string') {
    return JSON.stringify(method);
  }
  return JSON.stringify({ truncate: { ipv4: 24, ipv6: 48, ...method.truncate } });
}

/** A method for each field, or the index of the rule that drops the frame. The frame has to be canonical. */
export function decide(frame: Field[], rules: PlainRules, secret?: Uint8Array): Methods | { rule: number } {
  const methods = defaultMethods(rules);
  const named = new Set<string>();
  for (const [index, rule] of (rules.rules ?? []).entries()) {
    const truth = applies(frame, rule, secret);
    if (truth === false) continue;
    if (rule.action === 'drop') return { rule: index };
    for (const [name, method] of notesOf(rule)) {
      const current = methods[name];
      if (truth !== true && current !== undefined && spelled(current) === spelled(method)) continue;
      methods[name] = truth === true ? method : takingAway(name);
      named.add(name);
    }
  }
  // What names are hidden for is not to be told by others.
  if (methods.names !== 'keep' && rules.default === 'keep') {
    if (!named.has('extra')) methods.extra = 'remove';
    if (!named.has('policy')) methods.policy = 'anonymous';
  }
  return methods;
}

type Name = keyof Methods;

/** What a rule of which nobody knows whether it applies makes of a field. */
function takingAway(name: Name): Method {
  if (name === 'names') return 'undecided';
  return name === 'message_id' ? 'zero' : 'remove';
}

function notesOf({ set = {} }: PlainRule): [Name, Method][] {
  const { edns = {}, records = {}, ...plain } = set;
  return [
    ...(Object.entries(plain) as [Name, Method][]),
    ...Object.entries(edns).map(([word, method]): [Name, Method] => [`edns:${OPTIONS[word] ?? word}`, method]),
    ...Object.entries(records).map(([word, method]): [Name, Method] => [`records:${typeNumber(word)}`, method]),
  ];
}

/** IANA, "DNS EDNS0 Option Codes (OPT)". */
const OPTIONS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['llq', 'update_lease', 'nsid', '', 'dau', 'dhu', 'n3u', 'client_subnet', 'expire', 'cookie'].map((name, index) => [
      name,
      index + 1,
    ]),
  ),
  ...Object.fromEntries(
    [
      'tcp_keepalive',
      'padding',
      'chain',
      'key_tag',
      'extended_dns_error',
      'client_tag',
      'server_tag',
      'report_channel',
      'zoneversion',
      'mqtype_query',
      'mqtype_response',
    ].map((name, index) => [name, index + 11]),
  ),
  umbrella_ident: 20_292,
  device_id: 26_946,
};

/** What dns-packet calls by no name. */
const NOT_IN_PACKAGE: Readonly<Record<string, number>> = {
  ...{ WKS: 11, NXT: 30, A6: 38, NINFO: 56, TALINK: 58, SVCB: 64, HTTPS: 65, DSYNC: 66, L32: 105, L64: 106, LP: 107 },
  ...{ EUI48: 108, EUI64: 109, URI: 256, AVC: 258, AMTRELAY: 260, RESINFO: 261, WALLET: 262 },
};

const types = createRequire(import.meta.url)('dns-packet/types') as { toType(name: string): number };

function typeNumber(word: string): number | 'other' {
  if (word === 'other') return 'other';
  if (word.startsWith('TYPE')) return Number(word.slice(4));
  const number = NOT_IN_PACKAGE[word] ?? types.toType(word);
  if (number === 0) throw new Error(`the reference does not know the type ${word}`);
  return number;
}
