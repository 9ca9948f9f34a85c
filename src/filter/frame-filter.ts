/**
 * One frame under a plan (docs/frames.md, 3 to 6): scan, decide, note what becomes of each field. Fail closed: whatever is not understood
 * is dropped here, and here alone is decided what an error in a frame costs.
 */

import { canonicalize } from '../dnstap/canonical.ts';
import { lowestField } from '../dnstap/field-table.ts';
import { NOT_CANONICAL } from '../dnstap/scan.ts';
import { DnstapField, MessageField } from '../dnstap/schema.ts';
import { offsetInSpliced, settleLengths, spliceChanges } from '../dnstap/splice.ts';
import { frameErrors } from '../errors.ts';
import { dnstapFieldIndexes, FieldIndex } from '../rules/field.ts';
import {
  closeByNames,
  hasMethod,
  MethodTable,
  type Plan,
  REMOVE,
  type TypePlan,
  undecidedMethod,
} from '../rules/plan.ts';
import { Truth } from '../rules/truth.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { Counters } from './counters.ts';
import { FieldEditor } from './field-editor.ts';
import { frame } from './frame.ts';
import { MessageEditor } from './message-editor.ts';
import { NewFields } from './new-fields.ts';

/**
 * What becomes of a frame: it goes out as its bytes are now; with the changes that `write` makes; rebuilt, as `writeRebuilt`
 * writes it; or not at all.
 */
export const Outcome = { pass: 0, splice: 1, rebuild: 2, drop: 3 } as const;

/** Bits of the fields that nobody can remove. */
const TYPES_IN_DNSTAP = (1 << DnstapField.message) | (1 << DnstapField.type);
const TYPES_IN_MESSAGE = (1 << MessageField.type) | (1 << MessageField.socketFamily);

/** Bits of the fields that hold DNS messages and names. */
const MESSAGES = (1 << MessageField.queryMessage) | (1 << MessageField.responseMessage) | (1 << MessageField.queryZone);

export class FrameFilter {
  readonly counters: Counters;
  readonly #plan: Plan;
  readonly #maxOutputLength: number;
  readonly #canonical = new ByteBuffer(4096);
  readonly #added = new ByteBuffer(1024);
  readonly #noted = new MethodTable(0, []);
  readonly #newFields = new NewFields();
  readonly #fields: FieldEditor;
  readonly #messages: MessageEditor;
  /** The length of the frame as it goes out. */
  length = 0;

  /** `maxOutputFrameLength` in bytes, without the length before the frame. */
  constructor(plan: Plan, maxOutputFrameLength: number) {
    this.#plan = plan;
    this.#maxOutputLength = maxOutputFrameLength;
    this.counters = new Counters(plan);
    this.#fields = new FieldEditor(plan, this.counters, this.#newFields);
    this.#messages = new MessageEditor(plan, this.counters, this.#newFields);
  }

  /**
   * Decides about the frame from `start` to `end`, and counts it. What can be written over the old bytes, lengths of messages included, is
   * written at once, in `bytes`.
   * Never throws, whatever the bytes.
   */
  decide(bytes: Uint8Array, start: number, end: number): number {
    try {
      return this.#decide(bytes, start, end);
    } catch (error) {
      this.counters.defect ??= placeOf(error);
      return this.#drop(frameErrors.INTERNAL);
    }
  }

  /**
   * Says, after `decide` returned `Outcome.pass`, that the frame goes to the output, and by how much further on a byte of it stands there
   * than where it stood.
   */
  pass(shift: number): void {
    const { deferred } = this.#fields;
    for (let index = 0; index < deferred.count; index++) deferred.place(index, deferred.start[index] + shift);
  }

  /**
   * Appends the frame of the last `decide` that returned `Outcome.splice` up to its last change, and before it what was not copied yet:
   * from `runStart` on, of the bytes in which the frame stands. Returns from where on the rest has to be copied. To be called
   * once, and before another filter decides.
   */
  write(runStart: number, out: ByteBuffer): number {
    const { deferred } = this.#fields;
    const start = out.length + frame.start - runStart;
    for (let index = 0; index < deferred.count; index++) {
      deferred.place(index, start + offsetInSpliced(frame, this.#added, deferred.start[index]));
    }
    return spliceChanges(frame, this.#added, this.#newFields.buffer, runStart, out);
  }

  /** Appends the frame of the last `decide` that returned `Outcome.rebuild`. */
  writeRebuilt(out: ByteBuffer): void {
    const { view, start, end } = frame;
    const rest = this.write(start, out);
    out.appendView(view, rest, end);
  }

  /** Whether `carryOut` must come before the next frame. */
  get isFull(): boolean {
    return this.#fields.deferred.isFull;
  }

  /** Writes the pseudonyms of the frames in the output, whose addresses are zeros until then. */
  carryOut(out: ByteBuffer): void {
    this.#fields.deferred.carryOut(out.bytes);
  }

  #decide(bytes: Uint8Array, start: number, end: number): number {
    const { dnstap, message } = frame;
    let code = frame.scan(bytes, start, end);
    const isCanonical = code !== NOT_CANONICAL;
    if (!isCanonical) code = this.#rebuild(bytes, start, end);
    if (code !== 0) return this.#drop(code);
    if (!dnstap.has(DnstapField.type)) return this.#drop(frameErrors.TYPE_NOT_MESSAGE);
    if (!dnstap.has(DnstapField.message)) return this.#drop(frameErrors.MESSAGE_MISSING);
    if (!message.has(MessageField.type)) return this.#drop(frameErrors.MESSAGE_TYPE_UNKNOWN);

    const type = frame.bytes[message.value(MessageField.type)];
    this.counters.framesByType[type]++;
    const plan = this.#plan.types[type];
    const table = plan.rules.length === 0 ? plan.closedTable : this.#applyRules(plan);
    if (table === undefined) return Outcome.drop;
    this.#edit(plan, table);
    if (isCanonical && !this.#isSpliced()) {
      this.length = end - start;
      return this.length > this.#maxOutputLength ? this.#drop(frameErrors.OUTPUT_FRAME_TOO_LONG) : Outcome.pass;
    }
    if (this.#isNothingLeft()) return this.#drop(frameErrors.NOTHING_LEFT);
    settleLengths(frame, this.#newFields.buffer);
    this.length = frame.end - frame.start + dnstap.growth + this.#added.length;
    if (this.length > this.#maxOutputLength) return this.#drop(frameErrors.OUTPUT_FRAME_TOO_LONG);
    return isCanonical ? Outcome.splice : Outcome.rebuild;
  }

  #rebuild(bytes: Uint8Array, start: number, end: number): number {
    this.#canonical.length = 0;
    const code = canonicalize(bytes, start, end, this.#canonical);
    if (code !== 0) return code;
    this.counters.rebuilt++;
    return frame.scan(this.#canonical.bytes, 0, this.#canonical.length) === 0 ? 0 : frameErrors.INTERNAL;
  }

  #drop(code: number): number {
    this.counters.droppedByCode[code]++;
    return Outcome.drop;
  }

  /** The methods for this frame, or undefined where a rule drops it. */
  #applyRules({ type, table, closedTable, rules }: TypePlan): MethodTable | undefined {
    const noted = this.#noted;
    let isNoted = false;
    for (const { applies, notes, index } of rules) {
      const truth = applies === undefined ? Truth.yes : applies(frame);
      if (truth === Truth.no) continue;
      if (notes === undefined) {
        this.counters.droppedByRule[index]++;
        return undefined;
      }
      if (!isNoted) noted.copy(table);
      isNoted = true;
      for (const { field, method } of notes) {
        // A rule of which nobody knows whether it applies may only take away.
        if (truth === Truth.yes) noted.note(type, field, method);
        else if (!hasMethod(noted.methods[field], method)) noted.note(type, field, undecidedMethod(field));
      }
    }
    if (!isNoted) return closedTable;
    closeByNames(noted, type);
    return noted;
  }

  /** Carries out the methods: in place, in the changes of the frame, and in the fields to add. */
  #edit({ indexes }: TypePlan, table: MethodTable): void {
    const { dnstap, message, policy } = frame;
    const { methods } = table;
    const editor = this.#fields;
    this.#newFields.buffer.length = 0;
    editor.deferred.beginFrame();
    this.#added.length = 0;
    for (let rest = message.present & table.removedFields; rest !== 0; rest &= rest - 1) {
      const number = lowestField(rest);
      this.counters.countChange(indexes[number], REMOVE.index);
      message.remove(number);
    }
    const isLookedInto = this.#plan.hidesClients || table.inMessages > 0;
    const messages = message.present & MESSAGES & (isLookedInto ? ~table.removedFields : table.messageFields);
    if (messages !== 0) this.#messages.edit(messages, indexes, methods, isLookedInto);
    editor.edit(dnstap, table.dnstapFields, dnstapFieldIndexes, methods);
    editor.edit(message, table.messageFields & ~MESSAGES, indexes, methods);
    if (policy.present !== 0) editor.editPolicy(methods[FieldIndex.policy], methods[FieldIndex.unknown]);
    for (let rest = table.addedFields & ~dnstap.present; rest !== 0; rest &= rest - 1) {
      const index = dnstapFieldIndexes[lowestField(rest)];
      const method = methods[index];
      this.#added.appendView(method.field, 0, method.field.byteLength);
      this.counters.countChange(index, method.index);
    }
  }

  #isSpliced(): boolean {
    return frame.changes.count + this.#added.length > 0;
  }

  #isNothingLeft(): boolean {
    const { dnstap, message } = frame;
    if ((dnstap.removed | message.removed) === 0 || this.#added.length > 0) return false;
    const inDnstap = dnstap.present & ~dnstap.removed & ~TYPES_IN_DNSTAP;
    const inMessage = message.present & ~message.removed & ~TYPES_IN_MESSAGE;
    return (inDnstap | inMessage) === 0;
  }
}

/** The name of an error and the innermost line of its stack; its message might hold something of a frame. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'not an error';
  const place = error.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? 'at an unknown place';
  return `${error.name} ${place.trim()}`;
}
