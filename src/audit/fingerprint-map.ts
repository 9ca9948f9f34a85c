/**
 * Many values in little memory: of each its fingerprint of 53 bits, and a number. Two values with the same fingerprint are taken for
 * one, which among a million happens once in twenty thousand captures.
 */

/** The fingerprint of octets, a character each: a whole number from 1 to 2^53 - 1. */
export function fingerprint(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let index = 0; index < text.length; index++) {
    const octet = text.charCodeAt(index);
    low = Math.imul(low ^ octet, 0x01000193);
    high = Math.imul(high ^ octet, 0x5bd1e995);
    high ^= high >>> 15;
  }
  const first = mix(low ^ text.length);
  const second = mix(high + first);
  return (second & 0x1fffff) * 2 ** 32 + first || 1;
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** So many values are remembered, in at most 25 MB. */
export const MAX_VALUES = 1 << 20;
const FIRST_CAPACITY = 1 << 6;

export class FingerprintMap {
  /** How many values there are. */
  size = 0;
  /** Whether there were more than could be remembered. */
  isFull = false;
  readonly #limit: number;
  #keys = new Float64Array(FIRST_CAPACITY);
  #values = new Uint32Array(FIRST_CAPACITY);

  /** `limit`: so many values are remembered. */
  constructor(limit: number = MAX_VALUES) {
    this.#limit = limit;
  }

  /** The number of a fingerprint, or -1. */
  get(key: number): number {
    const slot = this.#slot(key);
    return this.#keys[slot] === key ? this.#values[slot] : -1;
  }

  /** Gives a fingerprint a number (of 32 bits); a new one is passed over where there are too many. */
  set(key: number, value: number): void {
    const slot = this.#slot(key);
    if (this.#keys[slot] !== key) {
      if (this.size === this.#limit) {
        this.isFull = true;
        return;
      }
      this.size++;
      this.#keys[slot] = key;
      this.#values[slot] = value;
      if (4 * this.size > 3 * this.#keys.length) this.#grow();
    } else this.#values[slot] = value;
  }

  /** The numbers of all fingerprints. */
  *values(): Generator<number> {
    for (const [slot, key] of this.#keys.entries()) if (key !== 0) yield this.#values[slot];
  }

  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = (key ^ (key / 2 ** 32)) & mask;
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(2 * keys.length);
    this.#values = new Uint32Array(2 * keys.length);
    for (const [index, key] of keys.entries()) {
      if (key === 0) continue;
      const slot = this.#slot(key);
      this.#keys[slot] = key;
      this.#values[slot] = values[index];
    }
  }
}
