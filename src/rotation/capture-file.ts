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
import type { FilePlace } from './file-pattern.ts';

const START = encodeControl(ControlType.start);
const STOP = encodeControl(ControlType.stop);

/** What stands before and behind the frames of a finished file, in bytes. */
export const START_LENGTH: number = START.length;
export const END_LENGTH: number = STOP.length;

export class CaptureFile {
  /** How many frames are in it, and how long it is, in bytes, START included and STOP not. */
  frames = 0;
  length: number = START.length;
  readonly #place: FilePlace;
  readonly #fd: number;

  private constructor(place: FilePlace, fd: number) {
    this.#place = place;
    this.#fd = fd;
  }

  /** Begins the part, which must not be there. Throws the error of the system, and then nothing is left. */
  static async begin(place: FilePlace): Promise<CaptureFile> {
    const fd = await createFile(place.partPath, 0o600);
    try {
      await writeDescriptor(fd, START, 0);
    } catch (error) {
      await closeDescriptor(fd);
      await unlink(place.partPath).catch(() => {});
      throw error;
    }
    return new CaptureFile(place, fd);
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
    await unlink(this.#place.partPath);
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
    return nameFinished(this.#place);
  }
}

/** What became of a part that a process left which has died: it is a whole file with these frames, or set aside, since it holds no capture. */
export type TakenUp =
  | { readonly kind: 'whole'; readonly path: string; readonly frames: number }
  | { readonly kind: 'damaged'; readonly path: string; readonly message: string };

/**
 * Takes up the part at that path, if there is one; `placeOf` says where a file belongs that was begun at a time. One without frames is
 * removed. Throws EndpointError or the error of the system, where it can be tried again.
 */
export async function takeUpPart(partPath: string, placeOf: (start: Date) => FilePlace): Promise<TakenUp | undefined> {
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
  const repaired = await repairOrSetAside(partPath);
  if (typeof repaired !== 'number') return { kind: 'damaged', ...repaired };
  if (repaired > 0) {
    const start = stat.birthtimeMs > 0 ? stat.birthtime : stat.mtime;
    return { kind: 'whole', path: await nameFinished(placeOf(start)), frames: repaired };
  }
  await unlink(partPath);
  return undefined;
}

/**
 * Repairs a capture and returns how many frames it holds; one that is none gets another name, which is returned with what is wrong. Throws
 * EndpointError or the error of the system, where it can be tried again.
 */
export async function repairOrSetAside(path: string): Promise<number | { path: string; message: string }> {
  try {
    return (await repairCapture(path)).frames;
  } catch (error) {
    const isDamaged = error instanceof EndpointError && error.cause === undefined;
    if (!isDamaged) throw error;
    const aside = `${path}.damaged-${Date.now()}`;
    await rename(path, aside);
    return { path: aside, message: error.message };
  }
}

/** Gives a part that is whole the first free name of its place; returns its path. */
async function nameFinished({ partPath, compression, path: pathOf }: FilePlace): Promise<string> {
  for (let number = 1; ; number++) {
    const path = pathOf(number);
    if (compression !== '' && (await exists(path + compression))) continue;
    try {
      // Unlike a rename, a link fails where something has that name.
      await link(partPath, path);
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST')) continue;
      if (!hasErrorCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error;
      if (await exists(path)) continue;
      await rename(partPath, path);
      return path;
    }
    await unlink(partPath);
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
