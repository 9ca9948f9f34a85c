/** Bytes that are appended to and used again: one allocation for many frames. */

/** Up to here a loop beats `set`, which needs a view of its source; measured on Node 20. */
const LOOP_LENGTH = 96;

/** A growing run of bytes: `bytes[0]` to `bytes[length - 1]`; `bytes` is replaced when it grows. */
export class ByteBuffer {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes, so that they may be written at `length` without a check. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Appends `source[start]` to `source[end - 1]`. */
  append(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.appendReserved(source, start, end);
  }

  /** Appends as `append` does, where `reserve` has made the room. */
  appendReserved(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    const target = this.bytes;
    const at = this.length;
    if (count <= LOOP_LENGTH) for (let index = 0; index < count; index++) target[at + index] = source[start + index];
    else target.set(source.subarray(start, end), at);
    this.length = at + count;
  }

  /** The bytes so far, as a view that is good until the next change. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
