/** `tapfilter read INPUT...`: prints captures, one line a frame. */
import process from 'node:process';
import { type End, parseEnd, renderPath } from '../endpoints/end.ts';
import { identifyInputs } from '../endpoints/identify.ts';
import { openInput } from '../endpoints/input.ts';
import { createOutputStream } from '../endpoints/output-stream.ts';
import { isSocketNotation } from '../endpoints/socket-end.ts';
import { EndpointError } from '../errors.ts';
import type { FrameRenderer } from '../inspect/renderer.ts';
import type { PrintReport } from '../jobs/print-captures.ts';
import { ExitStatus } from './exit-status.ts';
import { UsageError } from './usage-error.ts';

/** The arguments as the command line gave them. */
export interface ReadArguments {
  readonly inputs: readonly string[];
  readonly json: boolean;
  readonly base64: boolean;
  readonly limit?: number;
  readonly maxFrame: number;
}

/** Runs the command; resolves to the exit status. Throws TapfilterError where an input cannot be read, or the output written. */
export async function readCommand(args: ReadArguments): Promise<number> {
  if (args.base64 && !args.json) throw new UsageError('--base64 is for --json.');
  const ends = args.inputs.map(parseInput);
  if (ends.filter((end) => end.kind === 'stdio').length > 1) {
    throw new UsageError('standard input can be only one of the inputs.');
  }
  const inputs = await identifyInputs(ends);
  const output = await createOutputStream(process.stdout.fd, { isTTY: process.stdout.isTTY, inputs, isText: true });
  // The filter, which is what is mostly run, starts without all this.
  const { printCaptures } = await import('../jobs/print-captures.ts');
  let report: PrintReport;
  try {
    report = await printCaptures(
      ends.map((end) => () => openInput(end)),
      output,
      await createRenderer(args),
      { maxFrameLength: args.maxFrame, limit: args.limit },
    );
    await output.commit();
  } catch (error) {
    await output.abort();
    // A reader that has seen enough is no failure.
    if (error instanceof EndpointError && error.code === 'OUTPUT_GONE') return ExitStatus.done;
    throw error;
  }
  return tell(report);
}

function parseInput(text: string): End {
  if (!isSocketNotation(text)) return parseEnd(text);
  const path = renderPath(text);
  throw new UsageError(`${path} is a socket, and read prints captures (a file of that name is written file:${path}).`);
}

async function createRenderer({ json, base64 }: ReadArguments): Promise<FrameRenderer> {
  if (json) {
    const { JsonRenderer } = await import('../inspect/json-frame.ts');
    return new JsonRenderer({ base64 });
  }
  const { isTimeZoneKnown } = await import('../inspect/clock.ts');
  const { TZ } = process.env;
  if (TZ !== undefined && !isTimeZoneKnown(TZ)) {
    process.stderr.write(
      `tapfilter: the time zone ${renderPath(TZ)} is not known here, and times are in another one: ` +
        'name a place in TZ, as Europe/Berlin.\n',
    );
  }
  const { LineRenderer } = await import('../inspect/line.ts');
  return new LineRenderer();
}

function tell({ unreadable, problems }: PrintReport): number {
  for (const { input, message, offset } of problems) {
    const rest = offset === 0 ? '' : '; what comes before was printed';
    process.stderr.write(`tapfilter: ${input}: at byte ${offset} ${message}${rest}.\n`);
  }
  if (unreadable.size > 0) {
    const codes = [...unreadable].map(([code, frames]) => `${frames} ${code}`);
    process.stderr.write(`tapfilter: frames that could not be read: ${codes.join(', ')}.\n`);
  }
  return problems.length === 0 && unreadable.size === 0 ? ExitStatus.done : ExitStatus.incomplete;
}
