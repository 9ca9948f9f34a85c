/** The fast engine on one frame, with an outcome of the shape that the reference gives. */

import { Key } from '../../src/anonymize/key.ts';
import { SLACK } from '../../src/dnstap/ascending.ts';
import type { FrameCode, RemovalCode } from '../../src/errors.ts';
import { Filter, type FilterOptions } from '../../src/filter/filter-chunk.ts';
import { LENGTH_LENGTH, readLength, writeLength } from '../../src/framestream/length.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import type { PlainRules } from '../reference/rules.ts';
import { someKey } from './some-rules.ts';

export type FastOutcome =
  | { written: Uint8Array; removals: RemovalCode[] }
  | { dropped: FrameCode | { rule: number }; removals: RemovalCode[] };

/** A data frame as it stands in a stream: with its length before it. */
export function framed(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_LENGTH + frame.length);
  writeLength(bytes, 0, frame.length);
  bytes.set(frame, LENGTH_LENGTH);
  return bytes;
}

/** Filters one frame, alone, but with room for the fast scan behind it in memory: as most frames of a chunk have. */
export function filterFrame(filter: Filter, frame: Uint8Array, out: ByteBuffer): void {
  const chunk = framed(frame);
  filter.filterChunk(new Uint8Array(Buffer.concat([chunk, new Uint8Array(SLACK)])), 0, chunk.length, out);
}

/** The data frames of a stream without control frames. */
export function unframed(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let position = 0; position < bytes.length; ) {
    const start = position + LENGTH_LENGTH;
    position = start + readLength(bytes, position);
    if (position > bytes.length) throw new Error('the last frame is cut');
    frames.push(bytes.slice(start, position));
  }
  return frames;
}

/** A filter for rules that are valid already; their key is `someKey`. */
export function filterFor(rules: PlainRules, options?: FilterOptions): Filter {
  return new Filter(compileRules(rulesFileSchema.parse(rules), Key.parse(someKey)), options);
}

/** What the engine makes of one frame. */
export function runFilter(frame: Uint8Array, rules: PlainRules, options?: FilterOptions): FastOutcome {
  const filter = filterFor(rules, options);
  const out = new ByteBuffer(16);
  filterFrame(filter, frame, out);
  const { counters } = filter;
  const removals = Object.entries(counters.removalsByCode()).flatMap(([code, count]) =>
    new Array<RemovalCode>(count).fill(code as RemovalCode),
  );
  if (counters.framesWritten === 1) return { written: unframed(out.written())[0] as Uint8Array, removals };
  const rule = counters.droppedByRule.findIndex((count) => count > 0);
  const codes = Object.keys(counters.dropsByCode()) as FrameCode[];
  return { dropped: rule >= 0 ? { rule } : (codes[0] as FrameCode), removals };
}
