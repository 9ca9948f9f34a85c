/** Frames that try what rules decide by: every field is there, and the fields of conditions have values in them and beside them. */
import { contains, type Prefix, parsePrefix, seenAs, toBytes } from '../reference/addresses.ts';
import type { Conditions, PlainRules } from '../reference/rules.ts';
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
const MAX_NAMED_ADDRESSES = 6;
const PROTOCOLS = ['UDP', 'TCP', 'DOT', 'DOH', 'DNSCryptUDP', 'DNSCryptTCP', 'DOQ'];

/** Frames of one message type; none has an address that the rules declare public. */
export function probeFrames(rules: PlainRules, type: keyof typeof MESSAGE_TYPES): Uint8Array[] {
  const maps = (rules.rules ?? []).flatMap(({ match, unless }) => [match ?? [], unless ?? []].flat());
  const publicPrefixes = (rules.public?.addresses ?? []).map(parsePrefix);
  const clients = addressesFor(valuesOf(maps, 'client_address'), publicPrefixes);
  const servers = addressesFor(valuesOf(maps, 'server_address'), publicPrefixes);
  const protocols = new Set(['TCP', 'DOH', ...valuesOf(maps, 'socket_protocol')]);
  const identities = new Set([FRAME_VALUES.identity, 'another server', ...valuesOf(maps, 'identity')]);
  return clients.flatMap((client) => {
    const ordinary = servers
      .filter(({ length }) => length === client.length)
      .flatMap((server) =>
        [...protocols].flatMap((protocol) =>
          [...identities].map((identity) => probe({ type, client, server, protocol, identity })),
        ),
      );
    const { identity } = FRAME_VALUES;
    return [...ordinary, probe({ type, client, server: client, protocol: 'TCP', identity, hasFamily: false })];
  });
}

interface Probe {
  type: keyof typeof MESSAGE_TYPES;
  client: Uint8Array;
  server: Uint8Array;
  protocol: string;
  identity: string;
  hasFamily?: boolean;
}

function probe({ type, client, server, protocol, identity, hasFamily = true }: Probe): Uint8Array {
  const values = {
    ...without(MESSAGE_VALUES, 'socket_family'),
    ...(hasFamily && { socket_family: client.length === 4 ? 1 : 2 }),
    type: MESSAGE_TYPES[type],
    socket_protocol: PROTOCOLS.indexOf(protocol) + 1,
    query_address: client,
    response_address: server,
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
