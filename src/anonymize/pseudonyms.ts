/** The keyed methods by their names. */
import type { AddressMethod, ReversibleAddressMethod } from './address.ts';
import { CryptoPan } from './crypto-pan.ts';
import { HmacAddresses } from './hmac.ts';
import { IpcryptPfx } from './ipcrypt-pfx.ts';
import { PrefixPreserving } from './prefix-preserving.ts';

/** The keyed methods, as rules name them. */
export const KEYED_METHODS = ['crypto-pan', 'ipcrypt-pfx', 'hmac'] as const;
export type KeyedMethod = (typeof KEYED_METHODS)[number];

/** Whether whoever has the key can go back from a pseudonym. */
export function isReversible(method: AddressMethod): method is ReversibleAddressMethod {
  return 'reverse' in method;
}

/** The method under a key of 32 bytes. */
export function createPseudonyms(method: KeyedMethod, key: Uint8Array): AddressMethod {
  switch (method) {
    case 'crypto-pan':
      return new PrefixPreserving(new CryptoPan(key));
    case 'ipcrypt-pfx':
      return new PrefixPreserving(new IpcryptPfx(key));
    case 'hmac':
      return new HmacAddresses(key);
  }
}
