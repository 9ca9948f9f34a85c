/** Key files: what they may be and who may read them, and how a new one comes into being. */
import { constants, type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isKeyText, Key } from '../anonymize/key.ts';
import { hasErrorCode, renderKind } from '../endpoints/descriptor.ts';
import { renderPath } from '../endpoints/end.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { EndpointError, KeyError } from '../errors.ts';

/** The longest key file, in bytes: room for white space, and not for a file that is named by mistake. */
export const MAX_KEY_FILE_LENGTH = 4096;

/** How a key file is read. */
export interface KeyFileOptions {
  /** What messages call the file. Default: "the key file" and its path. */
  title?: string;
  /** Whether others do not get as far as the file, whatever rights they have to it. Default: false. */
  areOthersKeptOut?: boolean;
}

/** The key in a file. Throws KeyError where it cannot be read, others may read or write it, or no key is in it. */
export async function readKeyFile(path: string, options: KeyFileOptions = {}): Promise<Key> {
  refuseKeyText(path);
  const { title = `the key file ${renderPath(path)}`, areOthersKeptOut = false } = options;
  let file: FileHandle | undefined;
  try {
    // One that is no regular file, a FIFO above all, must not keep us waiting.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile()) throw new KeyError(`${title} must be a regular file, and is ${renderKind(stat)}.`);
    if (!areOthersKeptOut) refuseOthers(stat.mode, path, title);
    return await readKey(file, title);
  } catch (error) {
    if (error instanceof KeyError) throw error;
    const isMissing = hasErrorCode(error, 'ENOENT') && options.title === undefined;
    const advice = isMissing ? `; tapfilter keygen ${renderPath(path)} makes one` : '';
    throw new KeyError(`cannot read ${title}: ${explainSystemError(error)}${advice}.`, { cause: error });
  } finally {
    await file?.close();
  }
}

/** Throws KeyError where everybody has a right that makes the key no secret. */
function refuseOthers(mode: bigint, path: string, title: string): void {
  if ((mode & 0o004n) !== 0n) {
    throw new KeyError(`${title} can be read by everybody: run "chmod o-r ${renderPath(path)}".`);
  }
  // Who puts a key of his own there knows it.
  if ((mode & 0o002n) !== 0n) {
    throw new KeyError(`${title} can be written by everybody: run "chmod o-w ${renderPath(path)}".`);
  }
}

/** Throws KeyError where a key stands in place of the name of something, which may not be shown then. */
export function refuseKeyText(name: string): void {
  if (!isKeyText(name)) return;
  throw new KeyError(
    'the place of a key is needed, and this looks like a key itself: whoever has seen it has it. Make a new one with "tapfilter keygen FILE".',
  );
}

async function readKey(file: FileHandle, title: string): Promise<Key> {
  const buffer = new Uint8Array(MAX_KEY_FILE_LENGTH + 1);
  try {
    let length = 0;
    let bytesRead = -1;
    while (bytesRead !== 0 && length < buffer.length) {
      ({ bytesRead } = await file.read(buffer, length, buffer.length - length, null));
      length += bytesRead;
    }
    if (length > MAX_KEY_FILE_LENGTH) throw new KeyError(`it has more than ${MAX_KEY_FILE_LENGTH} bytes.`);
    return Key.parse(buffer.subarray(0, length));
  } catch (error) {
    throw error instanceof KeyError ? new KeyError(`cannot use ${title}: ${error.message}`) : error;
  } finally {
    buffer.fill(0);
  }
}

/** Writes a key to a new file that only its owner can read; throws EndpointError, and then leaves no file. */
export async function writeKeyFile(path: string, key: Key): Promise<void> {
  const name = renderPath(path);
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    await file.writeFile(key.encode());
    // A capture may leave the house before the key under which it was made is on the disk.
    await file.sync();
    await file.close();
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) {
      throw new EndpointError('OUTPUT_EXISTS', `${name} exists, and a key never replaces a file: choose another name.`);
    }
    if (file !== undefined) {
      await unlink(path).catch(() => {});
      await file.close().catch(() => {});
    }
    const reason = hasErrorCode(error, 'ENOENT')
      ? `the directory ${renderPath(dirname(path))} does not exist; create it first`
      : explainSystemError(error);
    throw new EndpointError('OUTPUT_UNWRITABLE', `cannot write ${name}: ${reason}.`, { cause: error });
  }
}
