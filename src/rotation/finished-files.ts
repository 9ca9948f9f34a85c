/**
 * What is done with finished files, one after the other and beside the relay: they are compressed, a program is told of them, and the oldest
 * go where there are too many.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, readdir, rm, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileExists, hasErrorCode } from '../endpoints/descriptor.ts';
import { renderPath } from '../endpoints/end.ts';
import { openInput } from '../endpoints/input.ts';
import { createOutputFile } from '../endpoints/output-file.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { EndpointError, StreamError } from '../errors.ts';
import type { Log } from '../service/log.ts';
import type { FilePattern } from './file-pattern.ts';

/** Which finished files stay; what is not named is no limit. */
export interface Retention {
  /** How many; for how many seconds after they were finished; how many bytes they may take together. */
  readonly count?: number;
  readonly age?: number;
  readonly size?: number;
}

export interface FinishedFilesOptions {
  readonly mode: number;
  readonly retention: Retention;
  /** A program that is started with the path of each finished file as its argument, and its environment. */
  readonly command?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** So many files may wait for the program; it is not told of more. */
const MAX_WAITING = 100;

export class FinishedFiles {
  readonly #pattern: FilePattern;
  readonly #options: FinishedFilesOptions;
  readonly #log: Log;
  /** What is done with files, and what the program does, which may take long. */
  #work: Promise<void> = Promise.resolve();
  #telling: Promise<void> = Promise.resolve();
  #waiting = 0;
  #child: ChildProcess | undefined;
  #isStopped = false;
  /**
   * Which file is the how-manieth, by their names before they were compressed: the clock may be set back. A file that is not in it is just
   * getting its name, and about to be added, or somebody else's.
   */
  readonly #order = new Map<string, number>();
  #count = 0;

  constructor(pattern: FilePattern, options: FinishedFilesOptions, log: Log) {
    this.#pattern = pattern;
    this.#options = options;
    this.#log = log;
  }

  /** Sees what was finished before this process: that is older than what is added. Comes before everything else. */
  async open(): Promise<void> {
    if (!this.#isLimited && this.#pattern.compression === '') return;
    try {
      const files = await this.#list();
      files.sort((one, other) => one.time - other.time || (one.path < other.path ? -1 : 1));
      for (const { path } of files) this.#enter(this.#plain(path));
    } catch (error) {
      this.#tellFailure(error);
    }
  }

  /** Takes a finished file over. */
  add(path: string): void {
    this.#enter(path);
    this.#then(() => this.#take(path));
    this.removeOld();
  }

  /** Takes over what was finished before this process and is not compressed. */
  takeUp(): void {
    if (this.#pattern.compression === '') return;
    for (const path of this.#order.keys()) this.#then(() => this.#take(path));
  }

  /** Removes files that are too old or too many. */
  removeOld(): void {
    this.#then(async () => {
      const { count, age, size } = this.#options.retention;
      // What is added later need not be in the list.
      const last = this.#count;
      const orderOf = ({ path }: { path: string }) => this.#order.get(this.#plain(path)) ?? 0;
      const files = this.#isLimited ? (await this.#list()).filter((file) => orderOf(file) > 0) : [];
      files.sort((one, other) => orderOf(other) - orderOf(one));
      const oldest = Date.now() - (age ?? Number.POSITIVE_INFINITY) * 1000;
      let total = 0;
      const kept = new Set<string>();
      for (const [index, file] of files.entries()) {
        total += file.size;
        const stays =
          index < (count ?? Number.POSITIVE_INFINITY) &&
          total <= (size ?? Number.POSITIVE_INFINITY) &&
          file.time >= oldest;
        if (stays) kept.add(this.#plain(file.path));
        else await rm(file.path, { force: true });
      }
      for (const [path, order] of this.#order) if (order <= last && !kept.has(path)) this.#order.delete(path);
    });
  }

  /** Resolves when everything is done that was asked for. */
  async idle(): Promise<void> {
    await this.#work;
    await this.#telling;
  }

  /** Gives up what is not done: files stay as they are, for the next start, and nobody waits for the program. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#child?.unref();
    await this.#work;
  }

  get #isLimited(): boolean {
    const { count, age, size } = this.#options.retention;
    return count !== undefined || age !== undefined || size !== undefined;
  }

  #enter(path: string): void {
    this.#order.set(path, ++this.#count);
  }

  async #take(path: string): Promise<void> {
    const finished = await this.#compress(path).catch((error: unknown) => {
      this.#tellFailure(error);
      return path;
    });
    if (finished !== undefined) this.#tell(finished);
  }

  #then(step: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#isStopped ? undefined : step()))
      .catch((error: unknown) => this.#tellFailure(error));
  }

  #tellFailure(error: unknown): void {
    const what = error instanceof EndpointError ? error.message : explainSystemError(error);
    this.#log.tellRepeated(
      'warning',
      'finished-files',
      this.#pattern.directory,
      `finished files in ${renderPath(this.#pattern.directory)}: ${what}`,
    );
  }

  /** What a file was called before it was compressed. */
  #plain(path: string): string {
    const { compression } = this.#pattern;
    return compression !== '' && path.endsWith(compression) ? path.slice(0, -compression.length) : path;
  }

  /** The regular files whose names are those of finished ones, with the time in milliseconds when each was written last. */
  async #list(): Promise<{ path: string; size: number; time: number }[]> {
    const entries = await readdir(this.#pattern.directory, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && this.#pattern.matches(entry.name));
    const found = await Promise.all(
      files.map(async ({ name }) => {
        const path = join(this.#pattern.directory, name);
        const stat = await lstat(path).catch(ignoreMissing);
        return stat && { path, size: stat.size, time: stat.mtimeMs };
      }),
    );
    return found.filter((file) => file !== undefined);
  }

  /**
   * Puts a compressed file in place of a plain one, which stays until that is whole; returns the path of what there is then; undefined where
   * there is none, or it stays plain since we are to stop.
   */
  async #compress(path: string): Promise<string | undefined> {
    const { compression, directory } = this.#pattern;
    if (!(await fileExists(path))) return undefined;
    if (compression === '') return path;
    const compressed = path + compression;
    // A name that is known, so that what a killed process has left there goes.
    const partial = join(directory, `.${basename(compressed)}.partial`);
    await rm(partial, { force: true });
    if (await fileExists(compressed)) await this.#expectSame(path, compressed);
    else if (!(await this.#compressTo(compressed, partial, path))) return undefined;
    await unlink(path);
    return compressed;
  }

  /** Returns whether that was done before we are to stop. */
  async #compressTo(compressed: string, partial: string, path: string): Promise<boolean> {
    const input = await openInput({ kind: 'file', path });
    try {
      const output = await createOutputFile(compressed, {
        force: false,
        mode: this.#options.mode,
        inputs: [],
        partial,
      });
      try {
        for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) {
          if (this.#isStopped) return false;
          await output.write(chunk);
        }
        await output.commit();
        return true;
      } finally {
        await output.abort();
      }
    } finally {
      await input.close();
    }
  }

  /** Throws EndpointError unless the compressed file is what a process made of the plain one before it was killed. */
  async #expectSame(path: string, compressed: string): Promise<void> {
    const [one, other] = await Promise.all([digest(path), digest(compressed)]);
    if (one !== undefined && one === other) return;
    const what = `${renderPath(compressed)} holds something else than ${renderPath(path)}, which stays as it is`;
    throw new EndpointError('OUTPUT_EXISTS', what);
  }

  #tell(path: string): void {
    const { command } = this.#options;
    if (command === undefined) return;
    if (this.#waiting >= MAX_WAITING) {
      this.#log.tellRepeated(
        'warning',
        'command-late',
        'command',
        'the program for finished files is not keeping up, and is not told of some',
      );
      return;
    }
    this.#waiting++;
    this.#telling = this.#telling.then(async () => {
      if (!this.#isStopped) await this.#run(command, path);
      this.#waiting--;
    });
  }

  async #run(command: string, path: string): Promise<void> {
    const { environment } = this.#options;
    // Some failures are thrown at once: a program that is being written (ETXTBSY), a path through a file (ENOTDIR).
    const problem = await new Promise<string | undefined>((resolve) => {
      const child = spawn(command, [path], { stdio: ['ignore', 'ignore', 'ignore'], env: environment });
      this.#child = child;
      child.once('error', (error) => resolve(explainSystemError(error)));
      child.once('exit', (status, signal) =>
        resolve(status === 0 ? undefined : `it ended with ${signal ?? `status ${status}`}`),
      );
    }).catch(explainSystemError);
    this.#child = undefined;
    if (problem === undefined) return;
    this.#log.tellRepeated(
      'warning',
      'command-failed',
      'command',
      `${renderPath(command)} ${renderPath(path)}: ${problem}`,
    );
  }
}

/** Of the bytes of a file, unpacked where it is compressed; undefined where it is damaged. Throws EndpointError. */
async function digest(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    const input = await openInput({ kind: 'file', path });
    try {
      for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) hash.update(chunk);
    } finally {
      await input.close();
    }
  } catch (error) {
    if (error instanceof StreamError) return undefined;
    throw error;
  }
  return hash.digest('hex');
}

function ignoreMissing(error: unknown): undefined {
  if (!hasErrorCode(error, 'ENOENT')) throw error;
}
