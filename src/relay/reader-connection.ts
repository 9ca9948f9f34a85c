/** One connection to a reader, as fstrm_capture is one: handshake, batches, STOP and FINISH, and what its end says of the frames. */
import type { Socket } from 'node:net';
import { explainSocketError } from '../endpoints/socket-error.ts';
import { StreamError } from '../errors.ts';
import { WriterSession } from '../framestream/writer-session.ts';
import type { Accounting } from './accounting.ts';
import type { Batch, FrameQueue } from './frame-queue.ts';

/** In milliseconds: how long the reader may take for its handshake, and to read anything of what is written. */
const HANDSHAKE_TIMEOUT = 10_000;
const STUCK_TIMEOUT = 60_000;

/** So many batches are given to the socket at a time: what the kernel takes in one turn of the loop, and a little more. */
const MAX_WRITING = 3;

/** After so much silence, in milliseconds, TCP asks whether the other side is still there. */
const KEEPALIVE_DELAY = 30_000;

/** How a connection ended: for what reason, unless we wanted it to; how many frames nobody has confirmed. */
export interface ReaderEnding {
  readonly reason: string | undefined;
  readonly unconfirmed: number;
}

export interface ReaderConnectionHandler {
  /** The handshake is done. */
  opened(): void;
  /** Everything that could be taken from the queue was handed to the kernel. */
  drained(): void;
  ended(ending: ReaderEnding): void;
}

export class ReaderConnection {
  readonly #socket: Socket;
  readonly #queue: FrameQueue;
  readonly #accounting: Accounting;
  readonly #isUnidirectional: boolean;
  readonly #handler: ReaderConnectionHandler;
  readonly #session: WriterSession;
  #timer: NodeJS.Timeout;
  /** The batches that the kernel has not wholly taken. They go to no other connection: what of them has arrived nobody can tell. */
  readonly #writing = new Set<Batch>();
  #hasEnded = false;
  #reason: string | undefined = 'the reader has closed the connection';

  constructor(
    socket: Socket,
    queue: FrameQueue,
    accounting: Accounting,
    isUnidirectional: boolean,
    handler: ReaderConnectionHandler,
  ) {
    this.#socket = socket;
    this.#queue = queue;
    this.#accounting = accounting;
    this.#isUnidirectional = isUnidirectional;
    this.#handler = handler;
    this.#session = new WriterSession(
      {
        send: (bytes) => socket.write(bytes),
        opened: () => {
          clearTimeout(this.#timer);
          handler.opened();
        },
        finished: () => this.#finished(),
      },
      isUnidirectional,
    );
    this.#timer = setTimeout(() => this.#giveUp('the reader does not answer the handshake'), HANDSHAKE_TIMEOUT);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_DELAY);
    socket.on('data', (chunk) => this.#push(chunk));
    socket.on('error', (error) => {
      this.#reason = explainSocketError(error);
    });
    socket.once('close', () => this.#closed());
  }

  /** Sends the first bytes. */
  begin(): void {
    this.#session.begin();
    this.pump();
  }

  /** Writes the next batches, if there are any and the last were taken. */
  pump(): void {
    if (this.#session.state !== 'open' || this.#socket.destroyed) return;
    this.#socket.cork();
    while (this.#writing.size < MAX_WRITING) {
      const batch = this.#queue.take();
      if (batch === undefined) break;
      this.#write(batch);
    }
    this.#socket.uncork();
    if (this.#writing.size === 0) this.#handler.drained();
  }

  #write(batch: Batch): void {
    if (this.#writing.size === 0) this.#watch();
    this.#writing.add(batch);
    this.#accounting.sent += batch.frames;
    this.#socket.write(batch.buffer.written(), (error) => {
      // Its end is about to come, and takes care of the batch.
      if (error) return;
      this.#writing.delete(batch);
      this.#queue.done(batch);
      this.#watch();
      this.pump();
    });
  }

  /** Begins to wait for the reader to read, if something is being written. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#writing.size === 0) return;
    const reason = `the reader has read nothing for ${STUCK_TIMEOUT / 1000} seconds`;
    this.#timer = setTimeout(() => this.#giveUp(reason), STUCK_TIMEOUT);
  }

  /** Ends the stream, once what is queued has gone. */
  stop(): void {
    if (this.#session.state === 'new' || this.#session.state === 'offered') {
      this.#reason = undefined;
      this.#socket.destroy();
    }
    if (this.#session.state !== 'open' || this.#writing.size > 0) return;
    this.#session.stop();
    if (!this.#isUnidirectional) return;
    this.#reason = undefined;
    this.#socket.end();
  }

  /** Breaks the connection, and accounts for its frames at once. */
  destroy(): void {
    this.#reason = undefined;
    this.#socket.destroy();
    this.#closed();
  }

  #push(chunk: Uint8Array): void {
    try {
      this.#session.push(chunk);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#giveUp(`what the reader answers is wrong: ${error.message}`);
      return;
    }
    this.pump();
  }

  #finished(): void {
    this.#accounting.confirmed += this.#accounting.sent;
    this.#accounting.sent = 0;
    this.#reason = undefined;
    this.#socket.end();
  }

  #giveUp(reason: string): void {
    this.#reason = reason;
    this.#socket.destroy();
  }

  #closed(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    const unconfirmed = this.#accounting.sent;
    this.#accounting.unconfirmed += unconfirmed;
    this.#accounting.sent = 0;
    for (const batch of this.#writing) this.#queue.done(batch);
    this.#writing.clear();
    this.#handler.ended({ reason: this.#reason, unconfirmed });
  }
}
