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
const frames = fixtures[0]?.frames.slice(0, 3) ?? [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('the log has a summary a minute where something has changed, and says what to look at where nobody comes', async () => {
  const lines: string[] = [];
  const plan = compileRules(rulesFileSchema.parse({ version: 1, default: 'keep' }), undefined);
  const relay = new Relay(plan, new Log((line) => lines.push(line), 'text'), {
    queueLength: 2 ** 20,
    onFull: 'drop-newest',
    maxFrameLength: 2 ** 20,
    maxConnections: 4,
  });
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
