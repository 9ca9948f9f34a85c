/**
 * One spool file on its way to a reader. It stays on disk until the reader has answered FINISH; where a connection breaks before that, it is
 * sent again from its start. A reader that never answers gets it once; one that closes whenever it gets it is taken to refuse it.
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
 * A reader that closes at a frame that it cannot take does so each time, and nothing behind that would ever go out. So many times in a row, over
 * so many milliseconds, no reader is only restarted.
 */
const MAX_CLOSED = 10;
const MIN_REFUSAL_TIME = 60 * 60 * 1000;

/** How a file was sent in vain: how often the reader closed without FINISH, after it got everything and at all; since when. */
export interface Attempts {
  unanswered: number;
  closed: number;
  readonly since: number;
}

export class SpooledStream implements OutgoingStream {
  readonly file: SpoolFile;
  /** Whether the file goes whatever becomes of the connection. */
  isDiscarded = false;
  readonly #bytes: Uint8Array;
  readonly #spool: Spool;
  readonly #accounting: Accounting;
  readonly #attempts: Map<SpoolFile, Attempts>;
  #position = 0;

  /** `bytes` are the frames of the file; `attempts` are those of all files that were sent in vain. */
  constructor(
    file: SpoolFile,
    bytes: Uint8Array,
    spool: Spool,
    accounting: Accounting,
    attempts: Map<SpoolFile, Attempts>,
  ) {
    this.file = file;
    this.#bytes = bytes;
    this.#spool = spool;
    this.#accounting = accounting;
    this.#attempts = attempts;
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
  }

  broken({ wasStopped, isSilent, wasClosed }: BrokenStream): number {
    const attempts = this.#attempts.get(this.file) ?? { unanswered: 0, closed: 0, since: performance.now() };
    this.#attempts.set(this.file, attempts);
    if (wasStopped) attempts.unanswered++;
    if (wasClosed && this.#position > 0) attempts.closed++;
    const isDone = wasStopped && (isSilent || attempts.unanswered >= MAX_UNANSWERED);
    if (isDone || this.isDiscarded) {
      this.#remove();
      this.#accounting.unconfirmed += this.file.frames;
      return this.file.frames;
    }
    if (attempts.closed >= MAX_CLOSED && performance.now() - attempts.since >= MIN_REFUSAL_TIME) this.#refuse();
    return 0;
  }

  #remove(): void {
    this.#forget();
    void this.#spool.remove(this.file);
  }

  #refuse(): void {
    this.#forget();
    this.#accounting.dropped.refused += this.file.frames;
    void this.#spool.setAside(this.file);
  }

  #forget(): void {
    this.#attempts.delete(this.file);
    this.#accounting.spooled -= this.file.frames;
  }
}
