import { describe, expect, test } from 'vitest';
import { bytesField, concat, dnstapFrame, field, message } from '../support/frames.ts';
import { hex } from '../support/hex.ts';
import { referenceFilter } from './filter.ts';
import type { KeyedMethod } from './pseudonyms.ts';
import type { PlainKey, PlainRule, PlainRules } from './rules.ts';
import { CLIENT_QUERY, check, KEEP, RESOLVER_QUERY, set } from './worked-cases.ts';

// Pseudonyms under the key 00 01 02 ... 1f, worked out apart from this code, with another language and openssl.

/** Rules with a key. */
function keyed(key: Omit<PlainKey, 'ephemeral'>, methods: PlainRule['set'] & object): PlainRules {
  return { ...set(methods), key: { ephemeral: true, ...key } };
}

const both = (method: KeyedMethod) => ({ client_address: method, server_address: method });

/** A client's query with these times. */
function timed(client: Uint8Array | undefined, query?: number | bigint, response?: number | bigint): Uint8Array {
  return dnstapFrame({
    message: message({
      type: 5,
      ...(client === undefined ? {} : { query_address: client }),
      query_port: 53,
      ...(query === undefined ? {} : { query_time_sec: query }),
      ...(response === undefined ? {} : { response_time_sec: response }),
    }),
  });
}

const CLIENT = hex`c0 00 02 4d`;
const SUNDAY_END = 1_795_391_999;
const MONDAY = SUNDAY_END + 1;
const YEAR_10000 = 253_402_300_800n;
const MAPPED = (ipv4: string) => hex`00 00 00 00 00 00 00 00 00 00 ff ff ${ipv4}`;

describe('4. addresses and keys', () => {
  const withAddresses = (client: string, server: string) => hex`
    0a 03 6e 73 31
    72 14  08 05 10 01 18 01  22 04 ${client}  2a 04 ${server}  30 35
    78 01`;
  const ofMapped = (family: number | undefined, address: Uint8Array) =>
    dnstapFrame({
      message: message({
        type: 5,
        ...(family === undefined ? {} : { socket_family: family }),
        query_address: address,
      }),
    });
  check([
    {
      name: 'crypto-pan: the key itself for the client, a subkey for the server',
      frame: CLIENT_QUERY,
      rules: keyed({}, both('crypto-pan')),
      written: withAddresses('02 5a 5d 42', 'c5 b3 7b f6'),
    },
    {
      name: 'ipcrypt-pfx: the key itself for the client, a subkey for the server',
      frame: CLIENT_QUERY,
      rules: keyed({}, both('ipcrypt-pfx')),
      written: withAddresses('3f 21 a0 fe', 'df 82 f1 f7'),
    },
    {
      name: 'hmac: a subkey for each',
      frame: CLIENT_QUERY,
      rules: keyed({}, both('hmac')),
      written: withAddresses('4a 5c 77 1c', '29 19 bb ff'),
    },
    {
      name: 'one map: the key itself for both',
      frame: CLIENT_QUERY,
      rules: keyed({ maps: 'one' }, both('crypto-pan')),
      written: withAddresses('02 5a 5d 42', '06 f7 1b 19'),
    },
    {
      name: 'one map: the subkey of the client for both',
      frame: CLIENT_QUERY,
      rules: keyed({ maps: 'one' }, both('hmac')),
      written: withAddresses('4a 5c 77 1c', '2b 8f 72 ad'),
    },
    {
      name: 'a resolver query has two servers',
      frame: RESOLVER_QUERY,
      rules: keyed({}, both('crypto-pan')),
      written: hex`72 0e  08 03 22 04 c0 06 02 51 2a 04 c5 b3 7b f6  78 01`,
    },
    {
      name: 'IPv6 becomes IPv6',
      frame: ofMapped(2, hex`20 01 0d b8 00 01 00 02 00 03 00 04 00 05 00 06`),
      rules: keyed({}, { client_address: 'crypto-pan' }),
      written: ofMapped(2, hex`dd 92 2c 44 3f c1 00 06 70 07 1d f8 01 f5 f1 86`),
    },
    {
      name: 'IPv4-mapped under INET6 stays mapped',
      frame: ofMapped(2, MAPPED('c0 00 02 4d')),
      rules: keyed({}, { client_address: 'crypto-pan' }),
      written: ofMapped(2, MAPPED('02 5a 5d 42')),
    },
    {
      name: 'IPv4-mapped without a family stays mapped',
      frame: ofMapped(undefined, MAPPED('c0 00 02 4d')),
      rules: keyed({}, { client_address: 'hmac' }),
      written: ofMapped(undefined, MAPPED('4a 5c 77 1c')),
    },
    {
      name: 'IPv4-mapped under INET becomes four bytes',
      frame: ofMapped(1, MAPPED('c0 00 02 4d')),
      rules: keyed({}, { client_address: 'ipcrypt-pfx' }),
      written: ofMapped(1, hex`3f 21 a0 fe`),
    },
    {
      name: 'a public address stays, though nobody knows the period',
      frame: timed(CLIENT),
      rules: { ...keyed({ rotate: 'day' }, { client_address: 'hmac' }), public: { addresses: ['192.0.2.0/24'] } },
      written: timed(CLIENT),
    },
    {
      name: 'an address that is none is ADDRESS_INVALID, though nobody knows the period',
      frame: timed(hex`c0 00 02`),
      rules: keyed({ rotate: 'day' }, { client_address: 'hmac' }),
      written: timed(undefined),
      removals: ['ADDRESS_INVALID'],
    },
    {
      name: 'without rotate no time is needed',
      frame: timed(CLIENT),
      rules: keyed({}, { client_address: 'crypto-pan' }),
      written: timed(hex`02 5a 5d 42`),
    },
  ]);
});

describe('4. periods', () => {
  const byDay = keyed({ rotate: 'day' }, { client_address: 'crypto-pan' });
  const byWeek = keyed({ rotate: 'week' }, { client_address: 'ipcrypt-pfx' });
  const unknown = { written: timed(undefined), removals: ['PERIOD_UNKNOWN' as const] };
  check([
    {
      name: 'the last second of a day',
      frame: timed(CLIENT, SUNDAY_END),
      rules: byDay,
      written: timed(hex`9f 7e 65 b7`, SUNDAY_END),
    },
    {
      name: 'the first second of the next',
      frame: timed(CLIENT, MONDAY),
      rules: byDay,
      written: timed(hex`c1 f3 82 b2`, MONDAY),
    },
    {
      name: 'the last second of a week',
      frame: timed(CLIENT, SUNDAY_END),
      rules: byWeek,
      written: timed(hex`c0 06 0e da`, SUNDAY_END),
    },
    {
      name: 'the first second of the next week',
      frame: timed(CLIENT, MONDAY),
      rules: byWeek,
      written: timed(hex`ae c5 bc a5`, MONDAY),
    },
    {
      name: 'a server has its own subkey of the week',
      frame: dnstapFrame({ message: message({ type: 3, query_address: CLIENT, query_time_sec: MONDAY }) }),
      rules: keyed({ rotate: 'week' }, both('crypto-pan')),
      written: dnstapFrame({
        message: message({ type: 3, query_address: hex`d3 f1 e9 ad`, query_time_sec: MONDAY }),
      }),
    },
    {
      name: 'and with one map that of the client',
      frame: dnstapFrame({ message: message({ type: 3, query_address: CLIENT, query_time_sec: MONDAY }) }),
      rules: keyed({ rotate: 'week', maps: 'one' }, both('crypto-pan')),
      written: dnstapFrame({
        message: message({ type: 3, query_address: hex`a4 43 fd b2`, query_time_sec: MONDAY }),
      }),
    },
    {
      name: 'the time of the response where there is none of the query',
      frame: timed(CLIENT, undefined, MONDAY),
      rules: byDay,
      written: timed(hex`c1 f3 82 b2`, undefined, MONDAY),
    },
    {
      name: 'the time of the query where there are both',
      frame: timed(CLIENT, SUNDAY_END, MONDAY),
      rules: byDay,
      written: timed(hex`9f 7e 65 b7`, SUNDAY_END, MONDAY),
    },
    {
      name: 'the time as it arrived, though another is written, or none',
      frame: timed(CLIENT, MONDAY + 86_399),
      rules: keyed({ rotate: 'week' }, { client_address: 'crypto-pan', query_time: 'remove' }),
      written: timed(hex`a4 43 fd b2`),
    },
    {
      name: 'the last copy of a time counts',
      frame: dnstapFrame({
        message: message({ type: 5, query_address: CLIENT, query_port: 53, query_time_sec: [SUNDAY_END, MONDAY] }),
      }),
      rules: byDay,
      written: timed(hex`c1 f3 82 b2`, MONDAY),
    },
    {
      name: 'a time behind the address, in another message that is merged',
      frame: concat(
        bytesField(14, message({ type: 5, query_address: CLIENT, query_port: 53 })),
        bytesField(14, field(8, MONDAY)),
        field(15, 1),
      ),
      rules: byDay,
      written: timed(hex`c1 f3 82 b2`, MONDAY),
    },
    {
      name: 'a time of another wire type is none',
      frame: dnstapFrame({
        message: message({ type: 5, query_address: CLIENT, query_port: 53, query_time_sec: 'monday' }),
      }),
      rules: byDay,
      ...unknown,
    },
    { name: 'no time', frame: timed(CLIENT), rules: byDay, ...unknown },
    {
      name: 'nanoseconds alone are no time',
      frame: dnstapFrame({ message: message({ type: 5, query_address: CLIENT, query_time_nsec: 5 }) }),
      rules: byWeek,
      written: dnstapFrame({ message: message({ type: 5, query_time_nsec: 5 }) }),
      removals: ['PERIOD_UNKNOWN'],
    },
    {
      name: 'the first second of 1970 is a time',
      frame: timed(CLIENT, 0),
      rules: byDay,
      written: timed(hex`19 3c fa b2`, 0),
    },
    {
      name: 'the last second of the year 9999 is a time',
      frame: timed(CLIENT, YEAR_10000 - 1n),
      rules: byDay,
      written: timed(hex`c0 14 0e 4d`, YEAR_10000 - 1n),
    },
    {
      name: 'and its week is the 52nd',
      frame: timed(CLIENT, YEAR_10000 - 1n),
      rules: keyed({ rotate: 'week' }, { client_address: 'crypto-pan' }),
      written: timed(hex`42 c1 fa 44`, YEAR_10000 - 1n),
    },
    {
      name: 'the next second is none',
      frame: timed(CLIENT, YEAR_10000),
      rules: byDay,
      written: timed(undefined, YEAR_10000),
      removals: ['PERIOD_UNKNOWN'],
    },
    {
      name: 'the time of the response does not stand in for one that is too late',
      frame: timed(CLIENT, 2n ** 64n - 1n, MONDAY),
      rules: byWeek,
      written: timed(undefined, 2n ** 64n - 1n, MONDAY),
      removals: ['PERIOD_UNKNOWN'],
    },
    {
      name: 'a time that is too late for its own method counts besides',
      frame: timed(CLIENT, 2n ** 64n - 1n),
      rules: keyed({ rotate: 'day' }, { client_address: 'hmac', query_time: { truncate: '1h' } }),
      written: timed(undefined),
      removals: ['PERIOD_UNKNOWN', 'TIME_INVALID'],
    },
    {
      name: 'each address counts, and other methods need no period',
      frame: RESOLVER_QUERY,
      rules: keyed({ rotate: 'day' }, { server_address: 'hmac', version: { replace: 'x' } }),
      written: hex`12 01 78  72 02 08 03  78 01`,
      removals: ['PERIOD_UNKNOWN', 'PERIOD_UNKNOWN'],
    },
    {
      name: 'what is truncated is not removed',
      frame: CLIENT_QUERY,
      rules: keyed({ rotate: 'day' }, { client_address: 'truncate', server_address: 'hmac' }),
      written: hex`0a 03 6e 73 31  72 0e  08 05 10 01 18 01 22 04 c0 00 02 00 30 35  78 01`,
      removals: ['PERIOD_UNKNOWN'],
    },
    {
      name: 'nothing may be left',
      frame: dnstapFrame({ message: message({ type: 5, query_address: CLIENT }) }),
      rules: byDay,
      dropped: 'NOTHING_LEFT',
      removals: ['PERIOD_UNKNOWN'],
    },
  ]);
});

describe('5. when clients are hidden', () => {
  const FRAME = hex`1a 01 65  72 0c  08 05 22 04 c0 00 02 4d 52 02 71 71  78 01`;
  check([
    {
      name: 'a keyed method of the client hides it',
      frame: FRAME,
      rules: keyed({}, { client_address: 'crypto-pan' }),
      written: hex`72 08  08 05 22 04 02 5a 5d 42  78 01`,
      removals: ['DNS_MALFORMED'],
    },
    {
      name: 'one of servers does not',
      frame: FRAME,
      rules: keyed({}, { server_address: 'crypto-pan' }),
      written: FRAME,
    },
  ]);
});

describe('the key', () => {
  test('is asked for where a keyed method is carried out', () => {
    const rules = keyed({}, { client_address: 'crypto-pan' });
    expect(() => referenceFilter(CLIENT_QUERY, rules)).toThrow();
    expect(referenceFilter(CLIENT_QUERY, KEEP)).toEqual({ written: CLIENT_QUERY, removals: [] });
  });

  test('makes the pseudonyms: another key, other ones', () => {
    const rules = keyed({}, both('hmac'));
    const [one, other] = [1, 2].map((byte) =>
      referenceFilter(CLIENT_QUERY, rules, { key: new Uint8Array(32).fill(byte) }),
    );
    expect(one).not.toEqual(other);
  });
});
