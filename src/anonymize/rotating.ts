/** What changes with the period of a frame, as its key does: what it makes joins within a period, and not across. */
import { type Period, periodAt, type Rotation } from './periods.ts';

/** What a period has: it remembers what it has made before. */
export interface Remembering {
  /** How many bytes that takes, more or less. */
  readonly memory: number;
}

/**
 * Around midnight frames come from two periods, which stay in any case; in captures that were put together, and from machines whose clocks
 * are wrong, from many. So many more stay as long as all together take no more bytes than two of addresses do at most.
 */
const MIN_PERIODS = 2;
const MAX_PERIODS = 64;
const MAX_MEMORY = 20 * 1024 * 1024;

export class Rotating<Value> {
  readonly rotation: Rotation;
  readonly #create: (period: string) => Value & Remembering;
  /** By the first second of the period; the one used last is the last. */
  readonly #values = new Map<number, Value & Remembering>();
  #period: Period = { name: '', from: 0, to: 0 };
  #value: Value | undefined;

  /** `create` gives what a period has, by the period's name. */
  constructor(rotation: Rotation, create: (period: string) => Value & Remembering) {
    this.rotation = rotation;
    this.#create = create;
  }

  /** What the period has in which `seconds` (since 1970) lies; undefined where that is no usable time. */
  at(seconds: number): Value | undefined {
    if (seconds >= this.#period.from && seconds < this.#period.to) return this.#value;
    const period = periodAt(seconds, this.rotation);
    if (period === undefined) return undefined;
    const value = this.#values.get(period.from) ?? this.#create(period.name);
    this.#values.delete(period.from);
    this.#values.set(period.from, value);
    this.#forget();
    this.#period = period;
    this.#value = value;
    return value;
  }

  #forget(): void {
    let memory = 0;
    for (const value of this.#values.values()) memory += value.memory;
    for (const [oldest, value] of this.#values) {
      const { size } = this.#values;
      if (size <= MIN_PERIODS || (size <= MAX_PERIODS && memory <= MAX_MEMORY)) return;
      this.#values.delete(oldest);
      memory -= value.memory;
    }
  }
}
