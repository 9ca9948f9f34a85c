/** A thread that filters pieces of a capture: the entry of a bundle of its own, since a thread is started from a built file. */
import { parentPort, workerData } from 'node:worker_threads';
import { Key } from '../anonymize/key.ts';
import { Filter } from '../filter/filter-chunk.ts';
import { LENGTH_LENGTH, readLength } from '../framestream/length.ts';
import { compileRules } from '../rules/compile.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { bringNear } from '../wire/near.ts';
import type { FilterTask, Piece, PieceResult } from './filter-piece.ts';

/** So many bytes are filtered at a time, as many as stay near. */
const SLICE_LENGTH = 64 * 1024;

/** From so many bytes on what was filtered is handed back, though the piece is not through: rules that add text can make much of little. */
const MAX_OUTPUT_LENGTH = 4 * 1024 * 1024;

const { file, key, options } = workerData as FilterTask;
const filter = new Filter(compileRules(file, key && Key.parse(key)), options);
key?.fill(0);
let seen = 0;

parentPort?.on('message', (piece: Piece | undefined) => {
  if (piece === undefined) parentPort?.postMessage(filter.counters);
  else filterPiece(piece);
});

function filterPiece({ input, start, end, output }: Piece): void {
  const bytes = new Uint8Array(input);
  const out = new ByteBuffer(output);
  let position = start;
  while (position < end && out.length < MAX_OUTPUT_LENGTH) {
    const from = position;
    const limit = Math.min(end, from + SLICE_LENGTH);
    seen |= bringNear(bytes, from, limit);
    while (position < limit) position += LENGTH_LENGTH + readLength(bytes, position);
    filter.filterChunk(bytes, from, position, out);
  }
  const result: PieceResult = { input, position, output: out.bytes.buffer, length: out.length };
  parentPort?.postMessage(result, [result.input, result.output]);
}
