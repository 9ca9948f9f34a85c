/**
 * One spool file on its way to a reader. It stays on disk until the reader has answered FINISH; where a connection breaks before that, it is
 * sent again from its start. A reader that never answers gets it once.
 */
import type { Spool } from '../spool/spool.ts';
import type { SpoolFile } from '../spool/spool-directory.ts';
import type { Accounting } from './accounting.ts';
import type { BrokenStream, Outgoing, OutgoingStream } from './outgoing-stream.ts';

/** How many bytes are given to the kernel at a time. */
const PIECE_LENGTH = 128 * 1024;

/** So often in a row a reader may close without FINISH after it got everything; then nobody waits for one. */
const MAX_UNANSWERED = 2;

export class SpooledStream implements OutgoingStream {
  readonly file: SpoolFile;
  /** Whether the file goes whatever becomes of the connection. */
  isDiscarded = false;
  readonly #bytes: Uint8Array;
  readonly #spool: Spool;
  readonly #accounting: Accounting;
  readonly #unanswered: Map<SpoolFile, number>;
  #position = 0;

  /** `bytes` are the frames of the file; `unanswered` says how often a file was sent without an answer. */
  constructor(
    file: SpoolFile,
    bytes: Uint8Array,
    spool: Spool,
    accounting: Accounting,
    unanswered: Map<SpoolFile, number>,
  ) {
    this.file = file;
    this.#bytes = bytes;
    this.#spool = spool;
    this.#accounting = accounting;
    this.#unanswered = unanswered;
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

  broken({ wasStopped, isSilent }: BrokenStream): number {
    const unanswered = (this.#unanswered.get(this.file) ?? 0) + (wasStopped ? 1 : 0);
    this.#unanswered.set(this.file, unanswered);
    const isDone = wasStopped && (isSilent || unanswered >= MAX_UNANSWERED);
    if (!(isDone || this.isDiscarded)) return 0;
    this.#remove();
    this.#accounting.unconfirmed += this.file.frames;
    return this.file.frames;
  }

  #remove(): void {
    this.#unanswered.delete(this.file);
    this.#accounting.spooled -= this.file.frames;
    void this.#spool.remove(this.file);
  }
}
