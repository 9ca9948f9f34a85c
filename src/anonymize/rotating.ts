/** What changes with the period of a frame, as its key does: what it makes joins within a period, and not across. */
import { type Period, periodAt, type Rotation } from './periods.ts';

/** So many periods are remembered at a time: around midnight frames come from two. Each may take 10 MiB. */
const MAX_PERIODS = 2;

export class Rotating<Value> {
  readonly rotation: Rotation;
  readonly #create: (period: string) => Value;
  /** By the first second of the period; the one used last is the last. */
  readonly #values = new Map<number, Value>();
  #period: Period = { name: '', from: 0, to: 0 };
  #value: Value | undefined;

  /** `create` gives what a period has, by the period's name. */
  constructor(rotation: Rotation, create: (period: string) => Value) {
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
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= MAX_PERIODS) break;
      this.#values.delete(oldest);
    }
    this.#period = period;
    this.#value = value;
    return value;
  }
}
