import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { AddressSet } from '../../src/rules/address-set.ts';
import { addressSet } from '../../src/rules/conditions.ts';

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** Addresses with few different bits, so that prefixes meet. */
const fewBits = (length: number) => fc.array(fc.constantFrom(0, 1, 128, 255), { minLength: length, maxLength: length });

test.each([4, 16])('an address of %i bytes is in the set when ipaddr.js has it in one of the prefixes', (length) => {
  const address = fc.oneof(
    octets(length),
    fewBits(length).map((list) => Uint8Array.from(list)),
  );
  const prefix = fc.tuple(address, fc.integer({ min: 0, max: length * 8 }));
  fc.assert(
    fc.property(fc.array(prefix, { minLength: 1, maxLength: 6 }), address, (prefixes, wanted) => {
      const set = new AddressSet();
      for (const [bytes, bits] of prefixes) set.add(bytes, bits);
      const parsed = ipaddr.fromByteArray([...wanted]);
      fc.pre(!(parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()));
      const expected = prefixes.some(([bytes, bits]) => parsed.match(ipaddr.fromByteArray([...bytes]) as never, bits));
      expect(set.has(wanted, 0, length)).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

const bytesOf = (text: string) => Uint8Array.from(ipaddr.parse(text).toByteArray());

test('an IPv4-mapped address is an IPv4 address', () => {
  const set = addressSet(['192.0.2.0/24']);
  expect(set.has(bytesOf('::ffff:192.0.2.7'), 0, 16)).toBe(true);
  expect(set.has(bytesOf('::ffff:192.0.3.7'), 0, 16)).toBe(false);
  expect(addressSet(['::/0']).has(bytesOf('::ffff:192.0.2.7'), 0, 16)).toBe(false);
});

test('what has neither 4 nor 16 bytes is in no set', () => {
  const set = addressSet(['0.0.0.0/0', '::/0']);
  for (const length of [0, 1, 5, 15, 17]) expect(set.has(new Uint8Array(length), 0, length)).toBe(false);
  expect(set.has(new Uint8Array(4), 0, 4)).toBe(true);
});

test('holds as many prefixes as one likes', () => {
  const set = new AddressSet();
  for (let index = 0; index < 50_000; index++) set.add(Uint8Array.of(10, index >>> 8, index & 0xff, 0), 24);
  expect(set.has(Uint8Array.of(10, 0, 77, 200), 0, 4)).toBe(true);
  expect(set.has(Uint8Array.of(10, 200, 0, 0), 0, 4)).toBe(false);
});
