import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { createOutputFile, type OutputFileOptions } from '../../src/endpoints/output-file.ts';
import { buildProgram, makeFifo, makeFile, sampleBytes, temporaryDirectory } from './workspace.ts';

const root = temporaryDirectory();
let directory = '';
let path = '';

beforeEach(({ task }) => {
  directory = join(root, task.id);
  mkdirSync(directory);
  path = join(directory, 'out.dnstap');
});

const create = (target: string, options: Partial<OutputFileOptions> = {}) =>
  createOutputFile(target, { force: false, mode: 0o600, inputs: [], ...options });

/** Writes a whole file. */
async function writeWhole(target: string, content: string | Uint8Array, options: Partial<OutputFileOptions> = {}) {
  const output = await create(target, options);
  await output.write(Buffer.from(content));
  await output.commit();
}

const modeOf = (target: string) => statSync(target).mode & 0o7777;
const identityOf = (target: string) => {
  const { dev, ino } = statSync(target, { bigint: true });
  return { dev, ino };
};

describe('a new file', () => {
  test('appears under its name when it is whole, and only then', async () => {
    const output = await create(path);
    expect(output.name).toBe(path);
    await output.write(Buffer.from('first '));
    await output.write(Buffer.from('second'));
    expect(existsSync(path)).toBe(false);
    const [hidden, ...others] = readdirSync(directory);
    expect(others).toEqual([]);
    expect(hidden).toMatch(/^\./);
    expect(modeOf(join(directory, hidden!))).toBe(0o600);
    await output.commit();
    expect(readFileSync(path, 'utf8')).toBe('first second');
    expect(readdirSync(directory)).toEqual(['out.dnstap']);
  });

  test('without a byte is an empty file', async () => {
    const output = await create(path);
    await output.commit();
    expect(statSync(path).size).toBe(0);
  });

  test('is readable by its owner only, whatever the umask', async () => {
    const umask = process.umask(0);
    try {
      await writeWhole(path, 'content');
    } finally {
      process.umask(umask);
    }
    expect(modeOf(path)).toBe(0o600);
  });

  test('has the permissions that were asked for, whatever the umask, and while it is written those of its owner', async () => {
    const umask = process.umask(0o077);
    try {
      const output = await create(path, { mode: 0o664 });
      expect(modeOf(join(directory, readdirSync(directory)[0]!))).toBe(0o600);
      await output.commit();
    } finally {
      process.umask(umask);
    }
    expect(modeOf(path)).toBe(0o664);
  });

  test('lets its bytes be reused after each write', async () => {
    const buffer = Buffer.alloc(100_000);
    const output = await create(path);
    for (let index = 0; index < 50; index++) {
      buffer.fill(index);
      await output.write(buffer);
      buffer.fill(0xee);
    }
    await output.commit();
    const content = readFileSync(path);
    expect(content.length).toBe(5_000_000);
    for (let index = 0; index < 50; index++) {
      expect(content.subarray(index * 100_000, (index + 1) * 100_000).every((byte) => byte === index)).toBe(true);
    }
  });

  test('with the longest name that a file can have is written', async () => {
    const long = join(directory, 'n'.repeat(255));
    await writeWhole(long, 'content');
    expect(readFileSync(long, 'utf8')).toBe('content');
  });

  test('with a name that is too long is refused at the start', async () => {
    await expect(create(join(directory, 'n'.repeat(256)))).rejects.toThrow('too long');
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('an existing file', () => {
  test('is not replaced without force, and this is told at once', async () => {
    writeFileSync(path, 'old');
    await expect(create(path)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    await expect(create(path)).rejects.toThrow('--force');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['out.dnstap']);
  });

  test('that came into being meanwhile is not replaced without force, and nothing else stays', async () => {
    const output = await create(path);
    await output.write(Buffer.from('new'));
    writeFileSync(path, 'of somebody else');
    await expect(output.commit()).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(readFileSync(path, 'utf8')).toBe('of somebody else');
    expect(readdirSync(directory)).toEqual(['out.dnstap']);
  });

  test('is replaced with force, and until then it is as it was', async () => {
    writeFileSync(path, 'old and longer than the new one');
    const output = await create(path, { force: true });
    await output.write(Buffer.from('new'));
    expect(readFileSync(path, 'utf8')).toBe('old and longer than the new one');
    await output.commit();
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('leaves nothing of itself when it is replaced: neither permissions nor other names', async () => {
    writeFileSync(path, 'old');
    chmodSync(path, 0o666);
    linkSync(path, join(directory, 'other-name'));
    await writeWhole(path, 'new', { force: true });
    expect(modeOf(path)).toBe(0o600);
    expect(readFileSync(join(directory, 'other-name'), 'utf8')).toBe('old');
    expect(statSync(path).nlink).toBe(1);
  });

  test('that is replaced by something else meanwhile is not written over', async () => {
    const output = await create(path, { force: true });
    mkdirSync(path);
    await expect(output.commit()).rejects.toMatchObject({ code: 'OUTPUT_NOT_REGULAR' });
    expect(readdirSync(directory)).toEqual(['out.dnstap']);
  });
});

describe('symbolic links', () => {
  test('stay, and the file behind them is replaced', async () => {
    mkdirSync(join(directory, 'sub'));
    writeFileSync(join(directory, 'sub/target'), 'old');
    symlinkSync('sub/target', join(directory, 'middle'));
    symlinkSync('middle', path);
    await expect(create(path)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    const output = await create(path, { force: true });
    await output.write(Buffer.from('new'));
    expect(readdirSync(join(directory, 'sub')).length).toBe(2);
    await output.commit();
    expect(readlinkSync(path)).toBe('middle');
    expect(readFileSync(join(directory, 'sub/target'), 'utf8')).toBe('new');
    expect(readdirSync(join(directory, 'sub'))).toEqual(['target']);
  });

  test('that lead to no file yet stay, and the file is created where they lead', async () => {
    mkdirSync(join(directory, 'sub'));
    symlinkSync('sub/../sub/middle', path);
    symlinkSync(join(directory, 'sub/target'), join(directory, 'sub/middle'));
    await writeWhole(path, 'new');
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(directory, 'sub/target')).isFile()).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('in the directories of a path are followed', async () => {
    mkdirSync(join(directory, 'a/b'), { recursive: true });
    symlinkSync('a/b', join(directory, 'folder'));
    await writeWhole(`${directory}/folder/../out`, 'new');
    expect(readFileSync(join(directory, 'a/out'), 'utf8')).toBe('new');
  });

  test('in a loop are refused', async () => {
    symlinkSync('loop-b', join(directory, 'loop-a'));
    symlinkSync('loop-a', join(directory, 'loop-b'));
    await expect(create(join(directory, 'loop-a'))).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await expect(create(join(directory, 'loop-a'))).rejects.toThrow('loop');
  });

  test('that lead into a missing directory are refused', async () => {
    symlinkSync('missing/target', path);
    await expect(create(path)).rejects.toThrow('does not exist');
  });
});

describe('only a new name or a regular file is written', () => {
  const refused = async (target: string) => {
    await expect(create(target, { force: true })).rejects.toMatchObject({ code: 'OUTPUT_NOT_REGULAR' });
  };

  test.each(['/dev/null', '/dev/full', '/dev/ptmx', '/dev/tty'])('%s is refused', (device) => refused(device));

  test('a FIFO is refused without waiting for its reader', async () => {
    const fifo = makeFifo(directory, 'fifo');
    await refused(fifo);
    expect(lstatSync(fifo).isFIFO()).toBe(true);
  });

  test('a directory is refused, also one that is named by a slash only', async () => {
    mkdirSync(join(directory, 'folder'));
    await refused(join(directory, 'folder'));
    await refused(`${join(directory, 'folder')}/`);
    await refused(`${join(directory, 'new')}/`);
    await refused('.');
    expect(readdirSync(directory)).toEqual(['folder']);
  });

  test('a socket is refused', async () => {
    const socket = join(directory, 'socket');
    const server = createServer().listen(socket);
    await refused(socket);
    server.close();
  });

  test('a link to a device is refused', async () => {
    symlinkSync('/dev/null', path);
    await refused(path);
    expect(readlinkSync(path)).toBe('/dev/null');
  });
});

describe('an output that is an input', () => {
  test.each(['the same name', 'a hard link', 'a symbolic link'])('by %s is refused, also with force', async (kind) => {
    const input = makeFile(directory, 'in.dnstap', 'original');
    const output = kind === 'the same name' ? input : path;
    if (kind === 'a hard link') linkSync(input, output);
    if (kind === 'a symbolic link') symlinkSync('in.dnstap', output);
    const inputs = [identityOf(root), identityOf(input)];
    await expect(create(output, { force: true, inputs })).rejects.toMatchObject({ code: 'OUTPUT_IS_INPUT' });
    await expect(create(output, { force: false, inputs })).rejects.toMatchObject({ code: 'OUTPUT_IS_INPUT' });
    expect(readFileSync(input, 'utf8')).toBe('original');
  });

  test('only since it was opened is refused at the end', async () => {
    const input = makeFile(directory, 'in.dnstap', 'original');
    const output = await create(path, { force: true, inputs: [identityOf(input)] });
    linkSync(input, path);
    await expect(output.commit()).rejects.toMatchObject({ code: 'OUTPUT_IS_INPUT' });
    expect(readFileSync(path, 'utf8')).toBe('original');
  });
});

describe('giving up', () => {
  test('leaves nothing, and what was there before', async () => {
    writeFileSync(path, 'old');
    const output = await create(path, { force: true });
    await output.write(Buffer.from('new'));
    await output.abort();
    await output.abort();
    expect(readdirSync(directory)).toEqual(['out.dnstap']);
    expect(readFileSync(path, 'utf8')).toBe('old');
    await expect(output.write(Buffer.from('more'))).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect(output.commit()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  test('during a write leaves nothing', async () => {
    for (const name of ['out', 'out.gz']) {
      const output = await create(join(directory, name));
      const writing = output.write(sampleBytes(3_000_000));
      await output.abort();
      await writing.catch((error) => expect(error).toMatchObject({ code: 'INTERRUPTED' }));
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  test('at once leaves nothing when the call returns', async () => {
    const output = await create(path);
    const writing = output.write(Buffer.from('content'));
    output.abortSync();
    expect(readdirSync(directory)).toEqual([]);
    await writing.catch(() => {});
    await expect(output.commit()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('at once during the commit leaves the whole file or nothing', async () => {
    for (let delay = 0; delay < 20; delay++) {
      const output = await create(path);
      await output.write(Buffer.from('content'));
      const committing = output.commit().then(
        () => true,
        () => false,
      );
      const end = performance.now() + delay / 10;
      while (performance.now() < end) await Promise.resolve();
      await wait(delay % 2);
      output.abortSync();
      if (await committing) expect(readFileSync(path, 'utf8')).toBe('content');
      expect(readdirSync(directory).filter((name) => name !== 'out.dnstap')).toEqual([]);
      rmSync(path, { force: true });
    }
  });

  test('after the commit does nothing', async () => {
    const output = await create(path);
    await output.commit();
    await output.abort();
    output.abortSync();
    expect(existsSync(path)).toBe(true);
  });

  test('in a handler of Ctrl-C leaves nothing', async () => {
    const program = await buildProgram(directory);
    mkdirSync(join(directory, 'outputs'));
    const child = spawn('node', [program, 'hold', join(directory, 'outputs/out'), '10', '100000']);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(readdirSync(join(directory, 'outputs')).length).toBe(1);
    child.kill('SIGINT');
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect(status).toBe(130);
    expect(readdirSync(join(directory, 'outputs'))).toEqual([]);
  });
});

describe('what cannot be written is told in one sentence', () => {
  test('a missing directory', async () => {
    const missing = join(directory, 'missing/out');
    await expect(create(missing)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await expect(create(missing)).rejects.toThrow('does not exist; create it first');
  });

  test('a directory that is a file', async () => {
    writeFileSync(join(directory, 'plain'), '');
    await expect(create(join(directory, 'plain/out'))).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  });

  test('a file system that takes no files', async () => {
    await expect(create('/proc/out')).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  });
});
