import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Filter } from '../../src/filter/filter-chunk.ts';
import { Accounting } from '../../src/relay/accounting.ts';
import { FrameQueue } from '../../src/relay/frame-queue.ts';
import { RotatingOutput, type RotationOptions } from '../../src/relay/rotating-output.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { Log } from '../../src/service/log.ts';
import { data } from '../support/frame-streams.ts';
import { numberedFrames } from '../support/numbered-frames.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const log = new Log(() => {}, 'text');
const plan = compileRules(parseRules('version: 1\ndefault: keep\n'));

/** An output in a folder of its own, by a clock that stands until it is set. */
class Clocked {
  readonly folder = temporaryFolder();
  time = '';
  readonly #queue: FrameQueue;
  readonly #output: RotatingOutput;

  constructor(name: string, options: Partial<RotationOptions>) {
    const accounting = new Accounting(plan, new Filter(plan).counters);
    this.#queue = new FrameQueue(accounting, 1 << 20, 'drop-newest');
    const all = { mode: 0o600, retention: {}, environment: {}, isLocal: false, ...options };
    const now = () => new Date(this.time);
    this.#output = new RotatingOutput(join(this.folder, name), all, this.#queue, accounting, log, now);
  }

  open(): Promise<void> {
    return this.#output.open();
  }

  /** Adds a frame at a time, and lets it be written. */
  async add(time: string): Promise<void> {
    this.time = time;
    const bytes = data(numberedFrames(0, 1));
    this.#queue.add((buffer) => {
      buffer.append(bytes, 0, bytes.length);
      return 1;
    });
    this.#queue.close();
    while (!this.#queue.isEmpty) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async close(): Promise<string[]> {
    await this.#output.close(performance.now() + 10_000);
    return readdirSync(this.folder).sort();
  }
}

test('a file ends with its period, in UTC, and has the time of its first frame', async () => {
  const output = new Clocked('%Y%m%d-%H%M%S', { period: 3600 });
  await output.open();
  await output.add('2026-11-24T05:10:00Z');
  await output.add('2026-11-24T05:59:59Z');
  await output.add('2026-11-24T06:00:00Z');
  await output.add('2026-11-24T06:10:00Z');
  await output.add('2026-11-25T06:10:00Z');
  expect(await output.close()).toEqual(['20261124-051000', '20261124-060000', '20261125-061000']);
});

test('a clock that is set back ends a file too, and replaces none', async () => {
  const output = new Clocked('%Y%m%d-%H', { period: 3600 });
  await output.open();
  await output.add('2026-11-24T05:10:00Z');
  await output.add('2026-11-24T06:10:00Z');
  await output.add('2026-11-24T05:10:00Z');
  await output.add('2026-11-24T06:10:00Z');
  expect(await output.close()).toEqual(['20261124-05', '20261124-05_002', '20261124-06', '20261124-06_002']);
});

test('files that are too old or too many go, the oldest first', async () => {
  const output = new Clocked('%s', { retention: { age: 3600, size: 100 } });
  for (let index = 0; index < 5; index++) {
    const path = join(output.folder, `100${index}`);
    writeFileSync(path, 'x'.repeat(30));
    // From old to new: two that are older than an hour, three that are not, of which all together are not too long.
    const time = Date.now() / 1000 - 5000 + index * 1000;
    utimesSync(path, time, time);
  }
  writeFileSync(join(output.folder, 'other'), 'x'.repeat(1000));
  await output.open();
  expect(await output.close()).toEqual(['1002', '1003', '1004', 'other']);
});

test('files that take too much together go, the oldest first', async () => {
  const output = new Clocked('%s', { retention: { size: 70 } });
  for (let index = 0; index < 5; index++) {
    const path = join(output.folder, `100${index}`);
    writeFileSync(path, 'x'.repeat(30));
    utimesSync(path, 2000 - index, 2000 - index);
  }
  await output.open();
  expect(await output.close()).toEqual(['1000', '1001']);
});
