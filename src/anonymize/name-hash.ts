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

/**
 * Labels are remembered until they take so many bytes; those that were asked for since then stay when it happens again. That must hold all
 * endings that the names of one message can share, which start in its first 16,384 octets, so fewer than 8,192: otherwise there are messages
 * with 27 labels to compute for each name.
 */
const MAX_MEMORY = 8 * 1024 * 1024;
/** What one of them takes beside the octets of its name, roughly: an array and an entry of a map. */
const REMEMBERED_MEMORY = 224;

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

export class NameHash implements Remembering {
  readonly #key: Uint8Array;
  /** Those that were asked for of late, and before. */
  #recent = new Map<string, Uint8Array>();
  #before = new Map<string, Uint8Array>();
  /** How many bytes each takes, more or less. */
  #recentMemory = 0;
  #beforeMemory = 0;

  /** `key` has 32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  get memory(): number {
    return this.#recentMemory + this.#beforeMemory;
  }

  /** The label that stands for the first one of a name in wire format, A to Z as a to z, without pointers; a character for an octet. */
  label(name: string): Uint8Array {
    const known = this.#recent.get(name);
    if (known !== undefined) return known;
    const octets = Buffer.from(name, 'latin1');
    const label = this.#before.get(name) ?? base32(createHmac('sha256', this.#key).update(octets).digest());
    this.#remember(octets, label);
    return label;
  }

  #remember(octets: Buffer, label: Uint8Array): void {
    const memory = octets.length + REMEMBERED_MEMORY;
    if (this.#recentMemory + memory > MAX_MEMORY) {
      this.#before = this.#recent;
      this.#beforeMemory = this.#recentMemory;
      this.#recent = new Map();
      this.#recentMemory = 0;
    }
    // Not the text itself: it may be a part of a longer one, which would be remembered as a whole.
    this.#recent.set(octets.toString('latin1'), label);
    this.#recentMemory += memory;
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
