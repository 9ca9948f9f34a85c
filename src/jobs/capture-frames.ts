/** A capture as an iterable of its frames, for those who pull them instead of being handed them. */
import type { ByteInput } from '../endpoints/input.ts';
import { CaptureReader } from '../framestream/capture.ts';
import { LENGTH_LENGTH, readLength } from '../framestream/length.ts';
import { type Backlog, type InputProblem, readCapture } from './read-capture.ts';

export interface CaptureFramesOptions {
  /** The longest data frame that is read, in bytes. Default: 1 MiB. */
  maxFrameLength?: number | undefined;
  /** Told after each chunk: how many bytes of the input have been read. */
  onProgress?: ((input: ByteInput) => void) | undefined;
  /** Told at the end what was wrong with the capture, and how many frames were longer than the limit. */
  onEnd?: ((problem: InputProblem | undefined, oversizeFrames: number) => void) | undefined;
}

/**
 * Reads a capture and gives its data frames, some at a time; they stay valid. To be read to its end, so that the input is closed. Throws
 * EndpointError where the input cannot be read or is no capture of dnstap at all.
 */
export async function* readCaptureFrames(
  open: () => Promise<ByteInput>,
  { maxFrameLength, onProgress, onEnd }: CaptureFramesOptions = {},
): AsyncGenerator<readonly Uint8Array[]> {
  const handover = new Handover();
  const capture = new CaptureReader((bytes, start, end) => handover.add(bytes.slice(start, end)), maxFrameLength);
  const reading = readCapture(await open(), capture, handover, { onProgress }).finally(() => handover.end());
  // What is wrong is thrown where it is waited for, behind the last frames.
  reading.catch(() => {});
  for (;;) {
    const frames = await handover.next();
    if (frames === undefined) break;
    yield frames;
  }
  onEnd?.(await reading, capture.oversizeFrames);
}

/** Passes frames from who reads to who asks for them; who reads waits until somebody asks. */
class Handover implements Backlog {
  #frames: Uint8Array[] = [];
  #ended = false;
  #wake: () => void = () => {};
  #taken: () => void = () => {};

  get isFull(): boolean {
    return this.#frames.length > 0;
  }

  add(bytes: Uint8Array): void {
    for (let position = 0; position < bytes.length; ) {
      const start = position + LENGTH_LENGTH;
      position = start + readLength(bytes, position);
      this.#frames.push(bytes.subarray(start, position));
    }
  }

  start(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    this.#wake();
    return new Promise((resolve) => {
      this.#taken = resolve;
    });
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The next frames, or undefined at the end. */
  async next(): Promise<readonly Uint8Array[] | undefined> {
    this.#taken();
    while (this.#frames.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const frames = this.#frames;
    this.#frames = [];
    return frames.length === 0 ? undefined : frames;
  }
}
