/** A zlib stream as a function that is fed bytes and gives bytes: one piece at a time, off the event loop, bounded. */
import type { Transform } from 'node:stream';

/** What Node's zlib streams are, as far as they are used here. */
export interface ZlibStream extends Transform {
  /** How many bytes of the input the engine has consumed. */
  readonly bytesWritten: number;
}

/** How much a zlib stream gives at a time at most, in bytes. It is also what such a stream holds back when nobody reads. */
export const ZLIB_CHUNK_LENGTH: number = 256 * 1024;

/** The options with which a zlib stream is made for ZlibSteps. */
export const ZLIB_OPTIONS: { readonly chunkSize: number; readonly highWaterMark: number } = {
  chunkSize: ZLIB_CHUNK_LENGTH,
  highWaterMark: ZLIB_CHUNK_LENGTH,
};

/** Drives one zlib stream; `run` and `finish` are called one after the other, each to its end. */
export class ZlibSteps {
  readonly #stream: ZlibStream;
  #wake: () => void = () => {};
  #busy = false;
  #error: Error | undefined;

  /** Takes a stream over that was made with ZLIB_OPTIONS. */
  constructor(stream: ZlibStream) {
    this.#stream = stream;
    stream.on('readable', () => this.#wake());
    stream.on('error', (error) => this.#stop(error));
  }

  /** How many bytes of all the pieces the engine has consumed; fewer than it was fed once what it reads has ended. */
  get consumed(): number {
    return this.#stream.bytesWritten;
  }

  /** Feeds one piece, which must not change meanwhile, and gives what comes out; throws the error of the engine. */
  async *run(piece: Uint8Array): AsyncGenerator<Uint8Array, void> {
    this.#busy = true;
    this.#stream.write(piece, (error) => this.#stop(error));
    yield* this.#drain();
  }

  /** Ends the input, and gives the last of the output. */
  async *finish(): AsyncGenerator<Uint8Array, void> {
    this.#busy = true;
    this.#stream.once('end', () => this.#stop());
    this.#stream.end();
    yield* this.#drain();
  }

  /** Frees the engine; not during a `run` that somebody waits for. */
  close(): void {
    this.#stream.destroy();
  }

  async *#drain(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const chunk: Uint8Array | null = this.#stream.read();
      if (chunk !== null) yield chunk;
      else if (this.#error !== undefined) throw this.#error;
      else if (!this.#busy) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #stop(error?: Error | null): void {
    this.#error ??= error ?? undefined;
    this.#busy = false;
    this.#wake();
  }
}
