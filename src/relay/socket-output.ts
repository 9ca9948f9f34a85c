/**
 * The socket output: one connection at a time to a reader, and another one whenever that has ended. With a spool, what the reader does not
 * take goes to disk, and from there over connections of its own, before anything newer.
 */
import type { Socket } from 'node:net';
import type { ConnectionHandler } from '../endpoints/connection-handler.ts';
import { Dialer, isDialled } from '../endpoints/dialer.ts';
import { Listener } from '../endpoints/listener.ts';
import { nameSocket, type SocketEnd } from '../endpoints/socket-end.ts';
import type { Log } from '../service/log.ts';
import type { OutputStatus } from '../service/status.ts';
import { Spool } from '../spool/spool.ts';
import type { SpoolFile } from '../spool/spool-directory.ts';
import type { Accounting } from './accounting.ts';
import type { FrameQueue } from './frame-queue.ts';
import { LiveStream } from './live-stream.ts';
import type { OutgoingStream } from './outgoing-stream.ts';
import type { RelayOutput } from './output.ts';
import { ReaderConnection } from './reader-connection.ts';
import { type Attempts, SpooledStream, seemsRefused } from './spooled-stream.ts';

/** Connections that wait while one is served; a listening output serves one reader. */
const MAX_CONNECTIONS = 2;

/** Where frames are spooled, how many bytes of them, and what becomes of them when the rules change. */
export interface SpoolOptions {
  readonly path: string;
  readonly size: number;
  readonly onReload: 'send' | 'discard';
}

export class SocketOutput implements RelayOutput, ConnectionHandler {
  readonly #end: SocketEnd;
  readonly #queue: FrameQueue;
  readonly #accounting: Accounting;
  readonly #log: Log;
  readonly #spool: Spool | undefined;
  readonly #spoolOptions: SpoolOptions | undefined;
  /** How spool files were sent in vain. */
  readonly #attempts = new WeakMap<SpoolFile, Attempts>();
  #source: Dialer | Listener | undefined;
  /** Set as long as there is a reader; the stream and the connection once it is known what it gets. */
  #isServing = false;
  #stream: OutgoingStream | undefined;
  #connection: ReaderConnection | undefined;
  /** Whether the handshake with the reader is done; whether there is known to be none. */
  #isOpen = false;
  #isAway = false;
  /** Whether no connection is begun any more. */
  #isClosing = false;
  /** How many connections there were. */
  #connections = 0;
  /** Called when a connection has ended, or there is one, or the queue is empty, while we are closing. */
  #changed: () => void = () => {};

  constructor(end: SocketEnd, queue: FrameQueue, accounting: Accounting, log: Log, spool?: SpoolOptions) {
    this.#end = end;
    this.#queue = queue;
    this.#accounting = accounting;
    this.#log = log;
    this.#spoolOptions = spool;
    this.#spool = spool && this.#createSpool(spool);
    queue.onReady = () => this.#queued();
  }

  get name(): string {
    return this.#source?.name ?? nameSocket(this.#end);
  }

  get status(): OutputStatus {
    // Between two spool files there is none for a moment, and nothing is wrong.
    const isReady = this.#connections > 0 && !this.#isAway;
    const state = isReady ? 'connected' : 'there is no connection to the reader';
    return { name: this.name, isReady, state, connections: this.#connections };
  }

  get spool(): { length: number; limit: number } | undefined {
    return this.#spool && this.#spoolOptions && { length: this.#spool.length, limit: this.#spoolOptions.size };
  }

  async open(): Promise<void> {
    if (this.#spool !== undefined) {
      const found = await this.#spool.open();
      this.#accounting.found += found;
      this.#accounting.spooled += found;
    }
    const end = this.#end;
    if (isDialled(end)) {
      const dialer = new Dialer(end, this);
      this.#source = dialer;
      await dialer.open();
    } else {
      this.#source = await Listener.open(end, this, { maxConnections: MAX_CONNECTIONS, descriptors: [] });
      this.#log.tell('info', 'listening', `listening on ${this.name} for a reader`);
    }
  }

  connected(socket: Socket): void {
    if (this.#isServing) {
      socket.on('error', () => {});
      socket.destroy();
      this.refused('there is a reader already');
      return;
    }
    this.#isServing = true;
    if (this.#spool === undefined) this.#serve(socket, this.#liveStream());
    else void this.#serveNext(socket, this.#spool);
  }

  refused(reason: string): void {
    this.#log.tellRepeated('warning', 'output-refused', this.name, `${this.name}: no connection: ${reason}`);
    if (this.#isServing) return;
    this.#isAway = true;
    this.#queued();
  }

  async readCertificates(): Promise<() => void> {
    return this.#source?.readCertificates() ?? (() => {});
  }

  /** The rules are others from now on. */
  async reloaded(): Promise<void> {
    if (this.#spool === undefined) return;
    if (this.#spoolOptions?.onReload === 'send') {
      const frames = this.#accounting.spooled;
      if (frames === 0) return;
      const text = `${frames.toLocaleString('en-US')} frames that wait on disk are of the old rules, and are sent`;
      this.#log.tell('info', 'spool-kept', text);
      return;
    }
    const stream = this.#stream instanceof SpooledStream ? this.#stream : undefined;
    if (stream !== undefined) stream.isDiscarded = true;
    if (stream !== undefined) this.#connection?.destroy();
    const queued = this.#spool.isActive ? this.#queue.clear() : 0;
    const spooled = await this.#spool.discard(stream?.file);
    this.#accounting.spooled -= spooled;
    this.#accounting.dropped.reload += spooled + queued;
    const frames = (spooled + queued).toLocaleString('en-US');
    this.#log.tell('info', 'spool-discarded', `${frames} frames that waited were of the old rules, and are discarded`);
  }

  async close(deadline: number): Promise<void> {
    const spool = this.#spool;
    if (spool === undefined || (this.#isOpen && !spool.isActive)) await this.#drain(deadline);
    await this.#source?.close();
    this.#isClosing = true;
    if (spool !== undefined) {
      if (spool.isActive || !this.#queue.isEmpty) await spool.flush();
      // What is on disk can wait for the next start; the file that is being sent is given the time that there is.
      while (this.#stream instanceof SpooledStream && (await this.#change(deadline)));
    }
    this.#connection?.destroy();
    await spool?.close();
  }

  /** Sends what is queued, and ends the stream, as far as there is time. */
  async #drain(deadline: number): Promise<void> {
    while (!(this.#queue.isEmpty && this.#connection === undefined)) {
      if (this.#queue.isEmpty) this.#connection?.stop();
      if (!(await this.#change(deadline))) break;
    }
  }

  #createSpool({ path, size }: SpoolOptions): Spool {
    const accounting = this.#accounting;
    const take = () => {
      const batch = this.#queue.take();
      if (batch === undefined) return undefined;
      const { frames } = batch;
      accounting.spooled += frames;
      return {
        bytes: batch.buffer.written(),
        frames,
        done: () => {
          this.#queue.done(batch);
          this.#changed();
        },
        back: () => {
          accounting.spooled -= frames;
          this.#queue.back(batch);
        },
      };
    };
    const lost = (frames: number) => {
      accounting.spooled -= frames;
      accounting.dropped.spool += frames;
    };
    const handler = { take, lost, ready: () => this.#connection?.pump(), recovered: () => this.#queued() };
    return new Spool(path, size, handler, this.#log);
  }

  #queued(): void {
    const spool = this.#spool;
    const isWanted = spool?.isSpooling || this.#isAway || !this.#queue.hasRoom;
    if (isWanted && !this.#queue.isEmpty) spool?.write();
    this.#connection?.pump();
  }

  async #serveNext(socket: Socket, spool: Spool): Promise<void> {
    const ignore = () => {};
    socket.on('error', ignore);
    let stream = await this.#nextStream(spool);
    // A reload may have discarded the file while it was read.
    while (stream instanceof SpooledStream && !spool.holds(stream.file)) stream = await this.#nextStream(spool);
    socket.off('error', ignore);
    if (!socket.destroyed && !this.#isClosing) {
      this.#serve(socket, stream);
      return;
    }
    socket.destroy();
    this.#isServing = false;
  }

  /** What the next connection is for: a spool file, or, where there is none, what comes. */
  async #nextStream(spool: Spool): Promise<OutgoingStream> {
    for (let file = await spool.next(); file !== undefined; file = await spool.next()) {
      const other = seemsRefused(this.#attempts.get(file)) ? spool.after(file) : undefined;
      const next = other ?? file;
      const bytes = await spool.read(next);
      if (bytes === undefined) continue;
      return new SpooledStream(next, bytes, spool, this.#accounting, this.#attempts, other && file);
    }
    return this.#liveStream();
  }

  #liveStream(): LiveStream {
    return new LiveStream(this.#queue, this.#accounting, () => this.#spool?.isActive === true);
  }

  #serve(socket: Socket, stream: OutgoingStream): void {
    const { name } = this;
    this.#stream = stream;
    this.#connection = new ReaderConnection(socket, stream, this.#end.isUnidirectional, {
      opened: () => {
        this.#isOpen = true;
        this.#connections++;
        this.#isAway = false;
        this.#log.tellRepeated('info', 'output-open', name, `${name}: connected, frames go out`);
        this.#changed();
      },
      drained: () => this.#changed(),
      ended: ({ reason, unconfirmed }) => {
        this.#connection = undefined;
        this.#stream = undefined;
        this.#isServing = false;
        this.#isOpen = false;
        this.#isAway = reason !== undefined;
        if (reason === undefined) {
          if (this.#source instanceof Dialer) this.#source.reset();
        } else {
          const frames = unconfirmed === 0 ? '' : `; ${unconfirmed.toLocaleString('en-US')} frames are unconfirmed`;
          this.#log.tellRepeated('warning', 'output-ended', name, `${name}: ${reason}${frames}`);
        }
        this.#changed();
        if (this.#isAway) this.#queued();
      },
    });
    this.#connection.begin();
  }

  /** Waits for a change; returns whether there was one before the deadline. */
  #change(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), Math.max(0, deadline - performance.now()));
      this.#changed = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
