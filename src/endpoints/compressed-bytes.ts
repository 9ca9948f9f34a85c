/** The compressed bytes of an input, by pieces and by single bytes: what the readers of gzip and zstd stand on. */
import { StreamError } from '../errors.ts';
import type { ByteSource } from './source.ts';

/**
 * How much goes into a decompressor at a time, in bytes. What comes out of the piece in which damage is found is lost in
 * part, so pieces are small.
 */
const PIECE_LENGTH = 16 * 1024;

/** A cursor over compressed bytes that arrive in chunks of any size. */
export class CompressedBytes {
  readonly #source: ByteSource;
  #chunk: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Up to 16 KiB that were not consumed, at least one byte, or undefined at the end; valid until all is consumed. */
  async piece(): Promise<Uint8Array | undefined> {
    while (this.#start === this.#chunk.length) {
      const chunk = await this.#source.read();
      if (chunk === undefined) return undefined;
      this.#chunk = chunk;
      this.#start = 0;
    }
    return this.#chunk.subarray(this.#start, this.#start + PIECE_LENGTH);
  }

  /** Consumes bytes of the last piece. */
  consume(length: number): void {
    this.#start += length;
  }

  /** Consumes and gives one byte, or undefined at the end. */
  async byte(): Promise<number | undefined> {
    const byte = this.#start < this.#chunk.length ? this.#chunk[this.#start] : (await this.piece())?.[0];
    if (byte !== undefined) this.#start++;
    return byte;
  }
}

/** The error of a compression that is damaged or cut; `offset` counts decompressed bytes. */
export function compressionInvalid(offset: number, what: string): StreamError {
  return new StreamError('COMPRESSION_INVALID', offset, what);
}

/** What a decompressor calls the damage it has found: a code of its own, never bytes. */
export function engineCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

/** The error of bytes after compressed data that are no more of it. */
export function trailingBytes(offset: number, format: string): StreamError {
  return new StreamError('TRAILING_BYTES', offset, `after its ${format} data there are bytes of another kind`);
}
