import { execFileSync } from 'node:child_process';
import { existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createOutputStream } from '../../src/endpoints/output-stream.ts';
import { buildProgram, canMount, makeFile, runShell, temporaryDirectory } from './workspace.ts';

const directory = temporaryDirectory();
let program = '';

beforeAll(async () => {
  program = await buildProgram(directory);
});

/** What the program writes: chunks of one length, each filled with its number. */
function expected(count: number, length: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.alloc(length, index)));
}

/** Reads a pipe slowly; `python3` because it waits between reads without a loop of Node's own. */
const SLOW_READER = `python3 -c "
import os, sys, time
while True:
    bytes = os.read(0, 65536)
    if not bytes: break
    os.write(1, bytes)
    time.sleep(0.02)
"`;

test('a pipe gets everything, in order', async () => {
  const { stdout, status } = await runShell(`: | node ${program} write 20 1000000 | cat`);
  expect(status).toBe(0);
  expect(stdout.equals(expected(20, 1_000_000))).toBe(true);
});

test('a slow reader of a pipe gets everything, and holds up nothing else in the process', async () => {
  const { stdout, report } = await runShell(`: | node ${program} write 4 1000000 | ${SLOW_READER}`);
  expect(stdout.equals(expected(4, 1_000_000))).toBe(true);
  expect(report.ticks).toBeGreaterThan(30);
});

test('a pipe that somebody made non-blocking gets everything', async () => {
  const nonBlocking = `python3 -c "
import fcntl, os, sys
fcntl.fcntl(1, fcntl.F_SETFL, fcntl.fcntl(1, fcntl.F_GETFL) | os.O_NONBLOCK)
os.execvp('node', ['node', '${program}', 'write', '4', '1000000'])
"`;
  const { stdout } = await runShell(`: | ${nonBlocking} | ${SLOW_READER}`);
  expect(stdout.equals(expected(4, 1_000_000))).toBe(true);
});

test('a socket gets everything', async () => {
  const { stdout } = await runShell(`: | exec node ${program} write 5 1000000`, (child) => child.stdin.end());
  expect(stdout.equals(expected(5, 1_000_000))).toBe(true);
});

test('a file gets everything, behind what is there', async () => {
  const path = makeFile(directory, 'appended', 'before');
  await runShell(`: | node ${program} write 3 1000000 >> ${path}`);
  expect(readFileSync(path).equals(Buffer.concat([Buffer.from('before'), expected(3, 1_000_000)]))).toBe(true);
});

test.each(['> /dev/null', '>> /dev/null', '1<> /dev/zero'])('a device gets everything (%s)', async (redirection) => {
  const { status } = await runShell(`: | node ${program} write 3 1000000 ${redirection}`);
  expect(status).toBe(0);
});

const hasDescriptorFlags = existsSync('/proc/self/fdinfo/1');

// Node puts a /dev/null that is open for both in place of what is closed.
test.skipIf(!hasDescriptorFlags).each(['>&-', '<&- >&-', '1<> /dev/null'])(
  'a closed standard output is refused (%s; needs the /proc of Linux)',
  async (redirection) => {
    const { status, report } = await runShell(`: | node ${program} write 1 10 ${redirection}`);
    expect(status).toBe(1);
    expect(report).toMatchObject({ name: 'EndpointError', code: 'OUTPUT_UNWRITABLE' });
    expect(report.message).toContain('standard output is closed');
  },
);

test.skipIf(!canMount())(
  'where there is no /proc, a /dev/null is written however it is open (needs to mount)',
  async () => {
    const command = `node ${program} write 1 10 1<> /dev/null`;
    const { status } = await runShell(`: | unshare -m bash -c 'mount -t tmpfs none /proc && ${command}'`);
    expect(status).toBe(0);
  },
);

test('a reader that goes away ends the writing, and is told', async () => {
  const { report } = await runShell(
    `: | { node ${program} write 50 100000; echo $? > ${directory}/status; } | head -c 250000`,
  );
  expect(report).toMatchObject({ name: 'EndpointError', code: 'OUTPUT_GONE' });
  expect(readFileSync(join(directory, 'status'), 'utf8').trim()).toBe('1');
});

test('a reader that was never there is told', async () => {
  const { report } = await runShell(`: | { sleep 0.5; node ${program} write 1 10; } | :`);
  expect(report).toMatchObject({ code: 'OUTPUT_GONE' });
});

test('a full disk is told (/dev/full)', async () => {
  const { status, report } = await runShell(`: | node ${program} write 1 10 > /dev/full`);
  expect(status).toBe(1);
  expect(report).toMatchObject({ name: 'EndpointError', code: 'OUTPUT_UNWRITABLE' });
  expect(report.message).toContain('the disk is full');
});

test('a terminal is refused', async () => {
  await expect(createOutputStream(1, { isTTY: true, inputs: [] })).rejects.toMatchObject({
    code: 'OUTPUT_NOT_REGULAR',
  });
});

test('a descriptor that is not open is refused', async () => {
  await expect(createOutputStream(9999, { isTTY: false, inputs: [] })).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
  });
});

test.each(['>>', '1<>'])('the file that is the input is refused (%s)', async (redirection) => {
  const path = makeFile(directory, 'same', 'original');
  const { status, report } = await runShell(`node ${program} write 1 10 < ${path} ${redirection} ${path}`);
  expect(status).toBe(1);
  expect(report).toMatchObject({ code: 'OUTPUT_IS_INPUT' });
  expect(readFileSync(path, 'utf8')).toBe('original');
});

test('giving up stops, also while the reader does not read', async () => {
  const path = join(directory, 'stopped');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, 'r+');
  expect(statSync(path).isFIFO()).toBe(true);
  const output = await createOutputStream(fd, { isTTY: false, inputs: [] });
  const writing = output.write(Buffer.alloc(1_000_000));
  const failed = expect(writing).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await output.abort();
  await failed;
  await expect(output.write(Buffer.alloc(1))).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await expect(output.commit()).rejects.toMatchObject({ code: 'INTERRUPTED' });
});
