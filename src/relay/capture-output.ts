/** The output as one capture, to standard output. Its reader may take nothing more. */
import type { ByteOutput } from '../endpoints/output.ts';
import { ControlType, encodeControl } from '../framestream/control.ts';
import type { OutputStatus } from '../service/status.ts';
import type { Accounting } from './accounting.ts';
import type { FrameQueue } from './frame-queue.ts';
import type { RelayOutput } from './output.ts';

export class CaptureOutput implements RelayOutput {
  readonly #output: ByteOutput;
  readonly #queue: FrameQueue;
  readonly #accounting: Accounting;
  readonly #onFailure: (error: unknown) => void;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #isGivenUp = false;
  #failed: unknown;

  /** `onFailure` is told, once, that nothing more can be written. */
  constructor(output: ByteOutput, queue: FrameQueue, accounting: Accounting, onFailure: (error: unknown) => void) {
    this.#output = output;
    this.#queue = queue;
    this.#accounting = accounting;
    this.#onFailure = onFailure;
  }

  get name(): string {
    return this.#output.name;
  }

  get status(): OutputStatus {
    const isReady = this.#failed === undefined;
    return { name: this.name, isReady, state: isReady ? 'is written' : 'cannot be written', connections: 0 };
  }

  async open(): Promise<void> {
    await this.#output.write(encodeControl(ControlType.start));
    this.#queue.onReady = () => this.#start();
    this.#start();
  }

  async close(deadline: number): Promise<void> {
    const timer = setTimeout(() => this.#giveUp(), Math.max(0, deadline - performance.now()));
    try {
      await this.#finish();
    } catch (error) {
      this.#countUnconfirmed();
      if (!this.#isGivenUp) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #finish(): Promise<void> {
    this.#start();
    await this.#writing;
    if (this.#failed !== undefined) throw this.#failed;
    await this.#output.write(encodeControl(ControlType.stop));
    await this.#output.commit();
    this.#accounting.confirmed += this.#accounting.sent;
    this.#accounting.sent = 0;
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    void this.#output.abort();
  }

  #countUnconfirmed(): void {
    this.#accounting.unconfirmed += this.#accounting.sent;
    this.#accounting.sent = 0;
  }

  #start(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#writing = this.#write().catch((error: unknown) => {
      this.#countUnconfirmed();
      this.#failed = error;
      if (!this.#isGivenUp) this.#onFailure(error);
    });
  }

  async #write(): Promise<void> {
    for (let batch = this.#queue.take(); batch !== undefined; batch = this.#queue.take()) {
      this.#accounting.sent += batch.frames;
      try {
        await this.#output.write(batch.buffer.written());
      } finally {
        this.#queue.done(batch);
      }
    }
    this.#isWriting = false;
  }
}
