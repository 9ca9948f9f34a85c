/** Which files inputs are, before any of them is opened: so that a missing one, or one that is the output, is told first. */
import { type FileIdentity, statDescriptor, statPath } from './descriptor.ts';
import type { End } from './end.ts';
import { nameInput, unreadable } from './input.ts';

/** The identity of each input that is a regular file; throws EndpointError where there is no such input. */
export async function identifyInputs(ends: readonly End[]): Promise<FileIdentity[]> {
  const identities: FileIdentity[] = [];
  for (const end of ends) {
    try {
      const stat = end.kind === 'stdio' ? await statDescriptor(0) : await statPath(end.path);
      if (stat.isFile()) identities.push({ dev: stat.dev, ino: stat.ino });
    } catch (error) {
      throw unreadable(nameInput(end), error);
    }
  }
  return identities;
}
