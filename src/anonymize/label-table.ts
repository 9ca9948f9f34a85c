/**
 * Labels of some length that stand for names, computed before, in flat arrays: no string and no object for a name. A table never changes a
 * result, only what it costs. It starts small and grows with what it is asked to remember, up to a limit.
 */

/** There is room for so many bytes at the start, and at most; and for so many names at most, which takes 2 MiB more. */
const MIN_BYTES = 16 * 1024;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_NAMES = 1 << 17;

/**
 * A slot holds the hash of a name, and one more than where its entry starts; an entry the length of the name (one byte), the label, the name.
 * Half of the slots are free.
 */
const SLOT_WIDTH = 2;
const MIN_SLOTS = 1024;
const ENTRY_HEADER_LENGTH = 1;

export class LabelTable {
  /** The memory in which labels stand, of all entries; another one after `add`. */
  bytes: Uint8Array = new Uint8Array(MIN_BYTES);
  readonly #labelLength: number;
  #used = 0;
  #count = 0;
  #slots = new Int32Array(MIN_SLOTS * SLOT_WIDTH);
  #mask = MIN_SLOTS - 1;

  constructor(labelLength: number) {
    this.#labelLength = labelLength;
  }

  /** How many bytes the table takes. */
  get memory(): number {
    return this.bytes.byteLength + this.#slots.byteLength;
  }

  /** Whether the name of so many octets can be added. */
  hasRoom(length: number): boolean {
    return this.#count < MAX_NAMES && this.#used + ENTRY_HEADER_LENGTH + this.#labelLength + length <= MAX_BYTES;
  }

  /** Forgets all names, and keeps the memory. */
  clear(): void {
    this.#slots.fill(0);
    this.#used = 0;
    this.#count = 0;
  }

  /** Where the label stands in `bytes` of the name from `start` to `end`, whose hash is `hash`; -1 where it is not known. */
  find(hash: number, name: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    for (let slot = this.#firstSlot(hash); ; slot = (slot + 1) & this.#mask) {
      const entry = slots[slot * SLOT_WIDTH + 1] - 1;
      if (entry < 0) return -1;
      if (slots[slot * SLOT_WIDTH] === hash && this.#isOf(entry, name, start, end)) return entry + ENTRY_HEADER_LENGTH;
    }
  }

  /** Adds a name of at most 255 octets that is not known, for which there is room; returns where in `bytes` its label is to be written. */
  add(hash: number, name: Uint8Array, start: number, end: number): number {
    const length = end - start;
    const entry = this.#used;
    const label = entry + ENTRY_HEADER_LENGTH;
    const octets = label + this.#labelLength;
    this.#used = octets + length;
    if (this.#used > this.bytes.length) this.#growBytes();
    if (2 * this.#count >= this.#mask) this.#growSlots();
    this.#count++;
    this.#take(hash, entry + 1);
    this.bytes[entry] = length;
    for (let index = 0; index < length; index++) this.bytes[octets + index] = name[start + index];
    return label;
  }

  #isOf(entry: number, name: Uint8Array, start: number, end: number): boolean {
    const { bytes } = this;
    const length = end - start;
    if (bytes[entry] !== length) return false;
    const octets = entry + ENTRY_HEADER_LENGTH + this.#labelLength;
    for (let index = 0; index < length; index++) if (bytes[octets + index] !== name[start + index]) return false;
    return true;
  }

  /** The last octets that are hashed bear on the high bits alone. */
  #firstSlot(hash: number): number {
    return (hash ^ (hash >>> 15)) & this.#mask;
  }

  #take(hash: number, value: number): void {
    let slot = this.#firstSlot(hash);
    while (this.#slots[slot * SLOT_WIDTH + 1] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot * SLOT_WIDTH] = hash;
    this.#slots[slot * SLOT_WIDTH + 1] = value;
  }

  #growBytes(): void {
    const grown = new Uint8Array(this.bytes.length * 2);
    grown.set(this.bytes);
    this.bytes = grown;
  }

  #growSlots(): void {
    const slots = this.#slots;
    this.#slots = new Int32Array(slots.length * 2);
    this.#mask = 2 * this.#mask + 1;
    for (let slot = 0; slot < slots.length; slot += SLOT_WIDTH) {
      if (slots[slot + 1] !== 0) this.#take(slots[slot], slots[slot + 1]);
    }
  }
}
