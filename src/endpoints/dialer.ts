/** Going to the other side, again and again for as long as it takes: later each time, and never all at once. */
import { connect as connectNet, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionHandler } from './connection-handler.ts';
import { nameSocket, type SocketEnd, type TcpEnd, type TlsEnd, type UnixEnd } from './socket-end.ts';
import { explainSocketError } from './socket-error.ts';
import { readTlsCredentials } from './tls-credentials.ts';

/** In milliseconds: how long the other side may take to answer, and the shortest and the longest pause between two attempts. */
const CONNECT_TIMEOUT = 10_000;
const MIN_PAUSE = 100;
const MAX_PAUSE = 30_000;

/** A connection that lasted so long, in milliseconds, was a good one: the next attempt is the first again. */
const GOOD_TIME = 10_000;

/** Whether an end is dialled, and not listened on. */
export function isDialled(end: SocketEnd): end is UnixEnd | TcpEnd | TlsEnd {
  return end.role === 'connect';
}

/** Keeps one connection to an end. */
export class Dialer {
  readonly name: string;
  readonly #end: UnixEnd | TcpEnd | TlsEnd;
  readonly #handler: ConnectionHandler;
  /** The connection that is being made. */
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #attempts = 0;
  #isClosed = false;

  constructor(end: UnixEnd | TcpEnd | TlsEnd, handler: ConnectionHandler) {
    this.#end = end;
    this.name = nameSocket(end);
    this.#handler = handler;
  }

  /** Goes there, and again whenever the connection has ended, until `close`. Throws EndpointError where its certificates cannot be used. */
  async open(): Promise<void> {
    await this.readCertificates();
    this.#start();
  }

  /** Looks whether the certificates can be used; they are read for each connection anyway. Throws EndpointError. */
  async readCertificates(): Promise<() => void> {
    if (this.#end.kind === 'tls') await readTlsCredentials(this.#end);
    return () => {};
  }

  #start(): void {
    this.#dial().catch((error: unknown) => {
      this.#handler.refused(error instanceof Error ? error.message : String(error));
      this.#again();
    });
  }

  /** The connection was a good one, however short: the next attempt comes soon. */
  reset(): void {
    this.#attempts = 0;
  }

  /** Goes there no more; the connection that there is stays. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  async #dial(): Promise<void> {
    const end = this.#end;
    // Read each time: certificates are renewed.
    const credentials = end.kind === 'tls' ? await readTlsCredentials(end) : {};
    if (this.#isClosed) return;
    const servername =
      end.kind === 'tls' ? (end.serverName ?? (isIP(end.host) === 0 ? end.host : undefined)) : undefined;
    const socket =
      end.kind === 'unix'
        ? connectNet({ path: end.path })
        : end.kind === 'tcp'
          ? connectNet({ host: end.host, port: end.port })
          : connectTls({ host: end.host, port: end.port, ...(servername && { servername }), ...credentials });
    this.#socket = socket;
    let failure = 'the other side has closed the connection';
    let connectedAt = 0;
    const timer = setTimeout(() => {
      failure = 'there is no answer';
      socket.destroy();
    }, CONNECT_TIMEOUT);
    socket.on('error', (error) => {
      failure = explainSocketError(error);
    });
    socket.once(end.kind === 'tls' ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      connectedAt = performance.now();
      this.#socket = undefined;
      this.#handler.connected(socket);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      this.#socket = undefined;
      if (connectedAt === 0 && !this.#isClosed) this.#handler.refused(failure);
      if (connectedAt > 0 && performance.now() - connectedAt >= GOOD_TIME) this.#attempts = 0;
      this.#again();
    });
  }

  #again(): void {
    if (this.#isClosed) return;
    const pause = Math.min(MIN_PAUSE * 2 ** this.#attempts++, MAX_PAUSE);
    this.#timer = setTimeout(() => this.#start(), pause * (0.5 + Math.random() / 2));
  }
}
