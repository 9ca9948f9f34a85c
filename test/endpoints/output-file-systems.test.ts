/** File systems that cannot do what others can, played by replaced calls. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { createOutputFile } from '../../src/endpoints/output-file.ts';
import { temporaryDirectory } from './workspace.ts';

/** The error codes that calls end in, by name; those that are not here do what they do. */
const failing = vi.hoisted(() => new Map<string, string>());
/** Run just before a link is refused. */
const beforeLink = vi.hoisted(() => ({ run: () => {} }));

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  const failure = (name: string) => Promise.reject(Object.assign(new Error(name), { code: failing.get(name) }));
  const link: typeof actual.link = (...parameters) => {
    beforeLink.run();
    return failing.has('link') ? failure('link') : actual.link(...parameters);
  };
  const rename: typeof actual.rename = (...parameters) =>
    failing.has('rename') ? failure('rename') : actual.rename(...parameters);
  return { ...actual, link, rename };
});

vi.mock('node:fs', async (original) => {
  const actual = await original<typeof import('node:fs')>();
  type Callback = (error: Error | null) => void;
  const orFail = (name: 'fdatasync' | 'close', fd: number, callback: Callback) => {
    if (!failing.has(name)) actual[name](fd, callback);
    else if (name === 'close')
      actual.close(fd, () => callback(Object.assign(new Error(name), { code: failing.get(name) })));
    else callback(Object.assign(new Error(name), { code: failing.get(name) }));
  };
  const fs = {
    ...actual,
    fdatasync: (fd: number, callback: Callback) => orFail('fdatasync', fd, callback),
    close: (fd: number, callback: Callback) => orFail('close', fd, callback),
    fchmod: (fd: number, mode: number, callback: Callback) =>
      failing.has('fchmod')
        ? callback(Object.assign(new Error('fchmod'), { code: failing.get('fchmod') }))
        : actual.fchmod(fd, mode, callback),
  };
  return { ...actual, default: fs };
});

const root = temporaryDirectory();
let directory = '';
let path = '';

beforeEach(({ task }) => {
  directory = join(root, task.id);
  mkdirSync(directory);
  path = join(directory, 'out');
  failing.clear();
  beforeLink.run = () => {};
});

async function written(options: { force?: boolean; length?: number } = {}) {
  const output = await createOutputFile(path, { force: options.force ?? false, mode: 0o640, inputs: [] });
  await output.write(Buffer.alloc(options.length ?? 7, 'c'));
  return output;
}

test('without hard links a new file gets its name all the same', async () => {
  failing.set('link', 'EPERM');
  await (await written()).commit();
  expect(readFileSync(path, 'utf8')).toBe('ccccccc');
  expect(readdirSync(directory)).toEqual(['out']);
});

test('without hard links a file that came into being meanwhile is not replaced', async () => {
  failing.set('link', 'EOPNOTSUPP');
  beforeLink.run = () => writeFileSync(path, 'of somebody else');
  await expect((await written()).commit()).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(readFileSync(path, 'utf8')).toBe('of somebody else');
  expect(readdirSync(directory)).toEqual(['out']);
});

test('without hard links a failure at the very end leaves nothing, and no empty file under the name', async () => {
  failing.set('link', 'EPERM');
  failing.set('rename', 'EIO');
  await expect((await written()).commit()).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  expect(readdirSync(directory)).toEqual([]);
});

test('a file that came into being between the last look and the link is not replaced', async () => {
  beforeLink.run = () => writeFileSync(path, 'of somebody else');
  await expect((await written()).commit()).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(readFileSync(path, 'utf8')).toBe('of somebody else');
  expect(readdirSync(directory)).toEqual(['out']);
});

test.each([
  ['fdatasync', 'EIO'],
  ['fdatasync', 'EDQUOT'],
  ['close', 'EDQUOT'],
  ['fchmod', 'EIO'],
  ['link', 'EIO'],
])('a failure of %s with %s leaves nothing', async (call, code) => {
  const output = await written();
  failing.set(call, code);
  await expect(output.commit()).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE', cause: { code } });
  expect(readdirSync(directory)).toEqual([]);
});

test('a failure of the disk that is reported in the background is not forgotten', async () => {
  failing.set('fdatasync', 'EIO');
  const output = await written({ length: 64 * 1024 * 1024 });
  failing.clear();
  await expect(output.commit()).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE', cause: { code: 'EIO' } });
  expect(readdirSync(directory)).toEqual([]);
});

test.each([
  ['fchmod', 'EPERM'],
  ['fdatasync', 'EINVAL'],
])('a file system that knows no %s is written all the same', async (call, code) => {
  failing.set(call, code);
  await (await written()).commit();
  expect(readdirSync(directory)).toEqual(['out']);
});

test('a rename that fails leaves the file that was to be replaced', async () => {
  writeFileSync(path, 'old');
  failing.set('rename', 'EACCES');
  await expect((await written({ force: true })).commit()).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(directory)).toEqual(['out']);
});
