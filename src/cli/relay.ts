/** `tapfilter INPUT... OUTPUT --rules FILE` where an end is a socket: relays until a signal ends it, or its inputs do. */
import process from 'node:process';
import { withoutKeyText } from '../anonymize/key.ts';
import type { End } from '../endpoints/end.ts';
import { openInput } from '../endpoints/input.ts';
import { createOutputFile } from '../endpoints/output-file.ts';
import { createOutputStream } from '../endpoints/output-stream.ts';
import { nameSocket, type SocketEnd } from '../endpoints/socket-end.ts';
import { systemdDescriptors } from '../endpoints/systemd-sockets.ts';
import { TapfilterError } from '../errors.ts';
import { CaptureOutput } from '../relay/capture-output.ts';
import type { FullPolicy } from '../relay/frame-queue.ts';
import type { RelayOutput } from '../relay/output.ts';
import { Relay } from '../relay/relay.ts';
import { RotatingOutput } from '../relay/rotating-output.ts';
import { SocketOutput, type SpoolOptions } from '../relay/socket-output.ts';
import { compileRules } from '../rules/compile.ts';
import { Log, type LogFormat } from '../service/log.ts';
import { notifyReady } from '../service/notify.ts';
import { type AnyEnd, isCapture, isSocket } from './ends.ts';
import { ExitStatus } from './exit-status.ts';
import { openMetrics } from './metrics-service.ts';
import { RelayStatus } from './relay-status.ts';
import { isRotated, type RotationArguments, refuseRotation, rotationOptions } from './rotation-options.ts';
import { type KeyOptions, type RulesWithKey, readRules, readRulesAgain } from './rules-file.ts';
import { UsageError } from './usage-error.ts';

/** The arguments as the command line gave them. */
export interface RelayArguments extends KeyOptions, RotationArguments {
  readonly rules?: string;
  readonly force: boolean;
  readonly maxFrame: number;
  readonly maxOutputFrame: number;
  readonly onFull: FullPolicy;
  readonly queue: number;
  readonly maxConnections: number;
  readonly spool?: string;
  readonly spoolSize: number;
  readonly spoolOnReload: 'send' | 'discard';
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
  checkSpool(args, output);
  if (output.kind !== 'file') refuseRotation(args, 'the output is no file');
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
    reload: () => {
      rotate();
      reloading.reload();
    },
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
    if (relay.accounting.dropped.stop > 0 || (relay.accounting.unconfirmed > 0 && !isUnidirectional(output))) {
      return ExitStatus.failed;
    }
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

/** Throws UsageError where a spool is asked for that cannot be. */
function checkSpool({ onFull, spool }: RelayArguments, output: AnyEnd): void {
  if ((onFull === 'spool') !== (spool !== undefined)) {
    throw new UsageError('--on-full spool and --spool DIRECTORY go together: say where to, and that it is wanted.');
  }
  if (spool !== undefined && !isSocket(output)) {
    throw new UsageError('--spool is for outputs that are sockets; a file is on disk already.');
  }
}

function spoolOptions({ spool, spoolSize, spoolOnReload }: RelayArguments): SpoolOptions | undefined {
  return spool === undefined ? undefined : { path: spool, size: spoolSize, onReload: spoolOnReload };
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

async function openOutput(
  end: AnyEnd,
  args: RelayArguments,
  { queue, accounting }: Relay,
  log: Log,
  onFailure: (error: unknown) => void,
): Promise<RelayOutput> {
  const output = isSocket(end)
    ? new SocketOutput(end, queue, accounting, log, spoolOptions(args))
    : end.kind === 'file' && isRotated(end.path, args)
      ? new RotatingOutput(end.path, rotationOptions(args), queue, accounting, log)
      : new CaptureOutput(
          end.kind === 'stdio'
            ? await createOutputStream(process.stdout.fd, { isTTY: process.stdout.isTTY, inputs: [] })
            : await createOutputFile(end.path, { force: args.force, mode: args.mode, inputs: [] }),
          queue,
          accounting,
          { hasReader: end.kind === 'stdio', onFailure },
        );
  await output.open();
  return output;
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

interface SignalActions {
  end(): void;
  reload(): void;
  rotate(): void;
}

/** What signals do to a relay: two end it, at once where they come twice; SIGHUP reloads; SIGUSR2 begins another file. */
class Signals {
  /** Whether a signal has come that ends the relay. */
  isEnding = false;
  readonly #actions: SignalActions;

  constructor(actions: SignalActions) {
    this.#actions = actions;
    for (const signal of ENDING_SIGNALS) process.on(signal, this.#ended);
    process.on('SIGHUP', actions.reload);
    process.on('SIGUSR2', actions.rotate);
  }

  remove(): void {
    for (const signal of ENDING_SIGNALS) process.off(signal, this.#ended);
    process.off('SIGHUP', this.#actions.reload);
    process.off('SIGUSR2', this.#actions.rotate);
  }

  readonly #ended = (signal: NodeJS.Signals): void => {
    if (this.isEnding) {
      this.remove();
      process.kill(process.pid, signal);
    }
    this.isEnding = true;
    this.#actions.end();
  };
}

const ENDING_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Rules, key and certificates, read again; where something is wrong with them the old ones stay in force. */
class Reloading {
  readonly #args: RelayArguments;
  readonly #relay: Relay;
  readonly #log: Log;
  readonly #status: RelayStatus;
  #current: RulesWithKey;
  #running: Promise<void> = Promise.resolve();

  constructor(args: RelayArguments, current: RulesWithKey, relay: Relay, log: Log, status: RelayStatus) {
    this.#status = status;
    this.#args = args;
    this.#current = current;
    this.#relay = relay;
    this.#log = log;
  }

  /** One after the other, so that the last rules are those that stay. */
  readonly reload = (): void => {
    this.#running = this.#running.then(() => this.#reload()).catch((error: unknown) => this.#refuse(error));
  };

  async #reload(): Promise<void> {
    const { rules: path } = this.#args;
    if (path === undefined) throw new UsageError('no rules');
    let text = '';
    const rules = await readRulesAgain(path, this.#args, this.#current, (explanation) => {
      text = explanation;
    });
    if (rules === undefined) {
      this.#status.refused();
      this.#log.tell(
        'error',
        'reload-refused',
        `the rules are wrong, and the old ones stay in force:\n${text.trimEnd()}`,
      );
      return;
    }
    const plan = compileRules(rules.file, rules.key);
    const { output } = this.#status;
    // All is read before anything changes.
    const useCertificates = [await this.#relay.readCertificates(), await output?.readCertificates?.()];
    for (const use of useCertificates) use?.();
    this.#relay.change(plan);
    this.#current = rules;
    this.#status.reloaded(rules);
    await output?.reloaded?.();
    this.#log.tell('info', 'reloaded', 'the rules were read again, and are in force');
  }

  #refuse(error: unknown): void {
    if (!(error instanceof TapfilterError)) throw error;
    this.#status.refused();
    const message = withoutKeyText(error.message);
    this.#log.tell('error', 'reload-refused', `nothing was reloaded, and the old rules stay in force: ${message}`);
  }
}
