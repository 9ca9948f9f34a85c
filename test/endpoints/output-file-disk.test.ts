import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildProgram, canMount, runShell, temporaryDirectory } from './workspace.ts';

const directory = temporaryDirectory();
const disk = join(directory, 'disk');
mkdirSync(disk);

/** Shell commands that run where a file system of one megabyte is mounted, which goes away with them. */
const onSmallDisk = (commands: string, options = 'size=1m') =>
  `unshare -m bash -c 'mount -t tmpfs -o ${options} none ${disk} && { ${commands}; }'`;

let program = '';

beforeAll(async () => {
  program = await buildProgram(directory);
});

describe.skipIf(!canMount())('a full disk (needs to mount one)', () => {
  test.each(['out', 'out.gz'])('while %s is written ends in one sentence, and nothing stays', async (name) => {
    // What the program writes shrinks a thousandfold when it is compressed.
    const length = name === 'out' ? 700_000 : 100_000_000;
    const commands = `node ${program} file ${disk}/${name} 20 ${length}; ls -A ${disk}`;
    const { stdout, report } = await runShell(onSmallDisk(commands));
    expect(report).toMatchObject({ name: 'EndpointError', code: 'OUTPUT_UNWRITABLE' });
    expect(report.message).toContain('the disk is full; free some space');
    expect(report.message).toContain('ENOSPC');
    expect(stdout.toString()).toBe('');
  });

  test('leaves the file that was to be replaced as it was', async () => {
    const out = `${disk}/out`;
    const commands = `echo old > ${out}; node ${program} replace ${out} 2 1000000; ls -A ${disk}; cat ${out}`;
    const { stdout, report } = await runShell(onSmallDisk(commands));
    expect(report).toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    expect(stdout.toString()).toBe('out\nold\n');
  });

  test('that is large enough is none', async () => {
    const commands = `node ${program} file ${disk}/out 2 100000; stat -c %s ${disk}/out`;
    const { stdout } = await runShell(onSmallDisk(commands));
    expect(stdout.toString()).toBe('200000\n');
  });
});

test.skipIf(!canMount())('a read-only file system is told at the start (needs to mount one)', async () => {
  const { report } = await runShell(onSmallDisk(`node ${program} file ${disk}/out 1 10`, 'ro'));
  expect(report).toMatchObject({ name: 'EndpointError', code: 'OUTPUT_UNWRITABLE' });
  expect(report.message).toContain('EROFS');
});

test('a file that grows past ulimit -f ends in one sentence, and nothing stays', async () => {
  mkdirSync(join(directory, 'limited'));
  const path = join(directory, 'limited/out');
  // In blocks of 1024 bytes: the limit lies within a write, which is first done in part.
  const { status, report } = await runShell(`ulimit -f 1500; exec node ${program} file ${path} 3 1000000`);
  expect(status).toBe(1);
  expect(report).toMatchObject({ name: 'EndpointError', code: 'OUTPUT_UNWRITABLE' });
  expect(report.message).toContain('ulimit -f');
  expect(readdirSync(join(directory, 'limited'))).toEqual([]);
});

test.skipIf(process.getuid?.() !== 0)('a directory without permission is told at the start (needs root)', async () => {
  const closed = join(directory, 'closed');
  mkdirSync(closed);
  for (const path of [directory, join(directory, 'program'), program]) chmodSync(path, 0o755);
  const command = `setpriv --reuid 65534 --regid 65534 --clear-groups node ${program} file ${closed}/out 1 10`;
  const { status, report } = await runShell(command);
  expect(status).toBe(1);
  expect(report).toMatchObject({ name: 'EndpointError', code: 'OUTPUT_UNWRITABLE' });
  expect(report.message).toContain('permission');
});
