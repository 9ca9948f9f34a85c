import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Ending, WriterConnection } from '../../src/relay/writer-connection.ts';
import { ACCEPT, Peer, READY, START } from '../support/frame-streams.ts';
import { until } from '../support/running-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = join(temporaryFolder(), 'in.sock');
const server = createServer();
const handler = { started: vi.fn(), frames: () => {}, oversize: () => {}, ended: vi.fn<(ending: Ending) => void>() };

let writer: Peer;
let connection: WriterConnection;

beforeEach(async () => {
  vi.clearAllMocks();
  server.listen({ path });
  const connected = once(server, 'connection');
  writer = await Peer.connect(path);
  const [socket] = (await connected) as [Socket];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  connection = new WriterConnection(socket, handler, 1_048_576);
});

afterEach(() => {
  vi.useRealTimers();
  connection.close();
  writer.socket.destroy();
  server.close();
});

test('a writer that says nothing is closed after ten seconds', () => {
  vi.advanceTimersByTime(9999);
  expect(handler.ended).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(handler.ended).toHaveBeenCalledWith({ kind: 'refused', reason: 'it says nothing for 10 seconds' });
});

test('a writer that nobody listens to has its time when somebody does', async () => {
  connection.pause();
  writer.send(READY);
  vi.advanceTimersByTime(60_000);
  expect(handler.ended).not.toHaveBeenCalled();
  connection.resume();
  await writer.has(ACCEPT.length);
  vi.advanceTimersByTime(9999);
  expect(handler.ended).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(handler.ended).toHaveBeenCalledWith(expect.objectContaining({ kind: 'refused' }));
});

test('a writer that has begun may be silent for as long as it likes, whether it was paused or not', async () => {
  writer.send(START);
  vi.useRealTimers();
  await until(() => handler.started.mock.calls.length === 1);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  connection.pause();
  connection.resume();
  vi.advanceTimersByTime(3_600_000);
  expect(handler.ended).not.toHaveBeenCalled();
});
