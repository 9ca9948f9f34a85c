/**
 * Frame Streams in: chunks of bytes cut anywhere, runs of whole frames out. Knows framing only: what control frames mean is decided by
 * whoever receives them (capture.ts for files). No I/O.
 */
import { StreamError } from '../errors.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { bringNear } from '../wire/near.ts';
import { MAX_CONTROL_LENGTH, MIN_CONTROL_LENGTH } from './control.ts';
import { LENGTH_LENGTH, readLength } from './length.ts';

/** Limits of a data frame, in bytes: what is read by default (as libfstrm does), and what is still skipped by its length. */
export const DEFAULT_MAX_FRAME_LENGTH = 1_048_576;
export const MAX_SKIPPED_FRAME_LENGTH = 16_777_216;

/** Receives what a reader finds, in order. All bytes are valid, and may be changed, until the call returns. */
export interface FrameSink {
  /** Whole data frames side by side, each with its length before it, in a plain Uint8Array whatever was pushed: its `slice` copies. */
  frames(bytes: Uint8Array, start: number, end: number): void;
  /** The payload of a control frame; `offset` is where the frame starts in the stream. May throw to end the reading. */
  control(bytes: Uint8Array, start: number, end: number, offset: number): void;
  /** A data frame over the limit, of which only the length was read. */
  oversize(length: number): void;
}

const CONTROL_HEADER_LENGTH = 8;

export class FrameReader {
  /** The offset in the stream of the next frame, in bytes: everything before it was given to the sink. */
  offset = 0;
  readonly #sink: FrameSink;
  readonly #maxFrameLength: number;
  /** The beginning of a frame whose end has not come. */
  readonly #partial = new ByteBuffer(512);
  /** How many bytes of an oversize frame are still to come, and where it starts in the stream. */
  #skip = 0;
  #skipStart = 0;

  /** `maxFrameLength`: the longest data frame that is read, in bytes, at most 16 MiB. Default: 1 MiB. */
  constructor(sink: FrameSink, maxFrameLength: number = DEFAULT_MAX_FRAME_LENGTH) {
    this.#sink = sink;
    this.#maxFrameLength = Math.min(maxFrameLength, MAX_SKIPPED_FRAME_LENGTH);
  }

  /** Where the frame starts that is not whole; where the next one will start if there is none. */
  get frameStart(): number {
    return this.#skip > 0 ? this.#skipStart : this.offset;
  }

  /** Whether the stream, if it ended here, would end between two frames. */
  get isBetweenFrames(): boolean {
    return this.#partial.length === 0 && this.#skip === 0;
  }

  /**
   * Takes the next bytes of the stream. Throws StreamError where no frame can be, or what the sink throws, once everything before it was
   * given to the sink; after that the reader is of no more use.
   */
  push(bytes: Uint8Array): void {
    // Files and sockets give a Buffer, whose `slice` is no copy; and with two classes of array about, the inner loops ask at each octet which
    // one they have.
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let position = this.#skipOver(chunk, 0);
    if (this.#partial.length > 0) {
      position = this.#completePartial(chunk, position);
      if (this.#partial.length > 0) return;
      position = this.#skipOver(chunk, position);
    }
    position = this.#walk(chunk, position, chunk.length);
    if (position < chunk.length) this.#partial.append(chunk, position, chunk.length);
  }

  #skipOver(chunk: Uint8Array, position: number): number {
    const skipped = Math.min(this.#skip, chunk.length - position);
    this.#skip -= skipped;
    this.offset += skipped;
    return position + skipped;
  }

  /** Adds to the partial frame what it lacks, and gives it away when it is whole. Returns where the rest of the chunk starts. */
  #completePartial(chunk: Uint8Array, from: number): number {
    const partial = this.#partial;
    let position = from;
    for (;;) {
      const missing = this.#neededLength() - partial.length;
      if (missing <= 0) break;
      const end = Math.min(position + missing, chunk.length);
      if (end === position) return position;
      partial.append(chunk, position, end);
      position = end;
    }
    this.#walk(partial.bytes, 0, partial.length);
    partial.length = 0;
    return position;
  }

  /** How many bytes the partial frame must have before the next step: its lengths first, then all of it. */
  #neededLength(): number {
    const { bytes, length } = this.#partial;
    if (length < LENGTH_LENGTH) return LENGTH_LENGTH;
    const frameLength = readLength(bytes, 0);
    if (frameLength > this.#maxFrameLength) return LENGTH_LENGTH;
    if (frameLength > 0) return LENGTH_LENGTH + frameLength;
    if (length < CONTROL_HEADER_LENGTH) return CONTROL_HEADER_LENGTH;
    const controlLength = readLength(bytes, LENGTH_LENGTH);
    return CONTROL_HEADER_LENGTH + (isControlLength(controlLength) ? controlLength : 0);
  }

  /** Gives away the whole frames from `start` on. Returns where the first one starts that is not whole. */
  #walk(bytes: Uint8Array, start: number, end: number): number {
    bringNear(bytes, start, end);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const maxFrameLength = this.#maxFrameLength;
    let runStart = start;
    let position = start;
    while (position + LENGTH_LENGTH <= end) {
      // As `readLength` reads it, but with a sign, at one check of its place, not four; what is beyond a small integer is too long anyway.
      const length = view.getInt32(position);
      if (length > 0 && length <= maxFrameLength) {
        if (position + LENGTH_LENGTH + length > end) break;
        position += LENGTH_LENGTH + length;
        continue;
      }
      this.#giveFrames(bytes, runStart, position);
      runStart = position;
      const next =
        length === 0 ? this.#readControl(bytes, position, end) : this.#startSkip(position, end, length >>> 0);
      if (next === position) break;
      position = next;
      runStart = next;
    }
    this.#giveFrames(bytes, runStart, position);
    return position;
  }

  #giveFrames(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    this.#sink.frames(bytes, start, end);
    this.offset += end - start;
  }

  /** Returns the end of the control frame, or `position` where it is not whole. */
  #readControl(bytes: Uint8Array, position: number, end: number): number {
    const payload = position + CONTROL_HEADER_LENGTH;
    if (payload > end) return position;
    const length = readLength(bytes, position + LENGTH_LENGTH);
    if (!isControlLength(length)) {
      throw framingLost(this.offset);
    }
    if (payload + length > end) return position;
    this.#sink.control(bytes, payload, payload + length, this.offset);
    this.offset += CONTROL_HEADER_LENGTH + length;
    return payload + length;
  }

  /** Passes over as much of an oversize frame as is here; returns where that ends. */
  #startSkip(position: number, end: number, length: number): number {
    if (length > MAX_SKIPPED_FRAME_LENGTH) {
      throw framingLost(this.offset);
    }
    this.#sink.oversize(length);
    this.#skipStart = this.offset;
    const here = Math.min(length, end - position - LENGTH_LENGTH);
    this.#skip = length - here;
    this.offset += LENGTH_LENGTH + here;
    return position + LENGTH_LENGTH + here;
  }
}

/** The length itself is not told: where framing is lost it is four bytes of anything, an address as well. */
function framingLost(offset: number): StreamError {
  return new StreamError('FRAMING_LOST', offset, 'there is a length that no frame has');
}

function isControlLength(length: number): boolean {
  return length >= MIN_CONTROL_LENGTH && length <= MAX_CONTROL_LENGTH;
}
