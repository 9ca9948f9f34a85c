/** Standard output: a pipe, a socket, a file or a device that somebody else has opened. */
import { Socket } from 'node:net';
import { EndpointError } from '../errors.ts';
import {
  type FileIdentity,
  hasErrorCode,
  isNullDevice,
  isOneOf,
  isReadWrite,
  statDescriptor,
  writeDescriptor,
} from './descriptor.ts';
import { type ByteOutput, outputInterrupted } from './output.ts';
import { unwritable } from './output-target.ts';

/** What is known of standard output. */
export interface OutputStreamOptions {
  /** Whether it is a terminal, which no capture is written to. */
  isTTY: boolean;
  /** The files that are being read. */
  inputs: readonly FileIdentity[];
  /** Whether it is text for people, which may go to a terminal, or nowhere. Default: it is a capture. */
  isText?: boolean;
}

const NAME = 'standard output';

/**
 * Begins writing to a descriptor that stays open, and whose bytes nobody can take back: `abort` only stops. Throws
 * EndpointError where it must not be written.
 */
export async function createOutputStream(
  fd: number,
  { isTTY, inputs, isText = false }: OutputStreamOptions,
): Promise<ByteOutput> {
  if (isTTY && !isText) {
    throw new EndpointError(
      'OUTPUT_NOT_REGULAR',
      'standard output is a terminal, and a capture is nothing to look at: redirect it, or name an output file.',
    );
  }
  try {
    const stat = await statDescriptor(fd);
    if (stat.isFile() && isOneOf(stat, inputs)) {
      throw new EndpointError(
        'OUTPUT_IS_INPUT',
        'standard output is the same file as an input: redirect it to a file of its own.',
      );
    }
    // A shell's > /dev/null is open for writing only. What Node puts in place of a closed descriptor is open for both.
    if (!isText && (await isNullDevice(stat)) && (await isReadWrite(fd))) {
      throw new EndpointError(
        'OUTPUT_UNWRITABLE',
        'standard output is closed, or a /dev/null that is open for reading as well, which looks the same: ' +
          'redirect it with >, or name an output file.',
      );
    }
    // Through the event loop a pipe that is full holds up nobody, and one that does not block is written to the end.
    const write = stat.isFIFO() || stat.isSocket() ? new SocketWriter(fd) : new DescriptorWriter(fd);
    return new OutputStream(write);
  } catch (error) {
    throw unwritable(NAME, error);
  }
}

interface Writer {
  write(bytes: Uint8Array): Promise<void>;
  stop(): void;
}

class OutputStream implements ByteOutput {
  readonly name = NAME;
  readonly #writer: Writer;
  #state: 'open' | 'committed' | 'aborted' = 'open';

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#state === 'committed') throw new Error('an output was used after its commit');
    if (this.#state === 'aborted') throw outputInterrupted(NAME);
    try {
      await this.#writer.write(bytes);
    } catch (error) {
      if (this.#state !== 'open') throw outputInterrupted(NAME);
      this.abortSync();
      if (!hasErrorCode(error, 'EPIPE', 'ECONNRESET', 'ENOTCONN')) throw unwritable(NAME, error);
      throw new EndpointError('OUTPUT_GONE', 'the reader of standard output went away before everything was written.', {
        cause: error,
      });
    }
    // A socket that is destroyed calls its writes done.
    if (this.#state !== 'open') throw outputInterrupted(NAME);
  }

  async commit(): Promise<void> {
    if (this.#state === 'aborted') throw outputInterrupted(NAME);
    this.#state = 'committed';
  }

  async abort(): Promise<void> {
    this.abortSync();
  }

  abortSync(): void {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    this.#writer.stop();
  }
}

class DescriptorWriter implements Writer {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeDescriptor(this.#fd, bytes);
  }

  stop(): void {}
}

class SocketWriter implements Writer {
  readonly #socket: Socket;
  #isWriting = false;

  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: false, writable: true });
    // Each failure also reaches the callback of its write.
    this.#socket.on('error', () => {});
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#isWriting = true;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
    } finally {
      this.#isWriting = false;
    }
  }

  /** Closes the descriptor only where bytes still wait for a reader, which would keep the process from ending. */
  stop(): void {
    if (this.#isWriting) this.#socket.destroy();
  }
}
