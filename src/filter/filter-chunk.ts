/**
 * The inner loop that every way through this program shares: whole data frames in, whole data frames out, synchronous, no I/O.
 */

import { DEFAULT_MAX_OUTPUT_FRAME_LENGTH, LENGTH_LENGTH, writeLength } from '../framestream/length.ts';
import type { Plan } from '../rules/plan.ts';
import type { ByteBuffer } from '../wire/byte-buffer.ts';
import type { Counters } from './counters.ts';
import { frame } from './frame.ts';
import { FrameFilter, Outcome } from './frame-filter.ts';

export interface FilterOptions {
  /** The longest frame that is written, in bytes, without its length. Default: 262,140. */
  maxOutputFrameLength?: number;
}

/** Filters frames by a plan. One instance serves one stream of frames after the other, and counts all of them. */
export class Filter {
  readonly counters: Counters;
  readonly #frames: FrameFilter;

  constructor(plan: Plan, { maxOutputFrameLength = DEFAULT_MAX_OUTPUT_FRAME_LENGTH }: FilterOptions = {}) {
    this.#frames = new FrameFilter(plan, maxOutputFrameLength);
    this.counters = this.#frames.counters;
  }

  /**
   * Appends to `out`, which has memory of its own, what the plan leaves of the data frames from `start` to `end`, which are whole ones with
   * their lengths. Changes their bytes, lengths too: afterwards they are no frames. Never throws, whatever the frames hold.
   */
  filterChunk(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
    const { counters } = this;
    const frames = this.#frames;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const outStart = out.length;
    let read = 0;
    let written = 0;
    // What goes out as it is now is copied in runs, which may begin in one frame and end in another.
    let runStart = start;
    let position = start;
    while (position < end) {
      const frameStart = position + LENGTH_LENGTH;
      // As `readLength` reads it; in a view there is one check of its place, not four.
      const frameEnd = frameStart + view.getUint32(position);
      read++;
      const outcome = frames.decide(bytes, frameStart, frameEnd);
      if (outcome === Outcome.pass) {
        written++;
        frames.pass(out.length - runStart);
      } else if (outcome === Outcome.splice) {
        written++;
        view.setInt32(position, frames.length);
        runStart = frames.write(runStart, out);
      } else {
        out.appendView(view, runStart, position);
        runStart = frameEnd;
        if (outcome === Outcome.rebuild) {
          written++;
          out.reserve(LENGTH_LENGTH);
          writeLength(out.bytes, out.length, frames.length);
          out.length += LENGTH_LENGTH;
          frames.writeRebuilt(out);
        }
      }
      position = frameEnd;
      if (frames.isFull) {
        out.appendView(view, runStart, position);
        runStart = position;
        frames.carryOut(out);
      }
    }
    out.appendView(view, runStart, end);
    frames.carryOut(out);
    // What was read is the caller's: nothing of it stays in reach.
    frame.release();
    counters.framesRead += read;
    counters.framesWritten += written;
    counters.bytesRead += end - start;
    counters.bytesWritten += out.length - outStart;
  }
}
