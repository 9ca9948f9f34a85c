import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Counters } from '../../src/filter/counters.ts';
import { Accounting } from '../../src/relay/accounting.ts';
import type { BrokenStream } from '../../src/relay/outgoing-stream.ts';
import { type Attempts, SpooledStream } from '../../src/relay/spooled-stream.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { Log } from '../../src/service/log.ts';
import { Spool } from '../../src/spool/spool.ts';
import type { SpoolFile } from '../../src/spool/spool-directory.ts';
import { decodeCapture } from '../support/captures.ts';
import { data } from '../support/frame-streams.ts';
import { numberedFrames, numbersOf } from '../support/numbered-frames.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const plan = compileRules(rulesFileSchema.parse({ version: 1, default: 'keep' }), undefined);
const MINUTE = 60_000;
const CLOSED: BrokenStream = { wasStopped: false, isSilent: false, wasClosed: true };

let path: string;
let spool: Spool;
let told: string[];
let accounting: Accounting;
let attempts: Map<SpoolFile, Attempts>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  path = mkdtempSync(join(folder, 'spool-'));
  told = [];
  accounting = new Accounting(plan, new Counters(plan));
  attempts = new Map();
  const batches = [0, 10].map((from) => ({
    bytes: data(numberedFrames(from, 10)),
    frames: 10,
    done: () => {},
    back: () => {},
  }));
  const handler = { take: () => batches.shift(), lost: () => {}, ready: () => {}, recovered: () => {} };
  spool = new Spool(path, 1 << 30, handler, new Log((line) => told.push(line), 'text'));
  await spool.open();
  await spool.flush();
  accounting.spooled = 20;
  told.length = 0;
});

afterEach(async () => {
  await spool.close();
  vi.useRealTimers();
});

/** Sends the next file of the spool over a connection that ends in some way, after so many minutes. */
async function send(how: BrokenStream, minutes: number, isTaken = true): Promise<void> {
  const file = (await spool.next()) ?? expect.fail('nothing is left');
  const bytes = (await spool.read(file)) ?? expect.fail('it cannot be read');
  const stream = new SpooledStream(file, bytes, spool, accounting, attempts);
  if (isTaken) stream.take();
  vi.advanceTimersByTime(minutes * MINUTE);
  expect(stream.broken(how)).toBe(0);
}

test('a reader that closes for an hour whenever it gets a file is taken to refuse it: it is set aside, counted and told', async () => {
  for (let round = 0; round < 12; round++) await send(CLOSED, 5);
  expect(accounting).toMatchObject({ spooled: 20, dropped: { refused: 0 } });
  await send(CLOSED, 5);
  expect(accounting).toMatchObject({ spooled: 0, unconfirmed: 0, dropped: { refused: 20 } });
  expect(await spool.next()).toBe(undefined);
  expect(spool.isActive).toBe(false);
  const [name = '', ...others] = readdirSync(path).filter((one) => !one.startsWith('.'));
  expect(others).toEqual([]);
  expect(name).toBe('000000000001.dnstap.refused');
  expect(numbersOf(decodeCapture(readFileSync(join(path, name))))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(told.join('')).toContain(`its 20 frames are set aside in ${join(path, name)}`);
});

test('nothing is refused within an hour, by few who close, by who got nothing, nor where it was we who gave up', async () => {
  for (let round = 0; round < 40; round++) await send(CLOSED, 1);
  attempts.clear();
  for (let round = 0; round < 9; round++) await send(CLOSED, 60);
  attempts.clear();
  for (let round = 0; round < 20; round++) await send(CLOSED, 60, false);
  for (let round = 0; round < 20; round++) await send({ ...CLOSED, wasClosed: false }, 60);
  expect(accounting).toMatchObject({ spooled: 20, unconfirmed: 0, dropped: { refused: 0 } });
  expect(told).toEqual([]);
});

test('what was set aside is not sent by the next process either, and its name is not used again', async () => {
  for (let round = 0; round < 13; round++) await send(CLOSED, 5);
  await spool.close();
  const handler = { take: () => undefined, lost: () => {}, ready: () => {}, recovered: () => {} };
  spool = new Spool(path, 1 << 30, handler, new Log(() => {}, 'text'));
  expect(await spool.open()).toBe(0);
  expect(await spool.next()).toBe(undefined);
  expect(readdirSync(path).filter((one) => !one.startsWith('.'))).toEqual(['000000000001.dnstap.refused']);
});
