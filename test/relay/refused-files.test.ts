import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseSocketEnd } from '../../src/endpoints/socket-end.ts';
import { Counters } from '../../src/filter/counters.ts';
import { Accounting } from '../../src/relay/accounting.ts';
import { FrameQueue } from '../../src/relay/frame-queue.ts';
import { SocketOutput } from '../../src/relay/socket-output.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { Log } from '../../src/service/log.ts';
import { decodeCapture, encodeCapture } from '../support/captures.ts';
import { framesIn } from '../support/collecting-reader.ts';
import { ACCEPT, data, FINISH, Peer, READY, START, STOP } from '../support/frame-streams.ts';
import { numberedFrames, numbersOf } from '../support/numbered-frames.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const plan = compileRules(rulesFileSchema.parse({ version: 1, default: 'keep' }), undefined);
const MINUTE = 60_000;
/** More than a reader that has paused and the kernel take, so that something is left. */
const FRAMES = 4000;
const FILE_LENGTH = data(numberedFrames(0, FRAMES)).length;

let path: string;
let socket: string;
let told: string[];
let accounting: Accounting;
let output: SocketOutput;
/** What the output sends before frames; only START where it is unidirectional. */
let head: Buffer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  path = mkdtempSync(join(folder, 'spool-'));
  socket = `${path}.sock`;
  told = [];
  accounting = new Accounting(plan, new Counters(plan));
  for (const number of [0, 1]) {
    writeFileSync(
      join(path, `00000000000${number + 1}.dnstap`),
      encodeCapture(numberedFrames(number * FRAMES, FRAMES)),
    );
  }
});

async function listen(isUnidirectional = false): Promise<void> {
  head = isUnidirectional ? START : Buffer.concat([READY, START]);
  const queue = new FrameQueue(accounting, 1 << 20, 'drop-newest');
  const end = parseSocketEnd(`unix:${socket}?listen${isUnidirectional ? '&unidirectional' : ''}`, 'output');
  const spool = { path, size: 1 << 30, onReload: 'send' } as const;
  output = new SocketOutput(end, queue, accounting, new Log((line) => told.push(line), 'text'), spool);
  await output.open();
}

afterEach(async () => {
  await output.close(performance.now() + 1000);
  vi.useRealTimers();
});

/** Connects, once the end of the connection before has been noticed. */
async function connectAlone(): Promise<Peer> {
  for (;;) {
    const peer = await Peer.connect(socket);
    const isServed = await peer.has(head === START ? START.length : READY.length).then(
      () => true,
      () => false,
    );
    if (isServed) return peer;
  }
}

/** Connects, and reads the beginning of a file; returns its first frame's number. */
async function begin(): Promise<{ peer: Peer; first: number }> {
  const peer = await connectAlone();
  if (head === START) peer.socket.pause();
  else {
    peer.socket.once('data', () => peer.socket.pause());
    peer.send(ACCEPT);
  }
  await peer.has(head.length + 1000);
  return { peer, first: numbersOf(framesIn(peer.received.subarray(head.length)))[0] ?? Number.NaN };
}

/** A reader that closes in the middle of a file, after which some minutes pass; returns which file that was. */
async function close(minutes: number): Promise<number> {
  const { peer, first } = await begin();
  peer.socket.destroy();
  await peer.closed();
  vi.advanceTimersByTime(minutes * MINUTE);
  return first;
}

/** A reader that takes the file. */
async function take(): Promise<number> {
  const { peer, first } = await begin();
  peer.socket.resume();
  await peer.has(head.length + FILE_LENGTH + STOP.length);
  if (head !== START) peer.send(FINISH);
  await peer.closed();
  return first;
}

/** A reader whose answer is none, so that we close. */
async function confuse(minutes: number): Promise<number> {
  const { peer, first } = await begin();
  peer.send(data(numberedFrames(0, 1)));
  peer.socket.resume();
  await peer.closed();
  vi.advanceTimersByTime(minutes * MINUTE);
  return first;
}

async function repeat(times: number, step: () => Promise<number>): Promise<void> {
  for (let round = 0; round < times; round++) expect(await step()).toBe(0);
}

/** Waits until these files are in the spool's directory: a file that was sent is removed after the reader has been answered. */
async function hasFiles(...names: string[]): Promise<void> {
  await vi.waitFor(() => expect(readdirSync(path).filter((name) => !name.startsWith('.'))).toEqual(names));
}

test('a file at which a reader closes for an hour is set aside, counted and told, when the reader takes another one', async () => {
  await listen();
  await repeat(10, () => close(10));
  expect(await take()).toBe(FRAMES);
  await vi.waitFor(() => expect(told.join('')).toContain('are set aside'));
  expect(accounting).toMatchObject({ found: 2 * FRAMES, confirmed: FRAMES, unconfirmed: 0, spooled: 0 });
  expect(accounting.dropped).toMatchObject({ refused: FRAMES, spool: 0 });
  await hasFiles('000000000001.dnstap.refused');
  const aside = join(path, '000000000001.dnstap.refused');
  expect(numbersOf(decodeCapture(readFileSync(aside)))).toEqual(Array.from({ length: FRAMES }, (_, index) => index));
  expect(told.filter((line) => line.includes(`its 4,000 frames are set aside in ${aside}`))).toHaveLength(1);
});

test('a reader that closes at the other one too has a trouble of its own: it gets both, in order, when that is over', async () => {
  await listen();
  await repeat(10, () => close(10));
  expect(await close(10)).toBe(FRAMES);
  await repeat(10, () => close(10));
  expect(await close(10)).toBe(FRAMES);
  expect(await take()).toBe(0);
  expect(await take()).toBe(FRAMES);
  expect(accounting).toMatchObject({ confirmed: 2 * FRAMES, spooled: 0, dropped: { refused: 0 } });
  await hasFiles();
});

test('only closings in a row count, and only over an hour', async () => {
  await listen();
  await repeat(9, () => close(30));
  await repeat(1, () => confuse(30));
  await repeat(9, () => close(30));
  await repeat(3, () => confuse(60));
  await repeat(30, () => close(1.5));
  expect(await take()).toBe(0);
  expect(accounting).toMatchObject({ confirmed: FRAMES, spooled: FRAMES, dropped: { refused: 0 } });
});

test('a reader that cannot answer refuses a file too, where it closes in the middle of that and reads another to its end', async () => {
  await listen(true);
  await repeat(10, () => close(10));
  expect(await take()).toBe(FRAMES);
  await vi.waitFor(() => expect(told.join('')).toContain('are set aside'));
  expect(accounting).toMatchObject({ unconfirmed: FRAMES, spooled: 0, dropped: { refused: FRAMES } });
  await hasFiles('000000000001.dnstap.refused');
});
