/** `tapfilter INPUT... OUTPUT --rules FILE`: filters captures into one. */
import { lstat } from 'node:fs/promises';
import process from 'node:process';
import { type End, parseEnd, renderPath } from '../endpoints/end.ts';
import { identifyInputs } from '../endpoints/identify.ts';
import { openInput } from '../endpoints/input.ts';
import type { ByteOutput } from '../endpoints/output.ts';
import { createOutputFile } from '../endpoints/output-file.ts';
import { createOutputStream } from '../endpoints/output-stream.ts';
import { type FilterReport, filterCaptures } from '../jobs/filter-captures.ts';
import type { Plan } from '../rules/plan.ts';
import { ExitStatus } from './exit-status.ts';
import { Progress } from './progress.ts';
import { type KeyOptions, readPlan } from './rules-file.ts';
import { renderJsonSummary, renderTextSummary } from './summary.ts';
import { UsageError } from './usage-error.ts';

/** The arguments as the command line gave them. */
export interface FilterArguments extends KeyOptions {
  readonly ends: readonly string[];
  readonly rules?: string;
  readonly output?: string;
  readonly force: boolean;
  readonly mode: number;
  readonly quiet: boolean;
  readonly summary: 'text' | 'json';
  readonly maxFrame: number;
  readonly maxOutputFrame: number;
}

/** Runs the command; resolves to the exit status. Throws TapfilterError where nothing, or not all, could be done. */
export async function filterCommand(args: FilterArguments): Promise<number> {
  const started = performance.now();
  const { inputs, output } = await splitEnds(args);
  if (inputs.filter((input) => input.kind === 'stdio').length > 1) {
    throw new UsageError('standard input can be only one of the inputs.');
  }
  const plan = await readPlan(args.rules, args);
  if (plan === undefined) return ExitStatus.usage;
  let target: ByteOutput | undefined;
  const progress = !args.quiet && process.stderr.isTTY ? new Progress(process.stderr) : undefined;
  const removeHandlers = onEndingSignal(() => {
    progress?.stop();
    target?.abortSync();
  });
  let report: FilterReport;
  try {
    target = await openOutput(output, inputs, args);
    report = await filterCaptures(
      inputs.map((input) => () => openInput(input)),
      target,
      plan,
      {
        maxFrameLength: args.maxFrame,
        maxOutputFrameLength: args.maxOutputFrame,
        ...(progress && { onProgress: (input) => progress.update(input) }),
      },
    );
    await target.commit();
  } catch (error) {
    await target?.abort();
    throw error;
  } finally {
    progress?.stop();
    removeHandlers();
  }
  tell(report, plan, args, (performance.now() - started) / 1000);
  return report.problems.length === 0 && report.counters.isComplete ? ExitStatus.done : ExitStatus.incomplete;
}

async function splitEnds({ ends, output }: FilterArguments): Promise<{ inputs: End[]; output: End }> {
  if (ends.length === 0) throw new UsageError('an input is needed: the name of a capture, or - for standard input.');
  if (output !== undefined) return { inputs: ends.map(parseEnd), output: parseEnd(output) };
  const last = ends.at(-1) ?? '';
  if (ends.length === 1) {
    throw new UsageError(
      `an input and an output are needed, and there is only ${renderPath(last)}: name the file to write, or - for standard output.`,
    );
  }
  const end = parseEnd(last);
  if (ends.length > 2 && end.kind === 'file' && (await exists(end.path))) {
    throw new UsageError(
      `the last of ${ends.length} ends, ${renderPath(last)}, exists: name the output with -o, so that it is no input by mistake.`,
    );
  }
  return { inputs: ends.slice(0, -1).map(parseEnd), output: end };
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

async function openOutput(output: End, inputs: readonly End[], { force, mode }: FilterArguments): Promise<ByteOutput> {
  const identities = await identifyInputs(inputs);
  return output.kind === 'stdio'
    ? createOutputStream(process.stdout.fd, { isTTY: process.stdout.isTTY, inputs: identities })
    : createOutputFile(output.path, { force, mode, inputs: identities });
}

/** A signal that ends the program lets `tidy` run first, and then does what it does to any program. Returns what undoes this. */
function onEndingSignal(tidy: () => void): () => void {
  const end = (signal: NodeJS.Signals) => {
    tidy();
    remove();
    process.kill(process.pid, signal);
  };
  const remove = () => {
    for (const signal of ENDING_SIGNALS) process.off(signal, end);
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, end);
  return remove;
}

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

function tell(report: FilterReport, plan: Plan, args: FilterArguments, seconds: number): void {
  for (const { input, message, offset } of report.problems) {
    process.stderr.write(`tapfilter: ${input}: at byte ${offset} ${message}; what comes before was filtered.\n`);
  }
  if (args.quiet) return;
  process.stderr.write(
    args.summary === 'json'
      ? `${renderJsonSummary(report, plan, seconds)}\n`
      : renderTextSummary(report, plan, seconds),
  );
}
