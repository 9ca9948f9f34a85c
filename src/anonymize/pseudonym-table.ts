/**
 * Pseudonyms that were computed before, in flat arrays: no string and no object for an address. A table never changes a result, only what
 * it costs. It starts small, grows with what it is asked for, and stays bounded.
 *
 * A look-up among many addresses is a wait for memory, and a call of AES costs as much as its blocks. So addresses may be taken in
 * first and carried out together: then the waits overlap, and all that are new share the calls.
 */

/** Entries of a bucket, and buckets of a table: at the start, and at most (2^18 entries take 2 MiB for IPv4, 8 MiB for IPv6). */
const BUCKET = 4;
const MIN_BUCKETS = 1 << 6;
const MAX_BUCKETS = 1 << 16;
/** A power of two; MAX_BUCKETS is MIN_BUCKETS times one of its powers. */
const GROWTH = 4;

/** 2^32 divided by the golden ratio, as an odd number (Knuth, The Art of Computer Programming 3, 6.4). */
const HASH_FACTOR = 0x9e3779b1;

/** So many addresses are taken in before they must be carried out, and so many that are new are computed together. */
const MAX_TAKEN = 512;
const BATCH = 32;

/** The pseudonyms of addresses of one length. */
export class PseudonymTable {
  /** The length of an address in bytes, and in words of 32 bits, the lowest byte first. */
  readonly #length: number;
  readonly #width: number;
  readonly #compute: (addresses: Uint8Array, count: number) => void;
  /** Which entry of a full bucket goes next. */
  #victim = 0;
  #buckets = MIN_BUCKETS;
  /**
   * Address and pseudonym of each entry side by side. An entry whose address is all zeros is free: the one address that this is, is not
   * remembered.
   */
  #words: Int32Array;
  /** The addresses that were taken in, and behind them the one that is looked for by itself. */
  readonly #plainWords: Int32Array;
  readonly #hashes = new Int32Array(MAX_TAKEN + 1);
  readonly #positions = new Int32Array(MAX_TAKEN);
  #taken = 0;
  #placed = 0;
  /** Which of them are new. */
  readonly #missing = new Int32Array(MAX_TAKEN);
  readonly #batch: Uint8Array;
  /** Of no use, but that it cannot be left out: to compute it brings the buckets near. */
  touched = 0;

  /** `length` is that of an address in bytes, 4 or 16; `compute` rewrites so many of them in place. */
  constructor(length: number, compute: (addresses: Uint8Array, count: number) => void) {
    this.#length = length;
    this.#width = length / 4;
    this.#compute = compute;
    this.#words = new Int32Array(MIN_BUCKETS * BUCKET * 2 * this.#width);
    this.#plainWords = new Int32Array((MAX_TAKEN + 1) * this.#width);
    this.#batch = new Uint8Array(BATCH * length);
  }

  /** Rewrites the address at `start` in place. */
  map(bytes: Uint8Array, start: number): void {
    this.#read(bytes, start, MAX_TAKEN);
    const entry = this.#find(MAX_TAKEN);
    if (entry >= 0) {
      writeWords(this.#words, entry + this.#width, this.#width, bytes, start);
      return;
    }
    const batch = this.#batch;
    for (let index = 0; index < this.#length; index++) batch[index] = bytes[start + index];
    this.#compute(batch, 1);
    this.#insert(MAX_TAKEN, 0);
    for (let index = 0; index < this.#length; index++) bytes[start + index] = batch[index];
  }

  /** How many bytes the pseudonyms take that are remembered. */
  get memory(): number {
    return this.#words.byteLength;
  }

  /** Whether so many more addresses can be taken in before `carryOut`. */
  hasRoom(count: number): boolean {
    return this.#taken + count <= MAX_TAKEN;
  }

  /** Takes the address at `start` in, and leaves zeros there: an address that is never carried out is not in clear either. */
  take(bytes: Uint8Array, start: number): void {
    this.#read(bytes, start, this.#taken++);
    for (let index = 0; index < this.#length; index++) bytes[start + index] = 0;
  }

  /** Says where the pseudonym belongs of the first address that was taken in and has no place yet. */
  place(position: number): void {
    this.#positions[this.#placed++] = position;
  }

  /** Forgets the addresses that have no place. */
  forget(): void {
    this.#taken = this.#placed;
  }

  /** Writes the pseudonyms of all addresses that have a place to their places in `bytes`. */
  carryOut(bytes: Uint8Array): void {
    const count = this.#placed;
    this.touched = this.#touch(count);
    let missing = 0;
    for (let index = 0; index < count; index++) {
      const entry = this.#find(index);
      if (entry < 0) this.#missing[missing++] = index;
      else writeWords(this.#words, entry + this.#width, this.#width, bytes, this.#positions[index]);
    }
    for (let from = 0; from < missing; from += BATCH)
      this.#computeMissing(bytes, from, Math.min(missing, from + BATCH));
    this.#taken = 0;
    this.#placed = 0;
  }

  /** Looks at both ends of the bucket of each address. */
  #touch(count: number): number {
    const words = this.#words;
    const hashes = this.#hashes;
    const mask = this.#buckets - 1;
    const bucketWidth = BUCKET * 2 * this.#width;
    let touched = 0;
    for (let index = 0; index < count; index++) {
      const bucket = (hashes[index] & mask) * bucketWidth;
      touched |= words[bucket] | words[bucket + bucketWidth - 1];
    }
    return touched;
  }

  #computeMissing(bytes: Uint8Array, from: number, to: number): void {
    const length = this.#length;
    const batch = this.#batch;
    for (let index = from, at = 0; index < to; index++, at += length) {
      writeWords(this.#plainWords, this.#missing[index] * this.#width, this.#width, batch, at);
    }
    this.#compute(batch, to - from);
    for (let index = from, at = 0; index < to; index++, at += length) {
      const taken = this.#missing[index];
      const position = this.#positions[taken];
      for (let byte = 0; byte < length; byte++) bytes[position + byte] = batch[at + byte];
      this.#insert(taken, at);
    }
  }

  /** Reads the address at `start`, as the one of that index. */
  #read(bytes: Uint8Array, start: number, index: number): void {
    const words = this.#plainWords;
    const from = index * this.#width;
    for (let word = from, position = start; word < from + this.#width; word++, position += 4) {
      words[word] = readWord(bytes, position);
    }
    this.#hashes[index] = hash(words, from, this.#width);
  }

  /** Where the bucket of a hash begins in the words. */
  #bucket(hash: number): number {
    return (hash & (this.#buckets - 1)) * BUCKET * 2 * this.#width;
  }

  /** Where the entry begins of the address of that index, or -1. */
  #find(index: number): number {
    const width = this.#width;
    const words = this.#words;
    const keys = this.#plainWords;
    const key = index * width;
    const bucket = this.#bucket(this.#hashes[index]);
    const first = keys[key];
    for (let entry = bucket; entry < bucket + BUCKET * 2 * width; entry += 2 * width) {
      if (words[entry] !== first) continue;
      if (width === 1) {
        if (first !== 0) return entry;
      } else if (words[entry + 1] === keys[key + 1] && words[entry + 2] === keys[key + 2]) {
        if (words[entry + 3] === keys[key + 3] && !this.#isZero(keys, key)) return entry;
      }
    }
    return -1;
  }

  /** Remembers the address of that index with the pseudonym at `at` in the batch. */
  #insert(index: number, at: number): void {
    const width = this.#width;
    const key = index * width;
    // The address of zeros is none to remember; another one may have been new twice.
    if (this.#isZero(this.#plainWords, key) || this.#find(index) >= 0) return;
    const hash = this.#hashes[index];
    let entry = this.#freeEntry(this.#bucket(hash));
    while (entry < 0 && this.#buckets < MAX_BUCKETS) {
      this.#grow();
      entry = this.#freeEntry(this.#bucket(hash));
    }
    if (entry < 0) entry = this.#bucket(hash) + (this.#victim++ % BUCKET) * 2 * width;
    for (let word = 0; word < width; word++) {
      this.#words[entry + word] = this.#plainWords[key + word];
      this.#words[entry + width + word] = readWord(this.#batch, at + 4 * word);
    }
  }

  /** The first free entry of the bucket, or -1. */
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
    this.#buckets *= GROWTH;
    this.#words = new Int32Array(this.#buckets * BUCKET * width);
    for (let at = 0; at < words.length; at += width) {
      if (this.#isZero(words, at)) continue;
      // A bucket falls apart, so each entry finds room.
      const free = this.#freeEntry(this.#bucket(hash(words, at, this.#width)));
      for (let word = 0; word < width; word++) this.#words[free + word] = words[at + word];
    }
  }
}

function readWord(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

function writeWords(words: Int32Array, from: number, width: number, bytes: Uint8Array, at: number): void {
  for (let word = from, position = at; word < from + width; word++, position += 4) {
    const value = words[word];
    bytes[position] = value;
    bytes[position + 1] = value >>> 8;
    bytes[position + 2] = value >>> 16;
    bytes[position + 3] = value >>> 24;
  }
}

/**
 * A hash of the words from `at` on: the multiplications of FNV-1a, and the finalizer of MurmurHash3 that lets every bit bear on the low
 * ones, since addresses of one network must not share a bucket.
 */
function hash(words: Int32Array, at: number, width: number): number {
  let mixed = 0;
  for (let word = at; word < at + width; word++) {
    mixed = Math.imul(mixed ^ words[word], HASH_FACTOR);
    mixed ^= mixed >>> 15;
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
