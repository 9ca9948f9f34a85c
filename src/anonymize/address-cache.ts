/**
 * Pseudonyms that were computed before, in flat arrays: no string and no object for an address. A cache never changes a result, only what
 * it costs. It starts small, grows with what it is asked for, and stays bounded.
 */
import type { AddressMethod } from './address.ts';

/** Entries of a table, all in buckets of 4: at the start, and at most (2^18 IPv4 addresses take 2.4 MB, as many IPv6 ones 8.7 MB). */
const MIN_ENTRIES = 1 << 8;
const MAX_ENTRIES = 1 << 18;
const BUCKET = 4;

/** A method that asks another one only for what it does not remember. */
export class CachedAddresses implements AddressMethod {
  readonly #ipv4: PseudonymTable;
  readonly #ipv6: PseudonymTable;

  constructor(method: AddressMethod) {
    this.#ipv4 = new PseudonymTable(4, (address) => method.ipv4(address, 0));
    this.#ipv6 = new PseudonymTable(16, (address) => method.ipv6(address, 0));
  }

  ipv4(bytes: Uint8Array, start: number): void {
    this.#ipv4.map(bytes, start);
  }

  ipv6(bytes: Uint8Array, start: number): void {
    this.#ipv6.map(bytes, start);
  }
}

/** The pseudonyms of one family, found by a hash of the address. */
class PseudonymTable {
  readonly #length: number;
  readonly #compute: (address: Uint8Array) => void;
  #entries = MIN_ENTRIES;
  /** Address and pseudonym of each entry side by side, as words in the order of memory. */
  #words: Uint32Array;
  #used = new Uint8Array(MIN_ENTRIES);
  /** Which entry of a full bucket goes next. */
  #victim = 0;
  readonly #address = new Uint8Array(16);
  readonly #addressWords = new Uint32Array(this.#address.buffer);

  /** `length` is that of an address in bytes. */
  constructor(length: number, compute: (address: Uint8Array) => void) {
    this.#length = length;
    this.#compute = compute;
    this.#words = new Uint32Array(MIN_ENTRIES * this.#entryWords);
  }

  /** Rewrites the address at `start` in place. */
  map(bytes: Uint8Array, start: number): void {
    const length = this.#length;
    const address = this.#address;
    for (let index = 0; index < length; index++) address[index] = bytes[start + index];
    const entry = this.#find();
    if (entry >= 0) this.#load(entry);
    else this.#add();
    for (let index = 0; index < length; index++) bytes[start + index] = address[index];
  }

  get #entryWords(): number {
    return this.#length / 2;
  }

  /** The first entry of the bucket in which the words from `at` on belong. */
  #bucketOf(words: Uint32Array, at: number): number {
    let hash = 0;
    for (let word = 0; word < this.#length / 4; word++) hash = Math.imul(hash ^ words[at + word], 0x9e3779b1);
    return ((hash ^ (hash >>> 15)) & (this.#entries / BUCKET - 1)) * BUCKET;
  }

  /** The entry of the address, or -1. */
  #find(): number {
    const words = this.#words;
    const wanted = this.#addressWords;
    const count = this.#length / 4;
    const bucket = this.#bucketOf(wanted, 0);
    for (let entry = bucket; entry < bucket + BUCKET && this.#used[entry] === 1; entry++) {
      const at = entry * this.#entryWords;
      let word = 0;
      while (word < count && words[at + word] === wanted[word]) word++;
      if (word === count) return entry;
    }
    return -1;
  }

  #load(entry: number): void {
    const count = this.#length / 4;
    const at = entry * this.#entryWords + count;
    for (let word = 0; word < count; word++) this.#addressWords[word] = this.#words[at + word];
  }

  /** Computes the pseudonym of the address, in its place, and remembers it. */
  #add(): void {
    const count = this.#length / 4;
    const pair = new Uint32Array(2 * count);
    pair.set(this.#addressWords.subarray(0, count));
    this.#compute(this.#address);
    pair.set(this.#addressWords.subarray(0, count), count);
    this.#insert(pair, 0);
  }

  #insert(pair: Uint32Array, at: number): void {
    let bucket = this.#bucketOf(pair, at);
    let free = this.#freeEntry(bucket);
    while (free < 0 && this.#entries < MAX_ENTRIES) {
      this.#grow();
      bucket = this.#bucketOf(pair, at);
      free = this.#freeEntry(bucket);
    }
    const entry = free >= 0 ? free : bucket + (this.#victim++ & (BUCKET - 1));
    this.#used[entry] = 1;
    this.#words.set(pair.subarray(at, at + this.#entryWords), entry * this.#entryWords);
  }

  #freeEntry(bucket: number): number {
    for (let entry = bucket; entry < bucket + BUCKET; entry++) if (this.#used[entry] === 0) return entry;
    return -1;
  }

  #grow(): void {
    const words = this.#words;
    const used = this.#used;
    this.#entries *= 2;
    this.#words = new Uint32Array(this.#entries * this.#entryWords);
    this.#used = new Uint8Array(this.#entries);
    // A bucket falls apart into two, so all of it finds room.
    for (let entry = 0; entry < used.length; entry++)
      if (used[entry] === 1) this.#insert(words, entry * this.#entryWords);
  }
}
