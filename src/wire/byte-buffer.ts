/** Bytes that are appended to and used again: one allocation for many frames. */

/** Up to here loops beat `set`, which needs a new array over its source: over single bytes, and over words; measured on Node 20. */
const BYTE_LOOP_LENGTH = 64;
const WORD_LOOP_LENGTH = 512;

/** A growing run of bytes: `bytes[0]` to `bytes[length - 1]`; `bytes` is replaced when it grows. */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes. */
  view: DataView;
  length = 0;

  /** Begins with that memory, or with so many bytes. */
  constructor(memory: number | ArrayBuffer) {
    this.bytes = typeof memory === 'number' ? new Uint8Array(memory) : new Uint8Array(memory);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `count` more bytes, so that they may be written at `length` without a check. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
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
    this.reserve(count);
    if (count > WORD_LOOP_LENGTH) {
      this.bytes.set(new Uint8Array(source.buffer, source.byteOffset + start, count), this.length);
    } else {
      const target = this.view;
      // The order of bytes does not matter where words are copied, and this is the machine's own.
      let from = start;
      let to = this.length;
      for (const last = end - 16; from <= last; from += 16, to += 16) {
        // All are read before one is written: after each write the compiler looks again at which views these are.
        const first = source.getInt32(from, true);
        const second = source.getInt32(from + 4, true);
        const third = source.getInt32(from + 8, true);
        const fourth = source.getInt32(from + 12, true);
        target.setInt32(to, first, true);
        target.setInt32(to + 4, second, true);
        target.setInt32(to + 8, third, true);
        target.setInt32(to + 12, fourth, true);
      }
      if (count >= 4) {
        // The last four bytes are copied together too, some of them perhaps twice.
        const last = end - 4;
        const lastTo = this.length + count - 4;
        for (; from < last; from += 4, to += 4) target.setInt32(to, source.getInt32(from, true), true);
        target.setInt32(lastTo, source.getInt32(last, true), true);
      } else for (; from < end; from++, to++) target.setUint8(to, source.getUint8(from));
    }
    this.length += count;
  }

  /** The bytes so far, good until the next change. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
