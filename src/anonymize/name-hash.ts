/**
 * Names in place of names: each label becomes 8 characters of base32 of HMAC-SHA-256 over the name that it begins, so that names under one
 * domain stay under one domain.
 *
 * Hides the labels. Reveals how many there are and which names share an ending; whoever has the key can try names, and whoever knows what
 * some name became knows its endings too.
 */
import { hashOctets, hashSeed } from '../wire/octet-hash.ts';
import { HmacSha256 } from './hmac-sha256.ts';
import { LabelTable } from './label-table.ts';
import type { Remembering } from './rotating.ts';

/** How many octets a label has that stands for another. */
export const HASHED_LABEL_LENGTH = 8;

const BASE32 = Buffer.from('abcdefghijklmnopqrstuvwxyz234567');

export class NameHash implements Remembering {
  readonly #hmac: HmacSha256;
  /** Nobody who makes names shall know which of them share a slot. */
  readonly #seed = hashSeed();
  /**
   * Those that were asked for of late, and before: when the first table is full it takes the place of the second. One table must hold all
   * endings that the names of one message can share, which start in its first 16,384 octets, so fewer than 8,192: otherwise there are
   * messages with 27 labels to compute for each name.
   */
  #recent = new LabelTable(HASHED_LABEL_LENGTH);
  #before = new LabelTable(HASHED_LABEL_LENGTH);

  /** `key` has 32 bytes. */
  constructor(key: Uint8Array) {
    this.#hmac = new HmacSha256(key);
  }

  get memory(): number {
    return this.#recent.memory + this.#before.memory;
  }

  /**
   * Writes at `at` the label that stands for the first one of the name from `start` to `end`, which is in wire format, without pointers,
   * A to Z as a to z.
   */
  writeLabel(name: Uint8Array, start: number, end: number, out: Uint8Array, at: number): void {
    const hash = hashOctets(name, start, end, this.#seed);
    const known = this.#recent.find(hash, name, start, end);
    if (known >= 0) copyLabel(this.#recent.bytes, known, out, at);
    else this.#computeLabel(hash, name, start, end, out, at);
  }

  #computeLabel(hash: number, name: Uint8Array, start: number, end: number, out: Uint8Array, at: number): void {
    const known = this.#before.find(hash, name, start, end);
    if (known >= 0) copyLabel(this.#before.bytes, known, out, at);
    else writeBase32(this.#hmac.of(name.subarray(start, end)), out, at);
    if (!this.#recent.hasRoom(end - start)) {
      [this.#recent, this.#before] = [this.#before, this.#recent];
      this.#recent.clear();
    }
    const label = this.#recent.add(hash, name, start, end);
    copyLabel(out, at, this.#recent.bytes, label);
  }
}

function copyLabel(from: Uint8Array, start: number, to: Uint8Array, at: number): void {
  for (let index = 0; index < HASHED_LABEL_LENGTH; index++) to[at + index] = from[start + index];
}

/** Writes the first 40 bits of a digest, by 5 (RFC 4648, 6), in lower case. */
function writeBase32(digest: Uint8Array, out: Uint8Array, at: number): void {
  for (let index = 0; index < HASHED_LABEL_LENGTH; index++) {
    const bit = index * 5;
    const pair = (digest[bit >>> 3] << 8) | digest[(bit >>> 3) + 1];
    out[at + index] = BASE32[(pair >>> (11 - (bit & 7))) & 0x1f];
  }
}
