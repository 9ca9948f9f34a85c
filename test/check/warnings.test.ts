import { describe, expect, test } from 'vitest';
import { Key } from '../../src/anonymize/key.ts';
import { checkRules } from '../../src/check/report.ts';
import { WARNING_CODES, type Warning, type WarningCode } from '../../src/check/warning.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import type { Conditions, PlainRule, PlainRules } from '../reference/rules.ts';
import { shippedRules } from '../support/rules-files.ts';
import { someKey } from '../support/some-rules.ts';

type Methods = NonNullable<PlainRule['set']>;

function warningsOf(rules: PlainRules): readonly Warning[] {
  return checkRules(rulesFileSchema.parse(rules), Key.parse(someKey)).warnings;
}

/** The same rules, and one more by which what stands inside of messages leaves nothing to warn of. */
function aboutMessages(rules: PlainRules): PlainRules {
  return { ...rules, rules: [...(rules.rules ?? []), { set: { names: 'keep', message_id: 'zero' } }] };
}

function file(rules: PlainRule[], rest: Partial<PlainRules> = {}): PlainRules {
  return { version: 1, default: 'keep', ...(rules.length > 0 && { rules }), ...rest };
}

/** A file that hides clients and leaves nothing to warn of, with more methods. */
function hiding(methods: Methods = {}, rest: Partial<PlainRules> = {}, ...others: PlainRule[]): PlainRules {
  const set: Methods = {
    client_address: 'truncate',
    query_port: 'remove',
    query_time: { truncate: '1s' },
    response_time: { truncate: '1s' },
  };
  return file([{ set: { ...set, ...methods } }, ...others], rest);
}

const HIDDEN: Methods = {
  client_address: 'remove',
  query_port: 'remove',
  query_time: 'remove',
  response_time: 'remove',
};

const pseudonyms = (rest: Partial<PlainRules['key']> = {}): Partial<PlainRules> => ({
  key: { ephemeral: true, ...rest },
});

interface Case {
  code: WarningCode;
  title: string;
  rules: PlainRules;
  /** The types that the warning names. */
  types?: string[];
  /** The index of the rule that it names. */
  rule?: number;
  /** Rules that differ in one thing, and have no warning at all. */
  without: PlainRules[];
  /** Whether it is about what stands inside of messages: all others have rules for that. */
  isAboutMessages?: true;
}

const CASES: readonly Case[] = [
  {
    code: 'NAMES_KEPT',
    title: 'names that no rule speaks of',
    rules: hiding({ query_message: 'remove' }),
    isAboutMessages: true,
    without: [
      hiding({ names: 'keep' }),
      hiding({ names: 'registrable' }),
      hiding({ query_message: 'remove', response_message: 'remove' }),
      file([{ set: { http_protocol: 'remove' } }]),
    ],
  },
  {
    code: 'NAMES_KEPT',
    title: 'names in messages of which the question is left',
    rules: hiding({ query_message: 'question', response_message: 'question' }),
    isAboutMessages: true,
    without: [hiding({ query_message: 'question', response_message: 'question', names: 'hash' }, pseudonyms())],
  },
  {
    code: 'CLOSED_FIELD_KEPT',
    title: 'an option by which a device is known',
    rules: hiding({ names: 'keep', edns: { cookie: 'keep' } }),
    rule: 0,
    isAboutMessages: true,
    without: [
      hiding({ names: 'keep', edns: { expire: 'keep', other: 'keep' } }),
      file([{ set: { edns: { cookie: 'keep' }, http_protocol: 'remove' } }]),
    ],
  },
  {
    code: 'CLOSED_FIELD_KEPT',
    title: 'records in which the client can stand',
    rules: hiding({ names: 'keep', records: { TXT: 'keep' } }),
    rule: 0,
    isAboutMessages: true,
    without: [hiding({ names: 'keep', records: { MX: 'keep', TXT: 'remove' } })],
  },
  ...['TYPE16', 'SPF', 'WALLET', 'TYPE250'].map(
    (type): Case => ({
      code: 'CLOSED_FIELD_KEPT',
      title: `records of the type ${type}`,
      rules: hiding({ names: 'keep', records: { [type]: 'keep' } }),
      rule: 0,
      isAboutMessages: true,
      without: [hiding({ names: 'keep', records: { [type]: 'remove', TYPE15: 'keep' } })],
    }),
  ),
  {
    code: 'CLOSED_FIELD_KEPT',
    title: 'reverse names',
    rules: hiding({ names: 'keep', reverse_names: 'keep' }),
    rule: 0,
    isAboutMessages: true,
    without: [hiding({ names: 'keep', reverse_names: 'truncate' })],
  },
  {
    code: 'ROTATION_FOLLOWED',
    title: 'rotate without message_id: zero',
    rules: hiding({ client_address: 'hmac', names: 'keep' }, pseudonyms({ rotate: 'week' })),
    isAboutMessages: true,
    without: [
      hiding({ client_address: 'hmac', names: 'keep', message_id: 'zero' }, pseudonyms({ rotate: 'week' })),
      hiding({ client_address: 'hmac', names: 'keep' }, pseudonyms()),
      hiding(
        { client_address: 'hmac', query_message: 'remove', response_message: 'remove' },
        pseudonyms({ rotate: 'day' }),
      ),
    ],
  },
  {
    code: 'ROTATION_FOLLOWED',
    title: 'the id in messages of which the question is left',
    rules: hiding(
      { client_address: 'hmac', names: 'keep', query_message: 'question', response_message: 'question' },
      pseudonyms({ rotate: 'week' }),
    ),
    isAboutMessages: true,
    without: [],
  },
  {
    code: 'NETWORK_KEPT',
    title: 'a network that is left of the clients that a rule finds by it',
    rules: file([{ match: { client_address: '192.0.2.0/24' }, set: { ...HIDDEN, client_address: 'truncate' } }]),
    rule: 0,
    without: [
      file([{ match: { client_address: '192.0.2.0/24' }, set: HIDDEN }]),
      file([
        {
          match: { client_address: ['192.0.2.0/24', '2001:db8::/32'] },
          set: { ...HIDDEN, client_address: { truncate: { ipv4: 16, ipv6: 24 } } },
        },
      ]),
      file([{ unless: { client_address: '192.0.2.0/24' }, set: { ...HIDDEN, client_address: 'truncate' } }]),
      file([{ match: { server_address: '192.0.2.0/24' }, set: { ...HIDDEN, client_address: 'truncate' } }]),
    ],
  },
  {
    code: 'NETWORK_KEPT',
    title: 'more of an IPv6 network of servers than a rule finds them by',
    rules: file([
      {
        match: [{ type: 'client' }, { server_address: '2001:db8:1::/48' }],
        set: { server_address: { truncate: { ipv6: 56 } } },
      },
    ]),
    rule: 0,
    without: [
      file([{ match: { server_address: '2001:db8:1::/48' }, set: { server_address: { truncate: { ipv6: 40 } } } }]),
    ],
  },
  {
    code: 'CLIENT_IN_CLEAR',
    title: 'a type that was forgotten',
    rules: file([
      { match: { type: 'CQ' }, set: { client_address: 'remove', query_port: 'remove', query_time: 'remove' } },
      { match: { type: ['auth', 'forwarder', 'stub', 'tool', 'update', 'resolver'] }, action: 'drop' },
    ]),
    types: ['CR'],
    without: [
      file([
        {
          match: { type: 'client' },
          set: { client_address: 'remove', query_port: 'remove', query_time: 'remove', response_time: 'remove' },
        },
        { match: { type: ['auth', 'forwarder', 'stub', 'tool', 'update', 'resolver'] }, action: 'drop' },
      ]),
      file([
        { match: { type: 'CQ' }, set: { client_address: 'remove', query_port: 'remove', query_time: 'remove' } },
        { unless: { type: 'CQ' }, action: 'drop' },
      ]),
      // Whose networks are hidden is a decision, and no oversight; nor is it that more are hidden in some types.
      file([
        { match: { client_address: '192.0.2.0/24' }, set: HIDDEN },
        { match: { type: 'client' }, set: HIDDEN },
      ]),
      file([
        {
          match: { client_address: '192.0.2.0/24' },
          set: { client_address: 'remove', query_port: 'remove', query_time: 'remove', response_time: 'remove' },
        },
      ]),
    ],
  },
  {
    code: 'WHOLE_ADDRESSES',
    title: 'all bits of IPv6',
    rules: hiding({ client_address: { truncate: { ipv4: 24, ipv6: 128 } } }),
    without: [hiding({ client_address: { truncate: { ipv4: 24, ipv6: 127 } } })],
  },
  {
    code: 'WHOLE_ADDRESSES',
    title: 'all bits of IPv4, of servers',
    rules: file([{ set: { server_address: { truncate: { ipv4: 32 } } } }]),
    without: [file([{ set: { server_address: { truncate: { ipv4: 31 } } } }])],
  },
  {
    code: 'PORT_KEPT',
    title: 'the port of clients under a pseudonym',
    rules: hiding({ query_port: 'keep' }),
    without: [
      hiding({ query_port: 'remove' }),
      hiding({ query_port: 'remove', response_port: 'keep' }),
      file([{ set: { query_port: 'keep' } }]),
      // The port of a resolver that asks others.
      hiding({}, {}, { match: { type: 'resolver' }, set: { query_port: 'keep' } }),
    ],
  },
  {
    code: 'PORT_KEPT',
    title: 'the port in one type',
    rules: hiding({}, {}, { match: { type: 'SQ' }, set: { query_port: 'keep' } }),
    types: ['SQ'],
    without: [hiding({}, {}, { match: { type: 'SQ' }, action: 'drop' })],
  },
  {
    code: 'PORT_KEPT',
    title: 'the port where some clients are hidden',
    rules: file([
      {
        match: { client_address: '192.0.2.0/24' },
        set: { client_address: 'remove', query_time: 'remove', response_time: 'remove' },
      },
    ]),
    without: [
      file([
        {
          match: { client_address: '192.0.2.0/24' },
          set: { client_address: 'remove', query_port: 'remove', query_time: 'remove', response_time: 'remove' },
        },
      ]),
      // The same condition in another order, in a rule of its own.
      file([
        {
          match: { client_address: ['192.0.2.0/24', '198.51.100.0/24'], identity: 'ns1', type: ['client', 'CQ'] },
          set: { client_address: 'remove', query_time: 'remove', response_time: 'remove' },
        },
        {
          match: { type: ['query', 'response'], identity: 'ns1', client_address: ['198.51.100.0/24', '192.0.2.0/24'] },
          set: { query_port: 'remove' },
        },
      ]),
    ],
  },
  {
    code: 'EXACT_TIMES',
    title: 'both times in clear',
    rules: hiding({ query_time: 'keep', response_time: 'keep' }),
    without: [
      hiding({ query_time: { truncate: '1s' }, response_time: { truncate: '1s' } }),
      hiding({ query_time: 'remove', response_time: 'remove' }),
      file([]),
      hiding({}, {}, { match: { type: 'resolver' }, set: { query_time: 'keep', response_time: 'keep' } }),
    ],
  },
  {
    code: 'EXACT_TIMES',
    title: 'the time of queries where only queries are written',
    rules: hiding({ query_time: 'keep' }, {}, { match: { type: 'response' }, action: 'drop' }),
    types: ['AQ', 'CQ', 'FQ', 'SQ', 'TQ', 'UQ'],
    without: [hiding({ response_time: 'keep' }, {}, { match: { type: 'response' }, action: 'drop' })],
  },
  {
    code: 'ONE_TIME_HIDDEN',
    title: 'query_time alone',
    rules: file([{ set: { query_time: { truncate: '1m' } } }]),
    types: ['AR', 'RR', 'CR', 'FR', 'SR', 'TR', 'UR'],
    without: [
      file([{ set: { query_time: { truncate: '1m' }, response_time: { truncate: '1m' } } }]),
      file([{ set: { query_time: 'remove', response_time: { truncate: '1m' } } }]),
      // Queries have no response_time.
      file([{ match: { type: 'query' }, set: { query_time: { truncate: '1m' } } }]),
    ],
  },
  {
    code: 'ONE_TIME_HIDDEN',
    title: 'response_time alone',
    rules: hiding({ query_time: 'keep' }),
    types: ['AR', 'RR', 'CR', 'FR', 'SR', 'TR', 'UR'],
    without: [hiding()],
  },
  {
    code: 'ONE_TIME_HIDDEN',
    title: 'one of them where a frame says so',
    rules: file([{ match: { socket_protocol: 'DOH' }, set: { query_time: { truncate: '1m' } } }]),
    types: ['AR', 'RR', 'CR', 'FR', 'SR', 'TR', 'UR'],
    without: [
      file([
        { match: { socket_protocol: 'DOH' }, set: { query_time: { truncate: '1m' } } },
        { match: { socket_protocol: 'DOH' }, set: { response_time: { truncate: '1m' } } },
      ]),
      file([
        { match: { socket_protocol: 'DOH' }, set: { query_time: { truncate: '1m' } } },
        { set: { query_time: 'keep' } },
      ]),
      file([
        { match: { socket_protocol: 'DOH' }, set: { query_time: { truncate: '1m' } } },
        { match: { socket_protocol: 'DOH' }, action: 'drop' },
      ]),
    ],
  },
  {
    code: 'TIMES_DIFFER',
    title: 'an hour and a second',
    rules: hiding({ query_time: { truncate: '1h' } }),
    types: ['AR', 'RR', 'CR', 'FR', 'SR', 'TR', 'UR'],
    without: [
      hiding({ query_time: { truncate: '1h' }, response_time: { truncate: '1h' } }),
      hiding({ query_time: { truncate: '1h' }, response_time: 'remove' }),
      hiding({}, {}, { match: { type: 'query' }, set: { query_time: { truncate: '1h' } } }),
    ],
  },
  {
    code: 'CLIENT_QUERIES_IN_AUTH',
    title: 'CQ and CR dropped, AQ written',
    rules: file([{ match: { type: 'client' }, action: 'drop' }]),
    types: ['AQ'],
    without: [
      file([{ match: { type: ['client', 'AQ'] }, action: 'drop' }]),
      file([{ match: { type: 'CQ' }, action: 'drop' }]),
      file([{ match: { type: 'client', socket_protocol: 'DOH' }, action: 'drop' }]),
      hiding({ client_address: 'remove', query_message: 'remove' }, {}, { match: { type: 'client' }, action: 'drop' }),
    ],
  },
  {
    code: 'CLIENT_QUERIES_IN_AUTH',
    title: 'nothing left of CQ and CR, something of AQ',
    rules: file([{ match: { type: 'AQ' }, set: { server_address: 'keep', client_address: 'truncate' } }], {
      default: 'remove',
    }),
    types: ['AQ'],
    without: [file([{ match: { type: 'AQ' }, set: { server_address: 'keep' } }], { default: 'remove' })],
  },
  {
    code: 'UPDATES_IN_AUTH',
    title: 'UQ and UR dropped, AQ written with its message',
    rules: file([{ match: { type: 'update' }, action: 'drop' }]),
    types: ['AQ', 'AR'],
    without: [
      file([{ match: { type: 'UR' }, action: 'drop' }]),
      file([{ match: { type: 'UQ' }, action: 'drop' }]),
      file([{ match: { type: ['update', 'auth'] }, action: 'drop' }]),
      file([{ match: [{ type: 'update' }, { opcode: 'UPDATE' } as Conditions], action: 'drop' }]),
      file([
        { match: { type: 'update' }, action: 'drop' },
        { unless: { opcode: 'QUERY' } as Conditions, action: 'drop' },
      ]),
      file([
        { match: { type: 'update' }, action: 'drop' },
        { match: { opcode: ['NOTIFY', 'UPDATE'], type: 'auth' } as Conditions, set: { identity: 'remove' } },
      ]),
      // Nobody named updates here.
      hiding({ client_address: 'remove', query_message: 'remove' }, {}, { unless: { type: 'auth' }, action: 'drop' }),
    ],
  },
  {
    code: 'UPDATES_IN_AUTH',
    title: 'another opcode',
    rules: file([
      { match: { type: 'update' }, action: 'drop' },
      { match: { opcode: 'NOTIFY' } as Conditions, action: 'drop' },
    ]),
    types: ['AQ', 'AR'],
    without: [
      file([
        { match: { type: 'update' }, action: 'drop' },
        { match: { opcode: ['NOTIFY', 'UPDATE'] } as Conditions, action: 'drop' },
      ]),
    ],
  },
  {
    code: 'UPDATES_IN_AUTH',
    title: 'the opcode asked for in AQ alone, or beside something else',
    rules: file([
      { match: { type: 'update' }, action: 'drop' },
      { match: { type: 'AQ', opcode: 'UPDATE' } as Conditions, action: 'drop' },
      { match: { type: 'AR', opcode: 'UPDATE', socket_protocol: 'TCP' } as Conditions, action: 'drop' },
      {
        match: { opcode: 'UPDATE' } as Conditions,
        unless: { opcode: ['UPDATE', 'NOTIFY'] } as Conditions,
        action: 'drop',
      },
    ]),
    types: ['AR'],
    without: [
      file([
        { match: { type: 'update' }, action: 'drop' },
        { match: { type: 'auth', opcode: 'UPDATE' } as Conditions, action: 'drop' },
      ]),
    ],
  },
  {
    code: 'ONE_MESSAGE_HIDDEN',
    title: 'query_message alone',
    rules: file([{ set: { query_message: 'remove' } }]),
    types: ['AR', 'RR', 'CR', 'FR', 'SR', 'TR', 'UR'],
    without: [
      file([{ set: { query_message: 'remove', response_message: 'question' } }]),
      file([{ match: { type: 'query' }, set: { query_message: 'remove' } }]),
      hiding({ query_message: 'remove' }),
    ],
  },
  {
    code: 'ONE_MESSAGE_HIDDEN',
    title: 'response_message alone',
    rules: file([{ match: { type: 'AR' }, set: { response_message: 'question' } }]),
    types: ['AR'],
    without: [file([{ match: { type: 'AR' }, set: { response_message: 'question', query_message: 'question' } }])],
  },
  {
    code: 'CLOSED_FIELD_KEPT',
    title: 'extra',
    rules: hiding({}, {}, { match: { type: 'CQ' }, set: { extra: 'keep' } }),
    types: ['CQ'],
    rule: 1,
    without: [hiding(), hiding({ extra: { replace: 'a' } }), file([{ set: { extra: 'keep' } }])],
  },
  {
    code: 'CLOSED_FIELD_KEPT',
    title: 'policy, also where there is no client',
    rules: hiding({}, {}, { match: { type: 'RR' }, set: { policy: 'keep' } }),
    types: ['RR'],
    rule: 1,
    without: [hiding({ policy: 'anonymous' }), hiding({ policy: 'remove' })],
  },
  {
    code: 'CLOSED_FIELD_KEPT',
    title: 'query_zone',
    rules: hiding({ query_zone: 'keep' }),
    rule: 0,
    without: [
      hiding({ query_zone: 'remove' }),
      hiding({}, {}, { match: { type: 'resolver' }, set: { query_zone: 'keep' } }),
      hiding({ query_zone: 'keep' }, {}, { unless: { type: 'resolver' }, action: 'drop' }),
      // Kept of the clients that are not hidden.
      file([
        { set: { query_zone: 'keep' } },
        { match: { client_address: '192.0.2.0/24' }, set: { ...HIDDEN, query_zone: 'remove' } },
      ]),
    ],
  },
  {
    code: 'UNKNOWN_KEPT',
    title: 'unknown: keep',
    rules: hiding({ unknown: 'keep' }),
    without: [hiding({ unknown: 'remove' }), file([{ set: { unknown: 'keep' } }])],
  },
  {
    code: 'PUBLIC_WIDE',
    title: 'IPv4',
    rules: hiding({}, { public: { addresses: ['192.0.2.53', '10.0.0.0/23'] } }),
    without: [hiding({}, { public: { addresses: ['192.0.2.53', '10.0.0.0/24'] } })],
  },
  {
    code: 'PUBLIC_WIDE',
    title: 'IPv6, and IPv4-mapped',
    rules: hiding({}, { public: { addresses: ['2001:db8::/55', '::ffff:10.0.0.0/119'] } }),
    without: [hiding({}, { public: { addresses: ['2001:db8::/56', '::ffff:10.0.0.0/120'] } })],
  },
  {
    code: 'ONE_MAP',
    title: 'maps: one',
    rules: hiding({ client_address: 'crypto-pan' }, pseudonyms({ maps: 'one' })),
    without: [
      hiding({ client_address: 'crypto-pan' }, pseudonyms()),
      hiding({ client_address: 'truncate' }, pseudonyms({ maps: 'one' })),
    ],
  },
  {
    code: 'ROTATION_FOLLOWED',
    title: 'rotate without query_port: remove',
    rules: hiding({ client_address: 'hmac', query_port: 'keep' }, pseudonyms({ rotate: 'week' })),
    without: [
      hiding({ client_address: 'hmac' }, pseudonyms({ rotate: 'week' })),
      file([{ set: { server_address: 'hmac' } }], pseudonyms({ rotate: 'week' })),
    ],
  },
  {
    code: 'NAME_NOT_DROPPED',
    title: 'a wildcard alone',
    rules: file([
      { match: { qname: ['*.corp.example', 'example.net', '*.example.net.'] } as Conditions, action: 'drop' },
      { match: { qname: 'corp.example' } as Conditions, set: { identity: 'remove' } },
    ]),
    rule: 0,
    without: [
      file([{ match: { qname: ['*.corp.example', 'CORP.example.'] } as Conditions, action: 'drop' }]),
      file([{ match: { qname: ['*.corp.example', '*.example', 'example'] } as Conditions, action: 'drop' }]),
      file([
        { match: { qname: '*.corp.example' } as Conditions, action: 'drop' },
        { match: { qname: 'corp.example' } as Conditions, action: 'drop' },
      ]),
      file([{ match: { qname: '*.corp.example' } as Conditions, set: { identity: 'remove' } }]),
      file([{ unless: { qname: '*.corp.example' } as Conditions, action: 'drop' }]),
    ],
  },
  {
    code: 'RULE_NEVER_APPLIES',
    title: 'conditions that exclude each other',
    rules: file([{ match: { type: 'CQ' }, unless: { type: 'client' }, set: { identity: 'remove' } }]),
    rule: 0,
    without: [file([{ match: { type: 'CQ' }, unless: { type: 'CR' }, set: { identity: 'remove' } }])],
  },
  {
    code: 'RULE_NEVER_APPLIES',
    title: 'a rule behind one that drops all it could apply to',
    rules: file([
      { match: { type: 'tool' }, action: 'drop' },
      { match: { type: 'TQ' }, set: { identity: 'remove' } },
    ]),
    rule: 1,
    without: [
      file([
        { match: { type: 'tool' }, action: 'drop' },
        { match: { type: ['TQ', 'SQ'] }, set: { identity: 'remove' } },
      ]),
      file([
        { match: { type: 'tool', socket_protocol: 'TCP' }, action: 'drop' },
        { match: { type: 'TQ' }, set: { identity: 'remove' } },
      ]),
    ],
  },
  {
    code: 'RULE_NEVER_APPLIES',
    title: 'a client where there is none',
    rules: file([{ match: { type: 'resolver', client_address: '192.0.2.0/24' }, action: 'drop' }]),
    rule: 0,
    without: [file([{ match: { type: 'resolver', server_address: '192.0.2.0/24' }, action: 'drop' }])],
  },
  {
    code: 'NOTHING_WRITTEN',
    title: 'nothing is kept',
    rules: file([], { default: 'remove' }),
    without: [
      file([{ match: { type: 'UR' }, set: { version: { replace: 'a' } } }], { default: 'remove' }),
      file([], { default: 'remove', public: { addresses: ['192.0.2.53'] } }),
    ],
  },
  {
    code: 'NAME_UNLIKELY',
    title: 'a regular expression in place of a name',
    rules: file([{ match: { qname: ['/corp/', 'corp\\.example'] }, action: 'drop' }]),
    rule: 0,
    without: [
      file([
        { match: { qname: ['_dns.resolver.arpa', '0/25.2.0.192.in-addr.arpa', '.', 'XN--A.example'] }, action: 'drop' },
      ]),
      file([
        { match: { qname: ['*.', '*._udp.example', '_udp.example'] }, action: 'drop' },
        { match: { qname: '.' }, action: 'drop' },
      ]),
    ],
  },
  {
    code: 'NAME_UNLIKELY',
    title: 'a name that no host has, in an exception',
    rules: file([{ unless: { qname: '^corp' }, action: 'drop' }]),
    rule: 0,
    without: [file([{ unless: { qname: 'corp' }, action: 'drop' }])],
  },
  {
    code: 'NOTHING_CHANGED',
    title: 'no rules',
    rules: file([]),
    isAboutMessages: true,
    without: [
      file([], { default: 'remove', public: { addresses: ['192.0.2.53'] } }),
      file([
        { match: { type: 'update' }, action: 'drop' },
        { match: { opcode: 'UPDATE' }, action: 'drop' },
      ]),
      file([{ match: { socket_protocol: 'TCP' }, action: 'drop' }]),
      file([{ set: { http_protocol: 'remove' } }]),
    ],
  },
  {
    code: 'NOTHING_CHANGED',
    title: 'rules that keep',
    rules: file([
      { match: { type: 'client' }, set: { client_address: 'keep', names: 'keep' } },
      { set: { unknown: 'keep' } },
    ]),
    isAboutMessages: true,
    without: [file([{ set: { message_id: 'zero' } }])],
  },
  {
    code: 'NOTHING_WRITTEN',
    title: 'everything is dropped',
    isAboutMessages: true,
    rules: file([{ match: { socket_protocol: 'TCP' }, set: { identity: 'remove' } }, { action: 'drop' }]),
    without: [file([{ match: { socket_protocol: 'TCP' }, set: { identity: 'remove' } }])],
  },
];

describe('a warning is given', () => {
  test.each(CASES)('$code: $title', ({ code, rules, types, rule, isAboutMessages }) => {
    const warnings = warningsOf(isAboutMessages ? rules : aboutMessages(rules));
    expect(warnings.map((warning) => warning.code)).toEqual([code]);
    if (types !== undefined) expect(warnings[0]?.types).toEqual(types);
    expect(warnings[0]?.rule).toBe(rule);
  });

  test.each(WARNING_CODES)('%s, in whole sentences', (code) => {
    const cases = CASES.filter((one) => one.code === code);
    expect(cases).not.toEqual([]);
    for (const { rules } of cases) {
      for (const { message, reason, advice } of warningsOf(rules)) {
        for (const text of [message, reason, advice]) expect(text).toMatch(/^\S.*\.$/);
      }
    }
  });
});

describe('and not without its cause:', () => {
  const near = CASES.flatMap(({ code, title, without, isAboutMessages }) =>
    without.map((rules, index) => ({
      name: `${code}: ${title}, ${index + 1}`,
      rules: isAboutMessages ? rules : aboutMessages(rules),
    })),
  );

  test.each(near)('$name', ({ rules }) => {
    expect(warningsOf(rules).map(({ code }) => code)).toEqual([]);
  });
});

test('more rules than can be combined are looked at one by one', () => {
  const rules = Array.from({ length: 300 }, (_, index): PlainRule => {
    const set: Methods = index % 2 === 0 ? { query_time: { truncate: '1h' } } : { response_time: { truncate: '1h' } };
    return { match: { identity: `server ${index}` }, set };
  });
  expect(warningsOf(file(rules)).map(({ code }) => code)).toEqual(['ONE_TIME_HIDDEN', 'ONE_TIME_HIDDEN']);
});

/** The warnings that a shipped file means to have: what it reveals is what it is for. */
const MEANT: Readonly<Record<string, readonly WarningCode[]>> = {
  'rules/incident.yml': ['PORT_KEPT', 'ONE_MAP', 'EXACT_TIMES'],
};

test.each(shippedRules)('$name has no warnings but those that it means to have', ({ name, rules }) => {
  expect(warningsOf(rules).map(({ code }) => code)).toEqual(MEANT[name] ?? []);
});
