/** What `tapfilter --version` tells, for whom nothing else need be loaded. */
import process from 'node:process';
import manifest from '../../package.json' with { type: 'json' };
import { ExitStatus } from './exit-status.ts';
import { watchStandardStreams } from './standard-streams.ts';

/** Tells the version; resolves to the exit status. */
export async function run(): Promise<number> {
  watchStandardStreams();
  process.stdout.write(`${manifest.version}\n`);
  return ExitStatus.done;
}
