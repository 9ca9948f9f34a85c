import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, symlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { openInput } from '../../src/endpoints/input.ts';
import { READ_LENGTH } from '../../src/endpoints/source.ts';
import { buildProgram, makeFifo, makeFile, readAll, runShell, sampleBytes, temporaryDirectory } from './workspace.ts';

const directory = temporaryDirectory();
const file = (path: string) => ({ kind: 'file', path }) as const;

describe('a regular file', () => {
  test.each([0, 1, 3, 4, READ_LENGTH - 1, READ_LENGTH, READ_LENGTH + 1, 3 * READ_LENGTH + 5])(
    'of %i bytes is given out whole, although the caller overwrites what it gets',
    async (length) => {
      const content = sampleBytes(length);
      const input = await openInput(file(makeFile(directory, 'plain', content)));
      expect(input.size).toBe(length);
      expect(input.position).toBe(0);
      expect((await readAll(input)).equals(content)).toBe(true);
      expect(input.position).toBe(length);
      expect(await input.read()).toBeUndefined();
      await input.close();
    },
  );

  test('is read in large pieces from two buffers that are used again and again', async () => {
    const input = await openInput(file(makeFile(directory, 'large', sampleBytes(6 * READ_LENGTH))));
    const buffers = new Set<ArrayBufferLike>();
    for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) {
      expect(chunk.length).toBe(READ_LENGTH);
      buffers.add(chunk.buffer);
    }
    expect(buffers.size).toBe(2);
    await input.close();
  });

  test('is read on while the caller works', async () => {
    const path = makeFile(directory, 'ahead', Buffer.alloc(3 * READ_LENGTH, 'a'));
    const input = await openInput(file(path));
    await input.read();
    await wait(100);
    const handle = await open(path, 'r+');
    await handle.write(Buffer.alloc(3 * READ_LENGTH, 'b'), 0, undefined, 0);
    await handle.close();
    expect((await input.read())?.[0]).toBe('a'.charCodeAt(0));
    await input.close();
  });

  test('can be closed while it is being read, and then gives nothing', async () => {
    const input = await openInput(file(makeFile(directory, 'closed', sampleBytes(3 * READ_LENGTH))));
    await input.read();
    const reading = input.read();
    await input.close();
    await reading;
    expect(await input.read()).toBeUndefined();
  });

  test('that holds a magic number only in part is given out as it is', async () => {
    for (const content of [Uint8Array.of(0x1f), Uint8Array.of(0x28, 0xb5, 0x2f), Uint8Array.of(0x28, 0xb5, 0x2f, 0)]) {
      const input = await openInput(file(makeFile(directory, 'part', content)));
      expect([...(await readAll(input))]).toEqual([...content]);
      await input.close();
    }
  });
});

describe('a FIFO', () => {
  test('is waited for, and read as its writer writes', async () => {
    const path = makeFifo(directory, 'fifo');
    const content = sampleBytes(300_000);
    const opening = openInput(file(path));
    await wait(50);
    const writer = createWriteStream(path);
    // The first bytes come one by one, fewer than a magic number has.
    for (const byte of content.subarray(0, 6)) {
      writer.write(Uint8Array.of(byte));
      await wait(5);
    }
    writer.end(content.subarray(6));
    const input = await opening;
    expect(input.size).toBeUndefined();
    expect((await readAll(input)).equals(content)).toBe(true);
    expect(input.position).toBe(content.length);
    await input.close();
  });

  test('whose first bytes come one by one is recognized as compressed', async () => {
    const path = makeFifo(directory, 'fifo.gz');
    const content = sampleBytes(10_000);
    const opening = openInput(file(path));
    const writer = createWriteStream(path);
    for (const byte of gzipSync(content)) {
      writer.write(Uint8Array.of(byte));
      if (writer.bytesWritten < 6) await wait(5);
    }
    writer.end();
    const input = await opening;
    expect((await readAll(input)).equals(content)).toBe(true);
    await input.close();
  });

  test('can be closed while nobody writes', async () => {
    const path = makeFifo(directory, 'silent');
    const opening = openInput(file(path));
    await wait(50);
    const writer = await open(path, 'r+');
    await writer.write('first bytes');
    const input = await opening;
    await input.read();
    const reading = input.read();
    await input.close();
    expect(await reading).toBeUndefined();
    await writer.close();
  });
});

describe('what cannot be read is refused in one sentence', () => {
  const refused = (path: string) => expect(openInput(file(path))).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });

  test('a missing file', async () => {
    await refused(join(directory, 'missing'));
    await expect(openInput(file(join(directory, 'missing')))).rejects.toThrow('no such file');
  });

  test('a directory', async () => {
    mkdirSync(join(directory, 'folder'));
    await refused(join(directory, 'folder'));
    await expect(openInput(file(join(directory, 'folder')))).rejects.toThrow('it is a directory');
  });

  test('a socket', async () => {
    const path = join(directory, 'socket');
    const server = createServer().listen(path);
    await refused(path);
    server.close();
  });

  test('a loop of symbolic links', async () => {
    symlinkSync('loop-b', join(directory, 'loop-a'));
    symlinkSync('loop-a', join(directory, 'loop-b'));
    await refused(join(directory, 'loop-a'));
  });

  test('a terminal', async () => {
    const terminal = await open('/dev/ptmx', 'r+');
    await expect(openInput({ kind: 'stdio' }, { stdin: terminal.fd })).rejects.toThrow('it is a terminal');
    await terminal.close();
  });

  test('a descriptor that is not open', async () => {
    await expect(openInput({ kind: 'stdio' }, { stdin: 9999 })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  });

  test('a failure of the system while reading', async () => {
    // Reading the memory of a process at address 0 is an error that the system reports.
    await expect(openInput(file('/proc/self/mem'))).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  });
});

describe('standard input', () => {
  const content = sampleBytes(3_000_000, 2);
  const hash = createHash('sha256').update(content).digest('hex');
  let program = '';
  let path = '';

  beforeAll(async () => {
    program = await buildProgram(directory);
    path = makeFile(directory, 'stdin', content);
  });

  test('is read from a pipe', async () => {
    const { report } = await runShell(`cat ${path} | node ${program} read`);
    expect(report).toEqual({ length: content.length, hash });
  });

  test('is read from a file, which then has a size', async () => {
    const { report } = await runShell(`node ${program} read < ${path}`);
    expect(report).toEqual({ length: content.length, hash, size: content.length });
  });

  test('goes on where somebody else has stopped reading', async () => {
    const { report } = await runShell(`{ head -c 1000000 > /dev/null; node ${program} read; } < ${path}`);
    expect(report).toMatchObject({ length: content.length - 1_000_000 });
  });

  test('is read from a socket', async () => {
    const { report } = await runShell(`exec node ${program} read`, (child) => child.stdin.end(content));
    expect(report).toMatchObject({ length: content.length, hash });
  });

  test('that is empty is an empty input', async () => {
    const { report } = await runShell(`: | node ${program} read`);
    expect(report).toMatchObject({ length: 0 });
  });

  test.each([
    ['closed', '<&-'],
    ['/dev/null', '</dev/null'],
    ['a directory', '</'],
  ])('that is %s is refused', async (_, redirection) => {
    const { status, report } = await runShell(`node ${program} read ${redirection}`);
    expect(status).toBe(1);
    expect(report).toMatchObject({ name: 'EndpointError', code: 'INPUT_UNREADABLE' });
  });

  test.each([
    ['that nobody writes to', (fifo: string) => `< ${fifo}`, 'r+'],
    ['that is a FIFO nobody writes to', (fifo: string) => fifo, undefined],
  ])('%s does not keep a process from being interrupted', async (_, argument, flags) => {
    const fifo = makeFifo(directory, `interrupted-${flags}`);
    const writer = flags === undefined ? undefined : await open(fifo, flags);
    const start = Date.now();
    const { status } = await runShell(`timeout -s INT 1 node ${program} read ${argument(fifo)}`);
    await writer?.close();
    expect(status).toBe(124);
    expect(Date.now() - start).toBeLessThan(4000);
  });
});
