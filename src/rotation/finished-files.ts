/**
 * What is done with finished files, one after the other and beside the relay: they are compressed, a program is told of them, and the oldest
 * go where there are too many.
 */
import { spawn } from 'node:child_process';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { renderPath } from '../endpoints/end.ts';
import { openInput } from '../endpoints/input.ts';
import { createOutputFile } from '../endpoints/output-file.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { EndpointError } from '../errors.ts';
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
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(pattern: FilePattern, options: FinishedFilesOptions, log: Log) {
    this.#pattern = pattern;
    this.#options = options;
    this.#log = log;
  }

  /** Takes a finished file over. */
  add(path: string): void {
    this.#waiting++;
    this.#then(async () => {
      const finished = await this.#compress(path);
      if (this.#waiting > MAX_WAITING) {
        this.#log.tellRepeated(
          'warning',
          'command-late',
          'command',
          'the program for finished files is not keeping up, and is not told of some',
        );
      } else await this.#tellCommand(finished);
      this.#waiting--;
    });
    this.removeOld();
  }

  /** Compresses what was finished before this process and is not compressed. */
  takeUp(): void {
    if (this.#pattern.compression === '') return;
    this.#then(async () => {
      const files = await this.#list();
      for (const { path } of files) if (!path.endsWith(this.#pattern.compression)) await this.#compress(path);
    });
  }

  /** Removes files that are too old or too many. */
  removeOld(): void {
    const { count, age, size } = this.#options.retention;
    if (count === undefined && age === undefined && size === undefined) return;
    this.#then(async () => {
      const files = (await this.#list()).sort(
        (one, other) => other.time - one.time || (other.path < one.path ? -1 : 1),
      );
      const oldest = Date.now() - (age ?? Number.POSITIVE_INFINITY) * 1000;
      let total = 0;
      for (const [index, file] of files.entries()) {
        total += file.size;
        const stays =
          index < (count ?? Number.POSITIVE_INFINITY) &&
          total <= (size ?? Number.POSITIVE_INFINITY) &&
          file.time >= oldest;
        if (!stays) await unlink(file.path);
      }
    });
  }

  /** Resolves when everything is done that was asked for. */
  idle(): Promise<void> {
    return this.#work;
  }

  #then(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      const what = error instanceof EndpointError ? error.message : explainSystemError(error);
      this.#log.tellRepeated(
        'warning',
        'finished-files',
        this.#pattern.directory,
        `finished files in ${renderPath(this.#pattern.directory)}: ${what}`,
      );
    });
  }

  /** The regular files whose names are those of finished ones, with the time in milliseconds when each was written last. */
  async #list(): Promise<{ path: string; size: number; time: number }[]> {
    const entries = await readdir(this.#pattern.directory, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && this.#pattern.matches(entry.name));
    return Promise.all(
      files.map(async ({ name }) => {
        const path = join(this.#pattern.directory, name);
        const { size, mtimeMs } = await lstat(path);
        return { path, size, time: mtimeMs };
      }),
    );
  }

  /** Puts a compressed file in place of a plain one, which stays until that is whole; returns the path of what there is then. */
  async #compress(path: string): Promise<string> {
    if (this.#pattern.compression === '') return path;
    const input = await openInput({ kind: 'file', path });
    const compressed = path + this.#pattern.compression;
    const output = await createOutputFile(compressed, { force: false, mode: this.#options.mode, inputs: [] });
    try {
      for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) await output.write(chunk);
      await output.commit();
    } catch (error) {
      await output.abort();
      throw error;
    } finally {
      await input.close();
    }
    await unlink(path);
    return compressed;
  }

  async #tellCommand(path: string): Promise<void> {
    const { command, environment } = this.#options;
    if (command === undefined) return;
    const problem = await new Promise<string | undefined>((resolve) => {
      const child = spawn(command, [path], { stdio: ['ignore', 'ignore', 'ignore'], env: environment });
      child.once('error', (error) => resolve(explainSystemError(error)));
      child.once('exit', (status, signal) =>
        resolve(status === 0 ? undefined : `it ended with ${signal ?? `status ${status}`}`),
      );
    });
    if (problem === undefined) return;
    this.#log.tellRepeated(
      'warning',
      'command-failed',
      'command',
      `${renderPath(command)} ${renderPath(path)}: ${problem}`,
    );
  }
}
