/** Captures to a capture: read, cut into frames, filter, write in order. Reading, filtering and writing overlap. */
import type { ByteInput } from '../endpoints/input.ts';
import type { ByteOutput } from '../endpoints/output.ts';
import { frameErrors } from '../errors.ts';
import type { Counters } from '../filter/counters.ts';
import { Filter, type FilterOptions } from '../filter/filter-chunk.ts';
import { CaptureReader } from '../framestream/capture.ts';
import { ControlType, encodeControl } from '../framestream/control.ts';
import type { Plan } from '../rules/plan.ts';
import { OverlappedWriter } from './overlapped-writer.ts';
import { type InputProblem, readCapture } from './read-capture.ts';

export interface FilterJobOptions extends FilterOptions {
  /** The longest data frame that is read, in bytes. Default: 1 MiB. */
  maxFrameLength?: number;
  /** Told after each chunk: how many bytes of the current input have been read. */
  onProgress?: (input: ByteInput) => void;
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
    const problem = await readCapture(input, capture, writer, { onProgress });
    if (problem !== undefined) problems.push(problem);
    skippedControls += capture.skippedControls;
    filter.counters.framesRead += capture.oversizeFrames;
    filter.counters.bytesRead += capture.oversizeBytes;
    filter.counters.droppedByCode[frameErrors.FRAME_TOO_LONG] += capture.oversizeFrames;
  }
  writer.append(encodeControl(ControlType.stop));
  await writer.flush();
  return { counters: filter.counters, problems, skippedControls };
}
