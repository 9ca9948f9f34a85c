/**
 * Names in place of names: each label becomes 8 characters of base32 of HMAC-SHA-256 over the name that it begins, so that names under one
 * domain stay under one domain.
 *
 * Hides the labels. Reveals how many there are and which names share an ending; whoever has the key can try names, and whoever knows what
 * some name became knows its endings too.
 */
import { createHmac } from 'node:crypto';
import type { Remembering } from './rotating.ts';

/** How many octets a label has that stands for another. */
export const HASHED_LABEL_LENGTH = 8;

/** So many labels are remembered, of names that are no longer than this, in octets; then all are forgotten. Long names seldom come again. */
const MAX_REMEMBERED = 65_536;
const MAX_REMEMBERED_LENGTH = 64;
/** What one of them takes in bytes, roughly: a text, an array and an entry of a map. */
const REMEMBERED_MEMORY = 256;

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

export class NameHash implements Remembering {
  readonly #key: Uint8Array;
  readonly #labels = new Map<string, Uint8Array>();

  /** `key` has 32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The label that stands for the first one of a name in wire format, A to Z as a to z, without pointers. */
  label(name: Uint8Array): Uint8Array {
    if (name.length > MAX_REMEMBERED_LENGTH) return this.#compute(name);
    const text = Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1');
    const known = this.#labels.get(text);
    if (known !== undefined) return known;
    const label = this.#compute(name);
    if (this.#labels.size >= MAX_REMEMBERED) this.#labels.clear();
    this.#labels.set(text, label);
    return label;
  }

  get memory(): number {
    return this.#labels.size * REMEMBERED_MEMORY;
  }

  #compute(name: Uint8Array): Uint8Array {
    return base32(createHmac('sha256', this.#key).update(name).digest());
  }
}

/** The first 40 bits of a digest, by 5 (RFC 4648, 6), in lower case. */
function base32(digest: Uint8Array): Uint8Array {
  const label = new Uint8Array(HASHED_LABEL_LENGTH);
  for (let index = 0; index < HASHED_LABEL_LENGTH; index++) {
    const bit = index * 5;
    const pair = (digest[bit >>> 3] << 8) | digest[(bit >>> 3) + 1];
    label[index] = BASE32.charCodeAt((pair >>> (11 - (bit & 7))) & 0x1f);
  }
  return label;
}
