/** One input read to its end, or as far as it can be: what every job on captures does with each of its inputs. */
import type { ByteInput } from '../endpoints/input.ts';
import { describeForeign } from '../endpoints/recognize.ts';
import { EndpointError, type StreamCode, StreamError } from '../errors.ts';
import type { CaptureReader } from '../framestream/capture.ts';

/** So many bytes are given to the reader at a time: what is made of tiny frames may be many times as long. */
const SLICE_LENGTH = 64 * 1024;

/** What was wrong with an input, and where; everything before was read. */
export interface InputProblem {
  readonly input: string;
  readonly code: StreamCode;
  /** In bytes from the start of the (decompressed) input. */
  readonly offset: number;
  readonly message: string;
}

/** What reading runs ahead of, and waits for. */
export interface Backlog {
  /** Whether enough has come together for `start`. */
  readonly isFull: boolean;
  /** Passes on what has come together, as soon as there is room for it. */
  start(): Promise<void>;
}

export interface ReadCaptureOptions {
  /** Told after each chunk: how many bytes of the input have been read. */
  onProgress?: ((input: ByteInput) => void) | undefined;
  /** Whether enough was read: what follows is neither read nor judged. */
  isDone?: () => boolean;
}

/**
 * Reads the input through `capture`, whose handler adds to the backlog, and closes it. Returns what was wrong, if anything.
 * Throws EndpointError where the input cannot be read or is no capture of dnstap at all, or the output cannot be written.
 */
export async function readCapture(
  input: ByteInput,
  capture: CaptureReader,
  backlog: Backlog,
  options: ReadCaptureOptions = {},
): Promise<InputProblem | undefined> {
  try {
    await readToEnd(input, capture, backlog, options);
  } catch (error) {
    if (!(error instanceof StreamError)) throw error;
    if (error.code === 'NOT_FRAME_STREAMS' || error.code === 'CONTENT_TYPE_MISMATCH') {
      throw new EndpointError('INPUT_FOREIGN', `${input.name} is no dnstap capture: ${error.message}.`);
    }
    if (options.isDone?.()) return undefined;
    return { input: input.name, code: error.code, offset: error.offset, message: error.message };
  } finally {
    await input.close();
  }
  return undefined;
}

async function readToEnd(
  input: ByteInput,
  capture: CaptureReader,
  backlog: Backlog,
  { onProgress, isDone }: ReadCaptureOptions,
): Promise<void> {
  let chunk = await input.read();
  const foreign = chunk && describeForeign(chunk);
  if (foreign !== undefined) {
    throw new EndpointError('INPUT_FOREIGN', `${input.name} is no dnstap capture: it looks like ${foreign}.`);
  }
  while (chunk !== undefined) {
    for (let start = 0; start < chunk.length; start += SLICE_LENGTH) {
      capture.push(chunk.subarray(start, start + SLICE_LENGTH));
      if (isDone?.()) return;
      if (backlog.isFull) await backlog.start();
    }
    // What comes through a pipe may be slow in coming, and somebody may be waiting for it.
    if (input.size === undefined) await backlog.start();
    onProgress?.(input);
    chunk = await input.read();
  }
  capture.end();
}
