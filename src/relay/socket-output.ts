/** The socket output: one connection at a time to a reader, and another one whenever that has ended. */
import type { Socket } from 'node:net';
import type { ConnectionHandler } from '../endpoints/connection-handler.ts';
import { Dialer, isDialled } from '../endpoints/dialer.ts';
import { Listener } from '../endpoints/listener.ts';
import { nameSocket, type SocketEnd } from '../endpoints/socket-end.ts';
import type { Log } from '../service/log.ts';
import type { Accounting } from './accounting.ts';
import type { FrameQueue } from './frame-queue.ts';
import type { RelayOutput } from './output.ts';
import { ReaderConnection } from './reader-connection.ts';

/** Connections that wait while one is served; a listening output serves one reader. */
const MAX_CONNECTIONS = 2;

export class SocketOutput implements RelayOutput, ConnectionHandler {
  readonly #end: SocketEnd;
  readonly #queue: FrameQueue;
  readonly #accounting: Accounting;
  readonly #log: Log;
  #source: Dialer | Listener | undefined;
  #connection: ReaderConnection | undefined;
  /** Called when a connection has ended, or there is one, or the queue is empty, while we are closing. */
  #changed: () => void = () => {};

  constructor(end: SocketEnd, queue: FrameQueue, accounting: Accounting, log: Log) {
    this.#end = end;
    this.#queue = queue;
    this.#accounting = accounting;
    this.#log = log;
    queue.onReady = () => this.#connection?.pump();
  }

  get name(): string {
    return this.#source?.name ?? nameSocket(this.#end);
  }

  async open(): Promise<void> {
    const end = this.#end;
    if (isDialled(end)) {
      const dialer = new Dialer(end, this);
      this.#source = dialer;
      dialer.start();
    } else {
      this.#source = await Listener.open(end, this, { maxConnections: MAX_CONNECTIONS, descriptors: [] });
      this.#log.tell('info', 'listening', `listening on ${this.name} for a reader`);
    }
  }

  connected(socket: Socket): void {
    if (this.#connection !== undefined) {
      socket.on('error', () => {});
      socket.destroy();
      this.refused('there is a reader already');
      return;
    }
    const { name } = this;
    this.#connection = new ReaderConnection(socket, this.#queue, this.#accounting, this.#end.isUnidirectional, {
      opened: () => {
        this.#log.tellRepeated('info', 'output-open', name, `${name}: connected, frames go out`);
        this.#changed();
      },
      drained: () => this.#changed(),
      ended: ({ reason, unconfirmed }) => {
        this.#connection = undefined;
        if (reason !== undefined) {
          const frames = unconfirmed === 0 ? '' : `; ${unconfirmed.toLocaleString('en-US')} frames are unconfirmed`;
          this.#log.tellRepeated('warning', 'output-ended', name, `${name}: ${reason}${frames}`);
        }
        this.#changed();
      },
    });
    this.#connection.begin();
  }

  refused(reason: string): void {
    this.#log.tellRepeated('warning', 'output-refused', this.name, `${this.name}: no connection: ${reason}`);
  }

  async close(deadline: number): Promise<void> {
    while (!(this.#queue.isEmpty && this.#connection === undefined)) {
      if (this.#queue.isEmpty) this.#connection?.stop();
      if (!(await this.#change(deadline))) break;
    }
    await this.#source?.close();
    this.#connection?.destroy();
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
