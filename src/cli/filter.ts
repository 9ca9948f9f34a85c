/** `tapfilter INPUT... OUTPUT --rules FILE`: filters captures into one. */
import { availableParallelism } from 'node:os';
import process from 'node:process';
import type { End } from '../endpoints/end.ts';
import { type InputFile, identifyInputs } from '../endpoints/identify.ts';
import { openInput } from '../endpoints/input.ts';
import type { ByteOutput } from '../endpoints/output.ts';
import { createOutputFile } from '../endpoints/output-file.ts';
import { createOutputStream } from '../endpoints/output-stream.ts';
import { type FilterReport, filterCaptures } from '../jobs/filter-captures.ts';
import { compileRules } from '../rules/compile.ts';
import type { Plan } from '../rules/plan.ts';
import type { RulesFile } from '../rules/schema.ts';
import { isCapture, parseEnds } from './ends.ts';
import { ExitStatus } from './exit-status.ts';
import { Progress } from './progress.ts';
import type { RelayArguments } from './relay.ts';
import { refuseRotation } from './rotation-options.ts';
import { pathsOfRules, readRules } from './rules-file.ts';
import { renderJsonSummary, renderTextSummary } from './summary.ts';

/** Where the bundle of src/jobs/filter-worker.ts lies beside that of the command, whose chunks have a folder of their own. */
const THREAD_PROGRAM = new URL('../filter-worker.js', import.meta.url);

/** So many bytes of inputs take long enough for the start of threads to pay. */
const MIN_LENGTH_FOR_JOBS = 32 * 1024 * 1024;
const MAX_DEFAULT_JOBS = 8;

/** The arguments as the command line gave them. */
export interface FilterArguments extends RelayArguments {
  readonly ends: readonly string[];
  readonly output?: string;
  readonly quiet: boolean;
  readonly summary: 'text' | 'json';
  readonly jobs?: number;
}

/** Runs the command; resolves to the exit status. Throws TapfilterError where nothing, or not all, could be done. */
export async function filterCommand(args: FilterArguments): Promise<number> {
  const started = performance.now();
  const { inputs, output } = await parseEnds(args.ends, args.output);
  if (!(inputs.every(isCapture) && isCapture(output))) {
    // What runs for months may take longer to start than what filters a file.
    const { relayCommand } = await import('./relay.ts');
    return relayCommand(args, inputs, output);
  }
  refuseRotation(args, 'no end is a socket');
  const rules = await readRules(args.rules, args);
  if (rules === undefined) return ExitStatus.usage;
  const plan = compileRules(rules.file, rules.key);
  let target: ByteOutput | undefined;
  const progress = !args.quiet && process.stderr.isTTY ? new Progress(process.stderr) : undefined;
  const removeHandlers = onEndingSignal(() => {
    progress?.stop();
    target?.abortSync();
  });
  let report: FilterReport;
  try {
    const files = await identifyInputs(inputs);
    target = await openOutput(output, [...files, ...(await identifyRules(args, rules.file))], args);
    const jobs = args.jobs ?? defaultJobs(files);
    report = await filterCaptures(
      inputs.map((input) => () => openInput(input)),
      target,
      plan,
      {
        maxFrameLength: args.maxFrame,
        maxOutputFrameLength: args.maxOutputFrame,
        ...(jobs > 1 && { threads: { count: jobs, program: THREAD_PROGRAM, ...rules } }),
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

/** Where the inputs deserve it one a core, but for one core that reading, writing and the rest of the machine have. */
function defaultJobs(files: readonly InputFile[]): number {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return size < MIN_LENGTH_FOR_JOBS ? 1 : Math.max(1, Math.min(availableParallelism() - 1, MAX_DEFAULT_JOBS));
}

/** So that no capture takes the place of the rules or the key by which it is filtered. */
async function identifyRules(args: FilterArguments, file: RulesFile): Promise<InputFile[]> {
  const paths = args.rules === undefined ? [] : await pathsOfRules(args.rules, args, file);
  return identifyInputs(paths.map((path) => ({ kind: 'file', path })));
}

async function openOutput(
  output: End,
  inputs: readonly InputFile[],
  { force, mode }: FilterArguments,
): Promise<ByteOutput> {
  return output.kind === 'stdio'
    ? createOutputStream(process.stdout.fd, { isTTY: process.stdout.isTTY, inputs })
    : createOutputFile(output.path, { force, mode, inputs });
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

/** Signals that end a program by default (signal(7)), but for those that Node or we ignore, and those of a fault in the program. */
const ENDING_SIGNALS: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGPROF',
  'SIGXCPU',
  'SIGIO',
  'SIGPWR',
  'SIGSTKFLT',
];

function tell(report: FilterReport, plan: Plan, args: FilterArguments, seconds: number): void {
  for (const { input, message, offset } of report.problems) {
    const rest = offset === 0 ? '' : '; what comes before was filtered';
    process.stderr.write(`tapfilter: ${input}: at byte ${offset} ${message}${rest}.\n`);
  }
  if (args.quiet) return;
  process.stderr.write(
    args.summary === 'json'
      ? `${renderJsonSummary(report, plan, seconds)}\n`
      : renderTextSummary(report, plan, seconds),
  );
}
