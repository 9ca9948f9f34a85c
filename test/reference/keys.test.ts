import { describe, expect, test } from 'vitest';
import { hex, renderHex } from '../support/hex.ts';
import { hkdf, methodKey, subkey, subkeyInfo } from './keys.ts';
import type { KeyedMethod } from './pseudonyms.ts';
import { subkeyVectors } from './vectors.ts';

const KEY = hex`${subkeyVectors.key}`;
const METHODS: readonly KeyedMethod[] = ['crypto-pan', 'ipcrypt-pfx', 'hmac'];
const PERIODS = [null, '2026-11-23', '2026-W48'];
const PURPOSES = [
  ...['client', 'forwarder', 'server', 'subnet', 'reverse'].flatMap((map) =>
    METHODS.map((method) => `${map} ${method}`),
  ),
  ...['names', 'sample', 'fingerprint', 'input'],
];

function pinned(purpose: string, period: string | null): string | undefined {
  return subkeyVectors.subkeys.find((vector) => vector.purpose === purpose && vector.period === period)?.subkey;
}

describe('HKDF', () => {
  test('gives what RFC 5869 has in A.1, with a salt and an info', () => {
    const made = hkdf(hex`${'0b'.repeat(22)}`, hex`f0f1f2f3f4f5f6f7f8f9`, 42, hex`000102030405060708090a0b0c`);
    expect(made).toEqual(hex`
      3cb25f25faacd57a90434f64d0362f2a 2d2d0a90cf1a5a4c5db02d56ecc4c5bf 34007208d5b887185865`);
  });

  test('gives what RFC 5869 has in A.3, with neither', () => {
    expect(hkdf(hex`${'0b'.repeat(22)}`, new Uint8Array(), 42)).toEqual(hex`
      8da4e775a563c18f715f802a063c5a31 b8a11f5c5ee1879ec3454e5f3c738d2d 9d201395faa4b61a96c8`);
  });
});

describe('subkeys', () => {
  test('there is a vector for each purpose, without a period and in a day and a week, and no two are the same', () => {
    const listed = subkeyVectors.subkeys.map(({ purpose, period }) => [purpose, period]);
    expect(listed).toEqual(PURPOSES.flatMap((purpose) => PERIODS.map((period) => [purpose, period])));
    expect(new Set(subkeyVectors.subkeys.map((vector) => vector.subkey)).size).toBe(57);
  });

  test.each(subkeyVectors.subkeys)('$info', ({ purpose, period, info, subkey: expected }) => {
    expect(subkeyInfo(purpose, period ?? undefined)).toBe(info);
    expect(renderHex(subkey(KEY, purpose, period ?? undefined))).toBe(renderHex(hex`${expected}`));
  });

  test('an info is ASCII with one space between its words', () => {
    expect(subkeyInfo('client crypto-pan')).toBe('tapfilter 1 client crypto-pan');
    expect(subkeyInfo('client crypto-pan', '2026-11-23')).toBe('tapfilter 1 client crypto-pan 2026-11-23');
    expect(subkeyInfo('names', '2026-W48')).toBe('tapfilter 1 names 2026-W48');
  });
});

describe('the key of a method', () => {
  const keyOf = (role: 'client' | 'server', method: KeyedMethod, period: string | null, maps?: 'one') => {
    const keying = maps === undefined ? { key: KEY } : { key: KEY, maps };
    return Buffer.from(methodKey(keying, role, method, period ?? undefined)).toString('hex');
  };

  test('is the key itself for what is prefix-preserving, in the map of clients, without a period', () => {
    expect(keyOf('client', 'crypto-pan', null)).toBe(subkeyVectors.key);
    expect(keyOf('client', 'ipcrypt-pfx', null)).toBe(subkeyVectors.key);
    expect(keyOf('client', 'hmac', null)).toBe(pinned('client hmac', null));
  });

  test('is a subkey in a period, and in the map of servers', () => {
    for (const method of METHODS) {
      for (const period of PERIODS) {
        expect(keyOf('server', method, period)).toBe(pinned(`server ${method}`, period));
        if (period !== null) expect(keyOf('client', method, period)).toBe(pinned(`client ${method}`, period));
      }
    }
  });

  test('is the same in both roles where there is one map', () => {
    for (const method of METHODS) {
      for (const period of PERIODS) {
        expect(keyOf('server', method, period, 'one')).toBe(keyOf('client', method, period));
        expect(keyOf('client', method, period, 'one')).toBe(keyOf('client', method, period));
      }
    }
  });

  test('has 32 bytes, or there is none', () => {
    expect(() => methodKey({ key: undefined }, 'client', 'hmac', undefined)).toThrow();
    expect(() => methodKey({ key: KEY.slice(1) }, 'client', 'crypto-pan', undefined)).toThrow();
  });
});
