/** What a filter has done, in numbers: counted per frame without an allocation, added up and turned into names for people. */
import { MESSAGE_TYPES } from '../dnstap/schema.ts';
import { FRAME_CODES, type FrameCode, frameErrors, REMOVAL_CODES, type RemovalCode } from '../errors.ts';
import { LENGTH_LENGTH, readLength } from '../framestream/length.ts';
import { FIELD_NAMES, type FieldName } from '../rules/field.ts';
import { METHOD_NAMES, type MethodName, type Plan } from '../rules/plan.ts';

/** How many bits the index of a method has. */
const METHOD_BITS = 32 - Math.clz32(METHOD_NAMES.length - 1);

/** Counters of one filter; every number is a count of frames or fields, or bytes where it says so. */
export class Counters {
  framesRead = 0;
  framesWritten = 0;
  /** Data frames with the four bytes of their length. */
  bytesRead = 0;
  bytesWritten = 0;
  /** Frames that were rebuilt because they were not canonical. */
  rebuilt = 0;
  /** By the message type, of those that could be read as far as that. */
  readonly framesByType: Float64Array = new Float64Array(MESSAGE_TYPES.length + 1);
  /** By the index of the rule that dropped them. */
  readonly droppedByRule: Float64Array;
  /** By the number of a frame code. */
  readonly droppedByCode: Float64Array = new Float64Array(FRAME_CODES.length + 1);
  /** By the number of a removal code. */
  readonly removedByCode: Float64Array = new Float64Array(REMOVAL_CODES.length + 1);
  /** Fields by their index << METHOD_BITS | the index of the method. */
  readonly changed: Float64Array = new Float64Array(FIELD_NAMES.length << METHOD_BITS);
  /** Where in this program the first INTERNAL came from: the name of the error and a place, nothing of its text. */
  defect: string | undefined;

  constructor(plan: Plan) {
    this.droppedByRule = new Float64Array(plan.ruleNames.length);
  }

  /** Whether every frame was read, and written unless the rules were against it. */
  get isComplete(): boolean {
    return this.droppedByCode.every((count, code) => count === 0 || code === frameErrors.NOTHING_LEFT);
  }

  countChange(field: number, method: number, count = 1): void {
    this.changed[(field << METHOD_BITS) | method] += count;
  }

  /** Counts the whole data frames from `start` to `end` as read; returns how many there are. */
  countUnfiltered(bytes: Uint8Array, start: number, end: number): number {
    let frames = 0;
    for (let position = start; position < end; frames++) position += LENGTH_LENGTH + readLength(bytes, position);
    this.framesRead += frames;
    this.bytesRead += end - start;
    return frames;
  }

  /** Counts data frames over the limit, of so many bytes with their lengths. */
  countOversize(frames: number, bytes: number): void {
    this.framesRead += frames;
    this.bytesRead += bytes;
    this.droppedByCode[frameErrors.FRAME_TOO_LONG] += frames;
  }

  /** Adds what another filter of the same plan has counted. */
  add(other: Counters): void {
    this.framesRead += other.framesRead;
    this.framesWritten += other.framesWritten;
    this.bytesRead += other.bytesRead;
    this.bytesWritten += other.bytesWritten;
    this.rebuilt += other.rebuilt;
    addAll(this.framesByType, other.framesByType);
    addAll(this.droppedByRule, other.droppedByRule);
    addAll(this.droppedByCode, other.droppedByCode);
    addAll(this.removedByCode, other.removedByCode);
    addAll(this.changed, other.changed);
    this.defect ??= other.defect;
  }

  /** Frames dropped for each code, without those that are 0. */
  dropsByCode(): Partial<Record<FrameCode, number>> {
    return named(FRAME_CODES, this.droppedByCode.subarray(1));
  }

  /** Fields removed for each code, without those that are 0. */
  removalsByCode(): Partial<Record<RemovalCode, number>> {
    return named(REMOVAL_CODES, this.removedByCode.subarray(1));
  }

  /** How often each method was carried out on each field, without those that are 0. */
  changes(): Partial<Record<FieldName, Partial<Record<MethodName, number>>>> {
    const rows = FIELD_NAMES.map((field, index) => {
      return [
        field,
        named(METHOD_NAMES, this.changed.subarray(index << METHOD_BITS, (index + 1) << METHOD_BITS)),
      ] as const;
    });
    return Object.fromEntries(rows.filter(([, methods]) => Object.keys(methods).length > 0));
  }
}

function addAll(sums: Float64Array, counts: Float64Array): void {
  for (const [index, count] of counts.entries()) sums[index] += count;
}

function named<Name extends string>(names: readonly Name[], counts: Float64Array): Partial<Record<Name, number>> {
  const entries = names.map((name, index) => [name, counts[index]] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0)) as Partial<Record<Name, number>>;
}
