/** One connection to a reader, as fstrm_capture is one: handshake, batches, STOP and FINISH, and what its end says of the frames. */
import type { Socket } from 'node:net';
import { hasErrorCode } from '../endpoints/descriptor.ts';
import { explainSocketError } from '../endpoints/socket-error.ts';
import { StreamError } from '../errors.ts';
import { WriterSession } from '../framestream/writer-session.ts';
import type { Outgoing, OutgoingStream } from './outgoing-stream.ts';

/** In milliseconds: how long the reader may take for its handshake, to read anything of what is written, and to answer STOP. */
const HANDSHAKE_TIMEOUT = 10_000;
const STUCK_TIMEOUT = 60_000;
const FINISH_TIMEOUT = 10_000;

/** So many pieces are given to the socket at a time: what the kernel takes in one turn of the loop, and a little more. */
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
  readonly #stream: OutgoingStream;
  readonly #isUnidirectional: boolean;
  readonly #handler: ReaderConnectionHandler;
  readonly #session: WriterSession;
  #timer: NodeJS.Timeout;
  /** The pieces that the kernel has not wholly taken. */
  readonly #writing = new Set<Outgoing>();
  #hasEnded = false;
  #wasStopped = false;
  #isFinished = false;
  #isSilent = false;
  /** Whether the reader has closed: not where the way to it broke, nor where we did. */
  #wasClosed = false;
  #reason: string | undefined = 'the reader has closed the connection';

  constructor(socket: Socket, stream: OutgoingStream, isUnidirectional: boolean, handler: ReaderConnectionHandler) {
    this.#socket = socket;
    this.#stream = stream;
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
      // The reader was killed, or the way to it broke: it need not have read what the kernel took, STOP above all.
      this.#wasStopped = false;
      this.#isSilent = false;
      this.#wasClosed = hasErrorCode(error, 'ECONNRESET', 'EPIPE');
      this.#reason = explainSocketError(error);
    });
    socket.once('end', () => {
      this.#wasClosed = true;
    });
    socket.once('close', () => this.#closed());
  }

  /** Sends the first bytes. */
  begin(): void {
    this.#session.begin();
    this.pump();
  }

  /** Writes what is next, if there is anything and the last was taken; at the end of the stream STOP. */
  pump(): void {
    if (this.#session.state !== 'open' || this.#socket.destroyed) return;
    this.#socket.cork();
    while (this.#writing.size < MAX_WRITING) {
      const piece = this.#stream.take();
      if (piece === undefined) break;
      this.#write(piece);
    }
    this.#socket.uncork();
    if (this.#writing.size > 0) return;
    if (this.#stream.isOver) this.stop();
    else this.#handler.drained();
  }

  #write(piece: Outgoing): void {
    if (this.#writing.size === 0) this.#watch();
    this.#writing.add(piece);
    this.#socket.write(piece.bytes, (error) => {
      // Its end is about to come, and takes care of the piece.
      if (error) return;
      this.#writing.delete(piece);
      piece.done();
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
    this.#wasStopped = true;
    const seconds = FINISH_TIMEOUT / 1000;
    if (this.#isUnidirectional) {
      this.#isSilent = true;
      this.#reason = undefined;
      this.#socket.end();
      this.#timer = setTimeout(
        () => this.#giveUp(`the reader does not close within ${seconds} seconds`),
        FINISH_TIMEOUT,
      );
      return;
    }
    this.#timer = setTimeout(() => {
      this.#isSilent = true;
      this.#giveUp(`the reader does not answer STOP within ${seconds} seconds`);
    }, FINISH_TIMEOUT);
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
    this.#isFinished = true;
    this.#stream.finished();
    this.#reason = undefined;
    // The reader has everything; whether it closes too is its own business.
    this.#socket.destroySoon();
  }

  #giveUp(reason: string): void {
    this.#reason = reason;
    this.#socket.destroy();
  }

  #closed(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    for (const piece of this.#writing) piece.done();
    this.#writing.clear();
    const how = { wasStopped: this.#wasStopped, isSilent: this.#isSilent, wasClosed: this.#wasClosed };
    const unconfirmed = this.#isFinished ? 0 : this.#stream.broken(how);
    this.#handler.ended({ reason: this.#reason, unconfirmed });
  }
}
