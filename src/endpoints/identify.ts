/** Which files inputs are, before any of them is opened: so that a missing one, or one that is the output, is told first. */
import { EndpointError } from '../errors.ts';
import { type FileIdentity, statDescriptor, statPath } from './descriptor.ts';
import { type End, renderPath } from './end.ts';
import { explainSystemError } from './system-error.ts';

/** The identity of each input that is a regular file; throws EndpointError where there is no such input. */
export async function identifyInputs(ends: readonly End[], stdin = 0): Promise<FileIdentity[]> {
  const identities: FileIdentity[] = [];
  for (const end of ends) {
    try {
      const stat = end.kind === 'stdio' ? await statDescriptor(stdin) : await statPath(end.path);
      if (stat.isFile()) identities.push({ dev: stat.dev, ino: stat.ino });
    } catch (error) {
      const name = end.kind === 'stdio' ? 'standard input' : renderPath(end.path);
      throw new EndpointError('INPUT_UNREADABLE', `cannot read ${name}: ${explainSystemError(error)}.`, {
        cause: error,
      });
    }
  }
  return identities;
}
