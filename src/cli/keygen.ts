/** `tapfilter keygen FILE`: writes a new key. */
import process from 'node:process';
import { Key, withoutKeyText } from '../anonymize/key.ts';
import { renderPath } from '../endpoints/end.ts';
import { refuseKeyText, writeKeyFile } from '../keys/key-file.ts';
import { ExitStatus } from './exit-status.ts';
import { UsageError } from './usage-error.ts';

/** Runs the command; resolves to the exit status. Throws UsageError, KeyError or EndpointError, and then has written nothing. */
export async function keygenCommand(path: string): Promise<number> {
  if (path === '' || path === '-')
    throw new UsageError('a key is written to a file, and to nothing else: give its name.');
  refuseKeyText(path);
  await writeKeyFile(path, Key.generate());
  process.stderr.write(
    `tapfilter: wrote a new key to ${withoutKeyText(renderPath(path))}, for its owner to read; whoever has it can undo the pseudonyms made with it.\n`,
  );
  return ExitStatus.done;
}
