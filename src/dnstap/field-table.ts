/**
 * The fields of one message (Dnstap, Message or Policy) as spans, and what becomes of each. A table is filled by the scan of a
 * canonical frame, in which every known field stands once, so a field is known by its number; 0 stands for all unknown fields
 * together, which share their fate. A table is used again for every frame: nothing is allocated for one.
 */
import { MAX_FIELD_NUMBER } from './schema.ts';

/** Every known field once, and a run of unknown fields before, between and after them. */
const MAX_RUNS = MAX_FIELD_NUMBER + 1;
const MAX_COUNT = MAX_FIELD_NUMBER + MAX_RUNS;

export class FieldTable {
  /** The numbers of the fields in their order; 0 is a run of unknown fields side by side. */
  readonly order: Uint8Array = new Uint8Array(MAX_COUNT);
  count = 0;
  /** By number: where the tag stands, where the value starts (after a length), where the field ends. */
  readonly start: Int32Array = new Int32Array(MAX_FIELD_NUMBER + 1);
  readonly value: Int32Array = new Int32Array(MAX_FIELD_NUMBER + 1);
  readonly end: Int32Array = new Int32Array(MAX_FIELD_NUMBER + 1);
  /** Where each run of unknown fields ends, in order. */
  readonly runEnd: Int32Array = new Int32Array(MAX_RUNS);
  /** How many unknown fields there are, in how many runs, of how many bytes. */
  unknownCount = 0;
  runCount = 0;
  unknownLength = 0;
  /** Where the first field starts. */
  from = 0;
  /** Bit n: field n is here; it goes; scratch bytes stand in its place. */
  present = 0;
  removed = 0;
  replaced = 0;
  /** By number: the span in the scratch bytes of the whole field that stands in its place. */
  readonly newStart: Int32Array = new Int32Array(MAX_FIELD_NUMBER + 1);
  readonly newEnd: Int32Array = new Int32Array(MAX_FIELD_NUMBER + 1);
  /** By how many bytes all this makes the message longer. */
  growth = 0;

  /** Forgets everything; the first field of the next message is to start at `from`. */
  clear(from: number): void {
    this.count = 0;
    this.unknownCount = 0;
    this.runCount = 0;
    this.unknownLength = 0;
    this.from = from;
    this.present = 0;
    this.removed = 0;
    this.replaced = 0;
    this.growth = 0;
  }

  has(number: number): boolean {
    return ((this.present >>> number) & 1) === 1;
  }

  /** Adds a known field behind those that are here. */
  add(number: number, start: number, value: number, end: number): void {
    this.order[this.count++] = number;
    this.start[number] = start;
    this.value[number] = value;
    this.end[number] = end;
    this.present |= 1 << number;
  }

  /** Adds an unknown field, to the run that it stands beside if there is one. */
  addUnknown(start: number, end: number): void {
    this.unknownCount++;
    this.unknownLength += end - start;
    if (this.count === 0 || this.order[this.count - 1] !== 0) {
      this.order[this.count++] = 0;
      this.runCount++;
    }
    this.runEnd[this.runCount - 1] = end;
    this.present |= 1;
  }

  /** The field goes; 0: all unknown fields go. */
  remove(number: number): void {
    this.removed |= 1 << number;
    this.growth -= number === 0 ? this.unknownLength : this.end[number] - this.start[number];
  }

  /** The scratch bytes from `start` to `end` stand in place of the known field. */
  replace(number: number, start: number, end: number): void {
    this.replaced |= 1 << number;
    this.newStart[number] = start;
    this.newEnd[number] = end;
    this.growth += end - start - (this.end[number] - this.start[number]);
  }

  /** Whether any field goes or is replaced. */
  get isSpliced(): boolean {
    return (this.removed | this.replaced) !== 0;
  }
}
