/**
 * One spool file on its way to a reader. It stays on disk until the reader has answered FINISH; where a connection breaks before that, it is
 * sent again from its start. A reader that never answers gets it once; one that closes whenever it gets it, and takes another one, refuses it.
 */
import type { Spool } from '../spool/spool.ts';
import type { SpoolFile } from '../spool/spool-directory.ts';
import type { Accounting } from './accounting.ts';
import type { BrokenStream, Outgoing, OutgoingStream } from './outgoing-stream.ts';

/** How many bytes are given to the kernel at a time. */
const PIECE_LENGTH = 128 * 1024;

/** So often in a row a reader may close without FINISH after it got everything; then nobody waits for one. */
const MAX_UNANSWERED = 2;

/**
 * A reader that closes at a frame that it cannot take does so each time, and nothing behind that would ever go out. When it has closed so
 * many times in a row, over so many milliseconds, another file is tried: it may also close for reasons of its own.
 */
const MIN_CLOSED = 10;
const MIN_CLOSED_TIME = 60 * 60 * 1000;

/** How a file was sent in vain: how often the reader got everything and closed without FINISH; how often in a row it closed, and since when. */
export interface Attempts {
  unanswered: number;
  closed: number;
  closedSince: number;
}

/** Whether the reader seems to refuse the file of those attempts. */
export function seemsRefused(attempts: Attempts | undefined): boolean {
  if (attempts === undefined || attempts.closed < MIN_CLOSED) return false;
  return performance.now() - attempts.closedSince >= MIN_CLOSED_TIME;
}

export class SpooledStream implements OutgoingStream {
  readonly file: SpoolFile;
  /** Whether the file goes whatever becomes of the connection. */
  isDiscarded = false;
  readonly #bytes: Uint8Array;
  readonly #spool: Spool;
  readonly #accounting: Accounting;
  readonly #attempts: WeakMap<SpoolFile, Attempts>;
  readonly #suspect: SpoolFile | undefined;
  #position = 0;

  /**
   * `bytes` are the frames of the file; `attempts` are those of all files that were sent in vain. `suspect` is the file before, which the reader
   * refuses if it takes this one.
   */
  constructor(
    file: SpoolFile,
    bytes: Uint8Array,
    spool: Spool,
    accounting: Accounting,
    attempts: WeakMap<SpoolFile, Attempts>,
    suspect?: SpoolFile,
  ) {
    this.file = file;
    this.#bytes = bytes;
    this.#spool = spool;
    this.#accounting = accounting;
    this.#attempts = attempts;
    this.#suspect = suspect;
  }

  get isOver(): boolean {
    return this.#position === this.#bytes.length;
  }

  take(): Outgoing | undefined {
    if (this.isOver) return undefined;
    const start = this.#position;
    this.#position = Math.min(this.#bytes.length, start + PIECE_LENGTH);
    return { bytes: this.#bytes.subarray(start, this.#position), done: () => {} };
  }

  finished(): void {
    this.#remove();
    this.#accounting.confirmed += this.file.frames;
    this.#settleSuspect();
  }

  broken({ wasStopped, isSilent, wasClosed }: BrokenStream): number {
    const attempts = this.#attempts.get(this.file) ?? { unanswered: 0, closed: 0, closedSince: 0 };
    this.#attempts.set(this.file, attempts);
    if (wasStopped) attempts.unanswered++;
    if (attempts.closed === 0) attempts.closedSince = performance.now();
    attempts.closed = wasClosed && this.#position > 0 ? attempts.closed + 1 : 0;
    const isDone = wasStopped && (isSilent || attempts.unanswered >= MAX_UNANSWERED);
    if (isDone) this.#settleSuspect();
    // The reader has not taken this one either: its trouble may be its own.
    else if (!wasStopped && this.#suspect !== undefined) this.#attempts.delete(this.#suspect);
    if (!(isDone || this.isDiscarded)) return 0;
    this.#remove();
    this.#accounting.unconfirmed += this.file.frames;
    return this.file.frames;
  }

  #remove(): void {
    this.#accounting.spooled -= this.file.frames;
    void this.#spool.remove(this.file);
  }

  /** The reader has taken this file, and so refuses the suspect, unless that was discarded meanwhile. */
  #settleSuspect(): void {
    const suspect = this.#suspect;
    if (suspect === undefined || !this.#spool.holds(suspect)) return;
    this.#accounting.spooled -= suspect.frames;
    this.#accounting.dropped.refused += suspect.frames;
    void this.#spool.setAside(suspect);
  }
}
