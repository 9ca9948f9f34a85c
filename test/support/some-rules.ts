/** Rules that between them name every field, method and condition of the language; what tests try captures and frames on. */
import type { PlainRules } from '../reference/rules.ts';

/** The key under which tests try the rules that need one: the bytes 0 to 31, for which there are published vectors. */
export const someKey: Uint8Array = Uint8Array.from({ length: 32 }, (_, index) => index);

/** The rules by what they are for; their keyed methods run under `someKey`. */
export const someRules: Readonly<Record<string, PlainRules>> = {
  'keep all': { version: 1, default: 'keep', rules: [{ set: { unknown: 'keep' } }] },
  'keep what is known': { version: 1, default: 'keep' },
  'remove all': { version: 1, default: 'remove' },
  'a tick a frame': {
    version: 1,
    default: 'remove',
    rules: [
      { set: { query_time: { truncate: '1h' }, response_time: { truncate: '1h' }, version: { replace: 'ticks' } } },
    ],
  },
  share: {
    version: 1,
    default: 'keep',
    rules: [
      { name: 'updates', match: { type: 'update' }, action: 'drop' },
      {
        name: 'clients',
        set: {
          client_address: 'truncate',
          query_port: 'remove',
          query_time: { truncate: '1s' },
          response_time: { truncate: '1s' },
          identity: 'remove',
          extra: 'remove',
          version: { replace: 'shared' },
        },
      },
    ],
  },
  'questions only': {
    version: 1,
    default: 'keep',
    rules: [
      {
        set: {
          query_message: 'question',
          response_message: 'question',
          server_address: { truncate: { ipv4: 8, ipv6: 29 } },
          policy: 'anonymous',
          identity: { replace: 'ns' },
          extra: { replace: 'x' },
        },
      },
    ],
  },
  'odd lengths': {
    version: 1,
    default: 'keep',
    public: { addresses: ['10.53.0.0/24', '2001:db8:53::/64', '0.0.0.0'] },
    rules: [
      {
        set: {
          client_address: { truncate: { ipv4: 19, ipv6: 37 } },
          server_address: { truncate: { ipv4: 0, ipv6: 0 } },
        },
      },
      { match: { type: ['RQ', 'RR'] }, set: { response_time: { truncate: '1d' }, query_zone: 'keep', policy: 'keep' } },
    ],
  },
  'one by one': {
    version: 1,
    default: 'keep',
    rules: [
      { match: { socket_protocol: ['TCP', 'DOT'] }, set: { socket_protocol: 'remove', query_port: 'remove' } },
      { match: { socket_family: 'INET6' }, set: { response_port: 'remove', http_protocol: 'remove' } },
      { match: [{ client_address: '192.0.2.0/24' }, { type: 'response' }], set: { query_zone: 'remove' } },
      { unless: [{ server_address: ['10.53.0.0/16', '2001:db8::/32'] }], set: { server_address: 'remove' } },
      { match: { identity: ['ns1.example.com', 'unbound.example'] }, set: { policy: 'remove', extra: 'remove' } },
      {
        match: { type: 'client', client_address: '2001:db8::/32' },
        unless: { socket_protocol: 'UDP' },
        action: 'drop',
      },
    ],
  },
  'crypto-pan for both roles': {
    version: 1,
    default: 'keep',
    key: { ephemeral: true },
    rules: [{ set: { client_address: 'crypto-pan', server_address: 'crypto-pan', query_port: 'remove' } }],
  },
  'pfx, one map, by week': {
    version: 1,
    default: 'keep',
    key: { ephemeral: true, maps: 'one', rotate: 'week' },
    public: { addresses: ['10.53.0.0/24', '2001:db8:53::/64'] },
    rules: [
      {
        name: 'in both roles, by times that are not in the output',
        set: {
          client_address: 'ipcrypt-pfx',
          server_address: 'ipcrypt-pfx',
          query_port: 'remove',
          query_time: 'remove',
          response_time: { truncate: '1d' },
        },
      },
    ],
  },
  'hmac by day': {
    version: 1,
    default: 'remove',
    key: { ephemeral: true, rotate: 'day' },
    rules: [
      { set: { client_address: 'hmac', server_address: 'keep', query_time: { truncate: '1h' }, version: 'keep' } },
      { match: { type: 'response' }, set: { server_address: 'hmac' } },
    ],
  },
  'pseudonyms of servers alone': {
    version: 1,
    default: 'keep',
    key: { ephemeral: true, rotate: 'day' },
    rules: [{ set: { server_address: 'ipcrypt-pfx', query_message: 'question', response_message: 'question' } }],
  },
  'a keyed method for some': {
    version: 1,
    default: 'keep',
    key: { ephemeral: true },
    rules: [
      { set: { client_address: 'truncate', server_address: 'hmac' } },
      { match: { socket_family: 'INET6' }, set: { client_address: 'hmac' } },
      { match: { type: 'resolver' }, set: { server_address: 'remove' } },
    ],
  },
};
