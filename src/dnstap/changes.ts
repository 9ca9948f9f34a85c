/** What is changed in a frame: runs of its bytes that go, or that others replace, in the order of the bytes. */
import type { ByteBuffer } from '../wire/byte-buffer.ts';
import { MAX_FIELD_NUMBER } from './schema.ts';

/** On each of three levels every known field, and a run of unknown ones before, between and after them; and two lengths. */
const MAX_CHANGES = 3 * (2 * MAX_FIELD_NUMBER + 1) + 2;

// A change: from where to where it goes, and the same of its new bytes.
const END = 1;
const NEW_START = 2;
const NEW_END = 3;
const PARTS = 4;

/** The changes of one frame after the other: nothing is allocated for one. The new bytes are in a scratch buffer. */
export class Changes {
  readonly #parts = new Int32Array(MAX_CHANGES * PARTS);
  count = 0;

  clear(): void {
    this.count = 0;
  }

  /** Puts the scratch bytes from `newStart` to `newEnd` in place of those from `start` to `end`, which no other change has touched. */
  add(start: number, end: number, newStart: number, newEnd: number): void {
    const parts = this.#parts;
    let at = this.count++ * PARTS;
    // There are few, and most of them come in order.
    for (; at > 0 && parts[at - PARTS] > start; at -= PARTS) {
      parts[at] = parts[at - PARTS];
      parts[at + END] = parts[at - PARTS + END];
      parts[at + NEW_START] = parts[at - PARTS + NEW_START];
      parts[at + NEW_END] = parts[at - PARTS + NEW_END];
    }
    parts[at] = start;
    parts[at + END] = end;
    parts[at + NEW_START] = newStart;
    parts[at + NEW_END] = newEnd;
  }

  /**
   * Appends `source`, in which the frame stands, from `start` to the last change, with the scratch bytes in their places. Returns where the
   * last change ends.
   */
  write(source: DataView, start: number, scratch: DataView, out: ByteBuffer): number {
    const parts = this.#parts;
    const end = this.count * PARTS;
    let run = start;
    for (let at = 0; at < end; at += PARTS) {
      out.appendView(source, run, parts[at]);
      const newStart = parts[at + NEW_START];
      const newEnd = parts[at + NEW_END];
      if (newStart < newEnd) out.appendView(scratch, newStart, newEnd);
      run = parts[at + END];
    }
    return run;
  }

  /** By how many bytes the changes before `position` of the frame make it longer. */
  growthBefore(position: number): number {
    const parts = this.#parts;
    const end = this.count * PARTS;
    let growth = 0;
    for (let at = 0; at < end && parts[at + END] <= position; at += PARTS) {
      growth += parts[at + NEW_END] - parts[at + NEW_START] - (parts[at + END] - parts[at]);
    }
    return growth;
  }
}
