import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fixtures } from '../support/captures.ts';
import { ACCEPT, data, FINISH, Peer, PeerServer, READY, START, STOP } from '../support/frame-streams.ts';
import { until } from '../support/running-program.ts';
import { RunningRelay } from '../support/running-relay.ts';

const frames = fixtures[0]?.frames.slice(0, 20) ?? [];
const all = data(frames);
const HEAD = READY.length + START.length;

let folder = '';
const at = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapfilter-relay-'));
  writeFileSync(at('rules.yml'), 'version: 1\ndefault: keep\n');
});

afterEach(() => rmSync(folder, { recursive: true }));

const start = (input: string, output: string, listeners = 1, args: readonly string[] = []) =>
  RunningRelay.start([input, output, '--rules', at('rules.yml'), '--stop-timeout', '2', ...args], listeners);

test('an input may dial: the writer listens, goes away, and comes again', async () => {
  const reader = await PeerServer.listen(at('out.sock'));
  const relay = await start(`unix:${at('in.sock')}?connect`, `unix:${at('out.sock')}`);
  const sink = await reader.handshaken(0);
  for (let round = 1; round <= 2; round++) {
    const writers = await PeerServer.listen(at('in.sock'));
    const writer = await writers.peer(0);
    writer.send(READY);
    await writer.has(ACCEPT.length);
    writer.send(START, all);
    await sink.has(HEAD + round * all.length);
    writers.close();
    rmSync(at('in.sock'), { force: true });
  }
  const ended = relay.end();
  await sink.has(HEAD + 2 * all.length + STOP.length);
  sink.send(FINISH);
  expect(await ended).toBe(0);
  expect(relay.numbers).toMatchObject({ received: 2 * frames.length, confirmed: 2 * frames.length });
  reader.close();
});

test('an output may listen: one reader at a time dials, and another one after it', async () => {
  const relay = await start(`unix:${at('in.sock')}`, `unix:${at('out.sock')}?listen&mode=0660`, 2);
  const writer = await Peer.connect(at('in.sock'));
  writer.send(START, all);
  const handshaken = async () => {
    const reader = await Peer.connect(at('out.sock'));
    await reader.has(READY.length);
    reader.send(ACCEPT);
    await reader.has(HEAD);
    return reader;
  };
  const first = await handshaken();
  await first.has(HEAD + all.length);
  const second = await Peer.connect(at('out.sock'));
  await second.closed();
  expect(second.received).toHaveLength(0);
  first.socket.destroy();
  await relay.said(/"output-ended"/);
  writer.send(all);
  const third = await handshaken();
  await third.has(HEAD + all.length);
  const ended = relay.end();
  await third.has(HEAD + all.length + STOP.length);
  third.send(FINISH);
  expect(await ended).toBe(0);
  expect(relay.numbers).toMatchObject({ unconfirmed: frames.length, confirmed: frames.length });
});

test('an output may be one that never answers: no frame of it is confirmed', async () => {
  const reader = await PeerServer.listen(at('out.sock'));
  const relay = await start(`unix:${at('in.sock')}`, `unix:${at('out.sock')}?unidirectional`);
  const writer = await Peer.connect(at('in.sock'));
  writer.send(START, all, STOP);
  const sink = await reader.peer(0);
  await sink.has(START.length + all.length);
  expect(await relay.end()).toBe(0);
  await sink.closed();
  expect(sink.received.equals(Buffer.concat([START, all, STOP]))).toBe(true);
  expect(relay.numbers).toMatchObject({ received: frames.length, confirmed: 0, unconfirmed: frames.length });
  reader.close();
});

test('an output that never answers and never closes gets the next file of a spool all the same', async () => {
  const spool = ['--on-full', 'spool', '--spool', at('spool')];
  const output = `unix:${at('out.sock')}?unidirectional`;
  for (let round = 0; round < 2; round++) {
    const relay = await start(`unix:${at('in.sock')}`, output, 1, spool);
    const writer = await Peer.connect(at('in.sock'));
    writer.send(START, all, STOP);
    await writer.closed();
    expect(await relay.end()).toBe(0);
    expect(relay.numbers.waiting.spooled).toBe((round + 1) * frames.length);
  }
  // Whoever is half open stays when the other side has ended.
  const sinks: Peer[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => sinks.push(new Peer(socket)));
  server.listen({ path: at('out.sock') });
  const relay = await start(`unix:${at('in.sock')}`, output, 1, spool);
  await until(() => sinks.length === 2);
  await sinks[1]?.has(START.length + all.length + STOP.length);
  await relay.end();
  for (const { socket } of sinks) socket.destroy();
  server.close();
});

test('several inputs of all kinds go to one output', async () => {
  const reader = await PeerServer.listen(at('out.sock'));
  const capture = new URL('../../fixtures/nsd.dnstap', import.meta.url).pathname;
  const fromFile = data(fixtures.find(({ name }) => name === 'nsd.dnstap')?.frames ?? []);
  const relay = await RunningRelay.start(
    [`unix:${at('a.sock')}`, 'tcp:127.0.0.1:0', capture, '-o', `unix:${at('out.sock')}`, '--rules', at('rules.yml')],
    2,
  );
  const sink = await reader.handshaken(0);
  await sink.has(HEAD + fromFile.length);
  for (const place of [at('a.sock'), relay.port]) {
    const writer = await Peer.connect(place);
    writer.send(START, all, STOP);
    await writer.closed();
  }
  await sink.has(HEAD + fromFile.length + 2 * all.length);
  const ended = relay.end();
  await sink.has(HEAD + fromFile.length + 2 * all.length + STOP.length);
  sink.send(FINISH);
  expect(await ended).toBe(0);
  reader.close();
});

test('a socket that is in use, and one whose place is taken, end the relay before it begins', async () => {
  await start(`unix:${at('in.sock')}`, at('one.dnstap'));
  const second = new RunningRelay([`unix:${at('in.sock')}`, at('two.dnstap'), '--rules', at('rules.yml')]);
  expect(await second.ended).toBe(1);
  expect(second.output).toContain('another process listens on it');
  const third = new RunningRelay([`unix:${at('rules.yml')}`, at('two.dnstap'), '--rules', at('rules.yml')]);
  expect(await third.ended).toBe(1);
  expect(third.output).toContain('a regular file has that name');
  const relay = await start('tcp:127.0.0.1:0', at('three.dnstap'));
  const fourth = new RunningRelay([`tcp:127.0.0.1:${relay.port}`, at('two.dnstap'), '--rules', at('rules.yml')]);
  expect(await fourth.ended).toBe(1);
  expect(fourth.output).toContain('another process listens there (EADDRINUSE)');
});

test.each(['unix:PATH', 'tcp:127.0.0.1:6000'])('an output that leads back to an input is refused: %s', async (name) => {
  const socket = name.replace('PATH', at('in.sock'));
  for (const ends of [
    [socket, socket],
    [`${socket}?connect`, `${socket}?listen`],
  ]) {
    const relay = new RunningRelay([...ends, '--rules', at('rules.yml')]);
    expect(await relay.ended).toBe(2);
    expect(relay.output).toContain('is both an input and the output');
  }
});

test('an idle relay uses no time of the processor', async () => {
  const reader = await PeerServer.listen(at('out.sock'));
  const relay = await start(`unix:${at('in.sock')}`, `unix:${at('out.sock')}`);
  await reader.handshaken(0);
  const writer = await Peer.connect(at('in.sock'));
  writer.send(START, all);
  await (await reader.peer(0)).has(HEAD + all.length);
  const { cpuTicks } = await import('../support/process-times.ts');
  const before = cpuTicks(relay.child.pid ?? 0);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  // A tick is a hundredth of a second; what is left is the garbage collector's and the compiler's.
  expect(cpuTicks(relay.child.pid ?? 0) - before).toBeLessThanOrEqual(6);
  reader.close();
});
