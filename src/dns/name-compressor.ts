/**
 * Writing names with pointers to earlier ones (RFC 1035, 4.1.4), always the same way (docs/messages.md, 8): a pointer takes the place of the
 * longest suffix that stands in the message already, and leads to the first place where it does.
 */
import type { ByteBuffer } from '../wire/byte-buffer.ts';
import { hashOctets, hashSeed } from '../wire/octet-hash.ts';
import { expandName, MAX_NAME_LENGTH } from './name.ts';
import { MAX_POINTER_TARGET } from './name-scan.ts';

/** A message has fewer places that a pointer reaches than half of this. Most have few, whose slots should stay near. */
const SLOTS = 2 * (MAX_POINTER_TARGET + 1);
const FEW_SLOTS = 512;
const MAX_GENERATION = 0xffff;
const MAX_LABELS = MAX_NAME_LENGTH / 2;

export class NameCompressor {
  #out: ByteBuffer | undefined;
  #message = 0;
  /** A slot holds where a suffix stands, from the start of the message, and its hash, if it is of this generation. */
  readonly #generations = new Uint16Array(SLOTS);
  readonly #hashes = new Int32Array(SLOTS);
  readonly #places = new Uint16Array(SLOTS);
  #generation = 0;
  /** How many slots are taken, and which bits of a hash choose among those that are in use. */
  #count = 0;
  #mask = FEW_SLOTS - 1;
  /** Nobody who makes a message shall know which names share a slot. */
  readonly #seed = hashSeed();
  readonly #name = new Uint8Array(MAX_NAME_LENGTH);
  /** Of the labels of a name: where each starts, and the hash of the suffix that it begins. */
  readonly #starts = new Uint8Array(MAX_LABELS);
  readonly #suffixHashes = new Int32Array(MAX_LABELS);
  #labels = 0;
  /** The octets of the name. */
  #length = 0;

  /** Begins with a message that is appended to `out` from `message` on. */
  begin(out: ByteBuffer, message: number): void {
    this.#out = out;
    this.#message = message;
    this.#mask = FEW_SLOTS - 1;
    this.#beginGeneration();
  }

  /** Takes note of a name that stands in the message at `position`, written there by somebody else. */
  note(position: number): void {
    const { bytes } = this.#written();
    expandName(bytes, this.#message, position, this.#name);
    this.#split(this.#name);
    let at = position;
    for (let label = 0; label < this.#labels && bytes[at] < 0xc0; label++) {
      this.#note(label, this.#name, at - this.#message);
      at += bytes[at] + 1;
    }
  }

  /** Appends a name in wire format without pointers: in full, or with a pointer where there is a place for one to lead to. */
  write(name: Uint8Array, inFull: boolean): void {
    const out = this.#written();
    const start = out.length - this.#message;
    this.#split(name);
    let label = 0;
    let place = -1;
    if (inFull) label = this.#labels;
    else
      for (; label < this.#labels; label++) {
        place = this.#find(label, name);
        if (place >= 0) break;
      }
    out.append(name, 0, label < this.#labels ? this.#starts[label] : this.#length);
    if (place >= 0) {
      out.reserve(2);
      out.bytes[out.length++] = 0xc0 | (place >>> 8);
      out.bytes[out.length++] = place;
    }
    for (let written = 0; written < label; written++) {
      if (inFull) this.#note(written, name, start + this.#starts[written]);
      else this.#add(written, start + this.#starts[written]);
    }
  }

  #written(): ByteBuffer {
    if (this.#out === undefined) throw new Error('a name without a message');
    return this.#out;
  }

  #split(name: Uint8Array): void {
    this.#labels = 0;
    let position = 0;
    for (; name[position] !== 0; position += name[position] + 1) this.#starts[this.#labels++] = position;
    this.#length = position + 1;
    let hash = this.#seed;
    let end = position;
    for (let label = this.#labels - 1; label >= 0; label--) {
      hash = hashOctets(name, this.#starts[label], end, hash);
      hash ^= hash >>> 15;
      this.#suffixHashes[label] = hash;
      end = this.#starts[label];
    }
  }

  /** Where the suffix that begins with the label stands, from the start of the message; -1 where it does not. */
  #find(label: number, name: Uint8Array): number {
    const hash = this.#suffixHashes[label];
    for (let slot = hash & this.#mask; this.#generations[slot] === this.#generation; slot = (slot + 1) & this.#mask) {
      if (this.#hashes[slot] === hash && this.#stands(this.#places[slot], name, this.#starts[label])) {
        return this.#places[slot];
      }
    }
    return -1;
  }

  #stands(place: number, name: Uint8Array, start: number): boolean {
    const { bytes } = this.#written();
    let position = this.#message + place;
    for (let index = start; ; ) {
      let octet = bytes[position];
      while (octet >= 0xc0) {
        position = this.#message + (((octet & 0x3f) << 8) | bytes[position + 1]);
        octet = bytes[position];
      }
      if (octet !== name[index]) return false;
      if (octet === 0) return true;
      for (const end = index + octet; index < end; ) if (bytes[++position] !== name[++index]) return false;
      position++;
      index++;
    }
  }

  /** The suffix stands at `place`; where it stands earlier too that is what counts. */
  #note(label: number, name: Uint8Array, place: number): void {
    if (this.#find(label, name) < 0) this.#add(label, place);
  }

  /** The suffix, which stands nowhere else, stands at `place`. */
  #add(label: number, place: number): void {
    if (place > MAX_POINTER_TARGET) return;
    if (this.#count === FEW_SLOTS / 2) this.#useAllSlots();
    this.#take(this.#suffixHashes[label], place);
  }

  #take(hash: number, place: number): void {
    let slot = hash & this.#mask;
    while (this.#generations[slot] === this.#generation) slot = (slot + 1) & this.#mask;
    this.#generations[slot] = this.#generation;
    this.#hashes[slot] = hash;
    this.#places[slot] = place;
    this.#count++;
  }

  #useAllSlots(): void {
    const taken = Array.from({ length: FEW_SLOTS }, (_, slot) => slot)
      .filter((slot) => this.#generations[slot] === this.#generation)
      .map((slot) => ({ hash: this.#hashes[slot], place: this.#places[slot] }));
    this.#mask = SLOTS - 1;
    this.#beginGeneration();
    for (const { hash, place } of taken) this.#take(hash, place);
  }

  /** Frees all slots. */
  #beginGeneration(): void {
    this.#count = 0;
    if (this.#generation === MAX_GENERATION) {
      this.#generations.fill(0);
      this.#generation = 0;
    }
    this.#generation++;
  }
}
