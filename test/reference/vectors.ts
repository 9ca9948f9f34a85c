/** The published vectors in fixtures/vectors/, whose README says where each comes from. */
import { readdirSync, readFileSync } from 'node:fs';
import type { KeyedMethod } from './pseudonyms.ts';

/** Pairs of an address and its pseudonym, as text, that one source has for one key. */
export interface PseudonymVectors {
  /** The name of the file, without `.json`. */
  name: string;
  method: KeyedMethod;
  source: string;
  /** 64 hex digits. */
  key: string;
  pairs: [address: string, pseudonym: string][];
  /** What the method makes of IPv4-mapped addresses where it knows nothing of them; tapfilter does not use it so. */
  mappedAs128Bits?: [address: string, pseudonym: string][];
}

/** A subkey of the key of fixtures/vectors/subkeys.json. */
export interface SubkeyVector {
  /** `client crypto-pan`, `names` ... */
  purpose: string;
  /** The day or the week; null without `rotate`. */
  period: string | null;
  info: string;
  /** 64 hex digits. */
  subkey: string;
}

const FOLDER = new URL('../../fixtures/vectors/', import.meta.url);

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
}

/** Every file of pairs. */
export const pseudonymVectors: readonly PseudonymVectors[] = readdirSync(FOLDER)
  .filter((name) => /^(crypto-pan|ipcrypt-pfx)-.*\.json$/.test(name))
  .sort()
  .map((name) => ({ name: name.replace(/\.json$/, ''), ...(read(name) as Omit<PseudonymVectors, 'name'>) }));

/** The subkeys of one key, by purpose and period. */
export const subkeyVectors = read('subkeys.json') as { key: string; subkeys: SubkeyVector[] };
