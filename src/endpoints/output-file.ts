/**
 * Output files. A file is written beside its place, under a hidden name and readable by its owner only, and gets its name
 * when it is whole and on the disk. What was there before is untouched until then.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { link, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EndpointError } from '../errors.ts';
import { closeDescriptor, hasErrorCode, setMode, syncDescriptor, writeDescriptor } from './descriptor.ts';
import { renderPath } from './end.ts';
import { type ByteOutput, outputInterrupted } from './output.ts';
import { checkTarget, findTarget, outputExists, type TargetRules, unwritable } from './output-target.ts';
import { ZLIB_OPTIONS, ZlibSteps, type ZlibStream } from './zlib-steps.ts';

/** How an output file is made. */
export interface OutputFileOptions extends TargetRules {
  /** The permissions of the finished file. */
  mode: number;
  /** Where it is written until it has its name. Default: a hidden name beside it that nothing else has. */
  partial?: string;
}

/** How much is written before the disk is asked, in the background, to begin with it, in bytes. */
const SYNC_LENGTH = 64 * 1024 * 1024;

const GZIP_LEVEL = 6;

const CREATE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** The endings of names that promise a compression. */
const COMPRESSION = /\.(gz|zst|zstd|xz|bz2|lz4)$/i;

/**
 * Begins an output file, compressed where the name of the file behind all symbolic links ends in `.gz`, or in `.zst` where the running Node
 * has zstd; throws EndpointError where it must not be written.
 */
export async function createOutputFile(path: string, options: OutputFileOptions): Promise<ByteOutput> {
  const target = await findTarget(path, options);
  return new OutputFile(renderPath(path), target, options, await compressorFor(target, renderPath(path)));
}

/** Throws EndpointError where the ending of a name promises a compression that is not written here. */
export async function checkCompression(path: string): Promise<void> {
  (await compressorFor(path, renderPath(path)))?.close();
}

/** What compresses for the name of a target, where its ending promises that. Throws EndpointError. */
async function compressorFor(target: string, name: string): Promise<ZlibSteps | undefined> {
  const ending = COMPRESSION.exec(target)?.[0];
  if (ending === undefined) return undefined;
  const compressor = await createCompressor(ending.toLowerCase());
  if (compressor !== undefined) return compressor;
  throw new EndpointError(
    'OUTPUT_UNWRITABLE',
    `cannot write ${name}: what ends in ${ending} is compressed in a way that is not written here; ` +
      'end the name in .gz, or compress standard output (tapfilter FILE - ... | zstd).',
  );
}

/** What compresses for a name of that ending; undefined where the running Node has nothing that does. */
async function createCompressor(ending: string): Promise<ZlibSteps | undefined> {
  const zlib = await import('node:zlib');
  if (ending === '.gz') return new ZlibSteps(zlib.createGzip({ ...ZLIB_OPTIONS, level: GZIP_LEVEL }));
  const create: unknown = Reflect.get(zlib, 'createZstdCompress');
  if (ending !== '.zst' || typeof create !== 'function') return undefined;
  return new ZlibSteps((create as (options: typeof ZLIB_OPTIONS) => ZlibStream)(ZLIB_OPTIONS));
}

class OutputFile implements ByteOutput {
  readonly name: string;
  readonly #target: string;
  readonly #temporary: string;
  readonly #options: OutputFileOptions;
  readonly #compressor: ZlibSteps | undefined;
  #fd: number | undefined;
  #state: 'open' | 'committed' | 'aborted' = 'open';
  #unsynced = 0;
  #sync: Promise<void> | undefined;
  #syncError: unknown;
  /** What is under way on the descriptor. */
  #work: Promise<unknown> | undefined;
  /** Set while an empty file of ours holds the target's name. */
  #isReserved = false;

  constructor(name: string, target: string, options: OutputFileOptions, compressor: ZlibSteps | undefined) {
    this.name = name;
    this.#target = target;
    this.#options = options;
    this.#compressor = compressor;
    this.#temporary = options.partial ?? join(dirname(target), `.tapfilter-${randomBytes(8).toString('hex')}.partial`);
    try {
      // Synchronous, once for each output: so no signal comes between the file and the object that can remove it.
      this.#fd = openSync(this.#temporary, CREATE_NEW, 0o600);
    } catch (error) {
      compressor?.close();
      if (!hasErrorCode(error, 'EACCES', 'EPERM')) throw unwritable(name, error);
      const message = `cannot write ${name}: no permission to create files in its directory.`;
      throw new EndpointError('OUTPUT_UNWRITABLE', message, { cause: error });
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#run(async () => {
      if (this.#compressor === undefined) await this.#append(bytes);
      else for await (const chunk of this.#compressor.run(bytes)) await this.#append(chunk);
    });
  }

  commit(): Promise<void> {
    return this.#run(async () => {
      if (this.#compressor !== undefined)
        for await (const chunk of this.#compressor.finish()) await this.#append(chunk);
      const fd = this.#openDescriptor();
      await setMode(fd, this.#options.mode);
      await this.#sync;
      if (this.#syncError !== undefined) throw this.#syncError;
      await syncDescriptor(fd);
      this.#openDescriptor();
      // Network file systems tell of a full disk here.
      this.#fd = undefined;
      await closeDescriptor(fd);
      await this.#name();
      this.#state = 'committed';
      this.#compressor?.close();
    });
  }

  async abort(): Promise<void> {
    this.abortSync();
    // A descriptor that is closed during a write may be another file's by the time the write happens.
    await this.#work?.catch(() => {});
    await this.#release();
  }

  abortSync(): void {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    removeIfThere(this.#temporary);
    if (this.#isReserved) removeIfThere(this.#target);
  }

  /** Runs one step of writing; where it fails nothing is left. */
  async #run(step: () => Promise<void>): Promise<void> {
    if (this.#state === 'committed') throw new Error('an output was used after its commit');
    if (this.#state === 'aborted') throw outputInterrupted(this.name);
    const work = step();
    this.#work = work;
    try {
      await work;
    } catch (error) {
      const isInterrupted = this.#state !== 'open';
      this.abortSync();
      await this.#release();
      throw isInterrupted ? outputInterrupted(this.name) : unwritable(this.name, error);
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const fd = this.#openDescriptor();
    if (this.#syncError !== undefined) throw this.#syncError;
    await writeDescriptor(fd, bytes);
    this.#unsynced += bytes.length;
    if (this.#unsynced < SYNC_LENGTH || this.#sync !== undefined) return;
    this.#unsynced = 0;
    this.#sync = this.#syncInBackground(fd);
  }

  /** Never rejects: a disk tells of lost bytes once, so the failure is kept until somebody asks. */
  async #syncInBackground(fd: number): Promise<void> {
    try {
      await syncDescriptor(fd);
    } catch (error) {
      this.#syncError = error;
    }
    this.#sync = undefined;
  }

  #openDescriptor(): number {
    if (this.#fd === undefined || this.#state !== 'open') throw outputInterrupted(this.name);
    return this.#fd;
  }

  /** Gives the finished file its name. */
  async #name(): Promise<void> {
    await checkTarget(this.name, this.#target, this.#options);
    if (this.#state !== 'open') throw outputInterrupted(this.name);
    if (this.#options.force) return rename(this.#temporary, this.#target);
    try {
      // Unlike a rename, a link fails where the name came into being meanwhile.
      await link(this.#temporary, this.#target);
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST')) throw outputExists(this.name);
      if (!hasErrorCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error;
      return this.#nameWithoutLinks();
    }
    // The output is whole and in its place; a hidden second name of it is no reason to fail.
    await unlink(this.#temporary).catch(() => {});
  }

  /** Where the file system has no hard links: takes the name with an empty file, then renames over that. */
  async #nameWithoutLinks(): Promise<void> {
    if (this.#state !== 'open') throw outputInterrupted(this.name);
    try {
      // Synchronous for the same reason as the first one.
      closeSync(openSync(this.#target, CREATE_NEW, 0o600));
    } catch (error) {
      throw hasErrorCode(error, 'EEXIST') ? outputExists(this.name) : error;
    }
    this.#isReserved = true;
    await rename(this.#temporary, this.#target);
    this.#isReserved = false;
  }

  async #release(): Promise<void> {
    this.#compressor?.close();
    const fd = this.#fd;
    this.#fd = undefined;
    await this.#sync;
    if (fd !== undefined) await closeDescriptor(fd).catch(() => {});
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It has gone by itself, or cannot be removed: there is nobody left to tell.
  }
}
