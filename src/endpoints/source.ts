/** Bytes as the system delivers them: regular files and devices by reading ahead, pipes and sockets as they come. */
import { Socket } from 'node:net';
import { closeDescriptor, readDescriptor } from './descriptor.ts';

/** How much of a file is read at a time, in bytes; two buffers of this size belong to each open file. */
export const READ_LENGTH: number = 1024 * 1024;

/** Bytes in order. A chunk is the caller's until the next `read`, which gives undefined at the end. */
export interface ByteSource {
  /** How many bytes `read` has given out. */
  readonly position: number;
  read(): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/** Reads a descriptor with two buffers: while the caller works on one the other is being filled. */
export class FileSource implements ByteSource {
  position = 0;
  readonly #fd: number;
  readonly #ownsDescriptor: boolean;
  #filling: Uint8Array = Buffer.allocUnsafeSlow(READ_LENGTH);
  #given: Uint8Array | undefined;
  #pending: Promise<number> | undefined;
  #closed = false;

  constructor(fd: number, ownsDescriptor: boolean) {
    this.#fd = fd;
    this.#ownsDescriptor = ownsDescriptor;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#closed) return undefined;
    const full = this.#filling;
    this.#pending ??= readDescriptor(this.#fd, full);
    const length = await this.#pending;
    // At the end the promise stays: every later call finds the end again, without another look at the file.
    if (length === 0 || this.#closed) return undefined;
    this.position += length;
    this.#filling = this.#given ?? Buffer.allocUnsafeSlow(READ_LENGTH);
    this.#given = full;
    this.#pending = readDescriptor(this.#fd, this.#filling);
    // Its failure belongs to the next call, which may never come.
    this.#pending.catch(() => {});
    return length === full.length ? full : full.subarray(0, length);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // A descriptor that is closed during a read may be another file's by the time the read happens.
    await this.#pending?.catch(() => {});
    if (this.#ownsDescriptor) await closeDescriptor(this.#fd);
  }
}

/**
 * Reads a pipe or a socket through the event loop. A plain read of a pipe holds a thread until somebody writes, and keeps
 * the process from ending that long.
 */
export class StreamSource implements ByteSource {
  position = 0;
  readonly #socket: Socket;
  #wake: () => void = () => {};
  #error: Error | undefined;
  #ended = false;

  /** Takes the descriptor over. */
  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: true, writable: false, allowHalfOpen: true });
    this.#socket.on('readable', () => this.#wake());
    this.#socket.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
    for (const event of ['end', 'close'] as const) {
      this.#socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk: Uint8Array | null = this.#socket.read();
      if (chunk !== null) {
        this.position += chunk.length;
        return chunk;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }
}
