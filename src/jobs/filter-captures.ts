/** Captures to a capture: read, cut into frames, filter, write in order. Reading, filtering and writing overlap. */
import type { ByteInput } from '../endpoints/input.ts';
import type { ByteOutput } from '../endpoints/output.ts';
import { describeForeign } from '../endpoints/recognize.ts';
import { EndpointError, frameErrors, type StreamCode, StreamError } from '../errors.ts';
import type { Counters } from '../filter/counters.ts';
import { Filter, type FilterOptions } from '../filter/filter-chunk.ts';
import { CaptureReader } from '../framestream/capture.ts';
import { ControlType, encodeControl } from '../framestream/control.ts';
import type { Plan } from '../rules/plan.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';

/** From so many bytes on what was filtered is written out. */
const WRITE_LENGTH = 1024 * 1024;

/** So many bytes are filtered at a time: rules that add text can make tiny frames three hundred times as long. */
const SLICE_LENGTH = 64 * 1024;

export interface FilterJobOptions extends FilterOptions {
  /** The longest data frame that is read, in bytes. Default: 1 MiB. */
  maxFrameLength?: number;
  /** Told after each chunk: how many bytes of the current input have been read. */
  onProgress?: (input: ByteInput) => void;
}

/** What was wrong with an input, and where; everything before was read. */
export interface InputProblem {
  readonly input: string;
  readonly code: StreamCode;
  /** In bytes from the start of the (decompressed) input. */
  readonly offset: number;
  readonly message: string;
}

/** What a run has done. */
export interface FilterReport {
  readonly counters: Counters;
  readonly problems: readonly InputProblem[];
  /** Control frames, and fields in them, that have no place in a capture and were passed over. */
  readonly skippedControls: number;
}

/**
 * Filters the inputs, one after the other, into one capture. Inputs are opened as they are needed and closed. The output is neither
 * committed nor aborted here. Throws EndpointError where an input cannot be read or is no Frame Streams at all, or the output cannot
 * be written.
 */
export async function filterCaptures(
  inputs: readonly (() => Promise<ByteInput>)[],
  output: ByteOutput,
  plan: Plan,
  { maxFrameLength, onProgress, ...filterOptions }: FilterJobOptions = {},
): Promise<FilterReport> {
  const filter = new Filter(plan, filterOptions);
  const writer = new OverlappedWriter(output);
  const problems: InputProblem[] = [];
  let skippedControls = 0;
  writer.append(encodeControl(ControlType.start));
  for (const open of inputs) {
    const input = await open();
    const capture = new CaptureReader(
      (bytes, start, end) => filter.filterChunk(bytes, start, end, writer.buffer),
      maxFrameLength,
    );
    try {
      await readCapture(input, capture, writer, onProgress);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      if (error.code === 'NOT_FRAME_STREAMS' || error.code === 'CONTENT_TYPE_MISMATCH') {
        throw new EndpointError('INPUT_FOREIGN', `${input.name} is no dnstap capture: ${error.message}.`);
      }
      problems.push({ input: input.name, code: error.code, offset: error.offset, message: error.message });
    } finally {
      await input.close();
    }
    skippedControls += capture.skippedControls;
    filter.counters.framesRead += capture.oversizeFrames;
    filter.counters.bytesRead += capture.oversizeBytes;
    filter.counters.droppedByCode[frameErrors.FRAME_TOO_LONG] += capture.oversizeFrames;
  }
  writer.append(encodeControl(ControlType.stop));
  await writer.flush();
  return { counters: filter.counters, problems, skippedControls };
}

async function readCapture(
  input: ByteInput,
  capture: CaptureReader,
  writer: OverlappedWriter,
  onProgress: ((input: ByteInput) => void) | undefined,
): Promise<void> {
  let chunk = await input.read();
  const foreign = chunk && describeForeign(chunk);
  if (foreign !== undefined) {
    throw new EndpointError('INPUT_FOREIGN', `${input.name} is no dnstap capture: it looks like ${foreign}.`);
  }
  while (chunk !== undefined) {
    for (let start = 0; start < chunk.length; start += SLICE_LENGTH) {
      capture.push(chunk.subarray(start, start + SLICE_LENGTH));
      if (writer.isFull) await writer.start();
    }
    // What comes through a pipe may be slow in coming, and somebody may be waiting for it.
    if (input.size === undefined) await writer.start();
    onProgress?.(input);
    chunk = await input.read();
  }
  capture.end();
}

/** Collects bytes in one buffer while another one is being written. */
class OverlappedWriter {
  buffer = new ByteBuffer(WRITE_LENGTH * 2);
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
