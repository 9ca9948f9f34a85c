/** Captures to text: each data frame rendered, one after the other. Reading, rendering and writing overlap. */
import type { ByteInput } from '../endpoints/input.ts';
import type { ByteOutput } from '../endpoints/output.ts';
import { FRAME_CODES, type FrameCode } from '../errors.ts';
import { CaptureReader } from '../framestream/capture.ts';
import { LENGTH_LENGTH, readLength } from '../framestream/length.ts';
import { FrameView } from '../inspect/frame-view.ts';
import type { FrameRenderer } from '../inspect/renderer.ts';
import { OverlappedWriter } from './overlapped-writer.ts';
import { type InputProblem, readCapture } from './read-capture.ts';

export interface PrintJobOptions {
  /** The longest data frame that is read, in bytes. Default: 1 MiB. */
  maxFrameLength?: number | undefined;
  /** After so many frames nothing more is read. Default: no limit. */
  limit?: number | undefined;
}

/** What a run has done. */
export interface PrintReport {
  /** Frames that could not be shown, by code. */
  readonly unreadable: ReadonlyMap<FrameCode, number>;
  readonly problems: readonly InputProblem[];
}

/**
 * Prints the data frames of the inputs, one input after the other. Inputs are opened as they are needed and closed. The output is neither
 * committed nor aborted here. Throws EndpointError where an input cannot be read or is no capture of dnstap at all, after what was
 * read before it was written; or where the output cannot be written.
 */
export async function printCaptures(
  inputs: readonly (() => Promise<ByteInput>)[],
  output: ByteOutput,
  renderer: FrameRenderer,
  { maxFrameLength, limit = Number.POSITIVE_INFINITY }: PrintJobOptions = {},
): Promise<PrintReport> {
  const writer = new OverlappedWriter(output);
  const printer = new Printer(renderer, writer, limit);
  const problems: InputProblem[] = [];
  try {
    for (const open of inputs) {
      const input = await open();
      printer.input = input.name;
      const capture = new CaptureReader(
        (bytes, start, end, offset) => printer.printFrames(bytes, start, end, offset),
        maxFrameLength,
        (length, offset) => printer.printOversize(length, offset),
      );
      const problem = await readCapture(input, capture, writer, { isDone: () => printer.isDone });
      if (problem !== undefined) problems.push(problem);
      if (printer.isDone) break;
    }
  } catch (error) {
    // Where it was the output that failed, it fails again.
    await writer.flush().catch(() => {});
    throw error;
  }
  await writer.flush();
  return { unreadable: printer.unreadable, problems };
}

/** Renders frames into the buffer of the writer, until there were enough. */
class Printer {
  input = '';
  readonly unreadable = new Map<FrameCode, number>();
  readonly #renderer: FrameRenderer;
  readonly #writer: OverlappedWriter;
  #left: number;
  readonly #view = new FrameView();

  constructor(renderer: FrameRenderer, writer: OverlappedWriter, limit: number) {
    this.#renderer = renderer;
    this.#writer = writer;
    this.#left = limit;
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  /** Prints the data frames from `start` to `end`, with their lengths; the first of them starts at `offset` in the input. */
  printFrames(bytes: Uint8Array, start: number, end: number, offset: number): void {
    let text = '';
    for (let position = start; position < end && this.#left > 0; this.#left--) {
      const frameStart = position + LENGTH_LENGTH;
      const frameEnd = frameStart + readLength(bytes, position);
      const place = { input: this.input, offset: offset + position - start };
      const code = this.#view.read(bytes, frameStart, frameEnd);
      if (code === 0) text += this.#renderer.render(this.#view, place);
      else {
        const frame = bytes.subarray(frameStart, frameEnd);
        text += this.#unreadable(FRAME_CODES[code - 1] as FrameCode, frame.length, frame, place.offset);
      }
      position = frameEnd;
    }
    this.#print(text);
  }

  printOversize(length: number, offset: number): void {
    if (this.#left === 0) return;
    this.#left--;
    this.#print(this.#unreadable('FRAME_TOO_LONG', length, undefined, offset));
  }

  #unreadable(code: FrameCode, length: number, bytes: Uint8Array | undefined, offset: number): string {
    this.unreadable.set(code, (this.unreadable.get(code) ?? 0) + 1);
    return this.#renderer.renderUnreadable({ code, length, bytes }, { input: this.input, offset });
  }

  #print(text: string): void {
    this.#writer.append(Buffer.from(text));
  }
}
