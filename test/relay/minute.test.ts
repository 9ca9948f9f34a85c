import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseSocketEnd } from '../../src/endpoints/socket-end.ts';
import { Relay } from '../../src/relay/relay.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { Log } from '../../src/service/log.ts';
import { fixtures } from '../support/captures.ts';
import { data, Peer, START } from '../support/frame-streams.ts';
import { until } from '../support/running-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const path = join(folder, 'in.sock');
const plan = compileRules(rulesFileSchema.parse({ version: 1, default: 'keep' }), undefined);
const OPTIONS = { queueLength: 2 ** 20, onFull: 'drop-newest', maxFrameLength: 2 ** 20, maxConnections: 4 } as const;
const frames = fixtures[0]?.frames.slice(0, 3) ?? [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('the log has a summary a minute where something has changed, and says what to look at where nobody comes', async () => {
  const lines: string[] = [];
  const relay = new Relay(plan, new Log((line) => lines.push(line), 'text'), OPTIONS);
  await relay.openInputs([{ end: parseSocketEnd(`unix:${path}`, 'input'), descriptors: [] }]);
  lines.length = 0;
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/no writer has connected for a minute.*mode, group.*directories.*chroot.*AppArmor/);
  expect(lines[1]).toMatch(/^tapfilter: 0 frames received; 0 confirmed/);
  vi.advanceTimersByTime(120_000);
  expect(lines).toHaveLength(2);
  const writer = await Peer.connect(path);
  writer.send(START, data(frames));
  await until(() => relay.accounting.received === 3);
  lines.length = 0;
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([expect.stringMatching(/^tapfilter: 3 frames received;.* 3 waiting\n$/)]);
  await relay.abort();
});

test.each([
  ['tcp:127.0.0.1:0', /no writer has connected for a minute;.*address and port.*firewall/],
  [`unix:${join(folder, 'nowhere.sock')}?connect`, /no writer was reached for a minute;.*does it listen there/],
])('what to look at depends on the input: %s', async (text, expected) => {
  const lines: string[] = [];
  const relay = new Relay(plan, new Log((line) => lines.push(line), 'text'), OPTIONS);
  await relay.openInputs([{ end: parseSocketEnd(text, 'input'), descriptors: [] }]);
  vi.advanceTimersByTime(120_000);
  const told = lines.filter((line) => line.includes('for a minute'));
  expect(told).toEqual([expect.stringMatching(expected)]);
  await relay.abort();
});

test('where somebody has connected, and was told what is wrong, nothing says that nobody has', async () => {
  const lines: string[] = [];
  const relay = new Relay(plan, new Log((line) => lines.push(line), 'text'), OPTIONS);
  await relay.openInputs([{ end: parseSocketEnd(`unix:${path}`, 'input'), descriptors: [] }]);
  const writer = await Peer.connect(path);
  writer.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await writer.closed();
  vi.advanceTimersByTime(60_000);
  expect(lines.join('')).toContain('a connection was closed');
  expect(lines.join('')).not.toContain('for a minute');
  await relay.abort();
});

test('a defect in the filter is told once, by its place, and costs the frames that it is met in', async () => {
  const lines: string[] = [];
  const broken = { ...plan, types: [] };
  const relay = new Relay(broken, new Log((line) => lines.push(line), 'text'), OPTIONS);
  await relay.openInputs([{ end: parseSocketEnd(`unix:${path}`, 'input'), descriptors: [] }]);
  const writer = await Peer.connect(path);
  writer.send(START, data(frames), data(frames));
  await until(() => relay.accounting.received === 6);
  expect(relay.accounting.droppedByCode).toEqual({ INTERNAL: 6 });
  expect(lines.filter((line) => line.includes('defect'))).toEqual([
    expect.stringMatching(/^tapfilter: .*please report it: TypeError at .*frame-filter\.ts:\d+:\d+\)?\n$/),
  ]);
  await relay.abort();
});
