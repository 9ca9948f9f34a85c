/**
 * Random frames and random rules for fast-check. Both draw addresses, texts and types from the same small pools, so
 * that conditions hold about as often as they do not.
 */
import fc from 'fast-check';
import type { KeyedMethod } from '../reference/pseudonyms.ts';
import type {
  Conditions,
  InnerField,
  Method,
  PlainKey,
  PlainRule,
  PlainRules,
  SettableField,
} from '../reference/rules.ts';
import { dnsMessage, dnsPointer, dnsQuestion } from './dns.ts';
import { bytesField, concat, field, fieldOfWireType, fixed32Field, group } from './frames.ts';
import { handmadeFrames } from './handmade.ts';
import { ADDRESSES, POLICY_VALUES, QUERY, RESPONSE } from './handmade-frame.ts';
import { hex } from './hex.ts';
import { arbitraryDnsMessage } from './random-dns.ts';

const IPV4_POOL = [ADDRESSES.ipv4, ADDRESSES.otherIpv4, hex`c0 00 02 42`, hex`0a 01 02 03`, hex`00 00 00 00`];
const IPV6_POOL = [ADDRESSES.ipv6, ADDRESSES.otherIpv6, ADDRESSES.sixToFour, hex`20 02 0a 01 02 03 ${'00'.repeat(10)}`];
const ODD_ADDRESS_POOL = [ADDRESSES.mapped, new Uint8Array(), hex`c0 00 02`, ADDRESSES.ipv6.slice(0, 15)];

const PREFIX_POOL = [
  '192.0.2.77',
  '192.0.2.64/26',
  '192.0.2.0/24',
  '198.51.100.0/25',
  '10.0.0.0/8',
  '0.0.0.0/0',
  '0.0.0.0/32',
  '2001:db8::/32',
  '2001:db8:1:2::/64',
  '2001:db8:1:2:3:4:5:6',
  '2002::/16',
  '2002:c000:200::/40',
  '::/0',
];

const IDENTITY_POOL = ['ns1.example.com', 'ns2', 'Zürich'];

const DNS_POOL = [
  QUERY,
  RESPONSE,
  dnsMessage({ questions: [dnsQuestion('example.org'), dnsQuestion(dnsPointer(12), 28)] }),
  dnsMessage({ questions: [dnsQuestion(dnsPointer(12))] }),
  dnsMessage({}),
];

const arbitraryAddress: fc.Arbitrary<{ family: number; address: Uint8Array }> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...IPV4_POOL).map((address) => ({ family: 1, address })) },
  { weight: 8, arbitrary: fc.constantFrom(...IPV6_POOL).map((address) => ({ family: 2, address })) },
  {
    weight: 3,
    arbitrary: fc.record({
      family: fc.constantFrom(1, 2, 3),
      address: fc.constantFrom(...IPV4_POOL, ...IPV6_POOL, ...ODD_ADDRESS_POOL),
    }),
  },
);

/** Days that begin something: a day of a week, a week, a year, a week of another year than the day's. */
const DAY_POOL = ['2025-11-23', '2026-11-23', '2027-01-01', '2027-01-04', '2024-12-30'];

const arbitrarySeconds = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1_763_800_000, max: 1_763_900_000 }).map(BigInt) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...DAY_POOL), fc.constantFrom(-86_401, -86_400, -1, 0, 1, 86_399, 86_400))
      .map(([day, offset]) => BigInt(Date.parse(day) / 1000 + offset)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[0n, 59n, 60n, 345_599n, 345_600n, 2n ** 32n + 1n],
      ...[253_402_300_799n, 253_402_300_800n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n],
    ),
  },
);

const arbitraryDns = fc.oneof(
  { weight: 8, arbitrary: arbitraryDnsMessage },
  { weight: 6, arbitrary: fc.constantFrom(...DNS_POOL) },
  { weight: 1, arbitrary: fc.nat(30).map((length) => RESPONSE.slice(0, length)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);

const arbitraryText = fc.constantFrom(...IDENTITY_POOL, '');

/** Zero or more fields on their own, in schema order. */
type Segments = Uint8Array[];

function maybe<Value>(arbitrary: fc.Arbitrary<Value>, encode: (value: Value) => Uint8Array): fc.Arbitrary<Segments> {
  return fc.option(arbitrary, { nil: undefined }).map((value) => (value === undefined ? [] : [encode(value)]));
}

function segmentsOf(...parts: fc.Arbitrary<Segments>[]): fc.Arbitrary<Segments> {
  return fc.tuple(...parts).map((lists) => lists.flat());
}

const arbitraryEnum = (highest: number) =>
  fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 1, max: highest }) }, { weight: 1, arbitrary: fc.constant(99) });

const arbitraryPolicySegments = segmentsOf(
  maybe(fc.constant(POLICY_VALUES.type), (value) => bytesField(1, value)),
  maybe(fc.constant(POLICY_VALUES.rule), (value) => bytesField(2, value)),
  maybe(arbitraryEnum(6), (value) => field(3, value)),
  maybe(arbitraryEnum(5), (value) => field(4, value)),
  maybe(fc.constantFrom(...IPV4_POOL), (value) => bytesField(5, value)),
);

function arbitraryMessageSegments(policy: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Segments> {
  const addressed = fc
    .tuple(arbitraryAddress, arbitraryAddress, fc.boolean(), fc.subarray([2, 4, 5]))
    .map(([query, response, same, present]) => {
      const answering = same ? query.address : response.address;
      const fields = { 2: field(2, query.family), 4: bytesField(4, query.address), 5: bytesField(5, answering) };
      return present.map((number) => fields[number as keyof typeof fields]);
    });
  return segmentsOf(
    arbitraryEnum(14).map((value) => [field(1, value)]),
    addressed,
    maybe(arbitraryEnum(7), (value) => field(3, value)),
    maybe(fc.constantFrom(53, 49_152, 70_000), (value) => field(6, value)),
    maybe(fc.constantFrom(53, 853, 443), (value) => field(7, value)),
    maybe(arbitrarySeconds, (value) => field(8, value)),
    maybe(fc.nat(999_999_999), (value) => fixed32Field(9, value)),
    maybe(arbitraryDns, (value) => bytesField(10, value)),
    maybe(fc.constant(hex`07 65 78 61 6d 70 6c 65 00`), (value) => bytesField(11, value)),
    maybe(arbitrarySeconds, (value) => field(12, value)),
    maybe(fc.nat(999_999_999), (value) => fixed32Field(13, value)),
    maybe(arbitraryDns, (value) => bytesField(14, value)),
    maybe(policy, (value) => bytesField(15, value)),
    maybe(arbitraryEnum(3), (value) => field(16, value)),
  );
}

function arbitraryFrameSegments(message: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Segments> {
  return segmentsOf(
    maybe(arbitraryText, (value) => bytesField(1, value)),
    maybe(arbitraryText, (value) => bytesField(2, value)),
    maybe(arbitraryText, (value) => bytesField(3, value)),
    message.map((value) => [bytesField(14, value), field(15, 1)]),
  );
}

const arbitraryUnknownField = fc.oneof(
  fc.tuple(fc.constantFrom(17, 90, 5000), fc.constantFrom(0, 1, 2, 3, 5)).map((args) => fieldOfWireType(...args)),
  fc.tuple(fc.integer({ min: 1, max: 16 }), fc.constantFrom(1, 3)).map((args) => fieldOfWireType(...args)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => field(90, value)),
  fc.constant(group(91, group(92, hex`88 00 81 00`))),
);

/** One more field, out of place, or again, or longer than it needs to be. */
const arbitraryOddity = fc.oneof(
  arbitraryUnknownField,
  fc
    .tuple(fc.integer({ min: 1, max: 16 }), fc.constantFrom(1n, 2n, 5n, 0x1_0000_0001n, 2n ** 64n - 1n))
    .map(([number, value]) => field(number, value)),
  fc
    .tuple(fc.integer({ min: 1, max: 15 }), fc.constantFrom(...IPV4_POOL, new Uint8Array()))
    .map(([number, value]) => bytesField(number, value)),
  fc
    .tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 10 }))
    .map(([number, tagLength, valueLength]) => field(number, 2, { tagLength, valueLength })),
  fc
    .tuple(fc.constantFrom(4, 5, 10, 90), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .map(([number, tagLength, valueLength]) => bytesField(number, ADDRESSES.ipv4, { tagLength, valueLength })),
);

function shuffled(segments: fc.Arbitrary<Segments>): fc.Arbitrary<Segments> {
  return segments.chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
}

function joined(segments: fc.Arbitrary<Segments>): fc.Arbitrary<Uint8Array> {
  return segments.map((all) => concat(...all));
}

/** A whole frame, whose levels are arranged by `arrange`. */
function arrangedFrame(
  arrange: (segments: fc.Arbitrary<Segments>) => fc.Arbitrary<Segments>,
): fc.Arbitrary<Uint8Array> {
  const policy = joined(arrange(arbitraryPolicySegments));
  const message = joined(arrange(arbitraryMessageSegments(policy)));
  return joined(arrange(arbitraryFrameSegments(message)));
}

function withOddities(segments: fc.Arbitrary<Segments>): fc.Arbitrary<Segments> {
  return fc.tuple(segments, fc.array(arbitraryOddity, { maxLength: 2 }), fc.boolean()).chain(([all, odd, shuffle]) => {
    const more = [...all, ...odd];
    return shuffle ? fc.shuffledSubarray(more, { minLength: more.length }) : fc.constant(more);
  });
}

/** The fields of a message spread over two messages, which protobuf merges. */
const splitFrame: fc.Arbitrary<Uint8Array> = arbitraryMessageSegments(joined(arbitraryPolicySegments)).chain((all) =>
  fc.tuple(fc.subarray(all), fc.subarray(all), fc.boolean()).map(([first, second, typeBetween]) => {
    const parts = [bytesField(14, concat(...first)), bytesField(14, concat(...second))];
    return typeBetween ? concat(parts[0], field(15, 1), parts[1]) : concat(...parts, field(15, 1));
  }),
);

const wellFormedFrame: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: arrangedFrame((segments) => segments) },
  { weight: 4, arbitrary: arrangedFrame(shuffled) },
  { weight: 4, arbitrary: arrangedFrame(withOddities) },
  { weight: 1, arbitrary: splitFrame },
  { weight: 2, arbitrary: fc.constantFrom(...handmadeFrames).map(({ bytes }) => bytes) },
);

/** A frame cut short, or with a few bytes overwritten, put in or taken out. */
const mutatedFrame: fc.Arbitrary<Uint8Array> = fc
  .tuple(wellFormedFrame, fc.nat(), fc.nat(4), fc.uint8Array({ maxLength: 3 }), fc.boolean())
  .map(([frame, at, skipped, bytes, cut]) => {
    const place = at % (frame.length + 1);
    return cut ? frame.slice(0, place) : concat(frame.slice(0, place), bytes, frame.slice(place + skipped));
  });

/** Frames: most of them whole and ordinary, some odd, some broken, a few no frame at all. */
export const arbitraryFrame: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 12, arbitrary: wellFormedFrame },
  { weight: 3, arbitrary: mutatedFrame },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
);

function oneOrList(pool: readonly string[]): fc.Arbitrary<string | string[]> {
  const list = fc.uniqueArray(fc.constantFrom(...pool), { minLength: 1, maxLength: 4 });
  return fc.oneof(fc.constantFrom(...pool), list);
}

const TYPE_WORDS = [
  ...['AQ', 'AR', 'RQ', 'RR', 'CQ', 'CR', 'FQ', 'FR', 'SQ', 'SR', 'TQ', 'TR', 'UQ', 'UR'],
  ...[
    'AUTH_QUERY',
    'RESOLVER_RESPONSE',
    'CLIENT_QUERY',
    'FORWARDER_RESPONSE',
    'STUB_QUERY',
    'TOOL_RESPONSE',
    'UPDATE_QUERY',
  ],
  ...['client', 'resolver', 'auth', 'forwarder', 'stub', 'tool', 'update', 'query', 'response'],
  // Twice, since half of all frames are one or the other and a condition that holds is worth more.
  ...['query', 'response'],
];

/** Names for `public`, and for `qname`. */
const QNAME_POOL = ['example.org', '*.example.com', 'WWW.example.com.', 'example.net', '*.org', '*.', '.'];

/** A map of conditions; `hasKey`: whether the file has one. */
const arbitraryConditionMap = (hasKey: boolean): fc.Arbitrary<Conditions> =>
  fc
    .record(
      {
        type: oneOrList(TYPE_WORDS),
        client_address: oneOrList(PREFIX_POOL),
        server_address: oneOrList(PREFIX_POOL),
        socket_family: oneOrList(['INET', 'INET6']),
        socket_protocol: oneOrList(['UDP', 'TCP', 'DOT', 'DOH', 'DNSCryptUDP', 'DNSCryptTCP', 'DOQ']),
        identity: oneOrList(IDENTITY_POOL),
        opcode: oneOrList(['QUERY', 'STATUS', 'NOTIFY', 'UPDATE']),
        rcode: oneOrList(['NOERROR', 'SERVFAIL', 'NXDOMAIN', 'REFUSED']),
        qname: oneOrList(QNAME_POOL),
        qtype: oneOrList(['A', 'AAAA', 'PTR', 'SOA', 'TYPE1', 'TYPE0', 'TYPE65']),
        sample: fc.constantFrom('1/2', '1/3'),
      },
      { noNullPrototype: true },
    )
    .chain((all) => {
      const keys = (Object.keys(all) as (keyof typeof all)[]).filter((key) => hasKey || key !== 'sample');
      return fc
        .subarray(keys, { minLength: 1, maxLength: 2 })
        .map((kept) => Object.fromEntries(kept.map((key) => [key, all[key]])) as Conditions);
    });

const arbitraryConditions = (hasKey: boolean): fc.Arbitrary<Conditions | Conditions[]> =>
  fc.oneof(
    { weight: 3, arbitrary: arbitraryConditionMap(hasKey) },
    { weight: 1, arbitrary: fc.array(arbitraryConditionMap(hasKey), { minLength: 1, maxLength: 3 }) },
  );

const keepOrRemove = fc.constantFrom<Method>('keep', 'remove');

const arbitraryBits: fc.Arbitrary<Method> = fc.oneof(
  fc.nat(32).map((ipv4) => ({ truncate: { ipv4 } })),
  fc.nat(128).map((ipv6) => ({ truncate: { ipv6 } })),
  fc.record({ ipv4: fc.nat(32), ipv6: fc.nat(128) }, { noNullPrototype: true }).map((truncate) => ({ truncate })),
);
const addressMethod = fc.oneof(keepOrRemove, fc.constant<Method>('truncate'), arbitraryBits);
const timeMethod = fc.oneof(
  keepOrRemove,
  fc.constantFrom('1s' as const, '1m' as const, '1h' as const, '1d' as const).map((truncate): Method => ({ truncate })),
);
const messageMethod = fc.constantFrom<Method>('keep', 'remove', 'question', 'question');
const textMethod = fc.oneof(
  keepOrRemove,
  fc.constantFrom('site-a', 'Zürich', 'x'.repeat(200)).map((replace): Method => ({ replace })),
);

const METHODS: Record<SettableField, fc.Arbitrary<Method>> = {
  client_address: addressMethod,
  server_address: addressMethod,
  query_port: keepOrRemove,
  response_port: keepOrRemove,
  query_time: timeMethod,
  response_time: timeMethod,
  query_message: messageMethod,
  response_message: messageMethod,
  policy: fc.constantFrom<Method>('keep', 'remove', 'anonymous'),
  query_zone: keepOrRemove,
  identity: textMethod,
  version: textMethod,
  extra: textMethod,
  socket_protocol: keepOrRemove,
  http_protocol: keepOrRemove,
  unknown: keepOrRemove,
};

/** What the rules of one file have to draw from. */
interface Drawing {
  hidesClients: boolean;
  /** The one keyed method of the file, where it has a key. */
  keyed: { method: KeyedMethod; key: PlainKey } | undefined;
}

type Sets = NonNullable<PlainRule['set']>;
type SetName = SettableField | InnerField | 'edns' | 'records';

function methodsFor({ hidesClients, keyed }: Drawing): Record<SetName, fc.Arbitrary<unknown>> {
  const address = keyed === undefined ? addressMethod : fc.oneof(fc.constant<Method>(keyed.method), addressMethod);
  return {
    ...METHODS,
    server_address: address,
    client_address: hidesClients ? address : fc.constant<Method>('keep'),
    reverse_names: address,
    names: fc.constantFrom<Method>(
      ...(['keep', 'keep', 'registrable', { labels: 1 }, { labels: 2 }, { labels: 127 }] as const),
      ...(keyed === undefined ? [] : (['hash', 'hash'] as const)),
    ),
    message_id: fc.constantFrom<Method>('keep', 'zero'),
    edns: entriesOf({ client_subnet: address, 8: address }, [
      'cookie',
      '10',
      'padding',
      'extended_dns_error',
      '65001',
      'nsid',
      '9',
    ]),
    records: entriesOf({}, [
      'A',
      'TYPE28',
      'AAAA',
      'TXT',
      'RRSIG',
      'TSIG',
      'NSEC',
      'HTTPS',
      'PTR',
      'SOA',
      'TYPE65280',
      'TYPE1',
    ]),
  };
}

/** Entries that are two words for one thing, which stand in no map together. */
const TWINS = [
  ['client_subnet', '8'],
  ['cookie', '10'],
  ['A', 'TYPE1'],
  ['AAAA', 'TYPE28'],
];

function entriesOf(
  special: Readonly<Record<string, fc.Arbitrary<Method>>>,
  words: readonly string[],
): fc.Arbitrary<Record<string, Method>> {
  return fc.subarray([...Object.keys(special), 'other', ...words], { minLength: 1, maxLength: 4 }).chain((some) => {
    const all = some.filter((word) => !TWINS.some(([one, twin]) => word === twin && some.includes(one)));
    return fc.record(Object.fromEntries(all.map((word) => [word, special[word] ?? keepOrRemove])), {
      noNullPrototype: true,
    });
  });
}

function arbitrarySet(drawing: Drawing): fc.Arbitrary<Sets> {
  const methods = methodsFor(drawing);
  return fc.subarray(Object.keys(methods) as SetName[], { minLength: 1, maxLength: 8 }).chain((names) => {
    const chosen = Object.fromEntries(names.map((name) => [name, methods[name]]));
    return fc.record(chosen, { noNullPrototype: true }) as fc.Arbitrary<Sets>;
  });
}

function arbitraryRule(drawing: Drawing): fc.Arbitrary<PlainRule> {
  const name = fc.option(fc.constantFrom('who asked', 'when'), { nil: undefined });
  const conditions = arbitraryConditions(drawing.keyed !== undefined);
  const matched = fc.record({ match: conditions }, { noNullPrototype: true });
  const excepted = fc.record({ unless: conditions }, { noNullPrototype: true });
  const both = fc.record({ match: conditions, unless: conditions }, { noNullPrototype: true });
  const conditional: fc.Arbitrary<PlainRule> = fc.oneof({ weight: 3, arbitrary: matched }, excepted, both);
  const drop = conditional.map((when): PlainRule => ({ ...when, action: 'drop' }));
  const set = fc
    .tuple(fc.oneof(conditional, fc.constant<PlainRule>({})), arbitrarySet(drawing))
    .map(([when, methods]): PlainRule => ({ ...when, set: methods }));
  return fc
    .tuple(name, fc.oneof({ weight: 1, arbitrary: drop }, { weight: 4, arbitrary: set }))
    .map(([text, rule]) => (text === undefined ? rule : { name: text, ...rule }));
}

const arbitraryKeyed: fc.Arbitrary<Drawing['keyed']> = fc.record({
  method: fc.constantFrom('crypto-pan', 'ipcrypt-pfx', 'hmac'),
  key: fc
    .record({
      maps: fc.constantFrom(undefined, undefined, 'one' as const),
      rotate: fc.constantFrom(undefined, 'day' as const, 'week' as const),
    })
    .map(({ maps, rotate }) => ({
      ephemeral: true,
      ...(maps === undefined ? {} : { maps }),
      ...(rotate === undefined ? {} : { rotate }),
    })),
});

/** A rule that gives the keyed method to one role or both, in every frame: a key that is never used tries nothing. */
function arbitraryKeyedRule({ hidesClients, keyed }: Drawing): fc.Arbitrary<PlainRule | undefined> {
  if (keyed === undefined) return fc.constant(undefined);
  const roles = hidesClients ? (['client_address', 'server_address'] as const) : (['server_address'] as const);
  return fc
    .subarray([...roles], { minLength: 1 })
    .map((names) => ({ set: Object.fromEntries(names.map((name) => [name, keyed.method])) }));
}

const arbitraryDrawing: fc.Arbitrary<Drawing> = fc.record({
  hidesClients: fc.boolean(),
  keyed: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: arbitraryKeyed }),
});

/**
 * Valid rules of 0 to 6 rules (no `rules` at all for 0). About half of them hide clients, so that the other half can do
 * something with the messages; a quarter have a key, and one method that needs it. A rule that always drops stands
 * last, if anywhere.
 */
export const arbitraryRules: fc.Arbitrary<PlainRules> = arbitraryDrawing.chain((drawing) =>
  fc
    .record({
      fallback: drawing.hidesClients
        ? fc.constantFrom('keep' as const, 'remove' as const)
        : fc.constant('keep' as const),
      addresses: fc.option(fc.uniqueArray(fc.constantFrom(...PREFIX_POOL), { minLength: 1, maxLength: 3 }), {
        nil: undefined,
        freq: 2,
      }),
      names: fc.option(fc.uniqueArray(fc.constantFrom(...QNAME_POOL), { minLength: 1, maxLength: 2 }), {
        nil: undefined,
        freq: 2,
      }),
      rules: fc.array(arbitraryRule(drawing), { maxLength: 5 }),
      keyedRule: arbitraryKeyedRule(drawing),
      keyedPlace: fc.nat(4),
      dropsRest: fc.integer({ min: 0, max: 29 }).map((number) => number === 29),
    })
    .map(({ fallback, addresses, names, rules, keyedRule, keyedPlace, dropsRest }) => {
      const some = keyedRule === undefined ? rules : rules.toSpliced(keyedPlace, 0, keyedRule);
      const all = dropsRest ? [...some.slice(0, 5), { action: 'drop' as const }] : some;
      return {
        version: 1,
        default: fallback,
        ...(drawing.keyed === undefined ? {} : { key: drawing.keyed.key }),
        ...(addresses === undefined && names === undefined
          ? {}
          : { public: { ...(addresses && { addresses }), ...(names && { names }) } }),
        ...(all.length === 0 ? {} : { rules: all }),
      };
    }),
);
