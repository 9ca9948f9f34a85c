/**
 * Pseudonyms that were computed before, in flat arrays: no string and no object for an address. A cache never changes a result, only what
 * it costs. It starts small, grows with what it is asked for, and stays bounded.
 */
import type { AddressMethod, BatchAddressMethod } from './address.ts';

/** Entries of a table, all in buckets of 4: at the start, and at most (2^18 IPv4 addresses take 2.4 MB, as many IPv6 ones 8.7 MB). */
const MIN_ENTRIES = 1 << 8;
const MAX_ENTRIES = 1 << 18;
const BUCKET = 4;

/** So many addresses are computed together. */
const BATCH = 32;

/** How caches fare: addresses that they did not remember. */
export interface CacheStatistics {
  misses: number;
}

/** A method that asks another one only for what it does not remember. */
export class CachedAddresses implements AddressMethod {
  readonly #ipv4: PseudonymTable;
  readonly #ipv6: PseudonymTable;
  readonly #isBatched: boolean;

  /** `statistics` may be that of several caches. */
  constructor(method: AddressMethod | BatchAddressMethod, statistics: CacheStatistics = { misses: 0 }) {
    const batched = 'ipv4Batch' in method ? method : undefined;
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
  readonly #length: number;
  readonly #wordCount: number;
  readonly #compute: (addresses: Uint8Array, count: number) => void;
  readonly #statistics: CacheStatistics;
  #entries = MIN_ENTRIES;
  /**
   * Address and pseudonym of each entry side by side, as words in the order of memory. An entry whose address is all zeros is free: the
   * one address that this is, is not remembered.
   */
  #words: Uint32Array;
  /** Which entry of a full bucket goes next. */
  #victim = 0;
  /** The address that is looked for, as bytes and as words. */
  readonly #address = new Uint8Array(16);
  readonly #addressWords = new Uint32Array(this.#address.buffer);
  /** Addresses that were announced, and room for their pseudonyms. */
  readonly #announced: Uint8Array;
  readonly #pseudonyms: Uint8Array;
  #announcedCount = 0;

  /** `length` is that of an address in bytes; `compute` rewrites so many of them in place. */
  constructor(length: number, compute: (addresses: Uint8Array, count: number) => void, statistics: CacheStatistics) {
    this.#length = length;
    this.#wordCount = length / 4;
    this.#compute = compute;
    this.#statistics = statistics;
    this.#words = new Uint32Array(MIN_ENTRIES * 2 * this.#wordCount);
    this.#announced = new Uint8Array(BATCH * length);
    this.#pseudonyms = new Uint8Array(BATCH * length);
  }

  /** Rewrites the address at `start` in place. */
  map(bytes: Uint8Array, start: number): void {
    this.#take(bytes, start);
    if (this.#isFree(this.#addressWords, 0)) {
      this.#compute(this.#address, 1);
      for (let index = 0; index < this.#length; index++) bytes[start + index] = this.#address[index];
      return;
    }
    let entry = this.#find();
    if (entry < 0 && this.#announcedCount > 0) {
      this.#computeAnnounced();
      this.#take(bytes, start);
      entry = this.#find();
    }
    if (entry < 0) {
      this.#statistics.misses++;
      for (let index = 0; index < this.#length; index++) this.#pseudonyms[index] = this.#address[index];
      this.#compute(this.#pseudonyms, 1);
      entry = this.#insert();
      this.#setPseudonym(entry, 0);
    }
    this.#give(entry, bytes, start);
  }

  /** Computes the pseudonym with those of others, before it is asked for. */
  announce(bytes: Uint8Array, start: number): void {
    this.#take(bytes, start);
    if (this.#isFree(this.#addressWords, 0) || this.#find() >= 0) return;
    this.#statistics.misses++;
    this.#announced.set(this.#address.subarray(0, this.#length), this.#announcedCount * this.#length);
    this.#announcedCount++;
    if (this.#announcedCount === BATCH) this.#computeAnnounced();
  }

  #computeAnnounced(): void {
    const count = this.#announcedCount;
    this.#announcedCount = 0;
    this.#pseudonyms.set(this.#announced);
    this.#compute(this.#pseudonyms, count);
    for (let index = 0; index < count; index++) {
      this.#take(this.#announced, index * this.#length);
      // The same address may have been announced twice.
      if (this.#find() < 0) this.#setPseudonym(this.#insert(), index);
    }
  }

  #take(bytes: Uint8Array, start: number): void {
    for (let index = 0; index < this.#length; index++) this.#address[index] = bytes[start + index];
  }

  #give(entry: number, bytes: Uint8Array, start: number): void {
    const at = (2 * entry + 1) * this.#wordCount;
    for (let word = 0; word < this.#wordCount; word++) this.#addressWords[word] = this.#words[at + word];
    for (let index = 0; index < this.#length; index++) bytes[start + index] = this.#address[index];
  }

  #setPseudonym(entry: number, index: number): void {
    this.#take(this.#pseudonyms, index * this.#length);
    const at = (2 * entry + 1) * this.#wordCount;
    for (let word = 0; word < this.#wordCount; word++) this.#words[at + word] = this.#addressWords[word];
  }

  /** The first entry of the bucket in which the address at `at` in `words` belongs. */
  #bucketOf(words: Uint32Array, at: number): number {
    let hash = 0;
    for (let word = 0; word < this.#wordCount; word++) hash = Math.imul(hash ^ words[at + word], 0x9e3779b1);
    return ((hash ^ (hash >>> 15)) & (this.#entries / BUCKET - 1)) * BUCKET;
  }

  /** The entry of the address, or -1. */
  #find(): number {
    const words = this.#words;
    const count = this.#wordCount;
    const bucket = this.#bucketOf(this.#addressWords, 0);
    for (let entry = bucket; entry < bucket + BUCKET; entry++) {
      const at = 2 * entry * count;
      let word = 0;
      while (word < count && words[at + word] === this.#addressWords[word]) word++;
      if (word === count) return entry;
    }
    return -1;
  }

  /** Makes an entry for the address, and returns it; its pseudonym is still to be set. */
  #insert(): number {
    let entry = this.#freeEntry(this.#bucketOf(this.#addressWords, 0));
    while (entry < 0 && this.#entries < MAX_ENTRIES) {
      this.#grow();
      entry = this.#freeEntry(this.#bucketOf(this.#addressWords, 0));
    }
    if (entry < 0) entry = this.#bucketOf(this.#addressWords, 0) + (this.#victim++ & (BUCKET - 1));
    const at = 2 * entry * this.#wordCount;
    for (let word = 0; word < this.#wordCount; word++) this.#words[at + word] = this.#addressWords[word];
    return entry;
  }

  #freeEntry(bucket: number): number {
    for (let entry = bucket; entry < bucket + BUCKET; entry++) {
      if (this.#isFree(this.#words, 2 * entry * this.#wordCount)) return entry;
    }
    return -1;
  }

  /** Whether the address at `at` in `words` is all zeros. */
  #isFree(words: Uint32Array, at: number): boolean {
    let bits = 0;
    for (let word = 0; word < this.#wordCount; word++) bits |= words[at + word];
    return bits === 0;
  }

  #grow(): void {
    const words = this.#words;
    const width = 2 * this.#wordCount;
    this.#entries *= 2;
    this.#words = new Uint32Array(this.#entries * width);
    for (let at = 0; at < words.length; at += width) {
      if (this.#isFree(words, at)) continue;
      // A bucket falls apart into two, so each entry finds room.
      const free = this.#freeEntry(this.#bucketOf(words, at));
      for (let word = 0; word < width; word++) this.#words[free * width + word] = words[at + word];
    }
  }
}
