/**
 * The directory of a spool: whole captures with numbers as their names, in the order in which they are to be sent, and one that is being
 * written. What an earlier process left is taken up; what has another name is never touched.
 */
import { lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrorCode } from '../endpoints/descriptor.ts';
import { renderPath } from '../endpoints/end.ts';
import { takeLock } from '../endpoints/lock.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { EndpointError } from '../errors.ts';
import { repairOrSetAside, takeUpPart } from '../rotation/capture-file.ts';
import type { FilePlace } from '../rotation/file-pattern.ts';

const DIGITS = 12;
/** A second file has the number of another one only where somebody has put it there. */
const FILE = /^\d{12}(_\d{3,})?\.dnstap$/;
const PART = /^\d{12}\.dnstap\.part$/;
const NUMBER = /^(\d{12})[._]/;
const LOCK = '.lock';

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
  /** The names of the files that an earlier process left. */
  #left: readonly string[] = [];
  readonly #damaged: string[] = [];

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes the directory where there is none, and takes it for this process: from then on files can be written. Returns how many bytes an
   * earlier process left, which are to be taken up. Throws EndpointError, after which `close` is still due.
   */
  async open(): Promise<number> {
    try {
      const made = await mkdir(this.path, { recursive: true, mode: 0o700 });
      if (made === undefined) await this.#refuseShared();
    } catch (error) {
      throw this.#unusable(error);
    }
    this.#unlock = await takeLock(join(this.path, LOCK), renderPath(this.path));
    try {
      await this.#refuseForeign();
      return await this.#look();
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  /** Reads through what an earlier process left, which takes as long as that is. Throws EndpointError. */
  async takeUp(): Promise<Leftovers> {
    const damaged = [...this.#damaged];
    const files: SpoolFile[] = [];
    try {
      for (const name of this.#left) {
        const path = join(this.path, name);
        const frames = await repairOrSetAside(path);
        if (typeof frames === 'number') files.push({ path, frames, length: (await lstat(path)).size });
        else damaged.push(frames.message);
      }
    } catch (error) {
      throw this.#unusable(error);
    }
    return { files, damaged };
  }

  /** Lets another process have it. */
  close(): Promise<void> {
    return this.#unlock();
  }

  /** The place of the next file. */
  nextPlace(): FilePlace {
    return this.#place(this.#next++);
  }

  /** Whoever may write there can have anything sent. The mode of a directory that there was is its owner's business. */
  async #refuseShared(): Promise<void> {
    if (((await stat(this.path)).mode & 0o022) === 0) return;
    throw this.#refusal(`others may write there; run "chmod go-w ${renderPath(this.path)}", or name another directory`);
  }

  async #refuseForeign(): Promise<void> {
    const [{ uid }, own] = await Promise.all([stat(this.path), lstat(join(this.path, LOCK))]);
    if (uid !== own.uid && uid !== 0) throw this.#refusal('it belongs to another user; name a directory of its own');
  }

  /** Finishes the parts, and sees what there is; returns how many bytes that are. */
  async #look(): Promise<number> {
    for (const name of await this.#names(PART)) {
      const left = await this.finishPart(this.#place(numberIn(name)));
      if (left !== undefined && 'message' in left) this.#damaged.push(left.message);
    }
    this.#left = await this.#names(FILE);
    const numbers = (await readdir(this.path)).map(numberIn);
    this.#next = numbers.reduce((most, number) => Math.max(most, number), 0) + 1;
    const stats = await Promise.all(this.#left.map((name) => lstat(join(this.path, name))));
    return stats.reduce((sum, { size }) => sum + size, 0);
  }

  /** Finishes a part whose writing failed. Throws EndpointError or the error of the system where that is to be tried again. */
  async finishPart(place: FilePlace): Promise<SpoolFile | { message: string } | undefined> {
    const left = await takeUpPart(place.partPath, () => place);
    if (left?.kind !== 'whole') return left;
    return { path: left.path, frames: left.frames, length: (await lstat(left.path)).size };
  }

  /** The regular files with such names, in order. */
  async #names(names: RegExp): Promise<string[]> {
    const entries = await readdir(this.path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && names.test(entry.name))
      .map(({ name }) => name)
      .sort();
  }

  #place(number: number): FilePlace {
    const path = join(this.path, String(number).padStart(DIGITS, '0'));
    return {
      partPath: `${path}.dnstap.part`,
      compression: '',
      path: (count) => `${path}${count > 1 ? `_${String(count).padStart(3, '0')}` : ''}.dnstap`,
    };
  }

  #unusable(error: unknown): EndpointError {
    if (error instanceof EndpointError) return error;
    const isTaken = hasErrorCode(error, 'EEXIST');
    return this.#refusal(isTaken ? 'something else than a directory has that name' : explainSystemError(error), error);
  }

  #refusal(what: string, cause?: unknown): EndpointError {
    return new EndpointError('OUTPUT_UNWRITABLE', `cannot spool in ${renderPath(this.path)}: ${what}.`, { cause });
  }
}

/** The number of a file, whatever is behind it; 0 where there is none. */
function numberIn(name: string): number {
  return Number(NUMBER.exec(name)?.[1] ?? 0);
}
