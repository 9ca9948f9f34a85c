/** What becomes of the DNS messages and of `query_zone` of a frame: removed, cut to the question, or cleaned. */
import { FrameMethods } from '../clean/frame-methods.ts';
import { MessageCleaner, STAYS, WRITTEN } from '../clean/message-cleaner.ts';
import { HEADER_LENGTH, RECORD_COUNTS_OFFSET } from '../dns/header.ts';
import { QUESTIONS_MALFORMED, QUESTIONS_NONE, scanQuestions } from '../dns/question.ts';
import { lowestField } from '../dnstap/field-table.ts';
import { MessageField } from '../dnstap/schema.ts';
import { removalErrors } from '../errors.ts';
import { FieldIndex } from '../rules/field.ts';
import { type Method, MethodKind, type Plan, REMOVE } from '../rules/plan.ts';
import type { Counters } from './counters.ts';
import { frame } from './frame.ts';
import { secondsOf } from './frame-seconds.ts';
import type { NewFields } from './new-fields.ts';

const ZONE = MessageField.queryZone;

export class MessageEditor {
  readonly #counters: Counters;
  readonly #newFields: NewFields;
  readonly #methods: FrameMethods;
  readonly #cleaner: MessageCleaner;
  /** Whether the methods are those of this frame. */
  #hasBegun = false;

  constructor(plan: Plan, counters: Counters, newFields: NewFields) {
    this.#counters = counters;
    this.#newFields = newFields;
    this.#methods = new FrameMethods(plan, counters);
    this.#cleaner = new MessageCleaner(this.#methods, newFields.buffer);
  }

  /**
   * Carries out the methods on those of both DNS messages and `query_zone` whose bits are set in `fields`, none of which is simply removed;
   * `indexes` gives by number the index of a field of Message in `methods`. Where `isLookedInto`, what stays of the messages is cleaned.
   * To be called before the fields are edited: it needs the client and the time as they arrived.
   */
  edit(fields: number, indexes: Uint8Array, methods: readonly Method[], isLookedInto: boolean): void {
    this.#hasBegun = false;
    const isUndecided = methods[FieldIndex.names].kind === MethodKind.undecided;
    for (let rest = fields; rest !== 0; rest &= rest - 1) {
      const number = lowestField(rest);
      const index = indexes[number];
      if (number === ZONE && methods[index].kind === MethodKind.keep) continue;
      if (isUndecided) this.#remove(number, index);
      else if (number === ZONE) this.#cleanZone(indexes, methods);
      else this.#editMessage(number, indexes, methods, isLookedInto);
    }
  }

  /** To be called before the first of the messages and the zone that is looked into, and does nothing before the others. */
  #begin(indexes: Uint8Array, methods: readonly Method[]): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { bytes, message } = frame;
    this.#methods.begin(methods, secondsOf(frame));
    const field = MessageField.queryAddress;
    if (message.has(field) && indexes[field] === FieldIndex.client_address) {
      this.#methods.setClient(bytes, message.value(field), message.end(field));
    }
  }

  #editMessage(number: number, indexes: Uint8Array, methods: readonly Method[], isLookedInto: boolean): void {
    const index = indexes[number];
    const method = methods[index];
    this.#begin(indexes, methods);
    const { bytes, message } = frame;
    const start = message.value(number);
    let end = message.end(number);
    if (method.kind === MethodKind.question) {
      end = this.#cutToQuestion(number, start, end);
      if (end < 0) return;
      this.#counters.countChange(index, method.index);
    }
    const written = this.#newFields.startValue();
    const outcome = isLookedInto ? this.#cleaner.clean(bytes, start, end) : STAYS;
    if (outcome > STAYS) this.#removeInvalid(number, outcome);
    else if (outcome === WRITTEN) this.#newFields.endValue(message, number, written);
    else if (end < message.end(number)) this.#newFields.replaceValue(message, number, bytes, start, end);
  }

  /** A zone that no rule names has what names have. */
  #cleanZone(indexes: Uint8Array, methods: readonly Method[]): void {
    this.#begin(indexes, methods);
    const { bytes, message } = frame;
    const { names, reverseNames } = this.#methods;
    if (names.kind === MethodKind.keep && reverseNames.kind === MethodKind.keep) return;
    const written = this.#newFields.startValue();
    const outcome = this.#cleaner.cleanZone(bytes, message.value(ZONE), message.end(ZONE));
    if (outcome > STAYS) this.#removeInvalid(ZONE, outcome);
    else if (outcome === WRITTEN) this.#newFields.endValue(message, ZONE, written);
  }

  /** Where the question section of the message ends, which then has no records; -1 where it is removed since there is none. */
  #cutToQuestion(number: number, start: number, messageEnd: number): number {
    const { bytes } = frame;
    const end = scanQuestions(bytes, start, messageEnd);
    if (end === QUESTIONS_MALFORMED || end === QUESTIONS_NONE) {
      const code = end === QUESTIONS_NONE ? removalErrors.DNS_NO_QUESTION : removalErrors.DNS_MALFORMED;
      this.#removeInvalid(number, code);
      return -1;
    }
    for (let at = start + RECORD_COUNTS_OFFSET; at < start + HEADER_LENGTH; at++) bytes[at] = 0;
    return end;
  }

  #remove(number: number, index: number): void {
    this.#counters.countChange(index, REMOVE.index);
    frame.message.remove(number);
  }

  #removeInvalid(number: number, code: number): void {
    this.#counters.removedByCode[code]++;
    frame.message.remove(number);
  }
}
