/** Bytes out while the next ones are made: one buffer is filled while the other one is being written. */
import type { ByteOutput } from '../endpoints/output.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';

/** From so many bytes on what was collected is written out. */
const WRITE_LENGTH = 1024 * 1024;

/** Collects bytes in one buffer while another one is being written. */
export class OverlappedWriter {
  buffer: ByteBuffer = new ByteBuffer(WRITE_LENGTH * 2);
  #spare = new ByteBuffer(WRITE_LENGTH * 2);
  #writing: Promise<void> = Promise.resolve();
  readonly #output: ByteOutput;

  constructor(output: ByteOutput) {
    this.#output = output;
  }

  append(bytes: Uint8Array): void {
    this.buffer.append(bytes, 0, bytes.length);
  }

  get isFull(): boolean {
    return this.buffer.length >= WRITE_LENGTH;
  }

  /** Writes what there is, and waits for it. */
  async flush(): Promise<void> {
    await this.start();
    await this.#writing;
  }

  /** Starts to write what there is, once the write before it is done. */
  async start(): Promise<void> {
    await this.#writing;
    const full = this.buffer;
    this.buffer = this.#spare;
    this.buffer.length = 0;
    this.#spare = full;
    this.#writing = this.#output.write(full.written());
    // Its failure belongs to the next call, which may be long in coming.
    this.#writing.catch(() => {});
  }
}
