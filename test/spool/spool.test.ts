import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { Log } from '../../src/service/log.ts';
import { Spool, type SpoolHandler } from '../../src/spool/spool.ts';
import { encodeCapture } from '../support/captures.ts';
import { framesIn } from '../support/collecting-reader.ts';
import { data } from '../support/frame-streams.ts';
import { numberedFrames, numbersOf } from '../support/numbered-frames.ts';
import { until } from '../support/running-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();

let path = '';
beforeEach(() => {
  path = mkdtempSync(join(folder, 'spool-'));
});

/** A spool whose batches are of ten frames each, with what it has told. */
class TestSpool implements SpoolHandler {
  readonly spool: Spool;
  readonly told: string[] = [];
  waiting: number[] = [];
  takes = 0;
  backs = 0;
  recoveries = 0;
  frames = 0;

  constructor() {
    const log = new Log((line) => this.told.push(line), 'text');
    this.spool = new Spool(path, 1 << 30, this, log);
  }

  take(): ReturnType<SpoolHandler['take']> {
    this.takes++;
    const first = this.waiting.shift();
    if (first === undefined) return undefined;
    const back = () => {
      this.backs++;
      this.waiting.unshift(first);
    };
    return { bytes: data(numberedFrames(first, 10)), frames: 10, done: () => {}, back };
  }

  lost(frames: number): void {
    this.frames += frames;
  }

  ready(): void {}

  recovered(): void {
    this.recoveries++;
  }

  /** Adds a batch whose frames have the numbers from `first` on. */
  add(first: number): void {
    this.waiting.push(first);
    this.spool.write();
  }

  /** The numbers of all frames, in the order in which they are sent. */
  async sendAll(): Promise<number[]> {
    const numbers: number[] = [];
    for (let file = await this.spool.next(); file !== undefined; file = await this.spool.next()) {
      const bytes = await this.spool.read(file);
      if (bytes === undefined) continue;
      numbers.push(...numbersOf(framesIn(Buffer.from(bytes))));
      await this.spool.remove(file);
    }
    return numbers;
  }
}

function leave(name: string, first: number, count: number): void {
  writeFileSync(join(path, name), encodeCapture(numberedFrames(first, count)));
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

function names(): string[] {
  return readdirSync(path)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

test('what comes before the directory has been looked through goes behind what is found there', async () => {
  leave('000000000001.dnstap', 0, 10);
  leave('000000000002.dnstap.part', 10, 10);
  const one = new TestSpool();
  const opening = one.spool.open();
  one.add(20);
  expect(await opening).toBe(20);
  expect(await one.sendAll()).toEqual(range(0, 30));
  await one.spool.close();
  expect(names()).toEqual([]);
});

test('what comes while much is read through that was left need not wait for that', async () => {
  for (let file = 1; file <= 20; file++) leave(`${String(file).padStart(12, '0')}.dnstap`, 0, 10_000);
  const one = new TestSpool();
  let written = 0;
  const opening = one.spool.open().then(() => {
    written = one.takes;
  });
  one.add(10_000);
  await opening;
  // The batch, and that there is no other one.
  expect(written).toBe(2);
  const numbers = await one.sendAll();
  expect(numbers.slice(0, 10_000)).toEqual(range(0, 10_000));
  expect(numbers.slice(200_000)).toEqual(range(10_000, 10_010));
  expect(one.spool.length).toBe(0);
  await one.spool.close();
});

test('what was asked for while a disk failed is not tried before the disk is tried again', async () => {
  const one = new TestSpool();
  await one.spool.open();
  rmSync(path, { recursive: true });
  one.add(0);
  await Promise.resolve();
  one.add(10);
  await until(() => one.recoveries > 0);
  expect(one.backs).toBe(1);
  expect(one.waiting).toEqual([0, 10]);
  mkdirSync(path);
  one.spool.write();
  expect(await one.sendAll()).toEqual(range(0, 20));
  expect(one.recoveries).toBe(1);
});

test('a file that is discarded while it is read is not sent, and counted once', async () => {
  leave('000000000001.dnstap', 0, 10);
  const one = new TestSpool();
  await one.spool.open();
  const file = await one.spool.next();
  if (file === undefined) throw new Error('there is no file');
  const reading = one.spool.read(file);
  expect(await one.spool.discard(undefined)).toBe(10);
  expect(await reading).toBeUndefined();
  expect(one.frames).toBe(0);
  await one.spool.close();
});

test('the next file is not sent before the last one has gone from the disk', async () => {
  leave('000000000001.dnstap', 0, 10);
  leave('000000000002.dnstap', 10, 10);
  const one = new TestSpool();
  await one.spool.open();
  const first = await one.spool.next();
  if (first === undefined) throw new Error('there is no file');
  void one.spool.remove(first);
  const second = await one.spool.next();
  expect(existsSync(first.path)).toBe(false);
  if (second === undefined) throw new Error('there is no file');
  void one.spool.remove(second);
  await one.spool.close();
  expect(names()).toEqual([]);
});

test('once the last file is being sent, what comes waits for that, and is spooled only where it is asked for', async () => {
  const one = new TestSpool();
  await one.spool.open();
  one.add(0);
  const file = await one.spool.next();
  expect(one.spool.isActive).toBe(true);
  expect(one.spool.isSpooling).toBe(false);
  one.add(10);
  expect(one.spool.isSpooling).toBe(true);
  if (file === undefined) throw new Error('there is no file');
  await one.spool.remove(file);
  expect(await one.sendAll()).toEqual(range(10, 20));
  expect(one.spool.isActive).toBe(false);
  await one.spool.close();
});

test('after it was closed nothing is written', async () => {
  leave('000000000001.dnstap', 0, 10);
  const one = new TestSpool();
  await one.spool.open();
  one.add(10);
  await until(() => one.takes === 2);
  const file = await one.spool.next();
  if (file === undefined) throw new Error('there is no file');
  const closing = one.spool.close();
  one.waiting.push(20);
  await one.spool.remove(file);
  one.spool.write();
  await closing;
  expect(one.waiting).toEqual([20]);
  expect(names()).toEqual(['000000000002.dnstap']);
});

test('a number that is taken is not used again, whatever has it, and what is no file is not touched', async () => {
  mkdirSync(join(path, '000000000001.dnstap'));
  symlinkSync('/etc/passwd', join(path, '000000000002.dnstap'));
  symlinkSync('/etc/passwd', join(path, '000000000003.dnstap.part'));
  const one = new TestSpool();
  expect(await one.spool.open()).toBe(0);
  one.add(0);
  expect((await one.spool.next())?.path).toBe(join(path, '000000000004.dnstap'));
  expect(await one.sendAll()).toEqual(range(0, 10));
  await one.spool.close();
  expect(names()).toEqual(['000000000001.dnstap', '000000000002.dnstap', '000000000003.dnstap.part']);
  expect(lstatSync(join(path, '000000000002.dnstap')).isSymbolicLink()).toBe(true);
});

test('a file and a part of the same number are both sent', async () => {
  leave('000000000005.dnstap', 0, 10);
  leave('000000000005.dnstap.part', 10, 10);
  const one = new TestSpool();
  expect(await one.spool.open()).toBe(20);
  one.add(20);
  expect(await one.sendAll()).toEqual(range(0, 30));
  await one.spool.close();
});

test('a directory that others may write to is refused, and none that there is gets another mode', async () => {
  const link = `${path}-link`;
  for (const mode of [0o777, 0o1777, 0o770]) {
    const shared = `${path}-${mode}`;
    mkdirSync(shared);
    chmodSync(shared, mode);
    symlinkSync(shared, link);
    for (const one of [shared, link]) {
      const spool = new Spool(one, 1 << 30, new TestSpool(), new Log(() => {}, 'text'));
      await expect(spool.open()).rejects.toThrow('others may write there');
    }
    expect(lstatSync(shared).mode & 0o7777).toBe(mode);
    expect(readdirSync(shared)).toEqual([]);
    renameSync(link, `${link}-${mode}`);
  }
  const open = `${path}-open`;
  mkdirSync(open, { mode: 0o755 });
  const spool = new Spool(open, 1 << 30, new TestSpool(), new Log(() => {}, 'text'));
  await spool.open();
  expect(lstatSync(open).mode & 0o777).toBe(0o755);
  await spool.close();
});

test('a directory of somebody else is refused', async () => {
  try {
    chownSync(path, 65_534, 65_534);
  } catch {
    return;
  }
  const { spool } = new TestSpool();
  await expect(spool.open()).rejects.toThrow('it belongs to another user');
  expect(readdirSync(path)).toEqual([]);
});

test('a file whose bytes have changed is lost, told, and costs no other one', async () => {
  leave('000000000001.dnstap', 0, 10);
  leave('000000000002.dnstap', 10, 10);
  const one = new TestSpool();
  await one.spool.open();
  writeFileSync(join(path, '000000000001.dnstap'), readFileSync(join(path, '000000000001.dnstap')).subarray(0, 100));
  expect(await one.sendAll()).toEqual(range(10, 20));
  expect(one.frames).toBe(10);
  expect(one.told.join('')).toContain('was changed by somebody else');
  await one.spool.close();
});

test('what is discarded is not handed out any more, from that moment on', async () => {
  for (let file = 1; file <= 3; file++) leave(`00000000000${file}.dnstap`, 10 * file, 10);
  const one = new TestSpool();
  await one.spool.open();
  const sending = (await one.spool.next()) ?? expect.fail('there is none');
  const other = one.spool.after(sending) ?? expect.fail('there is no other one');
  const discarding = one.spool.discard(sending);
  expect(one.spool.holds(sending)).toBe(true);
  expect(one.spool.holds(other)).toBe(false);
  expect(await one.spool.read(other)).toBe(undefined);
  expect(one.spool.after(sending)).toBe(undefined);
  expect(await discarding).toBe(20);
  expect(names()).toEqual(['000000000001.dnstap']);
  await one.spool.close();
});

test('what could not be finished is discarded too', async () => {
  const one = new TestSpool();
  await one.spool.open();
  one.add(0);
  await until(() => one.takes > 1);
  const away = `${path}-away`;
  renameSync(path, away);
  await one.spool.flush();
  expect(one.told.join('')).toContain('no such file');
  renameSync(away, path);
  expect(names()).toEqual(['000000000001.dnstap.part']);
  expect(await one.spool.discard(undefined)).toBe(10);
  expect(names()).toEqual([]);
  expect(await one.sendAll()).toEqual([]);
  await one.spool.close();
});

test('what was set aside is not sent by the next process either, and its number is not used again', async () => {
  leave('000000000007.dnstap.refused', 0, 10);
  const one = new TestSpool();
  expect(await one.spool.open()).toBe(0);
  one.add(10);
  expect(await one.sendAll()).toEqual(range(10, 20));
  one.add(20);
  await until(() => names().length === 2);
  expect(names()[1]).toMatch(/^0000000000(08|09)\.dnstap/);
  await one.spool.close();
  expect(names()[0]).toBe('000000000007.dnstap.refused');
});
