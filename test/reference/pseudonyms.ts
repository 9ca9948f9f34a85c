/**
 * The keyed methods for addresses, bit by bit: Crypto-PAn (Xu, Fan, Ammar, Moon 2002), ipcrypt-pfx
 * (draft-denis-ipcrypt-13), and HMAC-SHA-256 cut to the length of the address. An address is 4 or 16 bytes.
 */
import { createCipheriv } from 'node:crypto';
import { concat } from '../support/frames.ts';
import { renderHex } from '../support/hex.ts';
import { isMapped, toBytes, toNumber } from './addresses.ts';
import { hmacSha256 } from './keys.ts';

const KEYED_METHODS = ['crypto-pan', 'ipcrypt-pfx', 'hmac'] as const;

/** The methods that need a key. */
export type KeyedMethod = (typeof KEYED_METHODS)[number];

/** True for a method that needs a key. */
export function isKeyed(method: unknown): method is KeyedMethod {
  return (KEYED_METHODS as readonly unknown[]).includes(method);
}

/** AES-128 of one block, as a number of 128 bits. */
function encryptBlock(key: Uint8Array, block: bigint): bigint {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return toNumber([...cipher.update(toBytes(block, 16)), ...cipher.final()]);
}

/** The address whose bits are those of `bytes`, each inverted where `flip` says 1 for the bits before it. */
function flipBits(bytes: Uint8Array, flip: (prefix: bigint, length: number) => bigint): Uint8Array {
  const width = 8 * bytes.length;
  const address = toNumber(bytes);
  let result = 0n;
  for (let length = 0; length < width; length++) {
    const prefix = address >> BigInt(width - length);
    const bit = (address >> BigInt(width - length - 1)) & 1n;
    result = (result << 1n) | (bit ^ flip(prefix, length));
  }
  return toBytes(result, bytes.length);
}

/** Crypto-PAn under a key of 32 bytes; it knows nothing of IPv4-mapped addresses. */
export function cryptoPan(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const cipherKey = key.slice(0, 16);
  const pad = encryptBlock(cipherKey, toNumber(key.slice(16)));
  return flipBits(bytes, (prefix, length) => {
    const rest = BigInt(128 - length);
    const block = (prefix << rest) | (pad & ((1n << rest) - 1n));
    return encryptBlock(cipherKey, block) >> 127n;
  });
}

/** ipcrypt-pfx under a key of 32 bytes whose halves differ; it takes 4 bytes for the end of an IPv4-mapped address. */
export function ipcryptPfx(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const [first, second] = [key.slice(0, 16), key.slice(16)];
  if (toNumber(first) === toNumber(second)) throw new Error('the halves of a key of ipcrypt-pfx must differ');
  // A 1 before the prefix tells how long it is. That of IPv4 has ::ffff:0:0/96 before it.
  const beforePrefix = bytes.length === 4 ? (1n << 96n) | 0xffffn : 1n;
  return flipBits(bytes, (prefix, length) => {
    const block = (beforePrefix << BigInt(length)) | prefix;
    return (encryptBlock(first, block) ^ encryptBlock(second, block)) & 1n;
  });
}

/** As many bytes of an HMAC over the family and the address as the address has. */
export function hmacAddress(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const family = bytes.length === 4 ? 4 : 6;
  return hmacSha256(key, concat(Uint8Array.of(family), bytes)).slice(0, bytes.length);
}

const known = new Map<string, Uint8Array>();

/** The pseudonym of an address under the method's own key; an IPv4-mapped one stays mapped, and is IPv4 in it. */
export function pseudonym(method: KeyedMethod, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  // Tests ask for the same few addresses again and again, and bit by bit they take long.
  const place = [method, renderHex(key), renderHex(bytes)].join();
  const result = known.get(place) ?? makePseudonym(method, key, bytes);
  known.set(place, result);
  return result.slice();
}

function makePseudonym(method: KeyedMethod, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (isMapped(bytes)) return concat(bytes.slice(0, 12), pseudonym(method, key, bytes.slice(12)));
  switch (method) {
    case 'crypto-pan':
      return cryptoPan(key, bytes);
    case 'ipcrypt-pfx':
      return ipcryptPfx(key, bytes);
    case 'hmac':
      return hmacAddress(key, bytes);
  }
}
