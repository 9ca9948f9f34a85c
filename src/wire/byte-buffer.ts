/** Bytes that are appended to and used again: one allocation for many frames. */

/** Up to here loops beat `set`, which needs a new array over its source: over single bytes, and over words; measured on Node 20. */
const BYTE_LOOP_LENGTH = 64;
const WORD_LOOP_LENGTH = 512;

/** Where the first byte of a number in memory is its lowest; everywhere but on a few large machines. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A growing run of bytes: `bytes[0]` to `bytes[length - 1]`; `bytes` is replaced when it grows. */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes. */
  view: DataView;
  /** The same, but for up to three of the last ones. */
  #words: Int32Array;
  length = 0;

  /** Begins with that memory, or with so many bytes. */
  constructor(memory: number | ArrayBuffer) {
    this.bytes = typeof memory === 'number' ? new Uint8Array(memory) : new Uint8Array(memory);
    this.view = new DataView(this.bytes.buffer);
    this.#words = wordsOf(this.bytes.buffer);
  }

  /** Makes room for `count` more bytes, so that they may be written at `length` without a check. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.#grow(this.length + count);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
    this.#words = wordsOf(grown.buffer);
  }

  /** Appends `source[start]` to `source[end - 1]`. */
  append(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    const target = this.bytes;
    const at = this.length;
    if (count <= BYTE_LOOP_LENGTH)
      for (let index = 0; index < count; index++) target[at + index] = source[start + index];
    else target.set(source.subarray(start, end), at);
    this.length = at + count;
  }

  /** Appends what lies from `start` to `end` in the view: the way for many runs of up to some hundred bytes. */
  appendView(source: DataView, start: number, end: number): void {
    const count = end - start;
    // With the word that the last of them stands in.
    this.reserve(count + 3);
    const length = this.length;
    if (count > WORD_LOOP_LENGTH || !IS_LITTLE_ENDIAN) {
      this.bytes.set(new Uint8Array(source.buffer, source.byteOffset + start, count), length);
    } else if (count < 4) {
      const target = this.bytes;
      for (let index = 0; index < count; index++) target[length + index] = source.getUint8(start + index);
    } else {
      // Whole words of what is written, whatever their places in the source: a store into an array is checked less than one into a view.
      const words = this.#words;
      const offset = length & 3;
      let to = length >> 2;
      words[to] = (words[to] & ((1 << (offset << 3)) - 1)) | (source.getInt32(start, true) << (offset << 3));
      to = (to + 1) | 0;
      let from = (start + 4 - offset) | 0;
      const last = (length + count) >> 2;
      for (const lastFour = (last - 4) | 0; to <= lastFour; to = (to + 4) | 0, from = (from + 16) | 0) {
        const first = source.getInt32(from, true);
        const second = source.getInt32((from + 4) | 0, true);
        const third = source.getInt32((from + 8) | 0, true);
        const fourth = source.getInt32((from + 12) | 0, true);
        words[to] = first;
        words[(to + 1) | 0] = second;
        words[(to + 2) | 0] = third;
        words[(to + 3) | 0] = fourth;
      }
      if (to < last) words[to] = source.getInt32(from, true);
      if (((to + 1) | 0) < last) words[(to + 1) | 0] = source.getInt32((from + 4) | 0, true);
      if (((to + 2) | 0) < last) words[(to + 2) | 0] = source.getInt32((from + 8) | 0, true);
      const rest = (length + count) & 3;
      if (rest > 0) {
        words[last] = (words[last] & (-1 << (rest << 3))) | (source.getInt32(end - 4, true) >>> ((4 - rest) << 3));
      }
    }
    this.length = length + count;
  }

  /** The bytes so far, good until the next change. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

function wordsOf(memory: ArrayBuffer): Int32Array {
  return new Int32Array(memory, 0, memory.byteLength >>> 2);
}
