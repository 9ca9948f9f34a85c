/** Which outputs are compressed, and how. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { createOutputFile, type OutputFileOptions } from '../../src/endpoints/output-file.ts';
import { sampleBytes, temporaryDirectory } from './workspace.ts';

const root = temporaryDirectory();
let directory = '';

beforeEach(({ task }) => {
  directory = join(root, task.id);
  mkdirSync(directory);
});

const create = (target: string, options: Partial<OutputFileOptions> = {}) =>
  createOutputFile(target, { force: false, mode: 0o600, inputs: [], ...options });

/** Writes a whole file. */
async function writeWhole(target: string, content: string | Uint8Array, options: Partial<OutputFileOptions> = {}) {
  const output = await create(target, options);
  await output.write(Buffer.from(content));
  await output.commit();
}

describe('a name that ends in .gz', () => {
  const gzipped = () => join(directory, 'out.gz');

  test('is written compressed, for gzip(1) to read', async () => {
    const content = sampleBytes(3_000_000);
    const output = await create(gzipped());
    const buffer = Buffer.alloc(700_000);
    for (let start = 0; start < content.length; start += buffer.length) {
      const length = content.copy(buffer, 0, start);
      await output.write(buffer.subarray(0, length));
      buffer.fill(0xee);
    }
    await output.commit();
    expect(statSync(gzipped()).size).toBeLessThan(content.length * 0.8);
    expect(execFileSync('gzip', ['-dc', gzipped()], { maxBuffer: 1e8 }).equals(content)).toBe(true);
    expect(readdirSync(directory)).toEqual(['out.gz']);
  });

  test('without a byte is an empty content', async () => {
    await (await create(gzipped())).commit();
    expect(zlib.gunzipSync(readFileSync(gzipped())).length).toBe(0);
  });

  test('has the same bytes however they were cut', async () => {
    const content = sampleBytes(1_000_000);
    const results: Buffer[] = [];
    for (const length of [1_000_000, 333_333, 4097]) {
      const output = await create(gzipped(), { force: true });
      for (let start = 0; start < content.length; start += length) {
        await output.write(content.subarray(start, start + length));
      }
      await output.commit();
      results.push(readFileSync(gzipped()));
    }
    expect(results[1]!.equals(results[0]!)).toBe(true);
    expect(results[2]!.equals(results[0]!)).toBe(true);
  });
});

describe('whether a file is compressed is told by the file behind the links', () => {
  const isGzip = (target: string) =>
    readFileSync(target)
      .subarray(0, 2)
      .equals(Buffer.from([0x1f, 0x8b]));

  test.each([
    ['link', 'x.gz', true],
    ['link', 'X.GZ', true],
    ['link.gz', 'x.dnstap', false],
    ['link.zst', 'x.dnstap', false],
  ])('%s that leads to %s, which is there or not', async (name, target, expected) => {
    const link = join(directory, name);
    symlinkSync(target, link);
    await writeWhole(link, 'new');
    expect(isGzip(join(directory, target))).toBe(expected);
    await writeWhole(link, 'newer', { force: true });
    expect(isGzip(join(directory, target))).toBe(expected);
    expect(readdirSync(directory).sort()).toEqual([target, name].sort());
  });
});

describe('a name that promises a compression which is not written', () => {
  const zst = 'createZstdCompress' in zlib ? [] : ['out.dnstap.zst'];

  test.each([...zst, 'out.zstd', 'out.xz', 'out.bz2', 'out.lz4', 'OUT.XZ'])('%s is refused', async (name) => {
    const target = join(directory, name);
    await expect(create(target, { force: true })).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await expect(create(target)).rejects.toThrow('end the name in .gz');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('behind a link is refused', async () => {
    symlinkSync('x.xz', join(directory, 'out.dnstap'));
    await expect(create(join(directory, 'out.dnstap'))).rejects.toThrow('end the name in .gz');
    expect(readdirSync(directory)).toEqual(['out.dnstap']);
  });

  test('in the middle of a name or of a path is none', async () => {
    mkdirSync(join(directory, 'folder.xz'));
    await writeWhole(join(directory, 'folder.xz/out.zst.dnstap'), 'new');
    expect(readFileSync(join(directory, 'folder.xz/out.zst.dnstap'), 'utf8')).toBe('new');
  });
});
