/** A method whose key changes with the period of a frame: pseudonyms join within a period, and not across. */
import type { AddressMethod } from './address.ts';
import { type Period, periodAt, type Rotation } from './periods.ts';

/** So many periods are remembered at a time: around midnight frames come from two. Each may take 10 MiB. */
const MAX_PERIODS = 2;

export class RotatingAddresses {
  readonly rotation: Rotation;
  readonly #create: (period: string) => AddressMethod;
  /** By the first second of the period; the one used last is the last. */
  readonly #methods = new Map<number, AddressMethod>();
  #period: Period = { name: '', from: 0, to: 0 };
  #method: AddressMethod | undefined;

  /** `create` gives the method for a period by its name. */
  constructor(rotation: Rotation, create: (period: string) => AddressMethod) {
    this.rotation = rotation;
    this.#create = create;
  }

  /** The method of the period in which `seconds` (since 1970) lies; undefined where that is no usable time. */
  at(seconds: number): AddressMethod | undefined {
    if (seconds >= this.#period.from && seconds < this.#period.to) return this.#method;
    const period = periodAt(seconds, this.rotation);
    if (period === undefined) return undefined;
    const method = this.#methods.get(period.from) ?? this.#create(period.name);
    this.#methods.delete(period.from);
    this.#methods.set(period.from, method);
    for (const oldest of this.#methods.keys()) {
      if (this.#methods.size <= MAX_PERIODS) break;
      this.#methods.delete(oldest);
    }
    this.#period = period;
    this.#method = method;
    return method;
  }
}
