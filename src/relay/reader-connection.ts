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
  /** The batch that the kernel has not wholly taken. It goes to no other connection: what of it has arrived nobody can tell. */
  #writing: Batch | undefined;
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

  /** Writes the next batch, if there is one and the last was taken. */
  pump(): void {
    if (this.#session.state !== 'open' || this.#writing !== undefined || this.#socket.destroyed) return;
    const batch = this.#queue.take();
    if (batch === undefined) {
      this.#handler.drained();
      return;
    }
    this.#writing = batch;
    this.#accounting.sent += batch.frames;
    this.#timer = setTimeout(
      () => this.#giveUp(`the reader has read nothing for ${STUCK_TIMEOUT / 1000} seconds`),
      STUCK_TIMEOUT,
    );
    this.#socket.write(batch.buffer.written(), (error) => {
      // Its end is about to come, and takes care of the batch.
      if (error) return;
      clearTimeout(this.#timer);
      this.#writing = undefined;
      this.#queue.done(batch);
      this.pump();
    });
  }

  /** Ends the stream, once what is queued has gone. */
  stop(): void {
    if (this.#session.state === 'new' || this.#session.state === 'offered') {
      this.#reason = undefined;
      this.#socket.destroy();
    }
    if (this.#session.state !== 'open' || this.#writing !== undefined) return;
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
    if (this.#writing !== undefined) this.#queue.done(this.#writing);
    this.#writing = undefined;
    this.#handler.ended({ reason: this.#reason, unconfirmed });
  }
}
