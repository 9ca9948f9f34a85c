/** One socket input: whoever connects to it, or whom it dials, and the connections that come of it. */
import type { Socket } from 'node:net';
import type { ConnectionHandler } from '../endpoints/connection-handler.ts';
import { Dialer, isDialled } from '../endpoints/dialer.ts';
import { Listener } from '../endpoints/listener.ts';
import { nameSocket, type SocketEnd } from '../endpoints/socket-end.ts';
import type { Log } from '../service/log.ts';
import { type Ending, WriterConnection } from './writer-connection.ts';

/** Takes what the writers send. */
export interface FramesTarget {
  frames(bytes: Uint8Array, start: number, end: number): void;
  oversize(length: number): void;
  /** Whether nothing is to be read at the moment. */
  isFull(): boolean;
}

export interface WriterInputOptions {
  /** The longest data frame that is read, in bytes. */
  maxFrameLength: number;
  /** How many connections there may be at a time. */
  maxConnections: number;
  /** The descriptors of a `systemd:` end. */
  descriptors: readonly number[];
}

export class WriterInput implements ConnectionHandler {
  /** How many writers got as far as START since the beginning. */
  started = 0;
  readonly #end: SocketEnd;
  readonly #target: FramesTarget;
  readonly #log: Log;
  readonly #options: WriterInputOptions;
  readonly #connections = new Set<WriterConnection>();
  #source: Listener | Dialer | undefined;
  /** Whether there was a connection; whether the log says that there was none. */
  #hasCome = false;
  #hasTold = false;

  constructor(end: SocketEnd, target: FramesTarget, log: Log, options: WriterInputOptions) {
    this.#end = end;
    this.#target = target;
    this.#log = log;
    this.#options = options;
  }

  get name(): string {
    return this.#source?.name ?? nameSocket(this.#end);
  }

  /** How many writers are connected. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Listens, or begins to dial. Throws EndpointError where nobody could ever connect. */
  async open(): Promise<void> {
    const end = this.#end;
    if (isDialled(end)) {
      const dialer = new Dialer(end, this);
      this.#source = dialer;
      await dialer.open();
      this.#log.tell('info', 'dialling', `connecting to ${this.name}`);
    } else {
      const { maxConnections, descriptors } = this.#options;
      // Those whose TLS handshake is not done count too.
      this.#source = await Listener.open(end, this, { maxConnections: 2 * maxConnections, descriptors });
      this.#log.tell('info', 'listening', `listening on ${this.name}`);
    }
  }

  connected(socket: Socket): void {
    this.#hasCome = true;
    if (!this.#hasPlace()) {
      socket.on('error', () => {});
      socket.destroy();
      this.refused(`there are ${this.#options.maxConnections} writers already`);
      return;
    }
    const { frames, oversize } = this.#target;
    const connection = new WriterConnection(
      socket,
      {
        started: () => {
          this.started++;
          this.#log.tellRepeated('info', 'writer-started', this.name, `${this.name}: a writer has begun`);
        },
        frames,
        oversize,
        ended: (ending) => {
          this.#connections.delete(connection);
          this.#tellEnding(ending);
        },
      },
      this.#options.maxFrameLength,
    );
    this.#connections.add(connection);
    if (this.#target.isFull()) connection.pause();
  }

  refused(reason: string): void {
    this.#log.tellRepeated('warning', 'writer-kept-out', this.name, `${this.name}: no connection: ${reason}`);
  }

  /** Reads the certificates again; resolves to what puts them in force. Throws EndpointError. */
  async readCertificates(): Promise<() => void> {
    return this.#source?.readCertificates() ?? (() => {});
  }

  pause(): void {
    for (const connection of this.#connections) connection.pause();
  }

  resume(): void {
    for (const connection of this.#connections) connection.resume();
  }

  /** When the last bytes came from a writer that is still there; undefined where there is none. */
  get lastRead(): number | undefined {
    const times = [...this.#connections].map(({ lastRead }) => lastRead);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /** Takes no more connections; those that there are stay. */
  async closeSource(): Promise<void> {
    await this.#source?.close();
  }

  /** Ends all connections. */
  closeConnections(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Says once, where nobody has come so far, what to look at; called when that has been so for a minute. */
  tellNobodyCame(): void {
    if (this.#hasCome || this.#hasTold) return;
    this.#hasTold = true;
    this.#log.tell('warning', 'no-writer', `${this.name}: ${explainNobody(this.#end)}`);
  }

  /** Whether there is a place for one more connection; the oldest that has not begun gives its own up. */
  #hasPlace(): boolean {
    if (this.#connections.size < this.#options.maxConnections) return true;
    for (const connection of this.#connections) {
      if (connection.hasStarted) continue;
      connection.refuse('it has not begun, and others wait for its place');
      return true;
    }
    return false;
  }

  #tellEnding(ending: Ending): void {
    const { name } = this;
    switch (ending.kind) {
      case 'stopped':
        this.#log.tellRepeated('info', 'writer-stopped', name, `${name}: a writer has ended with STOP`);
        return;
      case 'closed': {
        const where = ending.isCut ? ', in the middle of a frame' : '';
        const event = ending.isCut ? 'writer-cut' : 'writer-closed';
        this.#log.tellRepeated('info', event, name, `${name}: a writer has closed without STOP${where}`);
        return;
      }
      case 'refused':
        this.#log.tellRepeated('warning', 'writer-refused', name, `${name}: a connection was closed: ${ending.reason}`);
        return;
      case 'ended':
    }
  }
}

/** Name servers say little of why they cannot connect: what has been seen to be in the way. */
function explainNobody(end: SocketEnd): string {
  const isOn = 'is dnstap switched on in the name server';
  if (end.role === 'connect') return `no writer was reached for a minute; ${isOn}, and does it listen there?`;
  const nobody = `no writer has connected for a minute; ${isOn}`;
  if (end.kind === 'tcp' || end.kind === 'tls') {
    return `${nobody}, does it send to this address and port, and does a firewall stand between?`;
  }
  return (
    `${nobody}, may its user write to the socket (mode, group) and enter the directories above it, is the path the same inside its chroot and ` +
    'its PrivateTmp, and does AppArmor allow it?'
  );
}
