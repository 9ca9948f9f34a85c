/** One capture that is being written under the name of a part, and gets a name of its own when it is whole and on the disk. */
import { link, lstat, rename, unlink } from 'node:fs/promises';
import {
  closeDescriptor,
  createFile,
  hasErrorCode,
  setMode,
  syncDescriptor,
  truncateDescriptor,
  writeDescriptor,
} from '../endpoints/descriptor.ts';
import { EndpointError } from '../errors.ts';
import { ControlType, encodeControl } from '../framestream/control.ts';
import { repairCapture } from '../jobs/repair-capture.ts';
import type { FilePattern } from './file-pattern.ts';

const START = encodeControl(ControlType.start);
const STOP = encodeControl(ControlType.stop);

/** What stands behind the frames of a finished file, in bytes. */
export const END_LENGTH: number = STOP.length;

export class CaptureFile {
  readonly start: Date;
  /** How many frames are in it, and how long it is, in bytes, START included and STOP not. */
  frames = 0;
  length: number = START.length;
  readonly #pattern: FilePattern;
  readonly #fd: number;

  private constructor(pattern: FilePattern, fd: number, start: Date) {
    this.#pattern = pattern;
    this.#fd = fd;
    this.start = start;
  }

  /** Begins the part, which must not be there. Throws the error of the system, and then nothing is left. */
  static async begin(pattern: FilePattern, start: Date): Promise<CaptureFile> {
    const fd = await createFile(pattern.partPath, 0o600);
    try {
      await writeDescriptor(fd, START, 0);
    } catch (error) {
      await closeDescriptor(fd);
      await unlink(pattern.partPath).catch(() => {});
      throw error;
    }
    return new CaptureFile(pattern, fd, start);
  }

  /** Appends data frames with their lengths. Throws the error of the system; `length` and `frames` stay those of what is whole. */
  async write(bytes: Uint8Array, frames: number): Promise<void> {
    await writeDescriptor(this.#fd, bytes, this.length);
    this.length += bytes.length;
    this.frames += frames;
  }

  /** Gives up a file without frames. */
  async discard(): Promise<void> {
    await closeDescriptor(this.#fd);
    await unlink(this.#pattern.partPath);
  }

  /** Ends the capture and gives it its name, which nothing else has; returns that. Throws the error of the system. */
  async finish(mode: number): Promise<string> {
    try {
      // Whatever a failed write has left behind the last frame.
      await truncateDescriptor(this.#fd, this.length);
      await writeDescriptor(this.#fd, STOP, this.length);
      await setMode(this.#fd, mode);
      await syncDescriptor(this.#fd);
    } finally {
      await closeDescriptor(this.#fd);
    }
    return nameFinished(this.#pattern, this.start);
  }
}

/**
 * Names the part that a process left which has died, if there is one, after it was repaired; returns the path and how many frames are in it.
 * One that holds no capture is set aside. Throws EndpointError or the error of the system.
 */
export async function takeUpPart(pattern: FilePattern): Promise<{ path: string; frames: number } | undefined> {
  const { partPath } = pattern;
  let stat: Awaited<ReturnType<typeof lstat>>;
  try {
    stat = await lstat(partPath);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  if (stat.nlink > 1) {
    // It had got its name already.
    await unlink(partPath);
    return undefined;
  }
  try {
    const { frames } = await repairCapture(partPath);
    if (frames === 0) {
      await unlink(partPath);
      return undefined;
    }
    return { path: await nameFinished(pattern, stat.birthtimeMs > 0 ? stat.birthtime : stat.mtime), frames };
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    await rename(partPath, `${partPath}.damaged-${Date.now()}`);
    throw error;
  }
}

/** Gives a part that is whole the first free name of those that a file of that time may have; returns its path. */
export async function nameFinished(pattern: FilePattern, start: Date): Promise<string> {
  for (let number = 1; ; number++) {
    const path = pattern.path(start, number);
    if (pattern.compression !== '' && (await exists(path + pattern.compression))) continue;
    try {
      // Unlike a rename, a link fails where something has that name.
      await link(pattern.partPath, path);
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST')) continue;
      if (!hasErrorCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error;
      if (await exists(path)) continue;
      await rename(pattern.partPath, path);
      return path;
    }
    await unlink(pattern.partPath);
    return path;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return false;
    throw error;
  }
}
