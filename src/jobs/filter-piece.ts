/**
 * What goes between the thread that reads and writes and those that filter. The memory of a piece goes with it, there and back: it is
 * never in two hands, and nothing is copied.
 */
import type { Counters } from '../filter/counters.ts';
import type { FilterOptions } from '../filter/filter-chunk.ts';
import type { RulesFile } from '../rules/schema.ts';

/** What a thread is started with. */
export interface FilterTask {
  readonly file: RulesFile;
  /** The content of a key file; whoever has read it fills it with zeros. */
  readonly key: Uint8Array | undefined;
  readonly options: FilterOptions;
}

/** Whole data frames with their lengths, from `start` to `end` of `input`, and the memory for what is left of them. */
export interface Piece {
  readonly input: ArrayBuffer;
  readonly start: number;
  readonly end: number;
  readonly output: ArrayBuffer;
}

/** A piece filtered as far as `position`, and the first `length` bytes of what is left. */
export interface PieceResult {
  readonly input: ArrayBuffer;
  readonly position: number;
  readonly output: ArrayBuffer;
  readonly length: number;
}

/** What a thread answers: to a piece its result, to `undefined` what it has counted. */
export type FilterAnswer = PieceResult | Counters;
