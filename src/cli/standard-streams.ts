/** Standard output and standard error, when what is written for people cannot be written. */
import process from 'node:process';
import { hasErrorCode } from '../endpoints/descriptor.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { ExitStatus } from './exit-status.ts';

/**
 * Makes the process end with a message where standard output fails. Whoever has stopped reading, or a log that is full, does not make a
 * failure of a run that is none.
 */
export function watchStandardStreams(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error) => {
    if (hasErrorCode(error, 'EPIPE')) return;
    process.stderr.write(`tapfilter: cannot write standard output: ${explainSystemError(error)}.\n`);
    process.exit(ExitStatus.failed);
  });
}
