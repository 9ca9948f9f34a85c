import { describe } from 'vitest';
import type { RemovalCode } from '../../src/errors.ts';
import { hex } from '../support/hex.ts';
import type { Conditions, PlainRule } from './rules.ts';
import { type Case, CLIENT_QUERY, check, RESOLVER_QUERY, rulesOf, set } from './worked-cases.ts';

// Worked out by hand from docs/frames.md, by whose sections the blocks are called.

describe('2. roles', () => {
  check([
    {
      name: 'the client of a query is its query_address',
      frame: CLIENT_QUERY,
      rules: set({ client_address: 'remove' }),
      written: hex`0a 03 6e 73 31  72 0e  08 05 10 01 18 01 2a 04 c6 33 64 07 30 35  78 01`,
    },
    {
      name: 'the server of a query is its response_address',
      frame: CLIENT_QUERY,
      rules: set({ server_address: 'remove' }),
      written: hex`0a 03 6e 73 31  72 0e  08 05 10 01 18 01 22 04 c0 00 02 4d 30 35  78 01`,
    },
    {
      name: 'a resolver query has two servers and no client',
      frame: RESOLVER_QUERY,
      rules: set({ client_address: 'remove', server_address: { truncate: { ipv4: 8 } } }),
      written: hex`72 0e  08 03 22 04 c0 00 00 00 2a 04 c6 00 00 00  78 01`,
    },
    {
      name: 'a resolver response has two servers and no client, too',
      frame: hex`72 0e  08 04  22 04 c0 00 02 4d  2a 04 c6 33 64 07  78 01`,
      rules: set({ client_address: 'remove', server_address: { truncate: { ipv4: 8 } } }),
      written: hex`72 0e  08 04  22 04 c0 00 00 00  2a 04 c6 00 00 00  78 01`,
    },
    {
      name: 'a forwarder query has a client',
      frame: hex`72 08  08 07 22 04 c0 00 02 4d  78 01`,
      rules: set({ client_address: 'truncate' }),
      written: hex`72 08  08 07 22 04 c0 00 02 00  78 01`,
    },
  ]);
});

describe('3. rules', () => {
  const MAPPED_CLIENT = hex`72 14  08 05 22 10 00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 4d  78 01`;
  const drop = (match: Conditions | Conditions[]) => rulesOf({ match, action: 'drop' });
  const holds = (name: string, frame: Uint8Array, match: Conditions | Conditions[]): Case => ({
    name: `holds: ${name}`,
    frame,
    rules: drop(match),
    dropped: { rule: 0 },
  });
  const fails = (name: string, frame: Uint8Array, match: Conditions | Conditions[]): Case => ({
    name: `does not hold: ${name}`,
    frame,
    rules: drop(match),
    written: frame,
  });
  check([
    holds('type by mnemonic', CLIENT_QUERY, { type: 'CQ' }),
    holds('type by name', CLIENT_QUERY, { type: ['AUTH_QUERY', 'CLIENT_QUERY'] }),
    holds('type by its first group', CLIENT_QUERY, { type: 'client' }),
    holds('type by its second group', CLIENT_QUERY, { type: ['resolver', 'query'] }),
    fails('another type', CLIENT_QUERY, { type: ['CR', 'resolver', 'response', 'CLIENT_RESPONSE'] }),
    holds('client in a prefix that ends within a byte', CLIENT_QUERY, { client_address: '192.0.2.64/26' }),
    fails('client beside that prefix', CLIENT_QUERY, { client_address: ['192.0.2.0/26', '192.0.2.76'] }),
    holds('a mapped client in an IPv4 prefix', MAPPED_CLIENT, { client_address: '192.0.2.77' }),
    fails('a mapped client in an IPv6 prefix', MAPPED_CLIENT, { client_address: '::/0' }),
    fails('an IPv4 client in an IPv6 prefix', CLIENT_QUERY, { client_address: '::/0' }),
    fails('the client of a resolver query', RESOLVER_QUERY, { client_address: '0.0.0.0/0' }),
    holds('the first server of a resolver query', RESOLVER_QUERY, { server_address: '192.0.2.0/24' }),
    holds('the second server of a resolver query', RESOLVER_QUERY, { server_address: '198.51.100.0/24' }),
    fails('an address of 5 bytes', hex`72 09 08 05 22 05 c0 00 02 4d 00 78 01`, { client_address: '0.0.0.0/0' }),
    holds('family and protocol', CLIENT_QUERY, { socket_family: 'INET', socket_protocol: ['TCP', 'UDP'] }),
    fails('family but not protocol', CLIENT_QUERY, { socket_family: 'INET', socket_protocol: 'TCP' }),
    fails('family where there is none', RESOLVER_QUERY, { socket_family: ['INET', 'INET6'] }),
    holds('identity', CLIENT_QUERY, { identity: ['ns2', 'ns1'] }),
    fails('a part of identity', CLIENT_QUERY, { identity: ['ns', 'ns11', 'NS1'] }),
    holds('one map of a list', CLIENT_QUERY, [{ type: 'CR' }, { type: 'CQ', identity: 'ns1' }]),
    fails('each map of a list in part', CLIENT_QUERY, [
      { type: 'CR', identity: 'ns1' },
      { type: 'CQ', identity: 'x' },
    ]),
    {
      name: 'unless keeps a rule from applying where all its conditions hold',
      frame: CLIENT_QUERY,
      rules: rulesOf(
        { unless: { type: 'CQ', socket_family: 'INET' }, action: 'drop' },
        { match: { type: 'CQ' }, unless: { socket_family: 'INET6' }, action: 'drop' },
      ),
      dropped: { rule: 1 },
    },
    {
      name: 'a later note for a field replaces an earlier one, and leaves those of other fields',
      frame: CLIENT_QUERY,
      rules: rulesOf(
        { set: { server_address: 'remove', query_port: 'remove' } },
        { match: { type: 'CR' }, set: { query_port: 'keep' } },
        { set: { server_address: 'truncate' } },
      ),
      written: hex`
        0a 03 6e 73 31
        72 12  08 05 10 01 18 01 22 04 c0 00 02 4d 2a 04 c6 33 64 00
        78 01`,
    },
    {
      name: 'conditions see the frame as it arrived',
      frame: CLIENT_QUERY,
      rules: rulesOf({ set: { identity: 'remove' } }, { match: { identity: 'ns1' }, action: 'drop' }),
      dropped: { rule: 1 },
    },
    {
      name: 'conditions see the last copy of a field',
      frame: hex`0a 01 61  72 02 08 05  0a 01 62  78 01`,
      rules: rulesOf({ match: { identity: 'a' }, action: 'drop' }, { match: { identity: 'b' }, action: 'drop' }),
      dropped: { rule: 1 },
    },
  ]);
});

describe('5. when clients are hidden', () => {
  /** A response with both messages, zone and policy, and extra. */
  const RESPONSE = hex`
    1a 01 65                          # extra
    72 16
      08 04                           # RESOLVER_RESPONSE
      30 35
      52 01 71                        # query_message
      5a 01 00                        # query_zone
      72 01 72                        # response_message
      7a 07  12 01 62  18 03  20 02   # policy: rule, action, match
    78 01
  `;
  // The zone is the root, which holds nobody's address.
  const HIDDEN = hex`72 0d  08 04  30 35  5a 01 00  7a 04  18 03  20 02  78 01`;
  const MALFORMED: RemovalCode[] = ['DNS_MALFORMED', 'DNS_MALFORMED'];
  const hide: PlainRule = { match: { type: 'CQ' }, set: { client_address: 'truncate' } };
  check([
    {
      name: 'a rule that does not apply hides them all the same',
      frame: RESPONSE,
      rules: rulesOf(hide),
      written: HIDDEN,
      removals: MALFORMED,
    },
    {
      name: 'messages that do not parse are removed whatever a rule says',
      frame: RESPONSE,
      rules: rulesOf(hide, { set: { query_message: 'keep', response_message: 'question' } }),
      written: HIDDEN,
      removals: MALFORMED,
    },
    {
      name: 'extra, query_zone and policy are as an applying rule says',
      frame: RESPONSE,
      rules: rulesOf(hide, { set: { extra: 'keep', query_zone: 'keep', policy: 'keep' } }),
      written: hex`1a 01 65  72 10  08 04  30 35  5a 01 00  7a 07  12 01 62  18 03  20 02  78 01`,
      removals: MALFORMED,
    },
    {
      name: 'a rule that does not apply names nothing',
      frame: RESPONSE,
      rules: rulesOf(hide, { match: { type: 'CQ' }, set: { extra: 'keep', query_zone: 'keep', policy: 'keep' } }),
      written: HIDDEN,
      removals: MALFORMED,
    },
    {
      name: '`default: remove` hides, though the client is kept, and removes the policy',
      frame: RESPONSE,
      rules: {
        version: 1,
        default: 'remove',
        rules: [{ set: { client_address: 'keep', query_message: 'keep', query_port: 'keep' } }],
      },
      written: hex`72 04  08 04  30 35  78 01`,
      removals: ['DNS_MALFORMED'],
    },
    {
      name: 'a client_address that is kept hides nothing',
      frame: RESPONSE,
      rules: set({ client_address: 'keep' }),
      written: RESPONSE,
    },
  ]);
});
