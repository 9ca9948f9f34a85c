/** How frames get from a reader through the filter to the writer: in this thread, or in several (filter-threads.ts). */
import type { Counters } from '../filter/counters.ts';
import { Filter, type FilterOptions } from '../filter/filter-chunk.ts';
import type { Plan } from '../rules/plan.ts';
import type { OverlappedWriter } from './overlapped-writer.ts';
import type { Backlog } from './read-capture.ts';

/** Takes whole frames in, and brings what the plan leaves of them to a writer, in order. */
export interface Filtering extends Backlog {
  /** Takes the data frames from `start` to `end`, whole ones with their lengths; may change their bytes. */
  push(bytes: Uint8Array, start: number, end: number): void;
  /** Resolves when everything is with the writer, to what was done. No frame may follow. */
  finish(): Promise<Counters>;
  /** Gives up. Does nothing after `finish`. */
  abort(): void;
}

/** Filters in this thread, as frames come. */
export class FilteringHere implements Filtering {
  readonly #filter: Filter;
  readonly #writer: OverlappedWriter;

  constructor(plan: Plan, options: FilterOptions, writer: OverlappedWriter) {
    this.#filter = new Filter(plan, options);
    this.#writer = writer;
  }

  push(bytes: Uint8Array, start: number, end: number): void {
    this.#filter.filterChunk(bytes, start, end, this.#writer.buffer);
  }

  get isFull(): boolean {
    return this.#writer.isFull;
  }

  start(): Promise<void> {
    return this.#writer.start();
  }

  async finish(): Promise<Counters> {
    return this.#filter.counters;
  }

  abort(): void {}
}
