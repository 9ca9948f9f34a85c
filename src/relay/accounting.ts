/**
 * Where frames have gone. Frame Streams has one acknowledgement, FINISH, so four numbers are kept apart, and at any moment
 *
 *     received + found = confirmed + unconfirmed + dropped + waiting
 *
 * What the receiver holds lies between `confirmed` and `confirmed + unconfirmed`, what it is still being sent, and what it has read of the files
 * that it refused.
 */
import { MESSAGE_TYPES } from '../dnstap/schema.ts';
import type { Counters } from '../filter/counters.ts';
import type { Plan } from '../rules/plan.ts';

/**
 * Why the relay itself drops frames: the queue was full; the spool was, or it failed; the reader closes whenever it gets them; the rules had
 * changed; it had to stop.
 */
export const DROP_REASONS = ['queue', 'spool', 'refused', 'reload', 'stop'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export class Accounting {
  /** Written before a STOP that the reader answered with FINISH, or to a file that is whole. */
  confirmed = 0;
  /** Handed to a connection that ended without FINISH: nobody knows which of them arrived. */
  unconfirmed = 0;
  /** Filtered and queued, and not handed to a connection. */
  queued = 0;
  /** Handed to the connection that is open. */
  sent = 0;
  /** On disk, to be sent later; and how many of the frames were so already when this process began. */
  spooled = 0;
  found = 0;
  readonly dropped: Record<DropReason, number> = { queue: 0, spool: 0, refused: 0, reload: 0, stop: 0 };
  /** What the plans before this one have counted. */
  #before = { frames: 0, bytes: 0, bytesFiltered: 0 };
  #framesByTypeBefore: Record<string, number> = {};
  #droppedByCodeBefore: Record<string, number> = {};
  #droppedByRuleBefore: Record<string, number> = {};
  #plan: Plan;
  #counters: Counters;

  constructor(plan: Plan, counters: Counters) {
    this.#plan = plan;
    this.#counters = counters;
  }

  /** From now on another plan, with counters of its own, is in force. */
  change(plan: Plan, counters: Counters): void {
    this.#droppedByCodeBefore = this.droppedByCode;
    this.#droppedByRuleBefore = this.droppedByRule;
    this.#framesByTypeBefore = this.framesByType;
    this.#before = { frames: this.received, bytes: this.bytesReceived, bytesFiltered: this.bytesFiltered };
    this.#plan = plan;
    this.#counters = counters;
  }

  /** Data frames that came whole. */
  get received(): number {
    return this.#before.frames + this.#counters.framesRead;
  }

  /** The bytes of those, with their lengths; and of what the filter left of them. */
  get bytesReceived(): number {
    return this.#before.bytes + this.#counters.bytesRead;
  }

  get bytesFiltered(): number {
    return this.#before.bytesFiltered + this.#counters.bytesWritten;
  }

  /** Frames that came and were looked into, by message types; without those that are 0. */
  get framesByType(): Record<string, number> {
    const entries = MESSAGE_TYPES.map(({ name }, index) => [name, this.#counters.framesByType[index + 1]] as const);
    return sum(this.#framesByTypeBefore, Object.fromEntries(entries));
  }

  get waiting(): number {
    return this.queued + this.sent + this.spooled;
  }

  /** Frames that the filter dropped, by the names of rules; without those that are 0. */
  get droppedByRule(): Record<string, number> {
    const entries = this.#plan.ruleNames.map((name, index) => [name, this.#counters.droppedByRule[index]] as const);
    return sum(this.#droppedByRuleBefore, Object.fromEntries(entries));
  }

  /** Frames that the filter dropped, by frame codes; without those that are 0. */
  get droppedByCode(): Record<string, number> {
    return sum(this.#droppedByCodeBefore, this.#counters.dropsByCode());
  }

  /** Everything that was dropped, for whatever reason. */
  get droppedInAll(): number {
    const all = [this.dropped, this.droppedByRule, this.droppedByCode].flatMap((drops) => Object.values(drops));
    return all.reduce((total, count) => total + count, 0);
  }

  /** All numbers, as the log has them. */
  toJSON(): Record<string, unknown> {
    const { received, found, confirmed, unconfirmed, queued, sent, spooled, droppedByRule, droppedByCode, dropped } =
      this;
    return {
      received,
      found,
      confirmed,
      unconfirmed,
      waiting: { queued, sent, spooled },
      dropped: { ...dropped, rules: droppedByRule, codes: droppedByCode },
    };
  }
}

/** Without a prototype, in which a rule that is called `constructor` would find something. */
function sum(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const result: Record<string, number> = Object.assign(Object.create(null), one);
  for (const [name, count] of Object.entries(other)) if (count > 0) result[name] = (result[name] ?? 0) + count;
  return result;
}
