/** Frame Streams by hand, for peers that behave in every way; written without any code of src/. */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const CONTENT_TYPE = 'protobuf:dnstap.Dnstap';
export const Control = { accept: 1, start: 2, stop: 3, ready: 4, finish: 5 } as const;

/** A control frame with these content types. */
export function control(type: number, ...contentTypes: string[]): Buffer {
  const fields = contentTypes.map((text) => Buffer.concat([uint32(1), uint32(text.length), Buffer.from(text)]));
  const payload = Buffer.concat([uint32(type), ...fields]);
  return Buffer.concat([uint32(0), uint32(payload.length), payload]);
}

export const READY = control(Control.ready, CONTENT_TYPE);
export const ACCEPT = control(Control.accept, CONTENT_TYPE);
export const START = control(Control.start, CONTENT_TYPE);
export const STOP = control(Control.stop);
export const FINISH = control(Control.finish);

/** Data frames. */
export function data(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => [uint32(frame.length), frame]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Where a peer connects to or listens: the path of a unix socket, or a port on loopback. */
export type Place = string | number;

/** A connection, with all that came over it. */
export class Peer {
  received: Buffer = Buffer.alloc(0);
  isClosed = false;
  readonly socket: Socket;
  #changed: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#changed();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
  }

  static async connect(place: Place): Promise<Peer> {
    const socket = typeof place === 'string' ? connect(place) : connect(place, '127.0.0.1');
    await once(socket, 'connect');
    return new Peer(socket);
  }

  send(...parts: Uint8Array[]): void {
    for (const part of parts) this.socket.write(part);
  }

  /** Waits until so many bytes have come. Throws where the connection ends before that. */
  async has(length: number): Promise<Buffer> {
    while (this.received.length < length) {
      if (this.isClosed) throw new Error(`it closed after ${this.received.length} bytes`);
      await this.#change();
    }
    return this.received;
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

/** A server that takes connections, and does nothing by itself. */
export class PeerServer {
  readonly peers: Peer[] = [];
  readonly #server: Server;
  #changed: () => void = () => {};

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.peers.push(new Peer(socket));
      this.#changed();
    });
  }

  static async listen(place: Place): Promise<PeerServer> {
    const server = createServer();
    const peers = new PeerServer(server);
    server.listen(typeof place === 'string' ? { path: place } : { port: place, host: '127.0.0.1' });
    await once(server, 'listening');
    return peers;
  }

  /** The connection of that number, once it is there. */
  async peer(index: number): Promise<Peer> {
    while (this.peers.length <= index) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.peers[index] as Peer;
  }

  /** The connection of that number, after a handshake. */
  async handshaken(index: number): Promise<Peer> {
    const peer = await this.peer(index);
    await peer.has(READY.length);
    peer.send(ACCEPT);
    await peer.has(READY.length + START.length);
    return peer;
  }

  close(): void {
    this.#server.close();
    for (const { socket } of this.peers) socket.destroy();
  }
}
