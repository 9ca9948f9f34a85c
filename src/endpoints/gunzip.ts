/**
 * Gzip (RFC 1952): one member after the other, each with a header, a deflate stream, and the checksum and length of what
 * it holds. Members are taken apart here, because Node's own Gunzip passes over zeros behind the last member, and loses
 * what it has decompressed when the checksum is wrong.
 *
 *     1f 8b | 08 method | flags | mtime 4 | xfl | os | extra: length 2, bytes | name 0 | comment 0 | header crc 2
 *     deflate stream
 *     crc32 of the content 4 | length of the content modulo 2^32 4
 */
import type { CompressedBytes } from './compressed-bytes.ts';
import { compressionInvalid, engineCode, trailingBytes } from './compressed-bytes.ts';
import { ZLIB_OPTIONS, ZlibSteps } from './zlib-steps.ts';

const FLAG_HEADER_CRC = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
const FLAGS_RESERVED = 0xe0;

/** No name and no comment in a header is longer than this, in bytes: what never ends is no text. */
const MAX_HEADER_TEXT_LENGTH = 64 * 1024;

type Zlib = typeof import('node:zlib');

/** Decompresses gzip members until the bytes end; throws StreamError where they are damaged, cut, or no gzip. */
export async function* gunzip(bytes: CompressedBytes, zlib: Zlib): AsyncGenerator<Uint8Array, void> {
  let offset = 0;
  for (let first = true; first || (await bytes.piece()) !== undefined; first = false) {
    await readHeader(bytes, offset, first);
    const steps = new ZlibSteps(zlib.createInflateRaw(ZLIB_OPTIONS));
    let checksum = 0;
    let length = 0;
    let fed = 0;
    try {
      while (steps.consumed === fed) {
        const piece = await bytes.piece();
        if (piece === undefined) throw compressionInvalid(offset, 'its gzip data is cut off');
        const consumedBefore = steps.consumed;
        fed += piece.length;
        try {
          for await (const chunk of steps.run(piece)) {
            checksum = zlib.crc32(chunk, checksum);
            length += chunk.length;
            offset += chunk.length;
            yield chunk;
          }
        } catch (error) {
          throw compressionInvalid(offset, `its gzip data is damaged (${engineCode(error)})`);
        }
        bytes.consume(steps.consumed - consumedBefore);
      }
    } finally {
      steps.close();
    }
    const expectedChecksum = await readNumber(bytes, offset);
    const expectedLength = await readNumber(bytes, offset);
    if (checksum !== expectedChecksum || length % 2 ** 32 !== expectedLength) {
      throw compressionInvalid(offset, 'its gzip data is damaged: its checksum is that of other bytes');
    }
  }
}

async function readHeader(bytes: CompressedBytes, offset: number, first: boolean): Promise<void> {
  const magic = [await bytes.byte(), await bytes.byte()];
  const isMagic = magic[0] === 0x1f && (magic[1] === 0x8b || magic[1] === undefined);
  if (!isMagic && !first) throw trailingBytes(offset, 'gzip');
  const method = await readByte(bytes, offset);
  const flags = await readByte(bytes, offset);
  if (!isMagic || method !== 8 || (flags & FLAGS_RESERVED) !== 0) {
    throw compressionInvalid(offset, 'its gzip header is damaged');
  }
  await skip(bytes, offset, 6);
  if ((flags & FLAG_EXTRA) !== 0) {
    const low = await readByte(bytes, offset);
    await skip(bytes, offset, low + 256 * (await readByte(bytes, offset)));
  }
  if ((flags & FLAG_NAME) !== 0) await skipText(bytes, offset);
  if ((flags & FLAG_COMMENT) !== 0) await skipText(bytes, offset);
  if ((flags & FLAG_HEADER_CRC) !== 0) await skip(bytes, offset, 2);
}

async function readByte(bytes: CompressedBytes, offset: number): Promise<number> {
  const byte = await bytes.byte();
  if (byte === undefined) throw compressionInvalid(offset, 'its gzip data is cut off');
  return byte;
}

/** Four bytes, the lowest first. */
async function readNumber(bytes: CompressedBytes, offset: number): Promise<number> {
  let number = 0;
  for (let factor = 1; factor < 2 ** 32; factor *= 256) number += factor * (await readByte(bytes, offset));
  return number;
}

async function skip(bytes: CompressedBytes, offset: number, length: number): Promise<void> {
  for (let skipped = 0; skipped < length; skipped++) await readByte(bytes, offset);
}

async function skipText(bytes: CompressedBytes, offset: number): Promise<void> {
  for (let length = 0; (await readByte(bytes, offset)) !== 0; length++) {
    if (length >= MAX_HEADER_TEXT_LENGTH) throw compressionInvalid(offset, 'its gzip header is damaged');
  }
}
