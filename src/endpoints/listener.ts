/** Waiting for the other side: a server of any kind, and the connections that come to it. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { EndpointError } from '../errors.ts';
import type { ConnectionHandler } from './connection-handler.ts';
import { nameSocket, type SocketEnd, type TlsEnd } from './socket-end.ts';
import { explainSocketError } from './socket-error.ts';
import { readTlsCredentials } from './tls-credentials.ts';
import { listenOnUnixSocket } from './unix-listener.ts';

/** What a listener needs beside its end. */
export interface ListenerOptions {
  /** How many connections there may be at a time. */
  maxConnections: number;
  /** The descriptors of a `systemd:` end, which are listened on already. */
  descriptors: readonly number[];
}

/** How long a TLS handshake may take, in milliseconds. */
const TLS_HANDSHAKE_TIMEOUT = 10_000;

/** A socket, or several of systemd's, that is listened on until `close`. */
export class Listener {
  /** What it listens on, as texts for people call it, with the port that it got. */
  name: string;
  readonly #end: SocketEnd;
  readonly #handler: ConnectionHandler;
  readonly #options: ListenerOptions;
  readonly #servers: Server[] = [];
  /** The connections whose TLS handshake is not done: Node neither closes them when that takes too long, nor with the server. */
  readonly #handshaking = new Set<Socket>();
  #isClosed = false;
  #release: () => Promise<void> = async () => {};

  private constructor(end: SocketEnd, handler: ConnectionHandler, options: ListenerOptions) {
    this.#end = end;
    this.name = nameSocket(end);
    this.#handler = handler;
    this.#options = options;
  }

  /** Listens; once this resolves the other side can connect. Throws EndpointError. */
  static async open(end: SocketEnd, handler: ConnectionHandler, options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(end, handler, options);
    await listener.#open();
    return listener;
  }

  /** Reads the certificates again; resolves to what puts them in force, for the connections to come. Throws EndpointError. */
  async readCertificates(): Promise<() => void> {
    if (this.#end.kind !== 'tls') return () => {};
    const credentials = await readTlsCredentials(this.#end);
    return () => {
      for (const server of this.#servers) (server as TlsServer).setSecureContext(credentials);
    };
  }

  /** Takes no more connections; those that were handed on stay. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#release();
    for (const server of this.#servers) server.close();
    for (const socket of this.#handshaking) socket.destroy();
  }

  async #open(): Promise<void> {
    await this.#listenAll();
    // Too many open files, perhaps: the next connection may find fewer.
    for (const server of this.#servers) {
      server.on('error', (error) => this.#handler.refused(explainSocketError(error)));
    }
  }

  async #listenAll(): Promise<void> {
    const end = this.#end;
    if (end.kind === 'systemd') {
      for (const fd of this.#options.descriptors) await this.#listen({ fd });
    } else if (end.kind === 'unix') this.#release = await listenOnUnixSocket(this.#serve(createServer()), end);
    else {
      const server = await this.#listen({ host: end.host, port: end.port, exclusive: true });
      const address = server.address();
      if (address !== null && typeof address === 'object') this.name = nameSocket({ ...end, port: address.port });
    }
  }

  async #listen(where: { fd: number } | { host: string; port: number; exclusive: true }): Promise<Server> {
    const server = this.#serve(this.#end.kind === 'tls' ? await createTls(this.#end) : createServer());
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(where, () => {
          server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      const message = `cannot listen on ${this.name}: ${explainSocketError(error)}.`;
      throw new EndpointError('SOCKET_UNUSABLE', message, { cause: error });
    }
    return server;
  }

  #serve(server: Server): Server {
    const handler = this.#handler;
    this.#servers.push(server);
    server.maxConnections = this.#options.maxConnections;
    server.on('drop', () => handler.refused(`there are ${this.#options.maxConnections} connections already`));
    if (this.#end.kind === 'tls') this.#serveTls(server);
    else server.on('connection', (socket: Socket) => handler.connected(socket));
    return server;
  }

  #serveTls(server: Server): void {
    const handler = this.#handler;
    server.on('connection', (socket: Socket) => {
      this.#handshaking.add(socket);
      socket.once('close', () => this.#handshaking.delete(socket));
    });
    server.on('secureConnection', (socket: Socket) => {
      for (const below of this.#handshaking) if (areSame(below, socket)) this.#handshaking.delete(below);
      handler.connected(socket);
    });
    server.on('tlsClientError', (error: Error, socket: Socket) => {
      socket.destroy();
      if (!this.#isClosed) handler.refused(explainSocketError(error));
    });
  }
}

/** Whether both are one connection: Node does not say on which one TLS goes on. */
function areSame(one: Socket, other: Socket): boolean {
  return (
    one.remotePort === other.remotePort &&
    one.remoteAddress === other.remoteAddress &&
    one.localAddress === other.localAddress
  );
}

async function createTls(end: TlsEnd): Promise<Server> {
  const requestCert = end.ca !== undefined;
  const credentials = await readTlsCredentials(end);
  return createTlsServer({ ...credentials, requestCert, handshakeTimeout: TLS_HANDSHAKE_TIMEOUT });
}
