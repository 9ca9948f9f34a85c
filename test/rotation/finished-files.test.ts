import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { FilePattern } from '../../src/rotation/file-pattern.ts';
import { FinishedFiles, type FinishedFilesOptions } from '../../src/rotation/finished-files.ts';
import { Log } from '../../src/service/log.ts';
import { until } from '../support/running-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const temporary = temporaryFolder();

let folder = '';
let told: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(temporary, 'files-'));
  told = [];
});

async function finishedFiles(pattern: string, options: Partial<FinishedFilesOptions> = {}): Promise<FinishedFiles> {
  const all = { mode: 0o600, retention: {}, environment: process.env, ...options };
  const log = new Log((line) => told.push(line), 'text');
  const files = new FinishedFiles(new FilePattern(join(folder, pattern), false), all, log);

  await files.open();
  return files;
}

/** Writes a file, and returns its path. */
function write(name: string, bytes: string | Uint8Array = name): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function names(): string[] {
  return readdirSync(folder).sort();
}

/** A program of this shell script. */
function program(script: string): string {
  const path = join(temporary, `program-${Math.random()}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('a plain file that was compressed already, by a process that was killed then, goes; what holds something else stays', async () => {
  write('1.d');
  write('1.d.gz', gzipSync('1.d'));
  write('2.d');
  write('2.d.gz', gzipSync('of somebody else'));
  write('3.d');
  write('3.d.gz', gzipSync('3.d').subarray(0, 15));
  write('4.d');
  const files = await finishedFiles('%s.d.gz');
  files.takeUp();
  await files.idle();
  expect(names()).toEqual(['1.d.gz', '2.d', '2.d.gz', '3.d', '3.d.gz', '4.d.gz']);
  expect(gunzipSync(readFileSync(join(folder, '2.d.gz'))).toString()).toBe('of somebody else');
  expect(gunzipSync(readFileSync(join(folder, '4.d.gz'))).toString()).toBe('4.d');
  expect(told.join('')).toMatch(/2\.d\.gz holds something else/);
});

test('half a compressed file that a killed process left does not stay', async () => {
  write('1.d');
  write('.1.d.gz.partial', 'half');
  write('2.d');
  const compressed = write('2.d.gz', gzipSync('2.d'));
  linkSync(compressed, join(folder, '.2.d.gz.partial'));
  const files = await finishedFiles('%s.d.gz');
  files.takeUp();
  await files.idle();
  expect(names()).toEqual(['1.d.gz', '2.d.gz']);
});

test('the program is told of files that cannot be compressed, and of those that an earlier process finished', async () => {
  const log = join(folder, 'told');
  const command = program(`echo "$1" >> ${log}`);
  write('1.d');
  write('2.d.gz', gzipSync('of somebody else'));
  const files = await finishedFiles('%s.d.gz', { command });
  files.takeUp();
  await files.idle();
  for (let index = 0; index < 120; index++) files.add(write('2.d'));
  await files.idle();
  files.add(write('3.d'));
  await files.idle();
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  expect(lines[0]).toBe(join(folder, '1.d.gz'));
  expect(lines[1]).toBe(join(folder, '2.d'));
  expect(lines.at(-1)).toBe(join(folder, '3.d.gz'));
});

test('a program that does not end keeps no file from being compressed or removed, and not the relay from ending', async () => {
  const running = join(folder, 'running');
  const command = program(`echo $$ > ${running}; exec sleep 60`);
  const files = await finishedFiles('%s.d.gz', { command, retention: { count: 2 } });
  for (let index = 1; index <= 110; index++) files.add(write(`${1000 + index}.d`));
  await until(() => names().filter((name) => name.endsWith('.d.gz')).length === 2);
  await until(() => !names().some((name) => name.endsWith('.d')));
  await until(() => existsSync(running) && readFileSync(running, 'utf8').endsWith('\n'));
  expect(names()).toEqual(['1109.d.gz', '1110.d.gz', 'running']);
  await files.stop();
  process.kill(Number(readFileSync(running, 'utf8')), 'SIGKILL');
});

test('a program that cannot be started at all is told, for each file', async () => {
  const files = await finishedFiles('%s.d', { command: join(program('exit 0'), 'below-a-file') });
  files.add(write('1.d'));
  files.add(write('2.d'));
  await files.idle();
  for (const name of ['1.d', '2.d']) {
    expect(told.filter((line) => line.includes(`${name}: `) && line.includes('(ENOTDIR)'))).toHaveLength(1);
  }
});

test('more files than may wait for the program are not told, and that is said', async () => {
  const running = join(folder, 'running');
  const command = program(`echo $$ > ${running}; exec sleep 60`);
  const files = await finishedFiles('%s.d', { command });
  for (let index = 1; index <= 101; index++) files.add(write(`${index}.d`));
  await until(() => told.some((line) => line.includes('is not keeping up')));
  await until(() => existsSync(running) && readFileSync(running, 'utf8').endsWith('\n'));
  await files.stop();
  process.kill(Number(readFileSync(running, 'utf8')), 'SIGKILL');
});

test('where the clock was set back, files that were finished last still stay', async () => {
  const tomorrow = Date.now() / 1000 + 86_400;
  for (const name of ['1.d', '2.d', '3.d']) utimesSync(write(name), tomorrow, tomorrow);
  const files = await finishedFiles('%s.d', { retention: { count: 2 } });
  files.add(write('4.d'));
  files.add(write('5.d'));
  await files.idle();
  expect(names()).toEqual(['4.d', '5.d']);
});

test('files that are added while old ones are looked for are the newest all the same', async () => {
  const files = await finishedFiles('%s.d', { retention: { count: 2 } });
  // Neither their times nor their names tell their order.
  const time = Date.now() / 1000;
  for (let number = 999; number >= 500; number--) {
    const path = write(`${number}.d`);
    utimesSync(path, time, time);
    files.add(path);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await files.idle();
  expect(names()).toEqual(['500.d', '501.d']);
});

test('a file that has its name and is not added yet is no old one', async () => {
  write('1.d');
  write('2.d');
  const files = await finishedFiles('%s.d', { retention: { count: 2 } });
  const path = write('3.d');
  files.removeOld();
  await files.idle();
  expect(names()).toEqual(['1.d', '2.d', '3.d']);
  files.add(path);
  await files.idle();
  expect(names()).toEqual(['2.d', '3.d']);
});

test('a file that is compressed when the relay has to end stays plain, and nothing else of it is left', async () => {
  const files = await finishedFiles('%s.d.gz');
  const path = write('1.d', Buffer.alloc(50_000_000, 'of which there is much to compress, and then some'));
  files.add(path);
  await until(() => names().length > 1);
  await files.stop();
  expect(names()).toEqual(['1.d']);
  expect(readFileSync(path).length).toBe(50_000_000);
});

test('a file that has gone meanwhile costs nothing', async () => {
  const files = await finishedFiles('%s.d.gz');
  const path = write('1.d');
  files.add(path);
  unlinkSync(path);
  await files.idle();
  expect(told).toEqual([]);
});
