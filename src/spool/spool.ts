/**
 * The spool: filtered frames on disk, while the output is away or slow, in files that are sent one by one and in order. From the first frame
 * that is spooled until the last one has been sent, every frame goes this way, so that none overtakes another.
 */
import { readFile, rename, unlink } from 'node:fs/promises';
import { renderPath } from '../endpoints/end.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { EndpointError } from '../errors.ts';
import { CaptureFile, END_LENGTH, START_LENGTH } from '../rotation/capture-file.ts';
import type { FilePlace } from '../rotation/file-pattern.ts';
import type { Log } from '../service/log.ts';
import { SpoolDirectory, type SpoolFile } from './spool-directory.ts';

/** From so many bytes on a file is finished, and the next one begun: at most so much arrives twice. */
const FILE_LENGTH = 8 * 1024 * 1024;

/** How long a failure is waited out, in milliseconds. */
const RETRY = 1000;

/** Frames that are to be spooled together. */
export interface SpoolBatch {
  readonly bytes: Uint8Array;
  readonly frames: number;
  /** They are on disk. */
  done(): void;
  /** They could not be written, and are the next to be taken again. */
  back(): void;
}

/** Where the spool takes frames from, and what it counts. */
export interface SpoolHandler {
  /** The next frames, if there are any. They count as spooled from then on, unless they are given back. */
  take(): SpoolBatch | undefined;
  /** So many frames were lost with files that cannot be read or finished any more. */
  lost(frames: number): void;
  /** Something is there to be sent. */
  ready(): void;
  /** After a failure it may be tried again to spool. */
  recovered(): void;
}

/**
 * Whether nothing is in it; what comes is written; or the last file is about to be sent, and what comes can wait for that: under load there
 * would be another file after each one for ever.
 */
type SpoolState = 'empty' | 'spooling' | 'last';

export class Spool {
  readonly #directory: SpoolDirectory;
  readonly #limit: number;
  readonly #handler: SpoolHandler;
  readonly #log: Log;
  /** The files that are whole, the oldest first. */
  readonly #files: SpoolFile[] = [];
  #length = 0;
  #writing: { readonly place: FilePlace; readonly file: CaptureFile } | undefined;
  /** Parts that could not be finished, with the frames that are in them. */
  readonly #unfinished: { readonly place: FilePlace; readonly frames: number }[] = [];
  /** Everything that changes files, one after the other. */
  #steps: Promise<void> = Promise.resolve();
  #isWriting = false;
  /** What is done with files that were sent, one after the other. */
  #removing: Promise<void> = Promise.resolve();
  #state: SpoolState = 'empty';
  #isClosed = false;
  #hasToldFull = false;
  /** Set while a failure is waited out. */
  #retry: NodeJS.Timeout | undefined;

  /** `limit`: how many bytes all files may take together. */
  constructor(path: string, limit: number, handler: SpoolHandler, log: Log) {
    this.#directory = new SpoolDirectory(path);
    this.#limit = limit;
    this.#handler = handler;
    this.#log = log;
  }

  /**
   * Takes the directory, and what an earlier process has left there; returns how many frames that are. To read through that takes a while:
   * what is to be written meanwhile is, and comes after it. Nothing is sent until this resolves. Throws EndpointError.
   */
  async open(): Promise<number> {
    let leftLength = 0;
    try {
      await this.#inTurn(async () => {
        leftLength = await this.#directory.open();
        this.#length += leftLength;
        if (leftLength > 0) this.#state = 'spooling';
      });
      const { files, damaged } = await this.#directory.takeUp();
      for (const message of damaged)
        this.#log.tell('error', 'spool-damaged', `${message} It was spooled, and is set aside.`);
      this.#files.unshift(...files);
      const frames = files.reduce((sum, file) => sum + file.frames, 0);
      this.#length += files.reduce((sum, file) => sum + file.length, 0) - leftLength;
      this.#tellFound(frames);
      return frames;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Whether there is something in it, so that what comes must go through it. */
  get isActive(): boolean {
    return this.#state !== 'empty';
  }

  /** Whether what comes is to be written. */
  get isSpooling(): boolean {
    return this.#state === 'spooling';
  }

  /** The bytes on disk. */
  get length(): number {
    return this.#length + (this.#writing?.file.length ?? 0);
  }

  /** Spools what there is to take and room for. */
  write(): void {
    if (this.#retry !== undefined || this.#isClosed) return;
    if (this.#state === 'empty')
      this.#log.tellRepeated('info', 'spooling', 'spool', 'the output is away or slow: frames are spooled');
    this.#state = 'spooling';
    if (this.#isWriting) return;
    this.#isWriting = true;
    void this.#inTurn(async () => {
      this.#isWriting = false;
      // What was in turn before this may have failed, or have found the spool empty.
      if (this.isSpooling && this.#retry === undefined && !this.#isClosed) await this.#writeAll();
    });
  }

  /** The file that is to be sent next. Where there is none the spool is empty, and no longer active. */
  async next(): Promise<SpoolFile | undefined> {
    // A kill while the next one is sent would have both sent again.
    await this.#removing;
    if (this.#files.length === 0) {
      await this.#inTurn(async () => {
        if (this.#files.length === 0) await this.#finish();
        if (this.#files.length === 0) await this.#giveUpUnfinished();
        if (!this.isActive) return;
        this.#state = this.#files.length > 0 ? 'last' : 'empty';
        if (this.isActive) return;
        this.#hasToldFull = false;
        this.#log.tellRepeated('info', 'spool-empty', 'spool', 'all that was spooled was sent');
      });
    }
    return this.#files[0];
  }

  /** The file behind one that is in it, if there is one. */
  after(file: SpoolFile): SpoolFile | undefined {
    return this.#files[this.#files.indexOf(file) + 1];
  }

  /** Whether the file is still in it. */
  holds(file: SpoolFile): boolean {
    return this.#files.includes(file);
  }

  /** The frames of a file, with their lengths; undefined where it cannot be read, and is given up, or was discarded meanwhile. */
  async read(file: SpoolFile): Promise<Uint8Array | undefined> {
    const bytes = await readFile(file.path).catch((error: unknown) => explainSystemError(error));
    if (!this.holds(file)) return undefined;
    if (typeof bytes !== 'string' && bytes.length === file.length)
      return bytes.subarray(START_LENGTH, bytes.length - END_LENGTH);
    this.#tellFailure(typeof bytes === 'string' ? bytes : 'a file was changed by somebody else');
    this.#forget(file);
    this.#handler.lost(file.frames);
    return undefined;
  }

  /** The file was sent, or is to be sent no more. */
  remove(file: SpoolFile): Promise<void> {
    return this.#takeOut(file, () => unlink(file.path));
  }

  /** The reader does not take the file: it stays in the directory under another name, and what comes after it is sent. */
  setAside(file: SpoolFile): Promise<void> {
    const aside = `${file.path}.refused`;
    return this.#takeOut(file, async () => {
      await rename(file.path, aside);
      const message =
        `the reader closes whenever it is sent ${renderPath(file.path)}, and takes what comes after it: its ${count(file.frames)} frames are set ` +
        `aside in ${renderPath(aside)}. There may be one that the reader cannot take: see its log and its limits.`;
      this.#log.tell('error', 'spool-refused', message);
    });
  }

  /** The file is in the spool no more, and soon not on disk either. */
  #takeOut(file: SpoolFile, step: () => Promise<void>): Promise<void> {
    this.#forget(file);
    this.#removing = this.#removing
      .then(step)
      .catch((error: unknown) => this.#tellFailure(explainSystemError(error)))
      .then(() => {
        if (this.isSpooling && !this.#isFull) this.write();
      });
    return this.#removing;
  }

  /** Removes all files but `sending`; returns how many frames were in them. */
  async discard(sending: SpoolFile | undefined): Promise<number> {
    // At once, so that none of them is sent meanwhile.
    let frames = this.#removeAllBut(sending);
    await this.#inTurn(async () => {
      await this.#finish();
      frames += this.#removeAllBut(sending);
      for (const { place, frames: unfinished } of this.#unfinished.splice(0)) {
        await unlink(place.partPath).catch((error: unknown) => this.#tellFailure(explainSystemError(error)));
        frames += unfinished;
      }
    });
    await this.#removing;
    return frames;
  }

  #removeAllBut(sending: SpoolFile | undefined): number {
    let frames = 0;
    for (const file of [...this.#files]) {
      if (file === sending) continue;
      frames += file.frames;
      void this.remove(file);
    }
    return frames;
  }

  /** Writes what there is to take and room for, and finishes the file. */
  flush(): Promise<void> {
    this.#state = 'spooling';
    return this.#inTurn(async () => {
      await this.#writeAll();
      await this.#finish();
    });
  }

  /** Lets another process have the directory. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#inTurn(() => this.#finish());
    await this.#removing;
    clearTimeout(this.#retry);
    await this.#directory.close();
  }

  get #isFull(): boolean {
    return this.length >= this.#limit;
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      if (this.#isFull) {
        this.#tellFull();
        return;
      }
      const batch = this.#handler.take();
      if (batch === undefined) return;
      if (!(await this.#write(batch))) {
        batch.back();
        this.#waitOut();
        return;
      }
      batch.done();
      this.#handler.ready();
    }
  }

  /** Writes a batch; returns whether that was possible. */
  async #write({ bytes, frames }: SpoolBatch): Promise<boolean> {
    try {
      await this.#finishUnfinished();
      if (this.#writing === undefined) {
        const place = this.#directory.nextPlace();
        this.#writing = { place, file: await CaptureFile.begin(place) };
      }
      await this.#writing.file.write(bytes, frames);
    } catch (error) {
      this.#tellFailure(error instanceof EndpointError ? error.message : explainSystemError(error));
      await this.#finish();
      return false;
    }
    if (this.#writing.file.length >= FILE_LENGTH) await this.#finish();
    return true;
  }

  /** Tries again after a while. Until then frames go to the output, if it is there and nothing is on disk. */
  #waitOut(): void {
    this.#state = this.#files.length > 0 || this.#unfinished.length > 0 ? 'spooling' : 'empty';
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#handler.recovered();
    }, RETRY);
    this.#handler.ready();
  }

  #tellFound(frames: number): void {
    if (frames === 0) return;
    const text = `${count(frames)} frames were spooled by an earlier process, and are sent first`;
    this.#log.tell('info', 'spool-found', text);
  }

  #tellFull(): void {
    if (this.#hasToldFull) return;
    this.#hasToldFull = true;
    this.#log.tell('warning', 'spool-full', 'the spool is full; frames that the queue has no room for are dropped');
  }

  /** Finishes the file that is being written, if there is one; one that cannot be finished is tried again later. */
  async #finish(): Promise<void> {
    const writing = this.#writing;
    if (writing === undefined) return;
    this.#writing = undefined;
    const { place, file } = writing;
    try {
      if (file.frames === 0) await file.discard();
      else this.#add({ path: await file.finish(0o600), frames: file.frames, length: file.length + END_LENGTH });
    } catch (error) {
      this.#tellFailure(explainSystemError(error));
      if (file.frames > 0) this.#unfinished.push({ place, frames: file.frames });
    }
  }

  async #finishUnfinished(): Promise<void> {
    for (let entry = this.#unfinished[0]; entry !== undefined; entry = this.#unfinished[0]) {
      const file = await this.#directory.finishPart(entry.place);
      this.#unfinished.shift();
      const found = file !== undefined && 'frames' in file ? file : undefined;
      if (found !== undefined) this.#add(found);
      if (found === undefined || found.frames < entry.frames) this.#handler.lost(entry.frames - (found?.frames ?? 0));
    }
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#steps.then(step);
    this.#steps = turn.catch(() => {});
    return turn;
  }

  async #giveUpUnfinished(): Promise<void> {
    try {
      await this.#finishUnfinished();
    } catch (error) {
      this.#tellFailure(error instanceof EndpointError ? error.message : explainSystemError(error));
      for (const { frames } of this.#unfinished.splice(0)) this.#handler.lost(frames);
    }
  }

  #add(file: SpoolFile): void {
    this.#files.push(file);
    this.#length += file.length;
  }

  #forget(file: SpoolFile): void {
    const index = this.#files.indexOf(file);
    if (index < 0) return;
    this.#files.splice(index, 1);
    this.#length -= file.length;
  }

  #tellFailure(what: string): void {
    const path = renderPath(this.#directory.path);
    this.#log.tellRepeated('error', 'spool-failed', path, `the spool in ${path}: ${what}`);
  }
}

function count(frames: number): string {
  return frames.toLocaleString('en-US');
}
