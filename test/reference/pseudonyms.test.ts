import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat } from '../support/frames.ts';
import { hex, renderHex } from '../support/hex.ts';
import { parseAddress, toNumber } from './addresses.ts';
import { cryptoPan, hmacAddress, ipcryptPfx, isKeyed, pseudonym } from './pseudonyms.ts';
import { pseudonymVectors, subkeyVectors } from './vectors.ts';

const MAPPED_PREFIX = hex`00 00 00 00 00 00 00 00 00 00 ff ff`;

/** How many bits two addresses of one length share before the first that differs. */
function commonPrefixLength(a: Uint8Array, b: Uint8Array): number {
  const difference = toNumber(a) ^ toNumber(b);
  return 8 * a.length - (difference === 0n ? 0 : difference.toString(2).length);
}

/** Two addresses of one family that share some bits. */
const twoAddresses = fc.constantFrom(4, 16).chain((length) =>
  fc
    .record({
      first: fc.uint8Array({ minLength: length, maxLength: length }),
      rest: fc.uint8Array({ minLength: length, maxLength: length }),
      shared: fc.nat(length * 8),
    })
    .map(({ first, rest, shared }) => {
      const bits = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      const second = bits(first).slice(0, shared) + bits(rest).slice(shared);
      return [first, Uint8Array.from(second.match(/.{8}/g) ?? [], (digits) => Number.parseInt(digits, 2))] as const;
    }),
);
const someKeyBytes = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((key) => {
  return !Buffer.from(key.slice(0, 16)).equals(key.slice(16));
});

describe('published vectors', () => {
  test('are all there', () => {
    expect(pseudonymVectors.map(({ name, pairs }) => [name, pairs.length])).toEqual([
      ['crypto-pan-counting-key', 10],
      ['crypto-pan-diekmann', 12],
      ['crypto-pan-edm', 4],
      ['crypto-pan-libanon', 33],
      ['crypto-pan-sample-trace', 82],
      ['ipcrypt-pfx-basic', 4],
      ['ipcrypt-pfx-prefixes', 12],
    ]);
  });

  test.each(pseudonymVectors)('$name', ({ method, key, pairs }) => {
    for (const [address, expected] of pairs) {
      const made = pseudonym(method, hex`${key}`, parseAddress(address));
      expect(renderHex(made), address).toBe(renderHex(parseAddress(expected)));
    }
  });

  test('of a Crypto-PAn that knows nothing of IPv4-mapped addresses hold for the bare method alone', () => {
    const files = pseudonymVectors.filter(({ mappedAs128Bits }) => mappedAs128Bits !== undefined);
    expect(files).toHaveLength(1);
    for (const { method, key, mappedAs128Bits = [] } of files) {
      for (const [address, expected] of mappedAs128Bits) {
        const bytes = parseAddress(address);
        expect(cryptoPan(hex`${key}`, bytes)).toEqual(parseAddress(expected));
        expect(pseudonym(method, hex`${key}`, bytes)).not.toEqual(parseAddress(expected));
      }
    }
  });
});

describe('the methods', () => {
  test.each([
    ['crypto-pan', cryptoPan],
    ['ipcrypt-pfx', ipcryptPfx],
  ] as const)('%s keeps exactly as many bits in common as the addresses had', (_name, method) => {
    fc.assert(
      fc.property(someKeyBytes, twoAddresses, (key, [first, second]) => {
        const [one, other] = [method(key, first), method(key, second)];
        expect(one).toHaveLength(first.length);
        expect(commonPrefixLength(one, other)).toBe(commonPrefixLength(first, second));
      }),
      { numRuns: 60 },
    );
  });

  test('ipcrypt-pfx refuses a key of two equal halves', () => {
    expect(() => ipcryptPfx(hex`${'2a'.repeat(32)}`, hex`c0 00 02 01`)).toThrow();
  });

  test.each(['crypto-pan', 'ipcrypt-pfx', 'hmac'] as const)(
    '%s treats an IPv4-mapped address as IPv4, and only such a one',
    (method) => {
      const key = hex`${subkeyVectors.key}`;
      const ipv4 = hex`c0 00 02 4d`;
      const expected = concat(MAPPED_PREFIX, pseudonym(method, key, ipv4));
      expect(pseudonym(method, key, concat(MAPPED_PREFIX, ipv4))).toEqual(expected);
      const compatible = concat(new Uint8Array(12), ipv4);
      expect(pseudonym(method, key, compatible).slice(12)).not.toEqual(expected.slice(12));
    },
  );

  test('hmac is the beginning of an HMAC over the family and the address', () => {
    // By Python's hmac, of the subkey `client hmac`.
    const key = hex`${subkeyVectors.subkeys.find(({ info }) => info === 'tapfilter 1 client hmac')?.subkey ?? ''}`;
    expect(hmacAddress(key, hex`c0 00 02 4d`)).toEqual(hex`4a 5c 77 1c`);
    expect(hmacAddress(key, parseAddress('2001:db8::1'))).toEqual(hex`
      01 de 9a 9d 91 60 09 6b 23 2e 9e d8 49 8c 35 84`);
  });

  test('are keyed, and no others', () => {
    expect(['crypto-pan', 'ipcrypt-pfx', 'hmac'].every(isKeyed)).toBe(true);
    expect(['keep', 'remove', 'truncate', { replace: 'hmac' }, undefined].some(isKeyed)).toBe(false);
  });
});
