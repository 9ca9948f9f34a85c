/** What is changed in a frame: runs of its bytes that go, or that others replace, in the order of the bytes. */
import { MAX_FIELD_NUMBER } from './schema.ts';

/** On each of three levels every known field, and a run of unknown ones before, between and after them; and two lengths. */
const MAX_CHANGES = 3 * (2 * MAX_FIELD_NUMBER + 1) + 2;

// A change: from where to where it goes, and the same of its new bytes.
const SHIFT = 2;
const LENGTH = 1 << SHIFT;
const END = 1;
const NEW_START = 2;
const NEW_END = 3;

/** The changes of one frame after the other: nothing is allocated for one. The new bytes are in a scratch buffer. */
export class Changes {
  readonly #parts = new Int32Array(MAX_CHANGES * LENGTH);
  count = 0;

  clear(): void {
    this.count = 0;
  }

  /** Puts the scratch bytes from `newStart` to `newEnd` in place of those from `start` to `end`, which no other change has touched. */
  add(start: number, end: number, newStart: number, newEnd: number): void {
    const parts = this.#parts;
    let at = this.count++ << SHIFT;
    // Most come in order; the lengths of messages come last.
    for (; at > 0 && parts[at - LENGTH] > start; at -= LENGTH) {
      parts[at] = parts[at - LENGTH];
      parts[at + END] = parts[at - LENGTH + END];
      parts[at + NEW_START] = parts[at - LENGTH + NEW_START];
      parts[at + NEW_END] = parts[at - LENGTH + NEW_END];
    }
    parts[at] = start;
    parts[at + END] = end;
    parts[at + NEW_START] = newStart;
    parts[at + NEW_END] = newEnd;
  }

  /** From where a change goes. */
  start(index: number): number {
    return this.#parts[index << SHIFT];
  }

  /** To where a change goes. */
  end(index: number): number {
    return this.#parts[(index << SHIFT) + END];
  }

  /** Where its scratch bytes start; where they end: at the same place, where nothing replaces what goes. */
  newStart(index: number): number {
    return this.#parts[(index << SHIFT) + NEW_START];
  }

  newEnd(index: number): number {
    return this.#parts[(index << SHIFT) + NEW_END];
  }

  /** By how many bytes the changes before `position` of the frame make it longer. */
  growthBefore(position: number): number {
    let growth = 0;
    for (let index = 0; index < this.count && this.end(index) <= position; index++) {
      growth += this.newEnd(index) - this.newStart(index) - (this.end(index) - this.start(index));
    }
    return growth;
  }
}
