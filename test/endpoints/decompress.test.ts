import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decompress } from '../../src/endpoints/decompress.ts';
import { type ByteInput, openInput } from '../../src/endpoints/input.ts';
import { createOutputFile } from '../../src/endpoints/output-file.ts';
import { StreamError } from '../../src/errors.ts';
import { makeFile, readAll, readInto, sampleBytes, temporaryDirectory } from './workspace.ts';

const directory = temporaryDirectory();
const content = sampleBytes(700_000);

/** An input that gives these bytes in chunks of one length. */
function inputOf(bytes: Uint8Array, length = bytes.length): ByteInput {
  let position = 0;
  return {
    name: 'input',
    size: bytes.length,
    get position() {
      return position;
    },
    async read() {
      if (position >= bytes.length) return undefined;
      const chunk = Uint8Array.from(bytes.subarray(position, position + length));
      position += chunk.length;
      return chunk;
    },
    async close() {
      position = bytes.length;
    },
  };
}

/** What is read of compressed bytes before they end or fail, and the failure. */
async function read(bytes: Uint8Array, length = bytes.length, format: 'gzip' | 'zstd' = 'gzip') {
  const input = await decompress(inputOf(bytes, length), format);
  const chunks: Uint8Array[] = [];
  let error: unknown;
  try {
    await readInto(input, chunks);
  } catch (caught) {
    error = caught;
    await expect(input.read()).rejects.toBe(caught);
  }
  await input.close();
  return { bytes: Buffer.concat(chunks), error: error as StreamError | undefined };
}

/** A member with every optional part of a header. */
function memberWithFullHeader(text: string): Buffer {
  const plain = zlib.gzipSync(text);
  const extra = [3, 0, 1, 2, 3];
  const header = Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, ...extra]);
  const crc = Buffer.from([0, 0]);
  return Buffer.concat([header, Buffer.from('name\0comment\0'), crc, plain.subarray(10)]);
}

describe('gzip', () => {
  test('a file that gzip(1) wrote, with a name in its header, is read decompressed', async () => {
    const plain = makeFile(directory, 'gzipped', content);
    execFileSync('gzip', ['-kf', plain]);
    const input = await openInput({ kind: 'file', path: `${plain}.gz` });
    expect((await readAll(input)).equals(content)).toBe(true);
    expect(input.position).toBe(input.size);
    await input.close();
  });

  test('members in a row are one content, however the bytes are cut', async () => {
    const bytes = Buffer.concat([
      zlib.gzipSync('first, '),
      memberWithFullHeader('second, '),
      zlib.gzipSync(''),
      zlib.gzipSync('third'),
    ]);
    for (let length = 1; length <= bytes.length; length++) {
      const result = await read(bytes, length);
      expect(result.error).toBeUndefined();
      expect(result.bytes.toString()).toBe('first, second, third');
    }
  });

  test.each([100, 1000, 16 * 1024, 100_000])('a long content in pieces of %i bytes is complete', async (length) => {
    const { bytes, error } = await read(zlib.gzipSync(content), length);
    expect(error).toBeUndefined();
    expect(bytes.equals(content)).toBe(true);
  });

  test('cut anywhere, it gives what can be known and says that it is cut', async () => {
    const whole = zlib.gzipSync(sampleBytes(600), { level: 1 });
    for (let length = 2; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      const { bytes, error } = await read(cut);
      expect(error).toMatchObject({ name: 'StreamError', code: 'COMPRESSION_INVALID', offset: bytes.length });
      const known = length < 10 ? '' : zlib.gunzipSync(cut, { finishFlush: zlib.constants.Z_SYNC_FLUSH });
      expect(bytes.equals(Buffer.from(known))).toBe(true);
    }
  });

  test('a wrong checksum or length is told after all of the content', async () => {
    for (const fromEnd of [8, 1]) {
      const bytes = zlib.gzipSync(content);
      bytes[bytes.length - fromEnd]! ^= 1;
      const result = await read(bytes);
      expect(result.bytes.equals(content)).toBe(true);
      expect(result.error).toMatchObject({ code: 'COMPRESSION_INVALID', offset: content.length });
    }
  });

  test('damage is told, after what was decompressed from the pieces before it', async () => {
    const whole = zlib.deflateRawSync(content, { finishFlush: zlib.constants.Z_SYNC_FLUSH });
    const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    // A block of a type that there is not.
    const bytes = Buffer.concat([header, whole, Buffer.from([0x07]), Buffer.alloc(1000)]);
    const result = await read(bytes);
    expect(result.error).toMatchObject({ code: 'COMPRESSION_INVALID', offset: result.bytes.length });
    expect(result.error?.message).toContain('Z_DATA_ERROR');
    expect(result.bytes.length).toBeGreaterThan(content.length - 40_000);
    expect(result.bytes.equals(content.subarray(0, result.bytes.length))).toBe(true);
  });

  test('any changed byte ends in a StreamError or in the same content', async () => {
    const whole = zlib.gzipSync('a content that is long enough for a few codes, codes, codes');
    for (let index = 2; index < whole.length; index++) {
      const bytes = Buffer.from(whole);
      bytes[index]! ^= 0xff;
      const { error, bytes: given } = await read(bytes);
      if (error === undefined) expect(given.equals(zlib.gunzipSync(whole))).toBe(true);
      else expect(error).toBeInstanceOf(StreamError);
    }
  });

  test.each([
    ['text', Buffer.from('garbage')],
    ['a single byte', Buffer.from([7])],
    ['zeros', Buffer.alloc(512)],
  ])('%s after the last member is told', async (_, garbage) => {
    for (const length of [1, 16, 1e6]) {
      const { bytes, error } = await read(Buffer.concat([zlib.gzipSync('content'), garbage]), length);
      expect(bytes.toString()).toBe('content');
      expect(error).toMatchObject({ code: 'TRAILING_BYTES', offset: 7 });
    }
  });

  test('a name without end in a header is damage, not a text of any length', async () => {
    const header = Buffer.from([0x1f, 0x8b, 8, 0x08, 0, 0, 0, 0, 0, 3]);
    const { error } = await read(Buffer.concat([header, Buffer.alloc(10_000_000, 'a')]), 1024 * 1024);
    expect(error).toMatchObject({ code: 'COMPRESSION_INVALID', offset: 0 });
    expect(error?.message).toContain('header');
  });

  test('what expands a thousandfold is given out in pieces, and only as far as it is asked for', async () => {
    const length = 300 * 1024 * 1024;
    const bomb = zlib.gzipSync(Buffer.alloc(length), { level: 9 });
    const before = process.memoryUsage.rss();
    const input = await decompress(inputOf(bomb), 'gzip');
    let total = 0;
    let peak = 0;
    for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) {
      expect(chunk.length).toBeLessThan(1024 * 1024);
      total += chunk.length;
      if (total % (16 * 1024 * 1024) < chunk.length) peak = Math.max(peak, process.memoryUsage.rss() - before);
    }
    expect(total).toBe(length);
    expect(peak).toBeLessThan(100 * 1024 * 1024);
    await input.close();
  });

  test('can be closed at any time', async () => {
    const input = await decompress(inputOf(zlib.gzipSync(content)), 'gzip');
    await input.close();
    expect(await input.read()).toBeUndefined();
    const other = await decompress(inputOf(zlib.gzipSync(content)), 'gzip');
    await other.read();
    const reading = other.read();
    await other.close();
    await reading.catch(() => {});
    expect(await other.read()).toBeUndefined();
  });
});

const hasZstd = 'createZstdDecompress' in zlib;

function zstd(text: string | Uint8Array): Buffer {
  return execFileSync('zstd', ['-c', '--check'], { input: text });
}

/** A frame that decompressors pass over. */
const SKIPPABLE = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

test.skipIf(hasZstd)('zstd on a Node without it is refused with what to do', async () => {
  const path = makeFile(directory, 'capture.zst', Buffer.from('28b52ffd2006310000', 'hex'));
  await expect(openInput({ kind: 'file', path })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  await expect(openInput({ kind: 'file', path })).rejects.toThrow('zstd -dc');
});

describe.skipIf(!hasZstd)('zstd', () => {
  test('an output of that ending is what the zstd program unpacks', async () => {
    const path = join(directory, 'written.zst');
    const output = await createOutputFile(path, { force: false, mode: 0o600, inputs: [] });
    await output.write(Buffer.from(content));
    await output.commit();
    expect(Buffer.compare(execFileSync('zstd', ['-dc', path]), Buffer.from(content))).toBe(0);
  });

  test('a file is read decompressed', async () => {
    const input = await openInput({ kind: 'file', path: makeFile(directory, 'zstd.zst', zstd(content)) });
    expect((await readAll(input)).equals(content)).toBe(true);
    await input.close();
  });

  test('frames in a row are one content, however the bytes are cut', async () => {
    const bytes = Buffer.concat([zstd('first, '), SKIPPABLE, zstd('second, '), zstd(''), zstd('third')]);
    for (let length = 1; length <= bytes.length; length++) {
      const result = await read(bytes, length, 'zstd');
      expect(result.error).toBeUndefined();
      expect(result.bytes.toString()).toBe('first, second, third');
    }
  });

  test('cut anywhere, it is told', async () => {
    const whole = zstd(sampleBytes(600));
    for (let length = 4; length < whole.length; length++) {
      const { bytes, error } = await read(whole.subarray(0, length), 100, 'zstd');
      expect(error).toMatchObject({ code: 'COMPRESSION_INVALID', offset: bytes.length });
    }
  });

  test('any changed byte ends in a StreamError or in the same content', async () => {
    const whole = zstd(sampleBytes(300));
    for (let index = 4; index < whole.length; index++) {
      const bytes = Buffer.from(whole);
      bytes[index]! ^= 0xff;
      const { error, bytes: given } = await read(bytes, bytes.length, 'zstd');
      if (error === undefined) expect(given.equals(sampleBytes(300))).toBe(true);
      else expect(error).toBeInstanceOf(StreamError);
    }
  });

  test('other bytes after the last frame are told', async () => {
    for (const garbage of ['garbage', '?']) {
      for (const length of [1, 1e6]) {
        const { bytes, error } = await read(Buffer.concat([zstd('content'), Buffer.from(garbage)]), length, 'zstd');
        expect(bytes.toString()).toBe('content');
        expect(error).toMatchObject({ code: 'TRAILING_BYTES', offset: 7 });
      }
    }
  });

  test('what expands ten thousandfold is given out in pieces', async () => {
    const length = 300 * 1024 * 1024;
    const input = await decompress(inputOf(zstd(Buffer.alloc(length))), 'zstd');
    let total = 0;
    for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) {
      expect(chunk.length).toBeLessThan(1024 * 1024);
      total += chunk.length;
    }
    expect(total).toBe(length);
    await input.close();
  });
});
