/**
 * Filtering in several threads, of which this is one. Frames are collected into pieces; a piece goes to another thread that has
 * little to do, or is filtered here. What comes of the pieces is written in their order, so the output does not depend on how many
 * threads there are. There is a fixed number of pieces: who reads waits for those who filter, and these for who writes.
 */
import { Worker } from 'node:worker_threads';
import type { Key } from '../anonymize/key.ts';
import { EndpointError } from '../errors.ts';
import type { Counters } from '../filter/counters.ts';
import { Filter, type FilterOptions } from '../filter/filter-chunk.ts';
import type { Plan } from '../rules/plan.ts';
import type { RulesFile } from '../rules/schema.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { type FilterAnswer, type FilterTask, filterPiece, type Piece, type PieceResult } from './filter-piece.ts';
import type { Filtering } from './filtering.ts';
import type { OverlappedWriter } from './overlapped-writer.ts';

/** How many bytes of frames make a piece, and the memory it begins with for them. */
const PIECE_LENGTH = 256 * 1024;
const PIECE_CAPACITY = 384 * 1024;

/** So many pieces are with another thread at most: one that it works on, and some that wait for it. */
const PIECES_WITH_THREAD = 4;
/** And so many more for each are filled, written, or wait for those before. */
const PIECES_ELSEWHERE = 4;

/**
 * A thread makes little garbage, but what it makes may hold large buffers, as those in which AES gives its blocks back: they go when the young
 * generation is collected, which is the sooner the smaller it is.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 3 };

/** How many threads, this one included, and what the others need: each compiles the rules by itself. */
export interface Threads {
  readonly count: number;
  /** Where the built filter-worker.ts lies. */
  readonly program: URL;
  readonly file: RulesFile;
  readonly key: Key | undefined;
}

/** A piece on its way, in its place among the others. */
interface Passage {
  /** Undefined: it is filtered here. */
  readonly thread: FilterThread | undefined;
  readonly end: number;
  /** What came back of it and is not written yet. */
  result: PieceResult | undefined;
}

export class FilterThreads implements Filtering {
  readonly #threads: FilterThread[];
  readonly #writer: OverlappedWriter;
  readonly #filter: Filter;
  #filling = new ByteBuffer(PIECE_CAPACITY);
  /** Memory for what goes out of a piece and, where it is not new, for what goes in. */
  readonly #free: { input: ArrayBuffer; output: ArrayBuffer }[] = [];
  /** The pieces that are not written, the oldest first. */
  readonly #passages: Passage[] = [];
  #isWriting = false;
  #failure: Error | undefined;
  /** Wakes whoever waits for something to have changed. */
  #wake: () => void = () => {};

  constructor({ count, program, file, key }: Threads, plan: Plan, options: FilterOptions, writer: OverlappedWriter) {
    this.#writer = writer;
    this.#filter = new Filter(plan, options);
    this.#threads = Array.from({ length: count - 1 }, () => {
      const task: FilterTask = { file, key: key && new TextEncoder().encode(key.encode()), options };
      return new FilterThread(program, task, {
        onResult: (passage, result) => this.#receive(passage, result),
        onFailure: (error) => this.#fail(error),
      });
    });
    for (let piece = 0; piece < count * (PIECES_WITH_THREAD + PIECES_ELSEWHERE); piece++) {
      this.#free.push({ input: new ArrayBuffer(PIECE_CAPACITY), output: new ArrayBuffer(PIECE_CAPACITY) });
    }
  }

  push(bytes: Uint8Array, start: number, end: number): void {
    this.#filling.append(bytes, start, end);
  }

  get isFull(): boolean {
    return this.#filling.length >= PIECE_LENGTH;
  }

  async start(): Promise<void> {
    if (this.#filling.length === 0) return;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const memory = this.#free.pop();
      if (memory !== undefined) return this.#send(memory);
      await this.#change();
    }
  }

  async finish(): Promise<Counters> {
    await this.start();
    while (this.#passages.length > 0 && this.#failure === undefined) await this.#change();
    if (this.#failure !== undefined) throw this.#failure;
    const { counters } = this.#filter;
    for (const counted of await Promise.all(this.#threads.map((thread) => thread.finish()))) counters.add(counted);
    return counters;
  }

  abort(): void {
    for (const thread of this.#threads) thread.abort();
  }

  /** Has the frames that were collected filtered by the thread with the least to do; what is free becomes what is filled. */
  #send({ input, output }: { input: ArrayBuffer; output: ArrayBuffer }): void {
    const full = this.#filling;
    this.#filling = new ByteBuffer(input);
    const [thread] = this.#threads
      .filter(({ waiting }) => waiting < PIECES_WITH_THREAD)
      .sort((one, other) => one.waiting - other.waiting);
    const passage: Passage = { thread, end: full.length, result: undefined };
    this.#passages.push(passage);
    this.#pass(passage, { input: full.bytes.buffer, start: 0, end: full.length, output });
  }

  #pass(passage: Passage, piece: Piece): void {
    if (passage.thread === undefined) this.#receive(passage, filterPiece(this.#filter, piece));
    else passage.thread.send(passage, piece);
  }

  #receive(passage: Passage, result: PieceResult): void {
    passage.result = result;
    if (!this.#isWriting) void this.#write();
  }

  /** Writes the results that are next in order, one at a time. */
  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let passage = this.#passages[0]; passage?.result !== undefined; passage = this.#passages[0]) {
        const { input, position, output, length } = passage.result;
        this.#writer.append(new Uint8Array(output, 0, length));
        if (this.#writer.isFull) await this.#writer.start();
        if (position < passage.end) {
          // The piece was not through: it keeps its place.
          passage.result = undefined;
          this.#pass(passage, { input, start: position, end: passage.end, output });
        } else {
          this.#passages.shift();
          this.#free.push({ input, output });
        }
        this.#wake();
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#isWriting = false;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

interface ThreadEvents {
  onResult(passage: Passage, result: PieceResult): void;
  onFailure(error: Error): void;
}

/** One thread, and what it has been sent. */
class FilterThread {
  readonly #worker: Worker;
  readonly #passages: Passage[] = [];
  readonly #events: ThreadEvents;
  readonly #counters: Promise<Counters>;

  constructor(program: URL, task: FilterTask, events: ThreadEvents) {
    this.#events = events;
    // It has no business with the environment, where keys may be.
    this.#worker = new Worker(program, { workerData: task, env: {}, resourceLimits: RESOURCE_LIMITS });
    task.key?.fill(0);
    this.#counters = new Promise((resolve, reject) => {
      this.#worker.on('message', (answer: FilterAnswer) => {
        if ('framesRead' in answer) return resolve(answer);
        const passage = this.#passages.shift();
        if (passage !== undefined) this.#events.onResult(passage, answer);
      });
      // Of an error only the code is told: its text may hold anything.
      this.#worker.on('error', (error) => reject(threadLost('code' in error ? String(error.code) : error.name)));
      this.#worker.on('exit', () => reject(threadLost('it ended')));
    });
    this.#counters.catch((error: EndpointError) => events.onFailure(error));
  }

  /** How many pieces are with the thread. */
  get waiting(): number {
    return this.#passages.length;
  }

  send(passage: Passage, piece: Piece): void {
    this.#passages.push(passage);
    this.#worker.postMessage(piece, [piece.input, piece.output]);
  }

  /** Ends the thread once it is through with everything; resolves to what it has counted. */
  async finish(): Promise<Counters> {
    this.#worker.postMessage(undefined);
    const counters = await this.#counters;
    // A thread that closes its side by itself sometimes stays, and with it the process (seen on Node 20).
    this.abort();
    return counters;
  }

  abort(): void {
    void this.#worker.terminate();
  }
}

function threadLost(reason: string): EndpointError {
  return new EndpointError('THREAD_LOST', `a thread that filters was lost: ${reason}. --jobs 1 does without.`);
}
