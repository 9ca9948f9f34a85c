/** `tapfilter INPUT... OUTPUT --rules FILE` where an end is a socket: relays until a signal ends it, or its inputs do. */
import process from 'node:process';
import type { End } from '../endpoints/end.ts';
import { openInput } from '../endpoints/input.ts';
import { nameSocket, type SocketEnd } from '../endpoints/socket-end.ts';
import { systemdDescriptors } from '../endpoints/systemd-sockets.ts';
import { Relay } from '../relay/relay.ts';
import { compileRules } from '../rules/compile.ts';
import { Log, type LogFormat } from '../service/log.ts';
import { notifyReady } from '../service/notify.ts';
import { type AnyEnd, isCapture, isSocket } from './ends.ts';
import { ExitStatus } from './exit-status.ts';
import { openMetrics } from './metrics-service.ts';
import { checkOutput, type OutputArguments, openOutput } from './relay-output.ts';
import { Reloading, type ReloadingArguments } from './relay-reloading.ts';
import { Signals } from './relay-signals.ts';
import { RelayStatus } from './relay-status.ts';
import { readRules } from './rules-file.ts';
import { UsageError } from './usage-error.ts';

/** The arguments as the command line gave them. */
export interface RelayArguments extends ReloadingArguments, OutputArguments {
  readonly maxFrame: number;
  readonly maxOutputFrame: number;
  readonly queue: number;
  readonly maxConnections: number;
  readonly stopTimeout: number;
  readonly metrics?: string;
  readonly log: LogFormat;
}

/**
 * Everything is closed at the end, and the process has nothing more to do. In milliseconds, how long it waits for what may hold it all the
 * same, as a log that nobody reads does.
 */
const LINGER = 1000;

/** Runs the command; resolves to the exit status. Throws TapfilterError where it cannot begin, or its output fails. */
export async function relayCommand(args: RelayArguments, inputs: readonly AnyEnd[], output: AnyEnd): Promise<number> {
  refuseLoop(inputs, output);
  checkOutput(args, output);
  const rules = await readRules(args.rules, args);
  if (rules === undefined) return ExitStatus.usage;
  const sockets = inputs.filter(isSocket);
  const captures = inputs.filter(isCapture);
  const log = new Log((line) => process.stderr.write(line), args.log);
  const relay = new Relay(compileRules(rules.file, rules.key), log, {
    queueLength: args.queue,
    onFull: args.onFull,
    maxFrameLength: args.maxFrame,
    maxOutputFrameLength: args.maxOutputFrame,
    maxConnections: args.maxConnections,
  });
  const ending = new Ending();
  const status = new RelayStatus(relay, rules);
  const reloading = new Reloading(args, rules, relay, log, status);
  const rotate = () => status.output?.rotate?.();
  const signals = new Signals({
    end: () => ending.end(),
    // The file that begins then is for the new rules.
    reload: () => void reloading.reload().then(rotate),
    rotate,
  });
  let closeMetrics = () => {};
  try {
    closeMetrics = await openMetrics(args.metrics, status, log);
    // Writers come first: their frames can wait for the output, and they for us cannot.
    await relay.openInputs(withDescriptors(sockets));
    const target = await openOutput(output, args, relay, log, (error) => ending.fail(error));
    status.output = target;
    await notifyReady(process.env, log);
    let problems = 0;
    if (captures.length > 0) {
      const reading = readCaptures(captures, relay, log).then(async (count) => {
        problems = count;
        if (sockets.length > 0) return;
        await relay.drain();
        ending.end();
      });
      reading.catch(ending.fail);
    }
    const failure = await ending.come;
    await relay.stop(target, performance.now() + args.stopTimeout * 1000).catch(ending.fail);
    relay.tellSummary();
    const error = failure ?? ending.failure;
    if (error !== undefined) throw error;
    if (signals.isEnding) return ExitStatus.done;
    const { unconfirmed, dropped } = relay.accounting;
    const lost = dropped.stop + dropped.spool + dropped.refused + (isUnidirectional(output) ? 0 : unconfirmed);
    if (lost > 0) return ExitStatus.failed;
    return problems > 0 ? ExitStatus.incomplete : ExitStatus.done;
  } catch (error) {
    await relay.abort();
    throw error;
  } finally {
    closeMetrics();
    signals.remove();
    setTimeout(() => process.exit(), LINGER).unref();
  }
}

/** Throws UsageError where the output leads back to an input. */
function refuseLoop(inputs: readonly AnyEnd[], output: AnyEnd): void {
  if (!isSocket(output)) return;
  const name = nameSocket(output);
  if (inputs.some((input) => isSocket(input) && input.role !== output.role && nameSocket(input) === name)) {
    throw new UsageError(`${name} is both an input and the output: frames would go round for ever.`);
  }
}

function isUnidirectional(output: AnyEnd): boolean {
  return isSocket(output) && output.isUnidirectional;
}

function withDescriptors(ends: readonly SocketEnd[]): { end: SocketEnd; descriptors: readonly number[] }[] {
  const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES } = process.env;
  // No program that we start is to take them for its own.
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete process.env[name];
  const environment = { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES };
  return ends.map((end) => ({
    end,
    descriptors: end.kind === 'systemd' ? systemdDescriptors(end, environment, process.pid) : [],
  }));
}

/** Reads captures, one after the other; resolves to how many of them had something wrong. */
async function readCaptures(ends: readonly End[], relay: Relay, log: Log): Promise<number> {
  let problems = 0;
  const { stopping: signal } = relay;
  for (const end of ends) {
    if (signal.aborted) break;
    const problem = await relay.readCapture(await openInput(end, { signal }));
    if (problem === undefined) continue;
    problems++;
    const { input, offset, message } = problem;
    log.tell('warning', 'capture-broken', `${input}: at byte ${offset} ${message}; what comes before was read`);
  }
  return problems;
}

/** The end of the relay, which comes once, and what was in its way. */
class Ending {
  /** Resolves to the failure that ends the relay, if one does. */
  readonly come: Promise<unknown>;
  failure: unknown;
  #resolve: (failure: unknown) => void = () => {};

  constructor() {
    this.come = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  end(): void {
    this.#resolve(undefined);
  }

  readonly fail = (error: unknown): void => {
    this.failure ??= error;
    this.#resolve(error);
  };
}
