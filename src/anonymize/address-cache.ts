/**
 * Pseudonyms that were computed before, in flat arrays: no string and no object for an address. A cache never changes a result, only what
 * it costs. It starts small, grows with what it is asked for, and stays bounded.
 */
import type { AddressMethod, BatchAddressMethod } from './address.ts';

/** Entries of a bucket, and buckets of a table: at the start, and at most (2^18 entries take 2 MiB for IPv4, 8 MiB for IPv6). */
const BUCKET = 4;
const MIN_BUCKETS = 1 << 6;
const MAX_BUCKETS = 1 << 16;

/** 2^32 divided by the golden ratio, as an odd number (Knuth, The Art of Computer Programming 3, 6.4). */
const HASH_FACTOR = 0x9e3779b1;

/** So many addresses are computed together. */
const BATCH = 32;

/** How caches fare: addresses that they did not remember, and could have computed together. */
export interface CacheStatistics {
  misses: number;
}

/** A method that asks another one only for what it does not remember. */
export class CachedAddresses implements AddressMethod {
  readonly #ipv4: PseudonymTable;
  readonly #ipv6: PseudonymTable;
  readonly #isBatched: boolean;

  /** `shared` may be that of several caches. */
  constructor(method: AddressMethod | BatchAddressMethod, shared: CacheStatistics = { misses: 0 }) {
    const batched = 'ipv4Batch' in method ? method : undefined;
    const statistics = batched ? shared : { misses: 0 };
    this.#isBatched = batched !== undefined;
    this.#ipv4 = new PseudonymTable(
      4,
      (addresses, count) => (batched ? batched.ipv4Batch(addresses, count) : method.ipv4(addresses, 0)),
      statistics,
    );
    this.#ipv6 = new PseudonymTable(
      16,
      (addresses, count) => (batched ? batched.ipv6Batch(addresses, count) : method.ipv6(addresses, 0)),
      statistics,
    );
  }

  ipv4(bytes: Uint8Array, start: number): void {
    this.#ipv4.map(bytes, start);
  }

  ipv6(bytes: Uint8Array, start: number): void {
    this.#ipv6.map(bytes, start);
  }

  /** Announces an address that will be asked for: those that are announced together cost less than one by one. */
  announceIpv4(bytes: Uint8Array, start: number): void {
    if (this.#isBatched) this.#ipv4.announce(bytes, start);
  }

  announceIpv6(bytes: Uint8Array, start: number): void {
    if (this.#isBatched) this.#ipv6.announce(bytes, start);
  }
}

/** The pseudonyms of one family, found by a hash of the address. */
class PseudonymTable {
  /** The length of an address in bytes, and in words of 32 bits, the lowest byte first. */
  readonly #length: number;
  readonly #width: number;
  readonly #compute: (addresses: Uint8Array, count: number) => void;
  readonly #statistics: CacheStatistics;
  /** Which entry of a full bucket goes next. */
  #victim = 0;
  #buckets = MIN_BUCKETS;
  /**
   * Address and pseudonym of each entry side by side. An entry whose address is all zeros is free: the one address that this is, is not
   * remembered.
   */
  #words: Int32Array;
  /** The address that was looked for last. */
  readonly #key = new Int32Array(4);
  /** Addresses that were announced, and room for the pseudonyms of as many. */
  readonly #announced: Uint8Array;
  readonly #pseudonyms: Uint8Array;
  #announcedCount = 0;

  /** `length` is that of an address in bytes; `compute` rewrites so many of them in place. */
  constructor(length: number, compute: (addresses: Uint8Array, count: number) => void, statistics: CacheStatistics) {
    this.#length = length;
    this.#width = length / 4;
    this.#compute = compute;
    this.#statistics = statistics;
    this.#words = new Int32Array(MIN_BUCKETS * BUCKET * 2 * this.#width);
    this.#announced = new Uint8Array(BATCH * length);
    this.#pseudonyms = new Uint8Array(BATCH * length);
  }

  /** Rewrites the address at `start` in place. */
  map(bytes: Uint8Array, start: number): void {
    let entry = this.#find(bytes, start);
    if (entry < 0 && this.#announcedCount > 0) {
      this.#computeAnnounced();
      entry = this.#find(bytes, start);
    }
    if (entry < 0) {
      const isRemembered = !this.#isZero(this.#key, 0);
      if (isRemembered) this.#statistics.misses++;
      const pseudonym = this.#pseudonyms;
      for (let index = 0; index < this.#length; index++) pseudonym[index] = bytes[start + index];
      this.#compute(pseudonym, 1);
      if (isRemembered) this.#insert(pseudonym, 0);
      for (let index = 0; index < this.#length; index++) bytes[start + index] = pseudonym[index];
      return;
    }
    const words = this.#words;
    const width = this.#width;
    for (let word = 0, position = start; word < width; word++, position += 4) {
      const value = words[entry + width + word];
      bytes[position] = value;
      bytes[position + 1] = value >>> 8;
      bytes[position + 2] = value >>> 16;
      bytes[position + 3] = value >>> 24;
    }
  }

  /** Computes the pseudonym with those of others, before it is asked for. */
  announce(bytes: Uint8Array, start: number): void {
    if (this.#find(bytes, start) >= 0 || this.#isZero(this.#key, 0)) return;
    this.#statistics.misses++;
    const at = this.#announcedCount++ * this.#length;
    for (let index = 0; index < this.#length; index++) this.#announced[at + index] = bytes[start + index];
    if (this.#announcedCount === BATCH) this.#computeAnnounced();
  }

  #computeAnnounced(): void {
    const count = this.#announcedCount;
    this.#announcedCount = 0;
    this.#pseudonyms.set(this.#announced);
    this.#compute(this.#pseudonyms, count);
    for (let at = 0; at < count * this.#length; at += this.#length) {
      // The same address may have been announced twice.
      if (this.#find(this.#announced, at) < 0) this.#insert(this.#pseudonyms, at);
    }
  }

  /** Where the entry of the address at `start` lies in the words, or -1; the address becomes the key. */
  #find(bytes: Uint8Array, start: number): number {
    const width = this.#width;
    const key = this.#key;
    let hash = 0;
    for (let word = 0, position = start; word < width; word++, position += 4) {
      const value =
        bytes[position] | (bytes[position + 1] << 8) | (bytes[position + 2] << 16) | (bytes[position + 3] << 24);
      key[word] = value;
      hash = spread(Math.imul(hash, HASH_FACTOR) ^ value);
    }
    const words = this.#words;
    const first = key[0];
    let entry = (hash & (this.#buckets - 1)) * BUCKET * 2 * width;
    for (let index = 0; index < BUCKET; index++, entry += 2 * width) {
      if (words[entry] !== first) continue;
      if (width === 1) {
        if (first !== 0) return entry;
      } else if (words[entry + 1] === key[1] && words[entry + 2] === key[2] && words[entry + 3] === key[3]) {
        if (!this.#isZero(key, 0)) return entry;
      }
    }
    return -1;
  }

  /** The bucket of the address at `at` in `words`. */
  #bucketOf(words: Int32Array, at: number): number {
    let hash = 0;
    for (let word = 0; word < this.#width; word++) hash = spread(Math.imul(hash, HASH_FACTOR) ^ words[at + word]);
    return (hash & (this.#buckets - 1)) * BUCKET * 2 * this.#width;
  }

  /** Remembers the key with the pseudonym at `at`. */
  #insert(pseudonyms: Uint8Array, at: number): void {
    const width = this.#width;
    let bucket = this.#bucketOf(this.#key, 0);
    let entry = this.#freeEntry(bucket);
    while (entry < 0 && this.#buckets < MAX_BUCKETS) {
      this.#grow();
      bucket = this.#bucketOf(this.#key, 0);
      entry = this.#freeEntry(bucket);
    }
    if (entry < 0) entry = bucket + (this.#victim++ % BUCKET) * 2 * width;
    for (let word = 0, position = at; word < width; word++, position += 4) {
      this.#words[entry + word] = this.#key[word];
      this.#words[entry + width + word] =
        pseudonyms[position] |
        (pseudonyms[position + 1] << 8) |
        (pseudonyms[position + 2] << 16) |
        (pseudonyms[position + 3] << 24);
    }
  }

  #freeEntry(bucket: number): number {
    const width = 2 * this.#width;
    for (let entry = bucket; entry < bucket + BUCKET * width; entry += width) {
      if (this.#isZero(this.#words, entry)) return entry;
    }
    return -1;
  }

  #isZero(words: Int32Array, at: number): boolean {
    let bits = 0;
    for (let word = 0; word < this.#width; word++) bits |= words[at + word];
    return bits === 0;
  }

  #grow(): void {
    const words = this.#words;
    const width = 2 * this.#width;
    this.#buckets *= 2;
    this.#words = new Int32Array(this.#buckets * BUCKET * width);
    for (let at = 0; at < words.length; at += width) {
      if (this.#isZero(words, at)) continue;
      // A bucket falls apart into two, so each entry finds room.
      const free = this.#freeEntry(this.#bucketOf(words, at));
      for (let word = 0; word < width; word++) this.#words[free + word] = words[at + word];
    }
  }
}

/** Lets every bit of a hash bear on its low ones (the finalizer of MurmurHash3): addresses of one network must not share a bucket. */
function spread(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
