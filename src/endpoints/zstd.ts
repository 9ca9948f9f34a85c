/** Zstandard (RFC 8878), where the running Node has it: one frame after the other. */
import { EndpointError, type StreamError } from '../errors.ts';
import type { CompressedBytes } from './compressed-bytes.ts';
import { compressionInvalid, engineCode, trailingBytes } from './compressed-bytes.ts';
import { ZLIB_OPTIONS, ZlibSteps, type ZlibStream } from './zlib-steps.ts';
import { ZstdFrameWalk } from './zstd-frames.ts';

/** Makes a stream that decompresses zstd. */
export type ZstdFactory = (options: typeof ZLIB_OPTIONS) => ZlibStream;

/** The factory of the running Node; throws EndpointError where it has none. */
export function findZstdFactory(zlib: object, name: string): ZstdFactory {
  const factory: unknown = Reflect.get(zlib, 'createZstdDecompress');
  if (typeof factory === 'function') return factory as ZstdFactory;
  throw new EndpointError(
    'INPUT_UNREADABLE',
    `cannot read ${name}: it is compressed with zstd, which this version of Node.js does not know. ` +
      'Decompress it on the way (zstd -dc FILE | tapfilter - ...), or run Node.js 22.15 or later.',
  );
}

/** Decompresses zstd frames until the bytes end; throws StreamError where they are damaged, cut, or no zstd. */
export async function* unzstd(bytes: CompressedBytes, create: ZstdFactory): AsyncGenerator<Uint8Array, void> {
  let offset = 0;
  for (let first = true; first || (await bytes.piece()) !== undefined; first = false) {
    const walk = new ZstdFrameWalk();
    const steps = new ZlibSteps(create(ZLIB_OPTIONS));
    const invalid = (what: string): StreamError =>
      first || walk.begun ? compressionInvalid(offset, what) : trailingBytes(offset, 'zstd');
    try {
      while (!walk.ended) {
        const piece = await bytes.piece();
        if (piece === undefined) throw invalid('its zstd data is cut off');
        const length = walk.advance(piece);
        try {
          for await (const chunk of steps.run(piece.subarray(0, length))) {
            offset += chunk.length;
            yield chunk;
          }
        } catch (error) {
          throw invalid(`its zstd data is damaged (${engineCode(error)})`);
        }
        if (walk.damaged) throw invalid('its zstd data is damaged');
        bytes.consume(length);
      }
    } finally {
      steps.close();
    }
  }
}
