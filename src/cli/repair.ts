/** `tapfilter repair FILE...`: makes cut captures whole. */
import process from 'node:process';
import { renderPath } from '../endpoints/end.ts';
import { EndpointError } from '../errors.ts';
import { repairCapture } from '../jobs/repair-capture.ts';
import { ExitStatus } from './exit-status.ts';

/** Runs the command; resolves to the exit status. One that cannot be repaired is told, and keeps none of the others from it. */
export async function repairCommand(paths: readonly string[]): Promise<number> {
  let status: number = ExitStatus.done;
  for (const path of paths) {
    try {
      process.stderr.write(`tapfilter: ${await repair(path)}\n`);
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      process.stderr.write(`tapfilter: ${error.message}\n`);
      status = ExitStatus.failed;
    }
  }
  return status;
}

async function repair(path: string): Promise<string> {
  const { frames, wasWhole, cutLength } = await repairCapture(path);
  const holds = `${frames.toLocaleString('en-US')} ${frames === 1 ? 'frame' : 'frames'}`;
  if (wasWhole) return `${renderPath(path)} is whole, with ${holds}; nothing was done`;
  const cut = cutLength === 0 ? '' : `, after ${cutLength.toLocaleString('en-US')} bytes of a cut one were taken off`;
  return `${renderPath(path)} was cut, and is whole again, with ${holds}${cut}`;
}
