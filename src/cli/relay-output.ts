/** The output of a relay, as the command line asks for it: a socket with a spool or without, files one after the other, or standard output. */
import process from 'node:process';
import { createOutputStream } from '../endpoints/output-stream.ts';
import { findTarget } from '../endpoints/output-target.ts';
import { CaptureOutput } from '../relay/capture-output.ts';
import type { FullPolicy } from '../relay/frame-queue.ts';
import type { RelayOutput } from '../relay/output.ts';
import type { Relay } from '../relay/relay.ts';
import { RotatingOutput } from '../relay/rotating-output.ts';
import { SocketOutput, type SpoolOptions } from '../relay/socket-output.ts';
import { hasFields } from '../rotation/file-pattern.ts';
import type { Log } from '../service/log.ts';
import { type AnyEnd, isSocket } from './ends.ts';
import { type RotationArguments, refuseRotation, rotationOptions } from './rotation-options.ts';
import { UsageError } from './usage-error.ts';

/** The arguments that say how the output is written. */
export interface OutputArguments extends RotationArguments {
  readonly force: boolean;
  readonly onFull: FullPolicy;
  readonly spool?: string;
  readonly spoolSize: number;
  readonly spoolOnReload: 'send' | 'discard';
}

/** Throws UsageError where what is asked for is not for such an output. */
export function checkOutput(args: OutputArguments, output: AnyEnd): void {
  checkSpool(args, output);
  if (output.kind !== 'file') refuseRotation(args, 'the output is no file');
  else if (args.force) {
    throw new UsageError(
      '--force is for filtering: a relay replaces no file. Where the name of its output is taken, it takes NAME_002.',
    );
  }
}

/** Opens the output of a relay; `onFailure` is told where it cannot be written later. Throws EndpointError. */
export async function openOutput(
  end: AnyEnd,
  args: OutputArguments,
  relay: Relay,
  log: Log,
  onFailure: (error: unknown) => void,
): Promise<RelayOutput> {
  const output = await createOutput(end, args, relay, log, onFailure);
  await output.open();
  return output;
}

async function createOutput(
  end: AnyEnd,
  args: OutputArguments,
  { queue, accounting }: Relay,
  log: Log,
  onFailure: (error: unknown) => void,
): Promise<RelayOutput> {
  if (isSocket(end)) return new SocketOutput(end, queue, accounting, log, spoolOptions(args));
  if (end.kind === 'stdio') {
    const stdout = await createOutputStream(process.stdout.fd, { isTTY: process.stdout.isTTY, inputs: [] });
    return new CaptureOutput(stdout, queue, accounting, onFailure);
  }
  // A name without fields may be that of a device or a directory, beside which no file belongs.
  if (!hasFields(end.path)) await findTarget(end.path, { force: true, inputs: [] });
  return new RotatingOutput(end.path, rotationOptions(args), queue, accounting, log);
}

function checkSpool({ onFull, spool }: OutputArguments, output: AnyEnd): void {
  if ((onFull === 'spool') !== (spool !== undefined)) {
    throw new UsageError('--on-full spool and --spool DIRECTORY go together: say where to, and that it is wanted.');
  }
  if (spool !== undefined && !isSocket(output)) {
    throw new UsageError('--spool is for outputs that are sockets; a file is on disk already.');
  }
}

function spoolOptions({ spool, spoolSize, spoolOnReload }: OutputArguments): SpoolOptions | undefined {
  return spool === undefined ? undefined : { path: spool, size: spoolSize, onReload: spoolOnReload };
}
