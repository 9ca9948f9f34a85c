/** One connection of a writer, as a name server is one: its frames go on, and whatever is wrong with it ends it alone. */
import type { Socket } from 'node:net';
import { describeForeign } from '../endpoints/recognize.ts';
import { explainSocketError } from '../endpoints/socket-error.ts';
import { StreamError } from '../errors.ts';
import { ReaderSession } from '../framestream/reader-session.ts';

/** How long a writer may take until START, in milliseconds. */
const HANDSHAKE_TIMEOUT = 10_000;

/** After so much silence, in milliseconds, TCP asks whether the other side is still there. */
const KEEPALIVE_DELAY = 30_000;

/** So many bytes of a writer are taken before everything else has its turn. */
const TURN_LENGTH = 256 * 1024;

/** How a connection ended. */
export type Ending =
  /** With STOP. */
  | { readonly kind: 'stopped' }
  /** The writer closed it without STOP, as dnsdist does; `isCut` where that was in the middle of a frame. */
  | { readonly kind: 'closed'; readonly isCut: boolean }
  /** We closed it: `reason` is for the log. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** We closed it since the relay ends. */
  | { readonly kind: 'ended' };

/** What a connection hands on. */
export interface WriterConnectionHandler {
  /** The stream begins: after the handshake of a bidirectional writer, or with the START of one that is not. */
  started(): void;
  /** Whole data frames side by side; the bytes may be changed until it returns. */
  frames(bytes: Uint8Array, start: number, end: number): void;
  /** A data frame over the limit, by its length. */
  oversize(length: number): void;
  /** Nothing more comes. */
  ended(ending: Ending): void;
}

export class WriterConnection {
  /** When the last bytes came, in milliseconds as performance.now() has them. */
  lastRead: number = performance.now();
  readonly #socket: Socket;
  readonly #handler: WriterConnectionHandler;
  readonly #session: ReaderSession;
  #timer: NodeJS.Timeout | undefined;
  #isFirst = true;
  /** The bytes of this turn; whether reading stopped since the turn is over, or since nobody wants more. */
  #turn = 0;
  #isTurnOver = false;
  #isPaused = false;
  #ending: Ending | undefined;
  #error: string | undefined;

  constructor(socket: Socket, handler: WriterConnectionHandler, maxFrameLength: number) {
    this.#socket = socket;
    this.#handler = handler;
    this.#session = new ReaderSession(
      { frames: handler.frames, oversize: handler.oversize, send: (bytes) => socket.write(bytes) },
      maxFrameLength,
    );
    this.#watch();
    // A writer whose machine has died would keep its place for ever.
    socket.setKeepAlive(true, KEEPALIVE_DELAY);
    socket.on('data', (chunk) => this.#push(chunk));
    socket.on('error', (error) => {
      this.#error = explainSocketError(error);
    });
    socket.once('close', () => this.#closed());
  }

  /** Reads no more until `resume`; what the writer may have said meanwhile nobody has heard. */
  pause(): void {
    this.#isPaused = true;
    clearTimeout(this.#timer);
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (!this.hasStarted) this.#watch();
    if (!this.#isTurnOver) this.#socket.resume();
  }

  /** Whether the stream has begun. */
  get hasStarted(): boolean {
    return this.#session.state === 'data';
  }

  /** Closes the connection of a writer with which something is wrong; `reason` is for the log. */
  refuse(reason: string): void {
    this.#end({ kind: 'refused', reason });
    this.#socket.destroy();
  }

  /** Ends the connection. */
  close(): void {
    this.#end({ kind: 'ended' });
    this.#socket.destroy();
  }

  #push(chunk: Buffer): void {
    if (this.#ending !== undefined) return;
    this.lastRead = performance.now();
    this.#countTurn(chunk.length);
    const foreign = this.#isFirst ? describeForeign(chunk) : undefined;
    this.#isFirst = false;
    if (foreign !== undefined) {
      this.refuse(`what it sends is no Frame Streams: it looks like ${foreign}`);
      return;
    }
    const before = this.#session.state;
    try {
      this.#session.push(chunk);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.refuse(`at byte ${error.offset} of what it sends ${error.message}`);
      return;
    }
    const { state } = this.#session;
    if (state === before) return;
    if (state === 'data' || state === 'stopped') {
      clearTimeout(this.#timer);
      if (before !== 'data') this.#handler.started();
    }
    if (state === 'stopped') {
      this.#end({ kind: 'stopped' });
      // FINISH goes out before; whether the writer closes too is its own business.
      this.#socket.destroySoon();
    }
  }

  /** Libuv reads a socket that is always full 32 times before it looks at another one: the output would starve. */
  #countTurn(length: number): void {
    if (this.#turn === 0) setImmediate(() => this.#nextTurn());
    this.#turn += length;
    if (this.#turn < TURN_LENGTH || this.#isTurnOver) return;
    this.#isTurnOver = true;
    this.#socket.pause();
  }

  #nextTurn(): void {
    this.#turn = 0;
    if (!this.#isTurnOver) return;
    this.#isTurnOver = false;
    if (!this.#isPaused) this.#socket.resume();
  }

  #watch(): void {
    this.#timer = setTimeout(() => this.refuse(this.#silence()), HANDSHAKE_TIMEOUT);
  }

  #silence(): string {
    const what = this.#session.state === 'greeting' ? 'it says nothing' : 'it does not begin after the handshake';
    return `${what} for ${HANDSHAKE_TIMEOUT / 1000} seconds`;
  }

  #closed(): void {
    const { state, isBetweenFrames } = this.#session;
    if (state === 'data') this.#end({ kind: 'closed', isCut: !isBetweenFrames });
    else this.#end({ kind: 'refused', reason: this.#error ?? 'it closed the connection before it began' });
  }

  #end(ending: Ending): void {
    clearTimeout(this.#timer);
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#handler.ended(ending);
  }
}
