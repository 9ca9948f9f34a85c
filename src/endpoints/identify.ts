/** Which files inputs are, before any of them is opened: so that a missing one, or one that is the output, is told first. */
import { type FileIdentity, statDescriptor, statPath } from './descriptor.ts';
import type { End } from './end.ts';
import { nameInput, unreadable } from './input.ts';

/** An input that is a regular file, and its length in bytes. */
export interface InputFile extends FileIdentity {
  readonly size: number;
}

/** Each input that is a regular file; throws EndpointError where there is no such input. */
export async function identifyInputs(ends: readonly End[]): Promise<InputFile[]> {
  const files: InputFile[] = [];
  for (const end of ends) {
    try {
      const stat = end.kind === 'stdio' ? await statDescriptor(0) : await statPath(end.path);
      if (stat.isFile()) files.push({ dev: stat.dev, ino: stat.ino, size: Number(stat.size) });
    } catch (error) {
      throw unreadable(nameInput(end), error);
    }
  }
  return files;
}
