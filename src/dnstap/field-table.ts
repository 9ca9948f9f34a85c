/**
 * The fields of one message (Dnstap, Message or Policy) as spans, and what becomes of each. A table is filled by the scan of a
 * canonical frame, in which every known field stands once, so a field is known by its number; 0 stands for all unknown fields
 * together, which share their fate. A table is used again for every frame: nothing is allocated for one.
 */
import { MAX_FIELD_NUMBER } from './schema.ts';

/** Every known field once, and a run of unknown fields before, between and after them. */
const MAX_RUNS = MAX_FIELD_NUMBER + 1;
const MAX_CHANGES = MAX_FIELD_NUMBER + MAX_RUNS;

/** What stands in `newStart` where a submessage is written anew; its new length is in `newEnd`. */
export const SUBMESSAGE = -1;

export class FieldTable {
  /** By number: where the tag stands, where the value starts (after a length), where the field ends. */
  readonly start: Int32Array = new Int32Array(MAX_FIELD_NUMBER + 1);
  readonly value: Int32Array = new Int32Array(MAX_FIELD_NUMBER + 1);
  readonly end: Int32Array = new Int32Array(MAX_FIELD_NUMBER + 1);
  /** How many unknown fields there are, in how many runs side by side. */
  unknownCount = 0;
  #runCount = 0;
  readonly #runStart = new Int32Array(MAX_RUNS);
  readonly #runEnd = new Int32Array(MAX_RUNS);
  /** Where the first field starts, and the last one ends. */
  from = 0;
  to = 0;
  /** Bit n: field n is here; it goes. */
  present = 0;
  removed = 0;
  /**
   * The changes in the order of the bytes: so many, each from where to where, and the span of the scratch bytes that stands there (an empty
   * one where a field goes), or `SUBMESSAGE`.
   */
  changeCount = 0;
  readonly changeStart: Int32Array = new Int32Array(MAX_CHANGES);
  readonly changeEnd: Int32Array = new Int32Array(MAX_CHANGES);
  readonly newStart: Int32Array = new Int32Array(MAX_CHANGES);
  readonly newEnd: Int32Array = new Int32Array(MAX_CHANGES);
  /** By how many bytes each change, and all of them, make the message longer. */
  readonly changeGrowth: Int32Array = new Int32Array(MAX_CHANGES);
  growth = 0;

  /** Forgets everything; the next message has its fields from `from` to `to`. */
  clear(from: number, to: number): void {
    this.unknownCount = 0;
    this.#runCount = 0;
    this.from = from;
    this.to = to;
    this.present = 0;
    this.removed = 0;
    this.changeCount = 0;
    this.growth = 0;
  }

  has(number: number): boolean {
    return ((this.present >>> number) & 1) === 1;
  }

  /** Adds a known field behind those that are here. */
  add(number: number, start: number, value: number, end: number): void {
    this.start[number] = start;
    this.value[number] = value;
    this.end[number] = end;
    this.present |= 1 << number;
  }

  /** Adds an unknown field, to the run that it stands beside if there is one. */
  addUnknown(start: number, end: number): void {
    this.unknownCount++;
    if (this.#runCount === 0 || this.#runEnd[this.#runCount - 1] !== start) this.#runStart[this.#runCount++] = start;
    this.#runEnd[this.#runCount - 1] = end;
    this.present |= 1;
  }

  /** The field goes; 0: all unknown fields go. */
  remove(number: number): void {
    this.removed |= 1 << number;
    if (number > 0) this.#change(this.start[number], this.end[number], 0, 0);
    else for (let run = 0; run < this.#runCount; run++) this.#change(this.#runStart[run], this.#runEnd[run], 0, 0);
  }

  /** The scratch bytes from `start` to `end` stand in place of the known field. */
  replace(number: number, start: number, end: number): void {
    this.#change(this.start[number], this.end[number], start, end);
  }

  /** The known field is a submessage that is written anew, so long; `growth` is that of the whole field. */
  rewrite(number: number, length: number, growth: number): void {
    this.#addChange(this.start[number], this.end[number], SUBMESSAGE, length, growth);
  }

  #change(start: number, end: number, newStart: number, newEnd: number): void {
    this.#addChange(start, end, newStart, newEnd, newEnd - newStart - (end - start));
  }

  /** Adds a change in its place; most come in order. */
  #addChange(start: number, end: number, newStart: number, newEnd: number, growth: number): void {
    let at = this.changeCount++;
    for (; at > 0 && this.changeStart[at - 1] > start; at--) {
      this.changeStart[at] = this.changeStart[at - 1];
      this.changeEnd[at] = this.changeEnd[at - 1];
      this.newStart[at] = this.newStart[at - 1];
      this.newEnd[at] = this.newEnd[at - 1];
      this.changeGrowth[at] = this.changeGrowth[at - 1];
    }
    this.changeStart[at] = start;
    this.changeEnd[at] = end;
    this.newStart[at] = newStart;
    this.newEnd[at] = newEnd;
    this.changeGrowth[at] = growth;
    this.growth += growth;
  }
}
