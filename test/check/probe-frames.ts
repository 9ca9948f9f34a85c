/** Frames that try what rules decide by: every field is there, and the fields of conditions have values in them and beside them. */
import { contains, type Prefix, parsePrefix, seenAs, toBytes } from '../reference/addresses.ts';
import type { Conditions, PlainRules } from '../reference/rules.ts';
import { dnsMessage, dnsName, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { dnstapFrame, field, MESSAGE_TYPES, message } from '../support/frames.ts';
import { ADDRESSES, FRAME_VALUES, MESSAGE_VALUES, without } from '../support/handmade-frame.ts';
import { hex } from '../support/hex.ts';

/** Two that no truncation leaves as they are, and two that rules of tests name. */
const ADDRESSES_OF_NOBODY = [
  hex`d9 b7 5f 77`,
  hex`3f f7 7d b7 df 7f 77 f7 7d b7 df 7f 77 f7 7d b7`,
  ADDRESSES.ipv4,
  ADDRESSES.ipv6,
];
const MAX_NAMED_ADDRESSES = 3;
const PROTOCOLS = ['UDP', 'TCP', 'DOT', 'DOH', 'DNSCryptUDP', 'DNSCryptTCP', 'DOQ'];

/** Frames of one message type; none has an address that the rules declare public. */
export function probeFrames(rules: PlainRules, type: keyof typeof MESSAGE_TYPES): Uint8Array[] {
  const maps = (rules.rules ?? []).flatMap(({ match, unless }) => [match ?? [], unless ?? []].flat());
  const publicPrefixes = (rules.public?.addresses ?? []).map(parsePrefix);
  const clients = addressesFor(valuesOf(maps, 'client_address'), publicPrefixes);
  const servers = addressesFor(valuesOf(maps, 'server_address'), publicPrefixes);
  const protocols = new Set(['TCP', 'DOH', ...valuesOf(maps, 'socket_protocol')]);
  const messages = messagesFor(maps);
  const identities = new Set([FRAME_VALUES.identity, 'another server', ...valuesOf(maps, 'identity')]);
  return clients.flatMap((client) => {
    const ordinary = servers
      .filter(({ length }) => length === client.length)
      .flatMap((server) =>
        [...protocols].flatMap((protocol) =>
          [...identities].flatMap((identity) =>
            messages.map((pair) => probe({ type, client, server, protocol, identity, ...pair })),
          ),
        ),
      );
    const { identity } = FRAME_VALUES;
    const [pair] = messages;
    return [...ordinary, probe({ type, client, server: client, protocol: 'TCP', identity, ...pair, hasFamily: false })];
  });
}

interface Messages {
  query: Uint8Array;
  response: Uint8Array;
}

/** Pairs of messages: an ordinary one, and where rules ask for more, such as they ask for, and such as leave them undecided. */
function messagesFor(maps: readonly DnsConditions[]): Messages[] {
  const ordinary = { query: QUERY, response: RESPONSE };
  const named = maps.flatMap(({ opcode = [], rcode = [], qname = [], qtype = [] }) => [
    ...[opcode].flat().map((one) => ({ opcode: OPCODES[one] })),
    ...[rcode].flat().map((one) => ({ rcode: RCODES[one] })),
    ...[qname].flat().map((one) => ({ qname: one.replace('*', 'host') })),
    ...[qtype].flat().map((one) => ({ qtype: QTYPES[one] })),
  ]);
  if (named.length === 0) return [ordinary];
  const all = [...named, { opcode: OPCODES.UPDATE }, ...named.map((values) => ({ ...values, opcode: OPCODES.UPDATE }))];
  const pairs = all.map((values) => ({ query: dns(values), response: dns(values) }));
  const malformed = Uint8Array.of(1, 2, 3, 4, 5);
  return [ordinary, ...pairs, { query: malformed, response: malformed }, { query: pairs[0].query, response: RESPONSE }];
}

/** Messages that are changed wherever clients or names are hidden: with a cookie. */
const QUESTIONS = [dnsQuestion('www.example.com')];
const OPTIONS = [dnsRecord('', 41, hex`000a 0008 0102030405060708`, 1232)];
const QUERY = dnsMessage({ header: { id: 0x1234, flags: 0x0120 }, questions: QUESTIONS, additionals: OPTIONS });
const RESPONSE = dnsMessage({
  header: { id: 0x1234, flags: 0x8180 },
  questions: QUESTIONS,
  answers: [dnsRecord(hex`c0 0c`, 1, hex`c0 00 02 01`)],
  additionals: OPTIONS,
});

const OPCODES: Readonly<Record<string, number>> = { QUERY: 0, NOTIFY: 4, UPDATE: 5 };
const RCODES: Readonly<Record<string, number>> = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 };
const QTYPES: Readonly<Record<string, number>> = { A: 1, AAAA: 28, IXFR: 251, AXFR: 252 };

function dns({ opcode = 0, rcode = 0, qname = 'www.example.com', qtype = 1 }): Uint8Array {
  return dnsMessage({ header: { flags: (opcode << 11) | rcode }, questions: [dnsQuestion(qname, qtype)] });
}

/** Conditions on DNS messages, beside the others. */
type DnsConditions = Conditions & Partial<Record<'opcode' | 'rcode' | 'qname' | 'qtype', string | string[]>>;

interface Probe extends Messages {
  type: keyof typeof MESSAGE_TYPES;
  client: Uint8Array;
  server: Uint8Array;
  protocol: string;
  identity: string;
  hasFamily?: boolean;
}

function probe({ type, client, server, protocol, identity, query, response, hasFamily = true }: Probe): Uint8Array {
  const values = {
    ...without(MESSAGE_VALUES, 'socket_family'),
    ...(hasFamily && { socket_family: client.length === 4 ? 1 : 2 }),
    type: MESSAGE_TYPES[type],
    socket_protocol: PROTOCOLS.indexOf(protocol) + 1,
    query_address: client,
    response_address: server,
    // A name that is changed wherever clients are hidden.
    query_zone: dnsName('7.2.0.192.in-addr.arpa'),
    query_message: query,
    response_message: response,
  };
  const unknown = { rest: field(90, 7) };
  return dnstapFrame({ ...FRAME_VALUES, identity, message: message(values, unknown) }, unknown);
}

function valuesOf(maps: readonly Conditions[], name: keyof Conditions): string[] {
  return maps.flatMap((map) => [map[name] ?? []].flat());
}

/** Addresses inside of prefixes, as far as those go, and outside. */
function addressesFor(prefixes: readonly string[], publicPrefixes: readonly Prefix[]): Uint8Array[] {
  const named = prefixes.slice(0, MAX_NAMED_ADDRESSES).map((text) => {
    const { family, value, bits } = parsePrefix(text);
    const width = family === 4 ? 32 : 128;
    const rest = (1n << BigInt(width - bits)) - 1n;
    return toBytes(value | rest, width / 8);
  });
  return [...ADDRESSES_OF_NOBODY, ...named].filter((address) => {
    const seen = seenAs(address);
    return seen !== undefined && !publicPrefixes.some((prefix) => contains(prefix, seen));
  });
}
