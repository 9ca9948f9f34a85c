import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { Truncate } from '../../src/anonymize/truncate.ts';

function truncate(text: string, lengths?: { ipv4?: number; ipv6?: number }): string {
  const bytes = Uint8Array.from(ipaddr.parse(text).toByteArray());
  if (bytes.length === 4) new Truncate(lengths).ipv4(bytes, 0);
  else new Truncate(lengths).ipv6(bytes, 0);
  return ipaddr.fromByteArray([...bytes]).toString();
}

test.each([
  ['203.0.113.77', undefined, '203.0.113.0'],
  ['203.0.113.77', { ipv4: 32 }, '203.0.113.77'],
  ['203.0.113.77', { ipv4: 0 }, '0.0.0.0'],
  ['203.0.113.255', { ipv4: 27 }, '203.0.113.224'],
  ['2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1::'],
  ['2001:db8:1:2:3:4:5:6', { ipv6: 128 }, '2001:db8:1:2:3:4:5:6'],
  ['2001:db8:ffff:ffff::1', { ipv6: 37 }, '2001:db8:f800::'],
])('%s cut by %j is %s', (address, lengths, expected) => {
  expect(truncate(address, lengths)).toBe(expected);
});

test('a 6to4 address keeps no more of its IPv4 address than another one', () => {
  expect(truncate('2002:cb00:714d:1::1')).toBe('2002:cb00:7100::');
  expect(truncate('2002:cb00:714d:1::1', { ipv4: 16, ipv6: 64 })).toBe('2002:cb00::');
  expect(truncate('2002:cb00:714d:1::1', { ipv4: 24, ipv6: 20 })).toBe('2002:c000::');
});

test('is what ipaddr.js calls the network address', () => {
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(octets(4), fc.integer({ min: 0, max: 32 }), (bytes, ipv4) => {
      const text = ipaddr.fromByteArray([...bytes]).toString();
      expect(truncate(text, { ipv4 })).toBe(ipaddr.IPv4.networkAddressFromCIDR(`${text}/${ipv4}`).toString());
    }),
  );
  fc.assert(
    fc.property(octets(16), fc.integer({ min: 0, max: 128 }), (bytes, ipv6) => {
      fc.pre(bytes[0] !== 0x20);
      const text = ipaddr.fromByteArray([...bytes]).toString();
      expect(truncate(text, { ipv4: 0, ipv6 })).toBe(ipaddr.IPv6.networkAddressFromCIDR(`${text}/${ipv6}`).toString());
    }),
  );
});
