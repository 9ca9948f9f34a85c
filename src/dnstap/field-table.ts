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

// A field in `spans`: where its tag stands, its value starts (after a length), it ends.
const SPAN_SHIFT = 2;
const VALUE = 1;
const END = 2;

// A change in `#changes`: from where to where, the span of the new bytes, by how many bytes the message becomes longer.
const CHANGE_SHIFT = 3;
const CHANGE_END = 1;
const NEW_START = 2;
const NEW_END = 3;
const GROWTH = 4;
const CHANGE_LENGTH = 5;

/** Writes down where a known field lies, in the spans of a table; `present` has to have its bit. Returns the end. */
export const placeField = (spans: Int32Array, number: number, start: number, value: number, end: number): number => {
  const at = number << SPAN_SHIFT;
  spans[at] = start;
  spans[at + VALUE] = value;
  spans[at + END] = end;
  return end;
};

export class FieldTable {
  /** Where the known fields lie: `placeField` writes them. */
  readonly spans: Int32Array = new Int32Array((MAX_FIELD_NUMBER + 1) << SPAN_SHIFT);
  readonly #changes = new Int32Array(MAX_CHANGES << CHANGE_SHIFT);
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
  /** How many changes there are, which are kept in the order of the bytes, and by how many bytes they make the message longer together. */
  changeCount = 0;
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
    this.unknownCount++;
    if (this.#runCount === 0 || this.#runEnd[this.#runCount - 1] !== start) this.#runStart[this.#runCount++] = start;
    this.#runEnd[this.#runCount - 1] = end;
    this.present |= 1;
  }

  /** The field goes; 0: all unknown fields go. */
  remove(number: number): void {
    this.removed |= 1 << number;
    if (number > 0) this.#change(this.start(number), this.end(number), 0, 0);
    else for (let run = 0; run < this.#runCount; run++) this.#change(this.#runStart[run], this.#runEnd[run], 0, 0);
  }

  /** The scratch bytes from `start` to `end` stand in place of the known field. */
  replace(number: number, start: number, end: number): void {
    this.#change(this.start(number), this.end(number), start, end);
  }

  /** The known field is a submessage that is written anew, so long; `growth` is that of the whole field. */
  rewrite(number: number, length: number, growth: number): void {
    this.#addChange(this.start(number), this.end(number), SUBMESSAGE, length, growth);
  }

  /** From where a change goes. */
  changeStart(index: number): number {
    return this.#changes[index << CHANGE_SHIFT];
  }

  /** To where a change goes. */
  changeEnd(index: number): number {
    return this.#changes[(index << CHANGE_SHIFT) + CHANGE_END];
  }

  /** Where the scratch bytes start that stand in the place of a change (none where a field goes), or `SUBMESSAGE`. */
  newStart(index: number): number {
    return this.#changes[(index << CHANGE_SHIFT) + NEW_START];
  }

  /** Where those scratch bytes end; of a `SUBMESSAGE` its new length. */
  newEnd(index: number): number {
    return this.#changes[(index << CHANGE_SHIFT) + NEW_END];
  }

  /** By how many bytes a change makes the message longer. */
  changeGrowth(index: number): number {
    return this.#changes[(index << CHANGE_SHIFT) + GROWTH];
  }

  #change(start: number, end: number, newStart: number, newEnd: number): void {
    this.#addChange(start, end, newStart, newEnd, newEnd - newStart - (end - start));
  }

  /** Adds a change in its place; most come in order. */
  #addChange(start: number, end: number, newStart: number, newEnd: number, growth: number): void {
    const changes = this.#changes;
    let at = this.changeCount++ << CHANGE_SHIFT;
    for (; at > 0; at -= 1 << CHANGE_SHIFT) {
      const before = at - (1 << CHANGE_SHIFT);
      if (changes[before] <= start) break;
      for (let part = 0; part < CHANGE_LENGTH; part++) changes[at + part] = changes[before + part];
    }
    changes[at] = start;
    changes[at + CHANGE_END] = end;
    changes[at + NEW_START] = newStart;
    changes[at + NEW_END] = newEnd;
    changes[at + GROWTH] = growth;
    this.growth += growth;
  }
}
