import { describe } from 'vitest';
import { hex } from '../support/hex.ts';
import { CLIENT_QUERY, check, KEEP, set } from './worked-cases.ts';

// Worked out by hand from docs/frames.md, by whose sections the blocks are called.

describe('4. addresses', () => {
  const IPV6 = '20 01 0d b8 00 01 00 02 00 03 00 04 00 05 00 06';
  const MAPPED = '00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 4d';
  const SIX_TO_FOUR = '20 02 c0 00 02 4d 00 01 00 00 00 00 00 00 00 01';
  const ipv6 = (address: string, family = '10 02') => hex`72 16  08 05 ${family} 22 10 ${address}  78 01`;
  const truncate = set({ client_address: 'truncate' });
  const PUBLIC = { addresses: ['192.0.2.0/24', '2001:db8::/32'] };
  check([
    {
      name: 'IPv6 keeps 48 bits',
      frame: ipv6(IPV6),
      rules: truncate,
      written: ipv6('20 01 0d b8 00 01 00 00 00 00 00 00 00 00 00 00'),
    },
    {
      name: 'bits are cut within a byte',
      frame: ipv6('ff'.repeat(16)),
      rules: set({ client_address: { truncate: { ipv6: 13 } } }),
      written: ipv6('ff f8 00 00 00 00 00 00 00 00 00 00 00 00 00 00'),
    },
    {
      name: 'no bit is left of 0',
      frame: CLIENT_QUERY.slice(5),
      rules: set({ server_address: { truncate: { ipv4: 0 } } }),
      written: hex`72 14  08 05 10 01 18 01 22 04 c0 00 02 4d 2a 04 00 00 00 00 30 35  78 01`,
    },
    {
      name: 'IPv4-mapped under INET6 stays mapped',
      frame: ipv6(MAPPED),
      rules: truncate,
      written: ipv6('00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 00'),
    },
    {
      name: 'IPv4-mapped under INET becomes four bytes',
      frame: ipv6(MAPPED, '10 01'),
      rules: truncate,
      written: hex`72 0a  08 05 10 01 22 04 c0 00 02 00  78 01`,
    },
    {
      name: 'IPv4-mapped without a known family stays mapped',
      frame: ipv6(MAPPED, '18 01'),
      rules: truncate,
      written: ipv6('00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 00', '18 01'),
    },
    {
      name: '6to4 keeps 16 bits and those of its IPv4 address',
      frame: ipv6(SIX_TO_FOUR),
      rules: truncate,
      written: ipv6('20 02 c0 00 02 00 00 00 00 00 00 00 00 00 00 00'),
    },
    {
      name: '6to4 keeps no more than another IPv6 address',
      frame: ipv6(SIX_TO_FOUR),
      rules: set({ client_address: { truncate: { ipv4: 32, ipv6: 24 } } }),
      written: ipv6('20 02 c0 00 00 00 00 00 00 00 00 00 00 00 00 00'),
    },
    {
      name: 'an address that disagrees with its family is removed',
      frame: ipv6(IPV6, '10 01'),
      rules: set({ client_address: 'truncate', identity: { replace: 'x' } }),
      written: hex`0a 01 78  72 04 08 05 10 01  78 01`,
      removals: ['ADDRESS_INVALID'],
    },
    {
      name: 'an address of no bytes is removed, though no family disagrees',
      frame: hex`72 06  08 05 22 00 30 35  78 01`,
      rules: truncate,
      written: hex`72 04  08 05 30 35  78 01`,
      removals: ['ADDRESS_INVALID'],
    },
    {
      name: 'an invalid address that is to be removed is not counted',
      frame: hex`72 06  08 05 22 00 30 35  78 01`,
      rules: set({ client_address: 'remove' }),
      written: hex`72 04  08 05 30 35  78 01`,
    },
    {
      name: 'an invalid address that is to be kept is kept',
      frame: ipv6(IPV6, '10 01'),
      rules: set({ client_address: 'keep' }),
      written: ipv6(IPV6, '10 01'),
    },
    {
      name: 'a public address stays, whatever the method',
      frame: CLIENT_QUERY,
      rules: { ...set({ client_address: 'remove', server_address: 'remove' }), public: PUBLIC },
      written: hex`0a 03 6e 73 31  72 0e  08 05 10 01 18 01 22 04 c0 00 02 4d 30 35  78 01`,
    },
    {
      name: 'a public address that is mapped stays as it is under INET',
      frame: ipv6(MAPPED, '10 01'),
      rules: { ...truncate, public: PUBLIC },
      written: ipv6(MAPPED, '10 01'),
    },
    {
      name: 'a public address need not agree with a family that is not there',
      frame: hex`72 08  08 05 22 04 c0 00 02 4d  78 01`,
      rules: { ...truncate, public: PUBLIC },
      written: hex`72 08  08 05 22 04 c0 00 02 4d  78 01`,
    },
    {
      name: 'an address that disagrees with its family is not public, and goes',
      frame: hex`72 0c  08 05 10 02 30 35 22 04 c0 00 02 4d  78 01`,
      rules: { ...truncate, public: PUBLIC },
      written: hex`72 06  08 05 10 02 30 35  78 01`,
      removals: ['ADDRESS_INVALID'],
    },
    {
      name: 'a method of another role does nothing to a client',
      frame: hex`72 08  08 05 22 04 c0 00 02 4d  78 01`,
      rules: set({ server_address: 'remove' }),
      written: hex`72 08  08 05 22 04 c0 00 02 4d  78 01`,
    },
  ]);
});

describe('4. times', () => {
  // 3723 seconds are an hour, two minutes and three seconds.
  const timed = (seconds: string, nanoseconds: string) => hex`
    72 ${Uint8Array.of(8 + hex`${seconds}`.length)}  08 05  4d ${nanoseconds}  40 ${seconds}
    78 01
  `;
  const BEFORE = timed('8b 1d', '15 cd 5b 07');
  const unit = (truncate: '1s' | '1m' | '1h' | '1d') => set({ query_time: { truncate } });
  check([
    { name: 'a second', frame: BEFORE, rules: unit('1s'), written: timed('8b 1d', '00 00 00 00') },
    { name: 'a minute', frame: BEFORE, rules: unit('1m'), written: timed('88 1d', '00 00 00 00') },
    { name: 'an hour', frame: BEFORE, rules: unit('1h'), written: timed('90 1c', '00 00 00 00') },
    {
      name: 'a day, by which the value becomes shorter',
      frame: BEFORE,
      rules: unit('1d'),
      written: timed('00', '00 00 00 00'),
    },
    {
      name: 'the other time is not touched',
      frame: BEFORE,
      rules: set({ response_time: 'remove' }),
      written: BEFORE,
    },
    {
      name: 'both parts are removed',
      frame: BEFORE,
      rules: set({ query_time: 'remove', extra: { replace: 'x' } }),
      written: hex`1a 01 78  72 02 08 05  78 01`,
    },
    {
      name: 'nanoseconds alone become 0, and no seconds are made up',
      frame: hex`72 07  08 05 6d 15 cd 5b 07  78 01`,
      rules: set({ response_time: { truncate: '1m' } }),
      written: hex`72 07  08 05 6d 00 00 00 00  78 01`,
    },
    {
      name: '2^53 - 1 seconds can be truncated',
      frame: timed('ff ff ff ff ff ff ff 0f', '15 cd 5b 07'),
      rules: unit('1s'),
      written: timed('ff ff ff ff ff ff ff 0f', '00 00 00 00'),
    },
    {
      name: '2^53 seconds are removed with their nanoseconds, counted once',
      frame: hex`72 12  08 05 4d 15 cd 5b 07 30 35 40 80 80 80 80 80 80 80 10  78 01`,
      rules: unit('1s'),
      written: hex`72 04  08 05 30 35  78 01`,
      removals: ['TIME_INVALID'],
    },
    {
      name: '2^53 seconds can be kept',
      frame: hex`72 0b  08 05 40 80 80 80 80 80 80 80 10  78 01`,
      rules: KEEP,
      written: hex`72 0b  08 05 40 80 80 80 80 80 80 80 10  78 01`,
    },
  ]);
});

describe('4. the other methods', () => {
  check([
    {
      name: 'an anonymous policy has no rule and no value',
      frame: hex`72 11  08 05  7a 0d  0a 01 61  12 01 62  18 03  20 02  2a 01 63  78 01`,
      rules: set({ policy: 'anonymous' }),
      written: hex`72 0b  08 05  7a 07  0a 01 61  18 03  20 02  78 01`,
    },
    {
      name: 'a policy of rule and value is removed',
      frame: hex`72 0c  08 05  30 35  7a 06  12 01 62  2a 01 63  78 01`,
      rules: set({ policy: 'anonymous' }),
      written: hex`72 04  08 05  30 35  78 01`,
    },
    {
      name: 'a policy of unknown fields is removed with them',
      frame: hex`72 09  08 05  30 35  7a 03  98 06 01  78 01`,
      rules: KEEP,
      written: hex`72 04  08 05  30 35  78 01`,
    },
    {
      name: 'a policy that is empty stays',
      frame: hex`72 04  08 05  7a 00  78 01`,
      rules: set({ policy: 'anonymous' }),
      written: hex`72 04  08 05  7a 00  78 01`,
    },
    {
      name: 'an anonymous policy keeps an unknown field that is to be kept',
      frame: hex`72 0a  08 05  7a 06  98 06 01  12 01 62  78 01`,
      rules: set({ policy: 'anonymous', unknown: 'keep' }),
      written: hex`72 07  08 05  7a 03  98 06 01  78 01`,
    },
    {
      name: 'a policy goes with its unknown fields, though these are to be kept',
      frame: hex`72 09  08 05  30 35  7a 03  98 06 01  78 01`,
      rules: set({ policy: 'remove', unknown: 'keep' }),
      written: hex`72 04  08 05  30 35  78 01`,
    },
    {
      name: 'replace writes in place of the old text, at its place',
      frame: hex`78 01  72 02 08 05  1a 01 61`,
      rules: set({ extra: { replace: 'new' } }),
      written: hex`78 01  72 02 08 05  1a 03 6e 65 77`,
    },
    {
      name: 'replace writes at the front where there was no text, before a text that was there',
      frame: hex`78 01  12 01 61  72 02 08 05`,
      rules: set({ extra: { replace: 'e' }, identity: { replace: 'é' }, version: { replace: 'v' } }),
      written: hex`0a 02 c3 a9  1a 01 65  78 01  12 01 76  72 02 08 05`,
    },
    {
      name: 'unknown fields go from all levels, in whatever shape',
      frame: hex`
        9a 06 01 78                                 # 99: "x"
        72 16
          08 05  30 35
          15 01 02 03 04                            # socket_family as fixed32
          23 08 01 24                               # query_address as a group
          80 01 04                                  # http_protocol 4
          7a 04  18 07  20 05                       # policy with action 7, match 5
        78 01
        78 02                                       # a type that is not MESSAGE
      `,
      rules: KEEP,
      written: hex`72 08  08 05  30 35  7a 02 20 05  78 01`,
    },
    {
      name: 'ports, zone and protocols are removed one by one',
      frame: hex`72 0e  08 05  18 04  30 35  38 36  5a 01 00  80 01 02  78 01`,
      rules: set({ query_port: 'remove', query_zone: 'remove', socket_protocol: 'remove' }),
      written: hex`72 07  08 05  38 36  80 01 02  78 01`,
    },
    {
      name: '`default: remove` leaves the types, socket_family and what rules keep',
      frame: CLIENT_QUERY,
      rules: { version: 1, default: 'remove', rules: [{ set: { query_port: 'keep', server_address: 'truncate' } }] },
      written: hex`72 0c  08 05 10 01 2a 04 c6 33 64 00 30 35  78 01`,
    },
  ]);
});
