/**
 * The output as files that follow each other: each is whole, and gets its name when it is finished. A file system that fails is tried again,
 * and costs no frame that is not counted.
 */
import { basename, dirname, join } from 'node:path';
import { renderPath } from '../endpoints/end.ts';
import { takeLock } from '../endpoints/lock.ts';
import { checkCompression } from '../endpoints/output-file.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { EndpointError } from '../errors.ts';
import { LENGTH_LENGTH, readLength } from '../framestream/length.ts';
import { CaptureFile, END_LENGTH, takeUpPart } from '../rotation/capture-file.ts';
import { FilePattern } from '../rotation/file-pattern.ts';
import { FinishedFiles, type FinishedFilesOptions } from '../rotation/finished-files.ts';
import type { Log } from '../service/log.ts';
import type { OutputStatus } from '../service/status.ts';
import type { Accounting } from './accounting.ts';
import type { Batch, FrameQueue } from './frame-queue.ts';
import type { RelayOutput } from './output.ts';

/** When a file ends and the next one begins; what is not named never ends one. */
export interface RotationOptions extends FinishedFilesOptions {
  /** How many bytes and frames a file holds at most; a frame that is longer by itself has a file to itself. */
  readonly size?: number;
  readonly frames?: number;
  /** How many seconds of the clock a file is for; the periods are counted from the beginning of 1970. */
  readonly period?: number;
  /** Whether names and periods are in local time, and not in UTC. */
  readonly isLocal: boolean;
}

/** In milliseconds: how often the clock is looked at, how often old files are looked for, and how long a failure is waited out. */
const TICK = 1000;
const RETENTION_INTERVAL = 60_000;
const RETRY = 1000;

/** So many milliseconds behind its deadline an attempt that was begun before it may still come to its end, so that its frames are accounted for. */
const LAST_ATTEMPT = 500;

export class RotatingOutput implements RelayOutput {
  readonly name: string;
  readonly #path: string;
  readonly #pattern: FilePattern;
  readonly #options: RotationOptions;
  readonly #queue: FrameQueue;
  readonly #accounting: Accounting;
  readonly #log: Log;
  readonly #now: () => Date;
  readonly #finished: FinishedFiles;
  #unlock: () => Promise<void> = () => Promise.resolve();
  #tick: NodeJS.Timeout | undefined;
  #lastRetention = performance.now();
  #file: CaptureFile | undefined;
  /** When the file was begun. */
  #begin = new Date(0);
  /** Whether the file is to be finished before anything else. */
  #isDue = false;
  #working: Promise<void> | undefined;
  /** When nothing is tried any more, as performance.now() has it. */
  #deadline = Number.POSITIVE_INFINITY;
  #wake: () => void = () => {};
  #failure: EndpointError | undefined;

  /** `now` is the clock. Throws EndpointError where the path cannot be that of files which follow each other. */
  constructor(
    path: string,
    options: RotationOptions,
    queue: FrameQueue,
    accounting: Accounting,
    log: Log,
    now: () => Date = () => new Date(),
  ) {
    this.name = renderPath(path);
    this.#path = path;
    this.#pattern = new FilePattern(path, options.isLocal);
    this.#options = options;
    this.#queue = queue;
    this.#accounting = accounting;
    this.#log = log;
    this.#now = now;
    this.#finished = new FinishedFiles(this.#pattern, options, log);
  }

  get status(): OutputStatus {
    const isReady = this.#failure === undefined;
    return {
      name: this.name,
      isReady,
      state: isReady ? 'files are written' : 'files cannot be written',
      connections: 0,
    };
  }

  async open(): Promise<void> {
    const { partPath } = this.#pattern;
    await checkCompression(this.#path);
    this.#unlock = await takeLock(join(dirname(partPath), `.${basename(partPath)}.lock`), this.name);
    await this.#finished.open();
    try {
      await this.#takeUpPart();
    } catch (error) {
      await this.#unlock();
      throw this.#unwritable(error);
    }
    this.#finished.takeUp();
    this.#finished.removeOld();
    this.#queue.onReady = () => this.#start();
    this.#tick = setInterval(() => this.#lookAtClock(), TICK);
    this.#start();
  }

  rotate(): void {
    this.#isDue = this.#file !== undefined;
    this.#start();
  }

  async close(deadline: number): Promise<void> {
    clearInterval(this.#tick);
    this.#deadline = deadline;
    this.#wake();
    await within(deadline + LAST_ATTEMPT, this.#working);
    this.#start();
    await within(deadline + LAST_ATTEMPT, this.#working);
    if (this.#working === undefined) await within(deadline + LAST_ATTEMPT, this.#finish());
    await within(deadline, this.#finished.idle());
    await this.#finished.stop();
    await this.#unlock();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #takeUpPart(): Promise<void> {
    const { partPath } = this.#pattern;
    const left = await takeUpPart(partPath, (start) => this.#pattern.place(start));
    if (left === undefined) return;
    if (left.kind === 'damaged') {
      const text = `${left.message} It was left behind, and is set aside as ${renderPath(left.path)}.`;
      this.#log.tell('error', 'part-damaged', text);
      return;
    }
    const frames = left.frames.toLocaleString('en-US');
    const text = `${renderPath(partPath)} was left behind; its ${frames} frames are now in ${renderPath(left.path)}`;
    this.#log.tell('warning', 'repaired', text);
    this.#finished.add(left.path);
  }

  #lookAtClock(): void {
    if (this.#isPast()) this.rotate();
    if (performance.now() - this.#lastRetention < RETENTION_INTERVAL) return;
    this.#lastRetention = performance.now();
    this.#finished.removeOld();
  }

  /** Whether the clock has left the period of the file, forwards or, where it was set, backwards. */
  #isPast(): boolean {
    return this.#periodOf(this.#begin) !== this.#periodOf(this.#now());
  }

  #periodOf(time: Date): number {
    const { period, isLocal } = this.#options;
    if (period === undefined) return 0;
    const offset = isLocal ? time.getTimezoneOffset() * 60 : 0;
    return Math.floor((time.getTime() / 1000 - offset) / period);
  }

  #start(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    for (;;) {
      if (this.#isDue) await this.#finish();
      const batch = this.#queue.take();
      if (batch !== undefined) await this.#writeBatch(batch);
      else if (!this.#isDue) return;
    }
  }

  /** Writes a batch, into as many files as it takes. What cannot be written until the deadline is dropped. */
  async #writeBatch(batch: Batch): Promise<void> {
    const { bytes, length } = batch.buffer;
    let rest = batch.frames;
    this.#accounting.sent += rest;
    for (let start = 0; start < length; ) {
      const file = await this.#begun();
      if (file === undefined) break;
      const room = this.#room(bytes, start, length, file);
      if (this.#isDue || room.frames === 0 || this.#isPast()) {
        await this.#finish();
        continue;
      }
      try {
        await file.write(bytes.subarray(start, room.end), room.frames);
        start = room.end;
        rest -= room.frames;
        this.#failure = undefined;
        if (file.frames === this.#options.frames) this.#isDue = true;
      } catch (error) {
        this.#tellFailure(error);
        await this.#finish();
        if (performance.now() >= this.#deadline) break;
        await this.#pause();
      }
    }
    this.#accounting.sent -= rest;
    this.#accounting.dropped.stop += rest;
    this.#queue.done(batch);
  }

  /** The file that is being written; undefined where none can be begun until the deadline. */
  async #begun(): Promise<CaptureFile | undefined> {
    while (this.#file === undefined) {
      try {
        await this.#takeUpPart();
        this.#begin = this.#now();
        this.#file = await CaptureFile.begin(this.#pattern.place(this.#begin));
      } catch (error) {
        this.#tellFailure(error);
        if (performance.now() >= this.#deadline) return undefined;
        await this.#pause();
      }
    }
    return this.#file;
  }

  /** How many of the frames from `start` on the file has room for, and where they end. */
  #room(bytes: Uint8Array, start: number, end: number, file: CaptureFile): { frames: number; end: number } {
    const { size = Number.POSITIVE_INFINITY, frames: most = Number.POSITIVE_INFINITY } = this.#options;
    const limit = start + size - file.length - END_LENGTH;
    let frames = 0;
    let position = start;
    while (position < end && file.frames + frames < most) {
      const next = position + LENGTH_LENGTH + readLength(bytes, position);
      if (next > limit && file.frames + frames > 0) break;
      position = next;
      frames++;
    }
    return { frames, end: position };
  }

  /** Finishes the file, if there is one. Where that fails what was written of it is left for the next start, or the next file, to repair. */
  async #finish(): Promise<void> {
    this.#isDue = false;
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    const { frames } = file;
    try {
      if (frames === 0) await file.discard();
      else this.#finished.add(await file.finish(this.#options.mode));
      this.#accounting.confirmed += frames;
    } catch (error) {
      this.#tellFailure(error);
      this.#accounting.unconfirmed += frames;
    }
    this.#accounting.sent -= frames;
  }

  #tellFailure(error: unknown): void {
    this.#failure = this.#unwritable(error);
    this.#log.tellRepeated(
      'error',
      'output-failed',
      this.name,
      `${this.#failure.message} It is tried again every second.`,
    );
  }

  #unwritable(error: unknown): EndpointError {
    if (error instanceof EndpointError) return error;
    const message = `cannot write ${this.name}: ${explainSystemError(error)}.`;
    return new EndpointError('OUTPUT_UNWRITABLE', message, { cause: error });
  }

  /** Waits a moment before the next attempt; at the end no longer than there is time. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, Math.min(RETRY, this.#deadline - performance.now())));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Waits for the work, but not longer than until the deadline. */
async function within(deadline: number, work: Promise<void> | undefined): Promise<void> {
  if (work === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
