/**
 * Locks between processes, each a unix socket that its holder listens on: the kernel lets go of it when the holder dies, however that happens.
 */
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { EndpointError } from '../errors.ts';
import { fileExists } from './descriptor.ts';
import { renderPath } from './end.ts';
import { explainSystemError } from './system-error.ts';
import { listenOnUnixSocket } from './unix-listener.ts';

/**
 * Takes the lock whose socket is at `path`; resolves to what lets go of it. `name` is what messages call that which is locked. Throws
 * EndpointError where another process has it, or it cannot be made.
 */
export async function takeLock(path: string, name: string): Promise<() => Promise<void>> {
  let directory: Awaited<ReturnType<typeof open>>;
  try {
    directory = await open(dirname(path));
  } catch (error) {
    const what = explainSystemError(error);
    throw new EndpointError('OUTPUT_UNWRITABLE', `cannot write ${name}: its directory: ${what}.`, { cause: error });
  }
  // A path through the open directory is short enough for a socket however long that of the directory is.
  const short = `/proc/self/fd/${directory.fd}`;
  const place = join((await fileExists(short)) ? short : dirname(path), basename(path));
  const server = createServer((socket) => socket.destroy());
  const end = {
    kind: 'unix',
    role: 'listen',
    isUnidirectional: false,
    path: place,
    mode: 0o600,
    owner: undefined,
    group: undefined,
  } as const;
  try {
    const unlink = await listenOnUnixSocket(server, end);
    server.unref();
    return async () => {
      await unlink();
      server.close();
      await directory.close();
    };
  } catch (error) {
    await directory.close();
    if (!(error instanceof EndpointError)) throw error;
    const what = explainLock(error, path);
    throw new EndpointError('OUTPUT_UNWRITABLE', `cannot write ${name}: ${what}.`, { cause: error });
  }
}

function explainLock({ code, cause }: EndpointError, path: string): string {
  if (code === 'SOCKET_IN_USE') return 'another tapfilter writes there';
  if (cause === undefined) return `its lock ${renderPath(path)} cannot be taken; remove what has that name`;
  return explainSystemError(cause);
}
