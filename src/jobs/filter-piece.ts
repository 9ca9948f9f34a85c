/**
 * A piece of a capture, filtered by whichever thread has time for it. The memory of a piece goes with it, there and back: it is never in
 * two hands, and nothing is copied.
 */
import type { Counters } from '../filter/counters.ts';
import type { Filter, FilterOptions } from '../filter/filter-chunk.ts';
import { LENGTH_LENGTH, readLength } from '../framestream/length.ts';
import type { RulesFile } from '../rules/schema.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { bringNear } from '../wire/near.ts';

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

/** So many bytes are filtered at a time, as many as stay near. */
const SLICE_LENGTH = 64 * 1024;

/** From so many bytes on what was filtered is handed over, though the piece is not through: rules that add text make much of little. */
const MAX_OUTPUT_LENGTH = 4 * 1024 * 1024;

/** Filters a piece, or as much of it as makes enough to be written. */
export function filterPiece(filter: Filter, { input, start, end, output }: Piece): PieceResult {
  const bytes = new Uint8Array(input);
  const out = new ByteBuffer(output);
  let position = start;
  while (position < end && out.length < MAX_OUTPUT_LENGTH) {
    const from = position;
    const limit = Math.min(end, from + SLICE_LENGTH);
    bringNear(bytes, from, limit);
    while (position < limit) position += LENGTH_LENGTH + readLength(bytes, position);
    filter.filterChunk(bytes, from, position, out);
  }
  return { input, position, output: out.bytes.buffer, length: out.length };
}
