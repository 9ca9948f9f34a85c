/**
 * Listening on a unix socket so that its mode, owner and group are in force before anybody can reach it: it is made in a directory of its
 * own that only we may enter, and renamed to its place when it is ready.
 */
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, rename, rmdir, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { EndpointError } from '../errors.ts';
import { accountId } from './account-ids.ts';
import { type FileIdentity, hasErrorCode, isOneOf, renderKind } from './descriptor.ts';
import { MAX_SOCKET_PATH_LENGTH, nameSocket, type UnixEnd } from './socket-end.ts';
import { explainSystemError } from './system-error.ts';

/** How long a live listener may take to answer, in milliseconds. */
const ANSWER_TIMEOUT = 2000;

/**
 * Lets `server` listen. A socket that nobody listens on is replaced; anything else of that name is not touched. Resolves to what takes the
 * name away again, if it is still ours. Throws EndpointError.
 */
export async function listenOnUnixSocket(server: Server, end: UnixEnd): Promise<() => Promise<void>> {
  const [uid, gid] = [
    end.owner === undefined ? -1 : await accountId('user', end.owner),
    end.group === undefined ? -1 : await accountId('group', end.group),
  ];
  const folder = join(dirname(end.path), `.${randomBytes(3).toString('hex')}`);
  const hidden = join(folder, 's');
  if (Buffer.byteLength(hidden) > MAX_SOCKET_PATH_LENGTH) {
    throw unusable(end, `its path is too long by ${Buffer.byteLength(hidden) - MAX_SOCKET_PATH_LENGTH} bytes`);
  }
  let isMade = false;
  try {
    await refuseOthers(end);
    await mkdir(folder, { mode: 0o700 });
    isMade = true;
    await listen(server, hidden);
    await chmod(hidden, end.mode);
    if (uid >= 0 || gid >= 0) await chown(hidden, uid, gid);
    const { dev, ino } = await lstat(hidden, { bigint: true });
    await rename(hidden, end.path);
    return () => unlinkOwn(end.path, { dev, ino });
  } catch (error) {
    server.close();
    if (error instanceof EndpointError) throw error;
    throw unusable(end, explainListening(error), error);
  } finally {
    if (isMade) {
      await unlink(hidden).catch(() => {});
      await rmdir(folder).catch(() => {});
    }
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Throws EndpointError where something has the name that must stay. */
async function refuseOthers(end: UnixEnd): Promise<void> {
  const stat = await lstat(end.path, { bigint: true }).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw unusable(end, `${renderKind(stat)} has that name; remove it, or name another socket`);
  const answer = await knock(end.path);
  if (answer === 'ECONNREFUSED' || answer === 'ENOENT') return;
  if (answer !== '') {
    throw unusable(
      end,
      `nobody can tell whether it is in use (${answer}); remove it if it is not, or name another socket`,
    );
  }
  const message = `cannot listen on ${nameSocket(end)}: another process listens on it; stop that, or name another socket.`;
  throw new EndpointError('SOCKET_IN_USE', message);
}

/** Whether somebody listens: '' where somebody does, else the code of the error. */
function knock(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: ANSWER_TIMEOUT });
    const done = (answer: string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(''));
    socket.once('timeout', () => done('ETIMEDOUT'));
    socket.once('error', (error) => done('code' in error ? String(error.code) : 'unknown error'));
  });
}

async function unlinkOwn(path: string, own: FileIdentity): Promise<void> {
  try {
    if (isOneOf(await lstat(path, { bigint: true }), [own])) await unlink(path);
  } catch {
    // Somebody else has taken it away.
  }
}

function explainListening(error: unknown): string {
  if (hasErrorCode(error, 'EACCES', 'EPERM')) {
    return 'permission denied: its directory must be ours to write, and only root, or a member of the group, may give it away';
  }
  if (hasErrorCode(error, 'ENOENT')) return 'its directory does not exist; create it first';
  return explainSystemError(error);
}

function unusable(end: UnixEnd, what: string, cause?: unknown): EndpointError {
  return new EndpointError('SOCKET_UNUSABLE', `cannot listen on ${nameSocket(end)}: ${what}.`, { cause });
}
