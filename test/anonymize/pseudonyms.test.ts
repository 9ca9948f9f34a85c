import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import type { AddressMethod } from '../../src/anonymize/address.ts';
import { CachedAddresses } from '../../src/anonymize/address-cache.ts';
import { createPseudonyms, isReversible, KEYED_METHODS, type KeyedMethod } from '../../src/anonymize/pseudonyms.ts';

interface Vectors {
  method: KeyedMethod;
  key: string;
  pairs: [address: string, pseudonym: string][];
}

const FOLDER = join(import.meta.dirname, '../../fixtures/vectors');

const bytesOf = (text: string) => Uint8Array.from(ipaddr.parse(text).toByteArray());
const textOf = (bytes: Uint8Array) => ipaddr.fromByteArray([...bytes]).toString();

/** What the method makes of the address; the bytes around it must stay. */
function map(method: AddressMethod, address: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(address.length + 10).fill(0x5a);
  bytes.set(address, 5);
  if (address.length === 4) method.ipv4(bytes, 5);
  else method.ipv6(bytes, 5);
  expect([...bytes.subarray(0, 5), ...bytes.subarray(-5)]).toEqual(new Array(10).fill(0x5a));
  return bytes.slice(5, 5 + address.length);
}

const vectors = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json') && name !== 'subkeys.json')
  .map((name) => [name, JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Vectors] as const);

describe('published vectors', () => {
  test('are there for both published methods and both families', () => {
    for (const wanted of ['crypto-pan', 'ipcrypt-pfx']) {
      const addresses = vectors.flatMap(([, { method, pairs }]) => (method === wanted ? pairs : []));
      expect(addresses.filter(([address]) => !address.includes(':')).length).toBeGreaterThan(8);
      expect(addresses.filter(([address]) => address.includes(':')).length).toBeGreaterThan(6);
    }
  });

  test.each(vectors)('of %s hold, forward and back', (_name, { method: name, key, pairs }) => {
    const method = createPseudonyms(name, Buffer.from(key, 'hex'));
    if (!isReversible(method)) throw new Error('a published method that cannot be undone');
    for (const [address, pseudonym] of pairs) {
      expect(textOf(map(method, bytesOf(address))), address).toBe(textOf(bytesOf(pseudonym)));
      expect(textOf(method.reverse(bytesOf(pseudonym))), pseudonym).toBe(textOf(bytesOf(address)));
    }
  });
});

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((key) => key[0] !== key[16]);
const addresses = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);

function commonPrefixLength(one: Uint8Array, other: Uint8Array): number {
  for (let bit = 0; bit < one.length * 8; bit++) {
    if (((one[bit >>> 3] ^ other[bit >>> 3]) & (0x80 >>> (bit & 7))) !== 0) return bit;
  }
  return one.length * 8;
}

describe.each(['crypto-pan', 'ipcrypt-pfx'] as const)('%s', (name) => {
  test('preserves the length of the common prefix exactly', () => {
    fc.assert(
      fc.property(
        keys,
        addresses,
        fc.nat(),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (key, address, at, noise) => {
          const method = createPseudonyms(name, key);
          const length = at % (address.length * 8 + 1);
          // The same to there, then another bit, then anything.
          const other = address.map((byte, index) => (index > length >>> 3 ? noise[index] : byte));
          if (length < address.length * 8) other[length >>> 3] ^= 0x80 >>> (length & 7);
          expect(commonPrefixLength(address, other)).toBe(length);
          expect(commonPrefixLength(map(method, address), map(method, other))).toBe(length);
        },
      ),
    );
  });

  test('is undone by reverse', () => {
    fc.assert(
      fc.property(keys, addresses, (key, address) => {
        const method = createPseudonyms(name, key);
        if (!isReversible(method)) throw new Error('not reversible');
        expect(method.reverse(map(method, address))).toEqual(address);
      }),
    );
  });
});

test('crypto-pan maps the first bits of both families alike, and ipcrypt-pfx does not', () => {
  const key = Buffer.from('1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202', 'hex');
  const beginning = (name: KeyedMethod) => map(createPseudonyms(name, key), bytesOf('2600::')).slice(0, 4);
  const ipv4 = (name: KeyedMethod) => map(createPseudonyms(name, key), bytesOf('38.0.0.0'));
  expect(beginning('crypto-pan')).toEqual(ipv4('crypto-pan'));
  expect(beginning('ipcrypt-pfx')).not.toEqual(ipv4('ipcrypt-pfx'));
});

test('hmac is the first bytes of HMAC-SHA-256 over the version and the address', () => {
  // Computed with: printf '\x04\xc0\x00\x02\x01' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
  const key = Uint8Array.from({ length: 32 }, (_, index) => index);
  const method = createPseudonyms('hmac', key);
  expect(textOf(map(method, bytesOf('192.0.2.1')))).toBe('107.91.235.28');
  expect(textOf(map(method, bytesOf('2001:db8::1')))).toBe('dd52:243d:60f0:9bc8:d129:fbb0:e91f:eae7');
  expect(isReversible(method)).toBe(false);
});

describe('a cache', () => {
  /** So few addresses that many of them come twice. */
  const few = fc.array(fc.constantFrom(0, 1, 255), { minLength: 4, maxLength: 4 }).map((list) => Uint8Array.from(list));

  test.each(KEYED_METHODS)('of %s never changes a result, in whatever order it is asked', (name) => {
    const key = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
    const plain = createPseudonyms(name, key);
    const cached = new CachedAddresses(plain);
    fc.assert(
      fc.property(fc.array(fc.oneof(few, addresses), { maxLength: 80 }), (list) => {
        for (const address of list) expect(map(cached, address)).toEqual(map(plain, address));
      }),
    );
  });

  test.each(KEYED_METHODS)('of %s maps many addresses together as it maps them one by one', (name) => {
    const key = Uint8Array.from({ length: 32 }, (_, index) => index * 11);
    const plain = createPseudonyms(name, key);
    const cached = new CachedAddresses(plain);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.oneof(few, addresses), fc.boolean()), { maxLength: 80 }), (list) => {
        const output = new Uint8Array(list.length * 16);
        for (const [index, [address, isKept]] of list.entries()) {
          const table = cached.table(address.length);
          const plainAddress = address.slice();
          table.take(plainAddress, 0);
          expect(plainAddress).toEqual(new Uint8Array(address.length));
          if (isKept) table.place(index * 16);
          else table.forget();
        }
        for (const length of [4, 16]) cached.table(length).carryOut(output);
        const expected = new Uint8Array(output.length);
        for (const [index, [address, isKept]] of list.entries()) {
          if (isKept) expected.set(map(plain, address), index * 16);
        }
        expect(output).toEqual(expected);
      }),
    );
  });

  test('remembers the hosts of a few networks, which differ in few bits', () => {
    let asked = 0;
    const cached = new CachedAddresses({ ipv4: () => asked++, ipv6: () => asked++ });
    const hosts = Array.from({ length: 2000 }, (_, index) => {
      const address = bytesOf('2001:db8::');
      address[7] = index % 40;
      address[15] = Math.floor(index / 40);
      return address;
    });
    for (const host of hosts) cached.ipv6(host, 0);
    asked = 0;
    for (const host of hosts) cached.ipv6(host, 0);
    expect(asked).toBeLessThan(20);
  });

  test('holds a bounded number of addresses, and stays right beyond', () => {
    let asked = 0;
    const negate = (length: number) => (bytes: Uint8Array, start: number) => {
      asked++;
      for (let index = start; index < start + length; index++) bytes[index] ^= 0xff;
    };
    const cached = new CachedAddresses({ ipv4: negate(4), ipv6: negate(16) });
    const count = 400_000;
    const before = process.memoryUsage().arrayBuffers;
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < count; index++) {
        bytes.fill(0);
        view.setUint32(12, Math.imul(index, 2_654_435_761));
        const expected = ~view.getInt32(12);
        cached.ipv6(bytes, 0);
        if (view.getInt32(12) !== expected || view.getInt32(0) !== -1) expect.fail('another pseudonym');
      }
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 1024 * 1024);
    expect(cached.memory).toBe(8 * 1024 * 1024);
    expect(asked).toBeGreaterThan(count);
    asked = 0;
    for (let index = 0; index < 100; index++) cached.ipv4(bytes.fill(7), 0);
    expect(asked).toBe(1);
  });
});
