/** The frames of the queue on their way to a reader, as they come. */
import type { Accounting } from './accounting.ts';
import type { FrameQueue } from './frame-queue.ts';
import type { Outgoing, OutgoingStream } from './outgoing-stream.ts';

export class LiveStream implements OutgoingStream {
  readonly #queue: FrameQueue;
  readonly #accounting: Accounting;
  readonly #isOvertaken: () => boolean;

  /** `isOvertaken` says whether the frames of the queue must go another way, behind others. */
  constructor(queue: FrameQueue, accounting: Accounting, isOvertaken: () => boolean) {
    this.#queue = queue;
    this.#accounting = accounting;
    this.#isOvertaken = isOvertaken;
  }

  get isOver(): boolean {
    return this.#isOvertaken();
  }

  take(): Outgoing | undefined {
    if (this.isOver) return undefined;
    const batch = this.#queue.take();
    if (batch === undefined) return undefined;
    this.#accounting.sent += batch.frames;
    return { bytes: batch.buffer.written(), done: () => this.#queue.done(batch) };
  }

  finished(): void {
    this.#accounting.confirmed += this.#accounting.sent;
    this.#accounting.sent = 0;
  }

  broken(): number {
    const { sent } = this.#accounting;
    this.#accounting.unconfirmed += sent;
    this.#accounting.sent = 0;
    return sent;
  }
}
