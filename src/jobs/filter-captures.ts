/** Captures to a capture: read, cut into frames, filter, write in order. Reading, filtering and writing overlap. */
import type { ByteInput } from '../endpoints/input.ts';
import type { ByteOutput } from '../endpoints/output.ts';
import type { Counters } from '../filter/counters.ts';
import type { FilterOptions } from '../filter/filter-chunk.ts';
import { CaptureReader } from '../framestream/capture.ts';
import { ControlType, encodeControl } from '../framestream/control.ts';
import type { Plan } from '../rules/plan.ts';
import { FilterThreads, type Threads } from './filter-threads.ts';
import { type Filtering, FilteringHere } from './filtering.ts';
import { OverlappedWriter } from './overlapped-writer.ts';
import { type InputProblem, readCapture } from './read-capture.ts';

export interface FilterJobOptions extends FilterOptions {
  /** Filters in so many threads. Default: in this one. */
  threads?: Threads | undefined;
  /** The longest data frame that is read, in bytes. Default: 1 MiB. */
  maxFrameLength?: number | undefined;
  /** Told after each chunk: how many bytes of the current input have been read. */
  onProgress?: ((input: ByteInput) => void) | undefined;
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
  { maxFrameLength, onProgress, threads, ...filterOptions }: FilterJobOptions = {},
): Promise<FilterReport> {
  const writer = new OverlappedWriter(output);
  const filtering =
    threads === undefined
      ? new FilteringHere(plan, filterOptions, writer)
      : new FilterThreads(threads, plan, filterOptions, writer);
  try {
    return await filterAll(inputs, writer, filtering, { maxFrameLength, onProgress });
  } catch (error) {
    filtering.abort();
    throw error;
  }
}

async function filterAll(
  inputs: readonly (() => Promise<ByteInput>)[],
  writer: OverlappedWriter,
  filtering: Filtering,
  { maxFrameLength, onProgress }: Pick<FilterJobOptions, 'maxFrameLength' | 'onProgress'>,
): Promise<FilterReport> {
  const problems: InputProblem[] = [];
  let skippedControls = 0;
  let oversizeFrames = 0;
  let oversizeBytes = 0;
  writer.append(encodeControl(ControlType.start));
  for (const open of inputs) {
    const input = await open();
    const capture = new CaptureReader((bytes, start, end) => filtering.push(bytes, start, end), maxFrameLength);
    const problem = await readCapture(input, capture, filtering, { onProgress });
    if (problem !== undefined) problems.push(problem);
    skippedControls += capture.skippedControls;
    oversizeFrames += capture.oversizeFrames;
    oversizeBytes += capture.oversizeBytes;
  }
  const counters = await filtering.finish();
  counters.countOversize(oversizeFrames, oversizeBytes);
  writer.append(encodeControl(ControlType.stop));
  await writer.flush();
  return { counters, problems, skippedControls };
}
