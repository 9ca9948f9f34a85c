import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeCapture } from '../support/captures.ts';
import { framesIn } from '../support/collecting-reader.ts';
import { run } from '../support/command.ts';
import { data, Peer, START } from '../support/frame-streams.ts';
import { hasArrived, numberedFrames, numbersOf } from '../support/numbered-frames.ts';
import { missing, missingText, readers } from '../support/peers.ts';
import { makeRelayPlaces, type RelayPlaces } from '../support/relay-places.ts';
import { until } from '../support/running-program.ts';
import { RunningRelay } from '../support/running-relay.ts';
import { mountSmallDisk } from '../support/small-disk.ts';

if (missing.length > 0) console.warn(`Left out of test/relay/rotation.test.ts: what others read; ${missingText}.`);

let places: RelayPlaces;
let folder = '';

beforeEach(() => {
  places = makeRelayPlaces();
  folder = join(places.folder, 'files');
  mkdirSync(folder);
});

afterEach(() => rmSync(places.folder, { recursive: true, force: true }));

/** A relay that writes files of that name. */
function start(name: string, ...args: string[]): Promise<RunningRelay> {
  return RunningRelay.start([`unix:${places.input}`, join(folder, name), '--rules', places.rules, ...args]);
}

/** A writer that has sent these frames. */
async function send(frames: readonly Uint8Array[]): Promise<Peer> {
  const writer = await Peer.connect(places.input);
  writer.send(START, data(frames));
  return writer;
}

/** The names of the files in the folder, without hidden ones. */
function names(): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

function numbersIn(name: string): number[] {
  const bytes = readFileSync(join(folder, name));
  return numbersOf(decodeCapture(name.endsWith('.gz') ? gunzipSync(bytes) : bytes));
}

/** The numbers of all frames that are on disk, those in the part included. */
function numbersOnDisk(): number[] {
  return names().flatMap((name) =>
    name.endsWith('.part')
      ? numbersOf(framesIn(readFileSync(join(folder, name)).subarray(START.length)))
      : numbersIn(name),
  );
}

/** The other readers take each file, and find in it what we do. */
async function readByOthers(): Promise<void> {
  if (missing.length > 0) return;
  for (const name of names().filter((file) => !file.endsWith('.gz'))) {
    const frames = numbersIn(name).length;
    await Promise.all(
      [readers.fstrmDump, readers.dnstapRead, readers.dnstapLdnsQuiet].map(async (reader) => {
        expect(await reader.read(join(folder, name)), `${reader.name} ${name}`).toEqual({ frames, complaints: '' });
      }),
    );
  }
}

test('by frames: whole files in order, to be read by their owner, none under its name before it is whole', async () => {
  const relay = await start('a-%s.dnstap', '--rotate-frames', '4');
  await send(numberedFrames(0, 10));
  let seen: string[] = [];
  await until(() => {
    seen = names();
    return seen.length === 3;
  });
  expect(seen).toContain('a-%s.dnstap.part');
  expect(await relay.end()).toBe(0);
  expect(relay.numbers).toMatchObject({ received: 10, confirmed: 10 });
  const files = names();
  expect(files.map((name) => numbersIn(name).length)).toEqual([4, 4, 2]);
  expect(files.flatMap(numbersIn)).toEqual(numbersOf(numberedFrames(0, 10)));
  for (const name of files) {
    expect(name).toMatch(/^a-\d{10}(_\d{3})?\.dnstap$/);
    expect(lstatSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
  await readByOthers();
});

test('by size: no file is longer', async () => {
  const relay = await start('%F.dnstap', '--rotate-size', '1K', '--mode', '0640');
  await send(numberedFrames(0, 100));
  await until(() => relay.output !== '' && names().length > 10);
  expect(await relay.end()).toBe(0);
  const files = names();
  expect(files.flatMap(numbersIn)).toEqual(numbersOf(numberedFrames(0, 100)));
  for (const name of files) {
    expect(lstatSync(join(folder, name)).size).toBeLessThanOrEqual(1024);
    expect(lstatSync(join(folder, name)).mode & 0o777).toBe(0o640);
  }
  expect(lstatSync(join(folder, files[0] as string)).size).toBeGreaterThan(800);
});

test('a frame that is longer than a file may be has one to itself', async () => {
  const relay = await start('%F.dnstap', '--rotate-size', '100');
  await send(numberedFrames(0, 3));
  await until(() => names().length >= 3);
  expect(await relay.end()).toBe(0);
  expect(names().map((name) => numbersIn(name).length)).toEqual([1, 1, 1]);
});

test.each(['SIGUSR2', 'SIGHUP'] as const)('%s ends a file, and makes none without frames', async (signal) => {
  const relay = await start('%s.dnstap');
  const writer = await send(numberedFrames(0, 3));
  await until(() => numbersOnDisk().length === 3);
  relay.signal(signal);
  await until(() => names().length === 1 && !names()[0]?.endsWith('.part'));
  relay.signal(signal);
  relay.signal(signal);
  writer.send(data(numberedFrames(3, 2)));
  await until(() => names().length === 2);
  expect(await relay.end()).toBe(0);
  expect(names().map(numbersIn)).toEqual([
    [0, 1, 2],
    [3, 4],
  ]);
  expect(relay.numbers).toMatchObject({ received: 5, confirmed: 5 });
});

test('by the clock, also when nothing arrives', async () => {
  const relay = await start('%s.dnstap', '--rotate-every', '1s');
  await send(numberedFrames(0, 3));
  await until(() => names().length > 0 && !names().some((name) => name.endsWith('.part')));
  expect(names().map(numbersIn)).toEqual([[0, 1, 2]]);
  expect(await relay.end()).toBe(0);
});

test('a finished file is compressed, and so is one that an earlier process left', async () => {
  writeFileSync(
    join(folder, 'a-1700000000.dnstap'),
    Buffer.concat([START, Buffer.alloc(0), Buffer.from('00000000000000040000000300', 'hex').subarray(0, 12)]),
  );
  const relay = await start('a-%s.dnstap.gz', '--rotate-frames', '5');
  await send(numberedFrames(0, 5));
  await until(() => names().length === 2 && names().every((name) => name.endsWith('.gz')));
  expect(await relay.end()).toBe(0);
  expect(names().map(numbersIn)).toEqual([[], [0, 1, 2, 3, 4]]);
});

test('a program is run for each finished file, and sees no key', async () => {
  const program = join(places.folder, 'program');
  const told = join(places.folder, 'told');
  writeFileSync(program, `#!/bin/sh\necho "$# $1 \${TAPFILTER_KEY:-no key}" >> ${told}\n[ ! -e ${told}.fail ]\n`);
  chmodSync(program, 0o755);
  writeFileSync(
    places.rules,
    'version: 1\ndefault: keep\nkey: { env: TAPFILTER_KEY }\nrules: [{ set: { client_address: hmac } }]\n',
  );
  const relay = new RunningRelay(
    [
      `unix:${places.input}`,
      join(folder, '%s.dnstap'),
      '--rules',
      places.rules,
      '--rotate-frames',
      '2',
      '--after-rotate',
      program,
    ],
    { TAPFILTER_KEY: '0123456789abcdeffedcba98765432101032547698badcfeefcdab8967452301' },
  );
  await relay.said(/"event":"listening"/);
  await send(numberedFrames(0, 4));
  await until(() => names().filter((name) => !name.endsWith('.part')).length === 2);
  writeFileSync(`${told}.fail`, '');
  await send(numberedFrames(4, 2));
  await relay.said(/command-failed/);
  expect(await relay.end()).toBe(0);
  const lines = readFileSync(told, 'latin1').trim().split('\n');
  expect(lines).toEqual(names().map((name) => `1 ${join(folder, name)} no key`));
});

test('a thousand files, of which few are kept, and nothing else is touched', async () => {
  const others = ['a-1.dnstap.bak', 'b-1.dnstap', 'a-x.dnstap', 'a-1.dnstap.gz'];
  for (const name of others) writeFileSync(join(folder, name), 'mine');
  mkdirSync(join(folder, 'a-2.dnstap'));
  symlinkSync(places.rules, join(folder, 'a-3.dnstap'));
  const relay = await start('a-%s.dnstap', '--rotate-frames', '1', '--keep-files', '5');
  await send(numberedFrames(0, 1000));
  await relay.said(/./);
  let last = 0;
  await until(() => {
    const finished = names().filter((name) => /^a-\d{10}/.test(name) && !name.endsWith('.part'));
    last = Math.max(
      last,
      ...finished.flatMap((name) => {
        try {
          return numbersIn(name);
        } catch {
          return [];
        }
      }),
    );
    return last === 999 && finished.length <= 6;
  });
  expect(await relay.end()).toBe(0);
  expect(relay.numbers).toMatchObject({ received: 1000, confirmed: 1000 });
  const kept = names().filter((name) => /^a-\d{10}/.test(name));
  expect(kept.flatMap(numbersIn).sort()).toEqual([995, 996, 997, 998, 999]);
  expect(names()).toEqual(expect.arrayContaining([...others, 'a-2.dnstap', 'a-3.dnstap']));
});

test.each([
  ['%s.dnstap', 50],
  ['%s.dnstap.gz', 12],
] as const)(
  '%s, killed at %i moments: the next start repairs what was left, and all files are whole and in order',
  async (name, kills) => {
    const onDisk = new Set<number>();
    let next = 0;
    for (let round = 0; round < kills; round++) {
      const relay = await start(name, '--rotate-frames', '7');
      const writer = await Peer.connect(places.input);
      writer.send(START);
      const first = next;
      const stops = next + 200;
      for (; next < stops; next += 10) {
        writer.send(data(numberedFrames(next, 10)));
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 12));
      }
      // Some are killed at their beginning; not all are, on however slow a disk.
      if (round % 2 === 1) await hasArrived(first, numbersOnDisk);
      await relay.end('SIGKILL');
      for (const number of numbersOnDisk()) onDisk.add(number);
    }
    const relay = await start(name);
    expect(await relay.end()).toBe(0);
    const numbers = names().flatMap(numbersIn);
    expect(numbers).toEqual([...onDisk].sort((one, other) => one - other));
    expect(numbers.length).toBeGreaterThanOrEqual(kills / 2);
    expect(names().every((file) => file.endsWith(name.slice(2)))).toBe(true);
    expect(readdirSync(folder).filter((file) => file.endsWith('.partial'))).toEqual([]);
    await readByOthers();
  },
);

test('a disk that is full costs no frame that is not counted, and is used again when there is room', async () => {
  const disk = mountSmallDisk(128);
  if (disk === undefined) return;
  folder = disk;
  const relay = await start('%s.dnstap', '--rotate-frames', '100');
  const writer = await send(numberedFrames(0, 1000));
  await relay.said(/"event":"output-failed"/);
  for (const name of names()) if (!name.endsWith('.part')) numbersIn(name);
  const before = names().filter((name) => !name.endsWith('.part'));
  const kept = before.flatMap(numbersIn);
  for (const name of before) unlinkSync(join(folder, name));
  writer.send(data(numberedFrames(1000, 1)));
  await until(() => names().length > 1);
  expect(await relay.end()).toBe(0);
  const { confirmed, unconfirmed, dropped } = relay.numbers;
  expect({ confirmed, unconfirmed }).toEqual({
    confirmed: kept.length + names().flatMap(numbersIn).length,
    unconfirmed: 0,
  });
  expect(confirmed + dropped.stop).toBe(1001);
});

test('a directory that is gone costs what was being written, and is used again when it is back', async () => {
  const relay = await start('%s.dnstap', '--rotate-frames', '5');
  const writer = await send(numberedFrames(0, 3));
  await until(() => names().length === 1);
  rmSync(folder, { recursive: true });
  writer.send(data(numberedFrames(3, 4)));
  await relay.said(/"event":"output-failed"/);
  mkdirSync(folder);
  await until(() => names().length > 0);
  expect(await relay.end()).toBe(0);
  expect(relay.numbers).toMatchObject({ received: 7, confirmed: 2, unconfirmed: 5 });
  expect(names().flatMap(numbersIn)).toEqual([5, 6]);
});

test('what was left and is no capture is set aside', async () => {
  writeFileSync(join(folder, 'x.dnstap.part'), 'something else that somebody has put there by mistake');
  const relay = await start('x.dnstap', '--rotate-frames', '5');
  await relay.said(/"event":"part-damaged"/);
  await send(numberedFrames(0, 5));
  await until(() => names().includes('x.dnstap'));
  expect(await relay.end()).toBe(0);
  expect(names()).toEqual(['x.dnstap', expect.stringMatching(/^x\.dnstap\.part\.damaged-\d+$/)]);
});

test('a second relay for the same files is refused', async () => {
  const relay = await start('%s.dnstap');
  const second = await run([`unix:${places.input}2`, join(folder, '%s.dnstap'), '--rules', places.rules]);
  expect(second).toMatchObject({ status: 1, stderr: expect.stringContaining('another tapfilter writes there') });
  await relay.end('SIGKILL');
  expect(await (await start('%s.dnstap')).end()).toBe(0);
});

test.each([
  [['%Y/a.dnstap'], 1, 'fields such as %Y may stand in the name of the file'],
  [['%Q.dnstap'], 1, '%Q is no field; there are %Y'],
  [['%F.dnstap.xz'], 1, 'what ends in .xz is compressed in a way that is not written here'],
  [['none/%Y.dnstap'], 1, 'its directory: there is no such file or directory'],
  [['a.dnstap', '--rotate-every', '5'], 2, 'A number and a unit are needed'],
  [['a.dnstap', '--rotate-size', '5X'], 2, 'as in 512M'],
])('%s is refused', async (args, status, message) => {
  const [name = '', ...options] = args;
  const result = await run([`unix:${places.input}`, join(folder, name), '--rules', places.rules, ...options]);
  expect(result).toMatchObject({ status, stderr: expect.stringContaining(message) });
});

test('options for such files are refused where there are none', async () => {
  for (const output of [`unix:${places.output}`, '-']) {
    const result = await run([`unix:${places.input}`, output, '--rules', places.rules, '--keep-files', '3']);
    expect(result).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--keep-files is for a relay that writes files'),
    });
  }
  const result = await run([places.rules, join(folder, 'a'), '--rules', places.rules, '--rotate-size', '1M']);
  expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining('no end is a socket') });
});
