/**
 * The directory of a spool: whole captures with numbers as their names, in the order in which they are to be sent, and one that is being
 * written. What an earlier process left is taken up; what has another name is never touched.
 */
import { chmod, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { renderPath } from '../endpoints/end.ts';
import { takeLock } from '../endpoints/lock.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { EndpointError } from '../errors.ts';
import { repairOrSetAside, takeUpPart } from '../rotation/capture-file.ts';
import type { FilePlace } from '../rotation/file-pattern.ts';

const DIGITS = 12;
const FILE = /^(\d{12})\.dnstap$/;
const PART = /^(\d{12})\.dnstap\.part$/;
const ENDING = '.dnstap';

/** A file that is whole: its path, how many frames it holds, and its length in bytes. */
export interface SpoolFile {
  readonly path: string;
  readonly frames: number;
  readonly length: number;
}

/** What an earlier process left, the oldest first, and what of it could not be used. */
export interface Leftovers {
  readonly files: readonly SpoolFile[];
  readonly damaged: readonly string[];
}

export class SpoolDirectory {
  readonly path: string;
  #unlock: () => Promise<void> = () => Promise.resolve();
  #next = 1;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the directory where there is none, takes it for this process, and takes up what is in it. Throws EndpointError. */
  async open(): Promise<Leftovers> {
    try {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      const isOurs = (await lstat(this.path)).mode & 0o077;
      if (isOurs !== 0) await chmod(this.path, 0o700);
    } catch (error) {
      throw this.#unusable(error);
    }
    this.#unlock = await takeLock(join(this.path, '.lock'), renderPath(this.path));
    try {
      return await this.#takeUp();
    } catch (error) {
      await this.#unlock();
      throw this.#unusable(error);
    }
  }

  /** Lets another process have it. */
  close(): Promise<void> {
    return this.#unlock();
  }

  /** The place of the next file. */
  nextPlace(): FilePlace {
    return this.#place(this.#next++);
  }

  async #takeUp(): Promise<Leftovers> {
    const damaged: string[] = [];
    for (const number of await this.#numbers(PART)) {
      const left = await this.finishPart(this.#place(number));
      if (left !== undefined && 'message' in left) damaged.push(left.message);
    }
    const files: SpoolFile[] = [];
    for (const number of await this.#numbers(FILE)) {
      this.#next = number + 1;
      const path = this.#place(number).path(1);
      const frames = await repairOrSetAside(path);
      if (typeof frames === 'number') files.push({ path, frames, length: (await lstat(path)).size });
      else damaged.push(frames.message);
    }
    return { files, damaged };
  }

  /** Finishes a part whose writing failed. Throws EndpointError or the error of the system where that is to be tried again. */
  async finishPart(place: FilePlace): Promise<SpoolFile | { message: string } | undefined> {
    const left = await takeUpPart(place.partPath, () => place);
    if (left?.kind !== 'whole') return left;
    return { path: left.path, frames: left.frames, length: (await lstat(left.path)).size };
  }

  /** The numbers of the files with such names, in order. */
  async #numbers(names: RegExp): Promise<number[]> {
    const numbers = (await readdir(this.path)).map((name) => Number(names.exec(name)?.[1] ?? Number.NaN));
    return numbers.filter((number) => !Number.isNaN(number)).sort((one, other) => one - other);
  }

  #place(number: number): FilePlace {
    const path = join(this.path, `${String(number).padStart(DIGITS, '0')}${ENDING}`);
    return { partPath: `${path}.part`, compression: '', path: () => path };
  }

  #unusable(error: unknown): EndpointError {
    if (error instanceof EndpointError) return error;
    const message = `cannot spool in ${renderPath(this.path)}: ${explainSystemError(error)}.`;
    return new EndpointError('OUTPUT_UNWRITABLE', message, { cause: error });
  }
}
