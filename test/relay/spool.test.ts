import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeCapture, encodeCapture } from '../support/captures.ts';
import { CollectingReader, framesIn } from '../support/collecting-reader.ts';
import { run } from '../support/command.ts';
import { ACCEPT, data, FINISH, Peer, PeerServer, READY, START, STOP } from '../support/frame-streams.ts';
import { leavesOut } from '../support/installed.ts';
import { hasArrived, numberedFrames, numbersOf } from '../support/numbered-frames.ts';
import { missing, readers } from '../support/peers.ts';
import { makeRelayPlaces, type RelayPlaces } from '../support/relay-places.ts';
import { RunningProgram, until } from '../support/running-program.ts';
import { RunningRelay } from '../support/running-relay.ts';
import { mountSmallDisk } from '../support/small-disk.ts';

const hasCapture = !leavesOut('test/relay/spool.test.ts', { fstrm_capture: 'fstrm-bin' });

let places: RelayPlaces;
let spool = '';
let reader: CollectingReader | undefined;

beforeEach(() => {
  places = makeRelayPlaces();
  spool = join(places.folder, 'spool');
});

afterEach(() => {
  reader?.kill();
  reader = undefined;
  rmSync(places.folder, { recursive: true, force: true });
});

/** A relay that spools, to a reader that need not be there. */
function start(...args: string[]): Promise<RunningRelay> {
  const ends = [`unix:${places.input}`, `unix:${places.output}`, '--rules', places.rules];
  return RunningRelay.start([...ends, '--on-full', 'spool', '--spool', spool, '--stop-timeout', '2', ...args]);
}

/** A writer that sends the frames from `start` on, and all of which the relay has read. */
async function send(first: number, count: number): Promise<void> {
  const writer = await Peer.connect(places.input);
  writer.send(READY);
  await writer.has(ACCEPT.length);
  writer.send(START, data(numberedFrames(first, count)), STOP);
  await writer.closed();
}

function files(): string[] {
  if (!existsSync(spool)) return [];
  return readdirSync(spool)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** The numbers of the whole frames that are on disk. */
function numbersOnDisk(): number[] {
  return files().flatMap((name) => numbersOf(framesIn(readFileSync(join(spool, name)).subarray(START.length))));
}

const FRAME_LENGTH = data(numberedFrames(0, 1)).length;

/** How many whole frames are on disk, by the lengths of the files. */
function framesOnDisk(): number {
  const lengths = files().map((name) => statSync(join(spool, name), { throwIfNoEntry: false })?.size ?? 0);
  return lengths.reduce((sum, length) => sum + Math.max(0, Math.floor((length - START.length) / FRAME_LENGTH)), 0);
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

/** The other readers take each whole file, and find in it what we do. */
async function readByOthers(): Promise<void> {
  if (missing.length > 0) return;
  for (const name of files().filter((file) => file.endsWith('.dnstap'))) {
    const frames = decodeCapture(readFileSync(join(spool, name))).length;
    await Promise.all(
      [readers.fstrmDump, readers.dnstapRead, readers.dnstapLdnsQuiet].map(async (one) => {
        expect(await one.read(join(spool, name)), `${one.name} ${name}`).toEqual({ frames, complaints: '' });
      }),
    );
  }
}

test('what comes while the output is away is sent when it is back, in order, before what comes then', async () => {
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  expect(statSync(spool).mode & 0o777).toBe(0o700);
  await send(0, 100_000);
  await until(() => files().length >= 2);
  await until(() => framesOnDisk() > 90_000);
  await readByOthers();
  reader = new CollectingReader(places.output);
  await send(100_000, 10);
  await relay.said(/"event":"spool-empty"/);
  await send(100_010, 10);
  expect(await relay.end()).toBe(0);
  expect(reader.numbers.flat()).toEqual(range(0, 100_020));
  expect(reader.streams.length).toBeGreaterThan(2);
  expect(relay.numbers).toMatchObject({ received: 100_020, confirmed: 100_020, unconfirmed: 0 });
  expect(files()).toEqual([]);
});

test.runIf(hasCapture)('fstrm_capture gets everything, though it comes late', async () => {
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  await send(0, 60_000);
  const path = join(places.folder, 'capture.dnstap');
  const capture = new RunningProgram('fstrm_capture', [
    '-t',
    'protobuf:dnstap.Dnstap',
    '-u',
    places.output,
    '-w',
    path,
  ]);
  await relay.said(/"event":"spool-empty"/);
  await send(60_000, 10);
  expect(await relay.end()).toBe(0);
  await capture.end();
  expect(numbersOf(decodeCapture(readFileSync(path)))).toEqual(range(0, 60_010));
  expect(relay.numbers).toMatchObject({ received: 60_010, confirmed: 60_010 });
});

test('an output that does not read makes frames go to disk, and not away', async () => {
  const stuck = await PeerServer.listen(places.output);
  const relay = await start('--queue', '8M');
  const peer = await stuck.handshaken(0);
  peer.socket.pause();
  await send(0, 40_000);
  await relay.said(/"event":"spooling"/);
  await until(() => framesOnDisk() > 20_000);
  peer.socket.destroy();
  stuck.close();
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"spool-empty"/);
  expect(await relay.end()).toBe(0);
  const { confirmed, unconfirmed, received } = relay.numbers;
  expect(received).toBe(40_000);
  expect(confirmed + unconfirmed).toBe(40_000);
  expect(reader.numbers.flat()).toEqual(range(40_000 - confirmed, 40_000));
});

test('an output that was slow gets everything in order, first what it was being sent', async () => {
  const slow = await PeerServer.listen(places.output);
  const relay = await start('--queue', '8M');
  const peer = await slow.handshaken(0);
  peer.socket.pause();
  await send(0, 40_000);
  await relay.said(/"event":"spooling"/);
  await until(() => framesOnDisk() > 20_000);
  peer.socket.resume();
  await until(() => peer.received.subarray(-STOP.length).equals(STOP));
  peer.send(FINISH);
  await peer.closed();
  slow.close();
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"spool-empty"/);
  expect(await relay.end()).toBe(0);
  const first = numbersOf(framesIn(peer.received.subarray(READY.length + START.length)));
  expect([...first, ...reader.numbers.flat()]).toEqual(range(0, 40_000));
  expect(relay.numbers).toMatchObject({ received: 40_000, confirmed: 40_000 });
});

test('a file whose sending was cut off is sent again from its start, and no other one', async () => {
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  await send(0, 100_000);
  await until(() => files().length >= 2);
  const cut = await PeerServer.listen(places.output);
  const peer = await cut.handshaken(0);
  await peer.has(1_000_000);
  peer.socket.destroy();
  cut.close();
  rmSync(places.output, { force: true });
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"spool-empty"/);
  expect(await relay.end()).toBe(0);
  expect(reader.numbers.flat()).toEqual(range(0, 100_000));
  expect(relay.numbers).toMatchObject({ received: 100_000, confirmed: 100_000 });
});

test('a reader that closes and never says FINISH gets a file twice, and then it is unconfirmed', async () => {
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  await send(0, 1000);
  await until(() => framesOnDisk() === 1000);
  reader = new CollectingReader(places.output, false);
  await relay.said(/"event":"spool-empty"/);
  expect(await relay.end()).toBe(0);
  expect(reader.numbers.slice(0, 2)).toEqual([range(0, 1000), range(0, 1000)]);
  expect(relay.numbers).toMatchObject({ received: 1000, confirmed: 0, unconfirmed: 1000 });
  expect(files()).toEqual([]);
});

test('a reader that stays and never says FINISH gets a file once, and the log says so', async () => {
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  await send(0, 1000);
  await until(() => framesOnDisk() === 1000);
  const silent = await PeerServer.listen(places.output);
  await silent.handshaken(0);
  await relay.said(/does not answer STOP within 10 seconds; 1,000 frames are unconfirmed/);
  expect(await relay.end()).toBe(0);
  expect(relay.numbers).toMatchObject({ received: 1000, unconfirmed: 1000 });
  silent.close();
});

test('a reader that dies again and again, and has read little of what the kernel took, gets the file until it has it', async () => {
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  await send(0, 800);
  await until(() => framesOnDisk() === 800);
  const dying = await PeerServer.listen(places.output);
  for (let round = 0; round < 3; round++) {
    const peer = await dying.peer(round);
    await peer.has(READY.length);
    peer.socket.pause();
    peer.send(ACCEPT);
    // Time for START, all frames and STOP to be in the socket; Node reads 64 KiB of that at most, and the rest stays there.
    await new Promise((resolve) => setTimeout(resolve, 300));
    peer.socket.destroy();
  }
  dying.close();
  rmSync(places.output, { force: true });
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"spool-empty"/);
  expect(await relay.end()).toBe(0);
  expect(reader.numbers.flat()).toEqual(range(0, 800));
  expect(relay.numbers).toMatchObject({ received: 800, confirmed: 800 });
});

test('what waits in memory goes to disk when the output goes away, though nothing more comes', async () => {
  const stuck = await PeerServer.listen(places.output);
  const relay = await start('--queue', '8M');
  const peer = await stuck.handshaken(0);
  peer.socket.pause();
  await send(0, 20_000);
  // Longer than a batch is gathered.
  await new Promise((resolve) => setTimeout(resolve, 300));
  peer.socket.destroy();
  stuck.close();
  await until(() => numbersOnDisk().at(-1) === 19_999);
  expect(await relay.end('SIGKILL')).toBe('SIGKILL');
});

test('away for a while under load, and back: all of it arrives, in order, and the spool empties while the load goes on', async () => {
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  const writer = await Peer.connect(places.input);
  writer.send(START);
  let next = 0;
  // A batch each few milliseconds, so that one always comes while another is on its way.
  const load = setInterval(() => {
    writer.send(data(numberedFrames(next, 1000)));
    next += 1000;
  }, 10);
  try {
    await until(() => framesOnDisk() > 100_000);
    reader = new CollectingReader(places.output);
    await relay.said(/"event":"spool-empty"/);
    const whenEmpty = next;
    await until(() => next > whenEmpty + 20_000);
  } finally {
    clearInterval(load);
  }
  writer.send(STOP);
  await writer.closed();
  expect(await relay.end()).toBe(0);
  expect(reader.numbers.flat()).toEqual(range(0, next));
  expect(relay.numbers).toMatchObject({ received: next, confirmed: next, unconfirmed: 0 });
  // From then on one connection is enough.
  expect(relay.events.filter((event) => event === 'spool-empty')).toHaveLength(1);
  expect(reader.streams.at(-1)?.data.length).toBeGreaterThan(20_000 * FRAME_LENGTH);
});

test('what is spooled when the relay ends is sent by the next one', async () => {
  const first = await start();
  await first.said(/"event":"output-refused"/);
  await send(0, 5000);
  expect(await first.end()).toBe(0);
  expect(first.numbers).toMatchObject({ received: 5000, waiting: { spooled: 5000 } });
  await readByOthers();
  const second = await start();
  reader = new CollectingReader(places.output);
  await second.said(/"event":"spool-empty"/);
  await send(5000, 10);
  expect(await second.end()).toBe(0);
  expect(second.numbers).toMatchObject({ received: 10, found: 5000, confirmed: 5010 });
  expect(reader.numbers.flat()).toEqual(range(0, 5010));
});

test('killed at any moment, spooling or sending: nothing spooled is lost, and at most a file a kill arrives twice', async () => {
  const onDisk = new Set<number>();
  const rounds: number[][][] = [];
  let next = 0;
  for (let round = 0; round < 50; round++) {
    const first = next;
    const relay = await start();
    if (round % 3 !== 0) reader = new CollectingReader(places.output);
    const writer = await Peer.connect(places.input);
    writer.send(START);
    const pauses = Math.random() * 10;
    for (let piece = 0; piece < 20; piece++, next += 50) {
      writer.send(data(numberedFrames(next, 50)));
      await new Promise((resolve) => setTimeout(resolve, pauses));
    }
    // Some are killed at their beginning; not all are, on however slow a disk.
    if (reader === undefined) await hasArrived(first, numbersOnDisk);
    await relay.end('SIGKILL');
    reader?.kill();
    rounds.push(reader?.numbers ?? []);
    reader = undefined;
    for (const number of numbersOnDisk()) onDisk.add(number);
    await readByOthers();
  }
  const relay = await start();
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"(spool-empty|output-open)"/);
  await until(() => files().length === 0);
  expect(await relay.end()).toBe(0);
  rounds.push(reader.numbers);
  const received = new Set(rounds.flat(2));
  expect([...onDisk].filter((number) => !received.has(number))).toEqual([]);
  expect(onDisk.size).toBeGreaterThanOrEqual(17);
  // Each stream is in order, and nothing comes after what is newer but what comes again.
  let newest = -1;
  const seen = new Set<number>();
  let before: number[][] = [];
  for (const streams of rounds) {
    const again = streams.filter((stream) => stream.some((number) => seen.has(number)));
    const ranges = [...before, ...streams].map((stream) => `${stream[0]} to ${stream.at(-1)}`).join(', ');
    expect(again.length, `by connection, in this round and the one before: ${ranges}`).toBeLessThanOrEqual(1);
    before = streams;
    for (const stream of streams) {
      expect(stream).toEqual([...new Set(stream)].sort((one, other) => one - other));
      for (const number of stream) {
        if (!seen.has(number)) expect(number).toBeGreaterThan(newest);
        seen.add(number);
        newest = Math.max(newest, number);
      }
    }
  }
});

test('killed between one file and the next: of what is on disk at most one file has arrived', async () => {
  mkdirSync(spool, { mode: 0o700 });
  for (let round = 0; round < 15; round++) {
    for (let file = 1; file <= 30; file++) {
      const bytes = encodeCapture(numberedFrames(file * 100, 10));
      writeFileSync(join(spool, `${String(file).padStart(12, '0')}.dnstap`), bytes);
    }
    reader = new CollectingReader(places.output);
    const relay = await start();
    await relay.said(/"event":"output-open"/);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
    await relay.end('SIGKILL');
    const received = reader.numbers.flat();
    reader.kill();
    expect(received).toEqual([...new Set(received)]);
    const arrived = files().filter((name) =>
      numbersOf(decodeCapture(readFileSync(join(spool, name)))).some((number) => received.includes(number)),
    );
    expect(arrived.length).toBeLessThanOrEqual(1);
  }
});

test('a disk that is full is told, costs what is counted, and does not stop the relay', async () => {
  const disk = mountSmallDisk(3000);
  if (disk === undefined) return;
  spool = join(disk, 'spool');
  const relay = await start('--queue', '1M');
  await relay.said(/"event":"output-refused"/);
  let sent = 0;
  for (; !relay.output.includes('"event":"dropping"'); sent += 2000) await send(sent, 2000);
  await relay.said(/"event":"spool-failed"[^\n]*the disk is full/);
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"output-open"/);
  await until(() => files().length === 0);
  await send(sent, 10);
  await until(() => reader?.numbers.flat().at(-1) === sent + 9);
  expect(await relay.end()).toBe(0);
  const { received, confirmed, dropped } = relay.numbers;
  expect(received).toBe(sent + 10);
  expect(confirmed).toBe(reader.numbers.flat().length);
  expect(dropped.spool).toBe(received - confirmed);
  expect(reader.numbers.flat()).toEqual([...new Set(reader.numbers.flat())].sort((one, other) => one - other));
});

test('a disk that can be written no more is told, and used again when it can', async () => {
  const disk = mountSmallDisk(30_000);
  if (disk === undefined) return;
  spool = join(disk, 'spool');
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  execFileSync('mount', ['-o', 'remount,ro', disk], { stdio: 'ignore' });
  await send(0, 2000);
  await relay.said(/"event":"spool-failed"[^\n]*read-only/);
  execFileSync('mount', ['-o', 'remount,rw', disk], { stdio: 'ignore' });
  await until(() => framesOnDisk() === 2000);
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"spool-empty"/);
  await until(() => reader?.numbers.flat().length === 2000);
  expect(await relay.end()).toBe(0);
  expect(reader.numbers.flat()).toEqual(range(0, 2000));
  expect(relay.numbers).toMatchObject({ received: 2000, confirmed: 2000 });
});

test('a directory that is gone costs what was in it, which is counted', async () => {
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  await send(0, 1000);
  await until(() => framesOnDisk() === 1000);
  rmSync(spool, { recursive: true });
  await send(1000, 1000);
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"output-open"/);
  await send(2000, 10);
  await until(() => reader?.numbers.flat().at(-1) === 2009);
  expect(await relay.end()).toBe(0);
  const { received, confirmed, dropped } = relay.numbers;
  expect({ received, confirmed }).toEqual({ received: 2010, confirmed: reader.numbers.flat().length });
  expect(dropped.spool).toBe(received - confirmed);
});

test('a spool that is full keeps what it has, and what comes is dropped and counted', async () => {
  const relay = await start('--queue', '1M', '--spool-size', '16M');
  await relay.said(/"event":"output-refused"/);
  for (let sent = 0; sent < 80_000; sent += 4000) {
    await send(sent, 4000);
    await until(() => framesOnDisk() === sent + 4000);
  }
  for (let sent = 80_000; !relay.output.includes('"event":"dropping"'); sent += 4000) await send(sent, 4000);
  await relay.said(/"event":"spool-full"/);
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"spool-empty"/);
  expect(await relay.end()).toBe(0);
  const { received, confirmed, dropped } = relay.numbers;
  expect(confirmed + dropped.spool).toBe(received);
  const numbers = reader.numbers.flat();
  expect(numbers.length).toBe(confirmed);
  expect(numbers.slice(0, 80_000)).toEqual(range(0, 80_000));
  expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
});

test('under other rules what was spooled is discarded where that is wanted, and told', async () => {
  const relay = await start('--spool-on-reload', 'discard');
  await relay.said(/"event":"output-refused"/);
  await send(0, 1000);
  await until(() => framesOnDisk() === 1000);
  relay.signal('SIGHUP');
  await relay.said(/"event":"spool-discarded"[^\n]*1,000 frames/);
  expect(files()).toEqual([]);
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"output-open"/);
  await send(1000, 10);
  expect(await relay.end()).toBe(0);
  expect(reader.numbers.flat()).toEqual(range(1000, 1010));
  expect(relay.numbers).toMatchObject({ received: 1010, confirmed: 1010 - 1000, dropped: { reload: 1000 } });
});

test('under other rules what was spooled is sent, and told', async () => {
  const relay = await start();
  await relay.said(/"event":"output-refused"/);
  await send(0, 1000);
  await until(() => framesOnDisk() === 1000);
  relay.signal('SIGHUP');
  await relay.said(/"event":"spool-kept"[^\n]*1,000 frames/);
  reader = new CollectingReader(places.output);
  await relay.said(/"event":"spool-empty"/);
  expect(await relay.end()).toBe(0);
  expect(reader.numbers.flat()).toEqual(range(0, 1000));
});

test('files of others in the directory are not touched, damaged ones are set aside, and nobody else may look', async () => {
  mkdirSync(spool);
  writeFileSync(join(spool, 'notes.txt'), 'mine');
  writeFileSync(join(spool, '000000000007.dnstap'), 'this was a capture once, before the machine went down');
  const relay = await start();
  await relay.said(/"event":"spool-damaged"/);
  const names = files();
  expect(names[0]).toMatch(/^000000000007\.dnstap\.damaged-\d+$/);
  expect(names[1]).toBe('notes.txt');
  await relay.said(/"event":"output-refused"/);
  await send(0, 10);
  expect(await relay.end()).toBe(0);
  expect(files()).toContain('000000000008.dnstap');
  expect(statSync(join(spool, '000000000008.dnstap')).mode & 0o777).toBe(0o600);
});

test('a second relay with the same directory is refused', async () => {
  await start();
  const ends = [`unix:${places.input}2`, `unix:${places.output}`, '--rules', places.rules];
  const second = await run([...ends, '--on-full', 'spool', '--spool', spool]);
  expect(second).toMatchObject({ status: 1, stderr: expect.stringContaining('another tapfilter writes there') });
});

test.each([
  [['--on-full', 'spool'], '--on-full spool and --spool DIRECTORY go together'],
  [['--spool', '/tmp/x'], '--on-full spool and --spool DIRECTORY go together'],
  [['--on-full', 'spool', '--spool', '/tmp/x', '--spool-size', '1M'], 'from 16777216'],
])('%j is refused', async (args, message) => {
  const result = await run([`unix:${places.input}`, `unix:${places.output}`, '--rules', places.rules, ...args]);
  expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
});

test('a spool for a file, or where no directory can be, is refused', async () => {
  const spooled = ['--rules', places.rules, '--on-full', 'spool', '--spool'];
  const file = await run([`unix:${places.input}`, join(places.folder, 'a.dnstap'), ...spooled, spool]);
  expect(file).toMatchObject({ status: 2, stderr: expect.stringContaining('for outputs that are sockets') });
  const nowhere = await run([`unix:${places.input}`, `unix:${places.output}`, ...spooled, join(places.rules, 'spool')]);
  expect(nowhere).toMatchObject({ status: 1, stderr: expect.stringContaining('not a directory') });
  const taken = await run([`unix:${places.input}`, `unix:${places.output}`, ...spooled, places.rules]);
  expect(taken).toMatchObject({ status: 1, stderr: expect.stringContaining('something else than a directory') });
});
