/**
 * The relay: frames of all inputs, each filtered as it comes, through one queue to one output. Reading goes on whatever the output does
 * (unless the policy is `block`), since a writer's STOP must be seen to be answered.
 */
import type { ByteInput } from '../endpoints/input.ts';
import type { SocketEnd } from '../endpoints/socket-end.ts';
import { Filter, type FilterOptions } from '../filter/filter-chunk.ts';
import { CaptureReader } from '../framestream/capture.ts';
import { LENGTH_LENGTH } from '../framestream/length.ts';
import { type InputProblem, readCapture } from '../jobs/read-capture.ts';
import type { Plan } from '../rules/plan.ts';
import type { Log } from '../service/log.ts';
import { Accounting, DROP_REASONS } from './accounting.ts';
import { FrameQueue, type FullPolicy } from './frame-queue.ts';
import type { RelayOutput } from './output.ts';
import { WriterInput } from './writer-input.ts';

export interface RelayOptions extends FilterOptions {
  /** How many bytes of filtered frames may wait, and what becomes of more. */
  queueLength: number;
  onFull: FullPolicy;
  /** The longest data frame that is read, in bytes. */
  maxFrameLength: number;
  /** How many connections one input may have at a time. */
  maxConnections: number;
}

/** In milliseconds: how often the log has a summary, and how long nobody may connect until it says so. */
const SUMMARY_INTERVAL = 60_000;

/** In milliseconds: when the relay ends, a writer that has sent nothing for so long has sent everything, and how long that may take. */
const SILENCE = 200;
const MAX_SILENCE_WAIT = 2000;

export class Relay {
  readonly accounting: Accounting;
  readonly queue: FrameQueue;
  readonly #options: RelayOptions;
  readonly #log: Log;
  readonly #inputs: WriterInput[] = [];
  #filter: Filter;
  #timer: NodeJS.Timeout | undefined;
  #lastSummary = '';
  #hasDropped = false;
  #hasToldDefect = false;
  readonly #stopping = new AbortController();
  /** Called when there is room in the queue. */
  #roomed: () => void = () => {};

  constructor(plan: Plan, log: Log, options: RelayOptions) {
    this.#options = options;
    this.#log = log;
    this.#filter = new Filter(plan, options);
    this.accounting = new Accounting(plan, this.#filter.counters);
    this.queue = new FrameQueue(this.accounting, options.queueLength, options.onFull);
    this.queue.onRoom = () => {
      this.#roomed();
      for (const input of this.#inputs) input.resume();
    };
    this.queue.onDrop = () => this.#tellFirstDrop();
  }

  /** Opens socket inputs: once this resolves writers can connect. Throws EndpointError where one could never work. */
  async openInputs(ends: readonly { end: SocketEnd; descriptors: readonly number[] }[]): Promise<void> {
    const target = {
      frames: (bytes: Uint8Array, start: number, end: number) => this.#frames(bytes, start, end),
      oversize: (length: number) => this.#oversize(length),
      isFull: () => this.queue.isFull,
    };
    const { maxFrameLength, maxConnections } = this.#options;
    for (const { end, descriptors } of ends) {
      const input = new WriterInput(end, target, this.#log, { maxFrameLength, maxConnections, descriptors });
      this.#inputs.push(input);
      await input.open();
    }
    this.#timer = setInterval(() => this.#minute(), SUMMARY_INTERVAL);
  }

  /** Reads a capture to its end, as fast as there is room for it; returns what was wrong with it. Throws EndpointError. */
  async readCapture(input: ByteInput): Promise<InputProblem | undefined> {
    const capture = new CaptureReader(
      (bytes, start, end) => this.#frames(bytes, start, end),
      this.#options.maxFrameLength,
      (length) => this.#oversize(length),
    );
    const { queue } = this;
    const room = () => this.#room();
    const backlog = {
      get isFull() {
        return !queue.hasRoom;
      },
      start: room,
    };
    return readCapture(input, capture, backlog, { isDone: () => this.isStopping });
  }

  /** Of each socket input its name, how many writers are connected, and how many have begun a stream since the beginning. */
  get inputs(): { name: string; connections: number; started: number }[] {
    return this.#inputs.map(({ name, connections, started }) => ({ name, connections, started }));
  }

  /** Aborted by `stop` and `abort`: no input is to be read on. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Resolves when the output has taken everything that came so far, however long that takes. */
  async drain(): Promise<void> {
    this.queue.close();
    while (!(this.queue.isEmpty || this.isStopping)) {
      await new Promise<void>((resolve) => {
        this.#roomed = resolve;
      });
    }
  }

  /** From the next frame on another plan is in force; no connection notices. */
  change(plan: Plan): void {
    this.#filter = new Filter(plan, this.#options);
    this.#hasToldDefect = false;
    this.accounting.change(plan, this.#filter.counters);
  }

  /** Reads the certificates of all inputs again; resolves to what puts them in force. Throws EndpointError. */
  async readCertificates(): Promise<() => void> {
    const use = await Promise.all(this.#inputs.map((input) => input.readCertificates()));
    return () => {
      for (const useOne of use) useOne();
    };
  }

  /**
   * Takes no more connections, reads what the writers have sent, hands everything to the output, and ends. What has not gone by `deadline`
   * (as performance.now() has it) is dropped, and counted.
   */
  async stop(output: RelayOutput, deadline: number): Promise<void> {
    this.#stopping.abort();
    this.#roomed();
    clearInterval(this.#timer);
    for (const input of this.#inputs) await input.closeSource();
    await this.#silence(Math.min(deadline, performance.now() + MAX_SILENCE_WAIT));
    for (const input of this.#inputs) input.closeConnections();
    this.queue.close();
    try {
      await output.close(deadline);
    } finally {
      this.accounting.dropped.stop += this.queue.clear();
      this.#log.nextMinute();
    }
  }

  /** Gives up before it has begun. */
  async abort(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#timer);
    for (const input of this.#inputs) {
      await input.closeSource();
      input.closeConnections();
    }
    this.queue.clear();
  }

  #frames(bytes: Uint8Array, start: number, end: number): void {
    const { counters } = this.#filter;
    if (this.queue.refuses) {
      // To filter them would take the time that the output needs.
      this.queue.refuse(counters.countUnfiltered(bytes, start, end));
      return;
    }
    this.queue.add((buffer) => {
      const before = counters.framesWritten;
      this.#filter.filterChunk(bytes, start, end, buffer);
      return counters.framesWritten - before;
    });
    if (counters.defect !== undefined && !this.#hasToldDefect) this.#tellDefect(counters.defect);
    if (this.queue.isFull) for (const input of this.#inputs) input.pause();
  }

  #oversize(length: number): void {
    this.#filter.counters.countOversize(1, LENGTH_LENGTH + length);
  }

  /** Resolves when there is room in the queue. */
  #room(): Promise<void> {
    if (this.queue.hasRoom || this.isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      this.#roomed = resolve;
    });
  }

  /** Resolves when no writer has sent anything for a moment. */
  async #silence(deadline: number): Promise<void> {
    for (;;) {
      const last = Math.max(...this.#inputs.map((input) => input.lastRead ?? Number.NEGATIVE_INFINITY));
      const until = Math.min(last + SILENCE, deadline);
      const now = performance.now();
      if (now >= until) return;
      await new Promise((resolve) => setTimeout(resolve, until - now));
    }
  }

  #tellFirstDrop(): void {
    if (this.#hasDropped) return;
    this.#hasDropped = true;
    this.#log.tell(
      'warning',
      'dropping',
      'there is no room for frames, and some are being dropped; the summary counts them',
    );
  }

  #tellDefect(place: string): void {
    this.#hasToldDefect = true;
    const message = `tapfilter has a defect, and a frame was dropped for it; please report it: ${place}`;
    this.#log.tell('error', 'defect', message);
  }

  #minute(): void {
    this.#log.nextMinute();
    for (const input of this.#inputs) input.tellNobodyCame();
    const numbers = JSON.stringify(this.accounting);
    if (numbers === this.#lastSummary) return;
    this.#lastSummary = numbers;
    this.tellSummary();
  }

  /** Writes all numbers to the log. */
  tellSummary(): void {
    const { received, found, confirmed, unconfirmed, queued, sent, spooled, droppedInAll, dropped } = this.accounting;
    const count = (frames: number) => frames.toLocaleString('en-US');
    const reasons = DROP_REASONS.filter((reason) => dropped[reason] > 0)
      .map((reason) => `${reason} ${count(dropped[reason])}`)
      .join(', ');
    this.#log.tell(
      'info',
      'summary',
      `${count(received)} frames received${found > 0 ? `, ${count(found)} found in the spool` : ''}; ${count(confirmed)} confirmed, ${count(unconfirmed)} unconfirmed, ` +
        `${count(droppedInAll)} dropped${reasons === '' ? '' : ` (${reasons})`}, ` +
        `${count(sent)} sent on the stream that is open, ${count(queued)} waiting${spooled > 0 ? `, ${count(spooled)} on disk` : ''}`,
      { frames: this.accounting },
    );
  }
}
