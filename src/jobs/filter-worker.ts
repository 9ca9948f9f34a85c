/** A thread that filters pieces of a capture: the entry of a bundle of its own, since a thread is started from a built file. */
import { parentPort, workerData } from 'node:worker_threads';
import { Key } from '../anonymize/key.ts';
import { Filter } from '../filter/filter-chunk.ts';
import { compileRules } from '../rules/compile.ts';
import { type FilterTask, filterPiece, type Piece } from './filter-piece.ts';

const { file, key, options } = workerData as FilterTask;
const filter = new Filter(compileRules(file, key && Key.parse(key)), options);
key?.fill(0);

parentPort?.on('message', (piece: Piece | undefined) => {
  if (piece === undefined) parentPort?.postMessage(filter.counters);
  else {
    const result = filterPiece(filter, piece);
    parentPort?.postMessage(result, [result.input, result.output]);
  }
});
