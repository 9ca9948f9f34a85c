/** Which key a method uses, for the reference: the key itself, or a subkey by RFC 5869 (docs/frames.md, section 4). */
import { createHmac } from 'node:crypto';
import { concat } from '../support/frames.ts';
import type { KeyedMethod } from './pseudonyms.ts';
import type { PlainKey } from './rules.ts';

const HASH_LENGTH = 32;

/** The key, as far as it is given, and what the rules file says of it. */
export type Keying = Pick<PlainKey, 'maps' | 'rotate'> & { key: Uint8Array | undefined };

/** HMAC-SHA-256. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(data).digest());
}

/** HKDF-SHA-256 (RFC 5869): extract (2.2) and expand (2.3). Without a salt it is as many zeros as a hash has bytes. */
export function hkdf(
  key: Uint8Array,
  info: Uint8Array,
  length: number,
  salt: Uint8Array = new Uint8Array(HASH_LENGTH),
): Uint8Array {
  const pseudorandomKey = hmacSha256(salt, key);
  const blocks: Uint8Array[] = [];
  let last: Uint8Array = new Uint8Array();
  for (let counter = 1; blocks.length * HASH_LENGTH < length; counter++) {
    last = hmacSha256(pseudorandomKey, concat(last, info, Uint8Array.of(counter)));
    blocks.push(last);
  }
  return concat(...blocks).slice(0, length);
}

/** The info of a subkey: `tapfilter 1 PURPOSE`, and the period where there is one. */
export function subkeyInfo(purpose: string, period?: string): string {
  return ['tapfilter', '1', purpose, ...(period === undefined ? [] : [period])].join(' ');
}

/** The subkey of 32 bytes for a purpose (`client crypto-pan`, `names`), in a period where there is one. */
export function subkey(key: Uint8Array, purpose: string, period?: string): Uint8Array {
  return hkdf(key, new Uint8Array(Buffer.from(subkeyInfo(purpose, period), 'ascii')), 32);
}

/** The key that a method uses in a map, in a period (undefined without `rotate`). */
export function methodKey(
  { key, maps }: Keying,
  role: 'client' | 'forwarder' | 'server' | 'subnet' | 'reverse',
  method: KeyedMethod,
  period: string | undefined,
): Uint8Array {
  if (key?.length !== 32) throw new Error('these rules need a key of 32 bytes');
  const map = maps === 'one' ? 'client' : role;
  // What makes captures join with what other tools anonymized under the same key.
  const isKeyItself = map === 'client' && method !== 'hmac' && period === undefined;
  return isKeyItself ? key : subkey(key, `${map} ${method}`, period);
}
