/** Filtered frames on their way to the output: gathered into batches, bounded in bytes, counted in frames. */
import { ByteBuffer } from '../wire/byte-buffer.ts';
import type { Accounting } from './accounting.ts';

/**
 * What becomes of frames where the queue is full: those that come are dropped; the oldest are; the inputs are not read until there is room;
 * those that wait go to a spool, and those that come are dropped where that does not help.
 */
export const FULL_POLICIES = ['drop-newest', 'drop-oldest', 'block', 'spool'] as const;
export type FullPolicy = (typeof FULL_POLICIES)[number];

/** Frames that are written together. */
export interface Batch {
  readonly buffer: ByteBuffer;
  frames: number;
}

/**
 * A batch is closed when it is so long, in bytes, or after so many milliseconds. Where others wait for the output the time makes no haste, and
 * the batch goes on to grow: its memory is that of a long one, however few frames are in it.
 */
const BATCH_LENGTH = 128 * 1024;
const GATHER_TIME = 100;

/** How many empty buffers are kept to be used again. */
const MAX_SPARE = 4;

export class FrameQueue {
  /** Called when there is something to take, or more of it. */
  onReady: () => void = () => {};
  /** Called when a batch is done with and there is room. */
  onRoom: () => void = () => {};
  /** Called with the number of frames that were dropped because the queue is full. */
  onDrop: (frames: number) => void = () => {};
  readonly #accounting: Accounting;
  readonly #limit: number;
  readonly #policy: FullPolicy;
  readonly #closed: Batch[] = [];
  readonly #spare: ByteBuffer[] = [];
  #open: Batch = { buffer: new ByteBuffer(BATCH_LENGTH), frames: 0 };
  /** The bytes of all batches, those that were taken and are not yet done with included. */
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the open batch has its time behind it. */
  #isDue = false;

  /** `limit` in bytes. */
  constructor(accounting: Accounting, limit: number, policy: FullPolicy) {
    this.#accounting = accounting;
    this.#limit = limit;
    this.#policy = policy;
  }

  /** The bytes of all that waits, and how many there may be. */
  get length(): number {
    return this.#length;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Whether sockets are not to be read, since the policy is `block`. */
  get isFull(): boolean {
    return this.#policy === 'block' && this.#length >= this.#limit;
  }

  /** Whether frames that come would be dropped. */
  get refuses(): boolean {
    return (this.#policy === 'drop-newest' || this.#policy === 'spool') && this.#length >= this.#limit;
  }

  /** Whether who can wait may add frames. */
  get hasRoom(): boolean {
    return this.#length < this.#limit / 2;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Lets `append` add whole frames to a buffer; it returns how many. */
  add(append: (buffer: ByteBuffer) => number): void {
    const batch = this.#open;
    const before = batch.buffer.length;
    const frames = append(batch.buffer);
    const added = batch.buffer.length - before;
    if (frames === 0) return;
    if (this.#policy === 'drop-oldest') this.#dropOldest(added);
    if (this.#policy !== 'block' && this.#length + added > this.#limit) {
      batch.buffer.length = before;
      this.#countDrop(frames);
      return;
    }
    batch.frames += frames;
    this.#accounting.queued += frames;
    this.#length += added;
    if (batch.buffer.length >= BATCH_LENGTH) this.close();
    else this.#timer ??= setTimeout(() => this.#gathered(), GATHER_TIME);
  }

  /** Closes the batch that is being gathered, so that it can be taken. */
  close(): void {
    const batch = this.#takeOpen();
    if (batch === undefined) return;
    this.#closed.push(batch);
    this.onReady();
  }

  /** The oldest batch, if there is one; the taker gives it back by `done`, and accounts for its frames, which are queued no longer. */
  take(): Batch | undefined {
    const batch = this.#closed.shift() ?? (this.#isDue ? this.#takeOpen() : undefined);
    if (batch !== undefined) this.#accounting.queued -= batch.frames;
    return batch;
  }

  /** The batch that was taken is the oldest one again. */
  back(batch: Batch): void {
    this.#closed.unshift(batch);
    this.#accounting.queued += batch.frames;
  }

  /** The batch that was taken is needed no more. */
  done({ buffer }: Batch): void {
    this.#length -= buffer.length;
    buffer.length = 0;
    // One that had to grow for once would stay large.
    if (this.#spare.length < MAX_SPARE && buffer.bytes.length <= 2 * BATCH_LENGTH) this.#spare.push(buffer);
    if (this.hasRoom) this.onRoom();
  }

  /** Drops everything; returns how many frames that were. */
  clear(): number {
    // Not by `close`, which would offer it to the output first.
    const open = this.#takeOpen();
    if (open !== undefined) this.#closed.push(open);
    let frames = 0;
    for (let batch = this.take(); batch !== undefined; batch = this.take()) {
      frames += batch.frames;
      this.done(batch);
    }
    return frames;
  }

  #gathered(): void {
    if (this.#closed.length === 0) this.close();
    else {
      this.#timer = undefined;
      this.#isDue = true;
      this.onReady();
    }
  }

  #takeOpen(): Batch | undefined {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const batch = this.#open;
    if (batch.frames === 0) return undefined;
    this.#open = { buffer: this.#spare.pop() ?? new ByteBuffer(BATCH_LENGTH), frames: 0 };
    return batch;
  }

  #dropOldest(added: number): void {
    while (this.#length + added > this.#limit) {
      // The open batch holds what is being added.
      const batch = this.#closed.shift();
      if (batch === undefined) return;
      this.#accounting.queued -= batch.frames;
      this.#countDrop(batch.frames);
      this.done(batch);
    }
  }

  /** Counts frames that came while the queue refuses them. */
  refuse(frames: number): void {
    this.#countDrop(frames);
  }

  #countDrop(frames: number): void {
    this.#accounting.dropped[this.#policy === 'spool' ? 'spool' : 'queue'] += frames;
    this.onDrop(frames);
  }
}
