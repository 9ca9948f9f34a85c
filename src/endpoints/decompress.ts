/** Compressed inputs: told by their first bytes, decompressed as they are read, one chunk ahead of the caller. */
import { CompressedBytes } from './compressed-bytes.ts';
import type { ByteInput } from './input.ts';

/** The compressions that are recognized. */
export type Compression = 'gzip' | 'zstd';

/** The longest magic number of a compression, in bytes. */
export const MAX_MAGIC_LENGTH = 4;

/** Which compression the first bytes of an input announce, if any. */
export function recognizeCompression(head: Uint8Array): Compression | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  return undefined;
}

/** The same input, decompressed; takes it over. Throws EndpointError where the running Node cannot. */
export async function decompress(input: ByteInput, compression: Compression): Promise<ByteInput> {
  // Loading zlib takes time that most runs need not spend.
  const zlib = await import('node:zlib');
  const bytes = new CompressedBytes(input);
  if (compression === 'gzip') {
    const { gunzip } = await import('./gunzip.ts');
    return new DecompressedInput(input, gunzip(bytes, zlib));
  }
  const { findZstdFactory, unzstd } = await import('./zstd.ts');
  return new DecompressedInput(input, unzstd(bytes, findZstdFactory(zlib, input.name)));
}

class DecompressedInput implements ByteInput {
  readonly #input: ByteInput;
  readonly #chunks: AsyncGenerator<Uint8Array, void>;
  #ahead: Promise<IteratorResult<Uint8Array, void>> | undefined;
  #closed = false;

  constructor(input: ByteInput, chunks: AsyncGenerator<Uint8Array, void>) {
    this.#input = input;
    this.#chunks = chunks;
  }

  get name(): string {
    return this.#input.name;
  }

  get size(): number | undefined {
    return this.#input.size;
  }

  get position(): number {
    return this.#input.position;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#closed) return undefined;
    this.#ahead ??= this.#chunks.next();
    const result = await this.#ahead;
    if (result.done === true) return undefined;
    this.#ahead = this.#chunks.next();
    // Its failure belongs to the next call, which may never come.
    this.#ahead.catch(() => {});
    return result.value;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#input.close();
    await this.#ahead?.catch(() => {});
    await this.#chunks.return();
  }
}
