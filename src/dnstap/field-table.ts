/**
 * The fields of one message (Dnstap, Message or Policy) as spans, and what becomes of each. A table is filled by the scan of a
 * canonical frame, in which every known field stands once, so a field is known by its number; 0 stands for all unknown fields
 * together, which share their fate. A table is used again for every frame: nothing is allocated for one.
 */
import type { Changes } from './changes.ts';
import { MAX_FIELD_NUMBER } from './schema.ts';

/** Every known field once, and a run of unknown fields before, between and after them. */
const MAX_RUNS = MAX_FIELD_NUMBER + 1;

// A field in `spans`: where its tag stands, its value starts (after a length), it ends.
const SPAN_SHIFT = 2;
const VALUE = 1;
const END = 2;

/** Writes down where a known field lies, in the spans of a table; `present` has to have its bit. Returns the end. */
export const placeField = (spans: Int32Array, number: number, start: number, value: number, end: number): number => {
  const at = number << SPAN_SHIFT;
  spans[at] = start;
  spans[at + VALUE] = value;
  spans[at + END] = end;
  return end;
};

/** The lowest field number in a set of bits that is not empty; `bits & (bits - 1)` is the set without it. */
export const lowestField = (bits: number): number => 31 - Math.clz32(bits & -bits);

export class FieldTable {
  /** Where the known fields lie: `placeField` writes them. */
  readonly spans: Int32Array = new Int32Array((MAX_FIELD_NUMBER + 1) << SPAN_SHIFT);
  readonly #changes: Changes;
  /** How many unknown fields there are, if bit 0 is set in `present`; in how many runs side by side. */
  unknownCount = 0;
  #runCount = 0;
  readonly #runStart = new Int32Array(MAX_RUNS);
  readonly #runEnd = new Int32Array(MAX_RUNS);
  /** Bit n: field n is here; it goes. */
  present = 0;
  removed = 0;
  /** By how many bytes the changes make the message longer. */
  growth = 0;

  /** Changes of fields are added to those of the frame. */
  constructor(changes: Changes) {
    this.#changes = changes;
  }

  /** Forgets everything. */
  clear(): void {
    this.present = 0;
    this.removed = 0;
    this.growth = 0;
  }

  has(number: number): boolean {
    return ((this.present >>> number) & 1) === 1;
  }

  /** Where the tag of the known field stands. */
  start(number: number): number {
    return this.spans[number << SPAN_SHIFT];
  }

  /** Where the value of the known field starts, after a length. */
  value(number: number): number {
    return this.spans[(number << SPAN_SHIFT) + VALUE];
  }

  /** Where the known field ends. */
  end(number: number): number {
    return this.spans[(number << SPAN_SHIFT) + END];
  }

  /** Adds a known field behind those that are here. */
  add(number: number, start: number, value: number, end: number): void {
    placeField(this.spans, number, start, value, end);
    this.present |= 1 << number;
  }

  /** Adds an unknown field, to the run that it stands beside if there is one. */
  addUnknown(start: number, end: number): void {
    if (!this.has(0)) {
      this.unknownCount = 0;
      this.#runCount = 0;
    }
    this.unknownCount++;
    if (this.#runCount === 0 || this.#runEnd[this.#runCount - 1] !== start) this.#runStart[this.#runCount++] = start;
    this.#runEnd[this.#runCount - 1] = end;
    this.present |= 1;
  }

  /** The field goes; 0: all unknown fields go. */
  remove(number: number): void {
    this.removed |= 1 << number;
    if (number > 0) this.change(this.start(number), this.end(number), 0, 0);
    else for (let run = 0; run < this.#runCount; run++) this.change(this.#runStart[run], this.#runEnd[run], 0, 0);
  }

  /** The scratch bytes from `start` to `end` stand in place of the known field. */
  replace(number: number, start: number, end: number): void {
    this.change(this.start(number), this.end(number), start, end);
  }

  /** The scratch bytes from `newStart` to `newEnd` stand in place of those of the message from `start` to `end`. */
  change(start: number, end: number, newStart: number, newEnd: number): void {
    this.#changes.add(start, end, newStart, newEnd);
    this.growth += newEnd - newStart - (end - start);
  }
}
