/** Inputs: a file, a FIFO or standard input, compressed or not, as one sequence of bytes. */
import { isatty } from 'node:tty';
import { EndpointError } from '../errors.ts';
import { decompress, MAX_MAGIC_LENGTH, recognizeCompression } from './decompress.ts';
import { closeDescriptor, isNullDevice, openForReading, renderKind, statDescriptor } from './descriptor.ts';
import { type End, renderPath } from './end.ts';
import { type ByteSource, FileSource, StreamSource } from './source.ts';
import { explainSystemError } from './system-error.ts';

/** An open input. */
export interface ByteInput extends ByteSource {
  /** The input as texts for people call it. */
  readonly name: string;
  /** Bytes on disk, for progress; undefined where nobody knows. */
  readonly size: number | undefined;
  /** How many bytes on disk were consumed so far. */
  readonly position: number;
  /**
   * The next bytes, or undefined at the end. They are the caller's, to read and to change, until the next call. Throws
   * EndpointError where the system cannot read, and StreamError where the compression is damaged; its offset counts the
   * decompressed bytes that were given out before.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Lets go of the file, whatever is still being read. */
  close(): Promise<void>;
}

/** What an input needs to know beside its end. */
export interface InputOptions {
  /** The descriptor of standard input, which is closed with the input where it is a pipe. Default: 0. */
  stdin?: number;
  /** Ends the input where it is, as if there were no more bytes: of a pipe they may never come. */
  signal?: AbortSignal;
}

/** Opens an input and waits for its first bytes, to see whether it is compressed; throws EndpointError. */
export async function openInput(end: End, { stdin = 0, signal }: InputOptions = {}): Promise<ByteInput> {
  const name = nameInput(end);
  let fd: number | undefined;
  let source: ByteSource | undefined;
  try {
    fd = end.kind === 'stdio' ? stdin : await openForReading(end.path);
    const stat = await statDescriptor(fd);
    const refusal = await refuseKind(fd, stat, end);
    if (refusal !== undefined) throw new EndpointError('INPUT_UNREADABLE', `cannot read ${name}: ${refusal}.`);
    source = stat.isFIFO() || stat.isSocket() ? new StreamSource(fd) : new FileSource(fd, end.kind === 'file');
    const opened = source;
    signal?.addEventListener('abort', () => void opened.close());
    if (signal?.aborted) await opened.close();
    const size = stat.isFile() ? Number(stat.size) : undefined;
    const input = new PlainInput(source, name, size);
    const compression = recognizeCompression(await input.peek());
    return compression === undefined ? input : await decompress(input, compression);
  } catch (error) {
    if (source !== undefined) await source.close();
    else if (fd !== undefined && end.kind === 'file') await closeDescriptor(fd);
    throw unreadable(name, error);
  }
}

async function refuseKind(
  fd: number,
  stat: Awaited<ReturnType<typeof statDescriptor>>,
  end: End,
): Promise<string | undefined> {
  if (stat.isDirectory()) return `it is ${renderKind(stat)}; name the files in it`;
  if (isatty(fd)) return 'it is a terminal; give a capture, by name or through a pipe';
  if (end.kind === 'stdio' && (await isNullDevice(stat))) {
    return 'it is closed or /dev/null; give a capture, by name or through a pipe';
  }
  return undefined;
}

/** An input as texts for people call it. */
export function nameInput(end: End): string {
  return end.kind === 'stdio' ? 'standard input' : renderPath(end.path);
}

/** The EndpointError of a system error in reading. */
export function unreadable(name: string, error: unknown): EndpointError {
  if (error instanceof EndpointError) return error;
  return new EndpointError('INPUT_UNREADABLE', `cannot read ${name}: ${explainSystemError(error)}.`, { cause: error });
}

/** An input whose bytes are given out as they are. */
class PlainInput implements ByteInput {
  readonly name: string;
  readonly size: number | undefined;
  readonly #source: ByteSource;
  #head: Uint8Array | undefined;

  constructor(source: ByteSource, name: string, size: number | undefined) {
    this.#source = source;
    this.name = name;
    this.size = size;
  }

  get position(): number {
    return this.#source.position - (this.#head?.length ?? 0);
  }

  /** The first bytes, without consuming them: enough to recognize a compression, unless there are fewer. */
  async peek(): Promise<Uint8Array> {
    let head = (await this.#next()) ?? new Uint8Array(0);
    while (head.length > 0 && head.length < MAX_MAGIC_LENGTH) {
      // The chunk is ours until the next read only.
      const start = Uint8Array.from(head);
      const more = await this.#next();
      head = more === undefined ? start : Buffer.concat([start, more]);
      if (more === undefined) break;
    }
    this.#head = head.length === 0 ? undefined : head;
    return head;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#head === undefined) return this.#next();
    const head = this.#head;
    this.#head = undefined;
    return head;
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      return await this.#source.read();
    } catch (error) {
      throw unreadable(this.name, error);
    }
  }
}
