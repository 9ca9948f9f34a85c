import { rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fixtures } from '../support/captures.ts';
import { CollectingReader } from '../support/collecting-reader.ts';
import { run } from '../support/command.ts';
import { ACCEPT, data, Peer, READY, START, STOP } from '../support/frame-streams.ts';
import { leavesOut } from '../support/installed.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { makeRelayPlaces, type RelayPlaces } from '../support/relay-places.ts';
import { runProgram } from '../support/run-program.ts';
import { RunningRelay } from '../support/running-relay.ts';

const FILE = 'test/service/http-service.test.ts';
const hasPromtool = !leavesOut(FILE, { promtool: 'prometheus' });
const hasChromium = !leavesOut(FILE, { chromium: 'chromium' });

const frames = fixtures.find(({ name }) => name.includes('bind-recursive'))?.frames ?? [];

let places: RelayPlaces;
let reader: CollectingReader | undefined;

beforeEach(() => {
  places = makeRelayPlaces();
});

afterEach(() => {
  reader?.kill();
  reader = undefined;
  rmSync(places.folder, { recursive: true, force: true });
});

/** A relay that tells of itself, and where. */
async function start(...args: string[]): Promise<{ relay: RunningRelay; url: string }> {
  const ends = [`unix:${places.input}`, `unix:${places.output}`, '--rules', places.rules, '--metrics', '127.0.0.1:0'];
  const relay = await RunningRelay.start([...ends, '--stop-timeout', '2', ...args]);
  const url = /at (http:\/\/[^;"]*\/)/.exec(relay.output)?.[1];
  if (url === undefined) throw new Error(`it does not say where: ${relay.output}`);
  return { relay, url };
}

async function get(url: string): Promise<{ status: number; body: string }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
}

/** The value of a metric, by its name and labels as they are written. */
function metric(body: string, name: string): number {
  const line = body.split('\n').find((text) => text.startsWith(`${name} `));
  if (line === undefined) throw new Error(`there is no ${name}`);
  return Number(line.slice(name.length + 1));
}

/** Sends the frames, all of which the relay has read then. */
async function send(): Promise<void> {
  const writer = await Peer.connect(places.input);
  writer.send(READY);
  await writer.has(ACCEPT.length);
  writer.send(START, data(frames), STOP);
  await writer.closed();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('metrics are the numbers of the relay, and promtool finds nothing to complain about', async () => {
  writeFileSync(
    places.rules,
    'version: 1\ndefault: keep\nrules: [{ name: "no \\"resolver\\"", match: { type: resolver }, action: drop }]\n',
  );
  const { relay, url } = await start();
  reader = new CollectingReader(places.output);
  await send();
  await until(async () => metric((await get(`${url}metrics`)).body, 'tapfilter_frames_waiting{where="queued"}') === 0);
  const { status, body } = await get(`${url}metrics`);
  expect(status).toBe(200);
  const path = `${places.folder}/metrics.txt`;
  writeFileSync(path, body);
  if (hasPromtool) {
    const checked = await runProgram('sh', ['-c', `promtool check metrics < ${path}`]);
    expect(checked).toMatchObject({ status: 0, stdout: '', stderr: '' });
  }
  expect(await relay.end()).toBe(0);
  const { received, confirmed, dropped } = relay.numbers;
  expect(metric(body, 'tapfilter_frames_received_total')).toBe(received);
  expect(metric(body, 'tapfilter_frames_waiting{where="sent"}')).toBe(confirmed);
  expect(metric(body, 'tapfilter_frames_dropped_by_rule_total{rule="no \\"resolver\\""}')).toBe(
    dropped.rules['no "resolver"'],
  );
  expect(metric(body, `tapfilter_input_streams_total{input="unix:${places.input}"}`)).toBe(1);
  expect(metric(body, 'tapfilter_output_connections_total')).toBe(1);
  const types = [...body.matchAll(/^tapfilter_frames_by_type_total\{type="[A-Z_]+"\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  expect(types.reduce((sum, count) => sum + count, 0)).toBe(received);
});

test('readiness is the truth, with the reason', async () => {
  const { relay, url } = await start();
  expect(await get(`${url}healthz`)).toEqual({ status: 200, body: 'alive\n' });
  expect(await get(`${url}readyz`)).toEqual({
    status: 503,
    body: 'the output is not ready: there is no connection to the reader\n',
  });
  reader = new CollectingReader(places.output);
  await until(async () => (await get(`${url}readyz`)).status === 200);
  reader.kill();
  await until(async () => (await get(`${url}readyz`)).status === 503);
  expect(await get(`${url}healthz`)).toEqual({ status: 200, body: 'alive\n' });
  await relay.end();
});

test('a reload counts, and one that is refused too', async () => {
  const { relay, url } = await start();
  const before = metric((await get(`${url}metrics`)).body, 'tapfilter_rules_read_timestamp_seconds');
  relay.signal('SIGHUP');
  await relay.said(/"event":"reloaded"/);
  writeFileSync(places.rules, 'version: 2\n');
  relay.signal('SIGHUP');
  await relay.said(/"event":"reload-refused"/);
  const { body } = await get(`${url}metrics`);
  expect(metric(body, 'tapfilter_reloads_total{result="done"}')).toBe(1);
  expect(metric(body, 'tapfilter_reloads_total{result="refused"}')).toBe(1);
  expect(metric(body, 'tapfilter_rules_read_timestamp_seconds')).toBeGreaterThan(before);
  await relay.end();
});

test('nothing of a frame is told, wherever one asks', async () => {
  const { relay, url } = await start();
  const ask = async () => {
    const paths = ['', 'metrics', 'status.json', 'readyz', 'healthz'];
    return (await Promise.all(paths.map(async (path) => (await get(url + path)).body))).join('\n').toLowerCase();
  };
  // Words of its own, as in "version", which are names in some queries too.
  const own = await ask();
  await send();
  const text = await ask();
  let looked = 0;
  for (const frame of frames) {
    const { query_address: address, query_message: query } = decodeWithProtobufjs(frame).message ?? {};
    if (address?.length === 4 && address[0] !== 127) {
      expect(text).not.toContain(address.join('.'));
      looked++;
    }
    const label = query && Buffer.from(query.subarray(13, 13 + (query[12] ?? 0)));
    if (label && label.length > 5 && /^[a-z0-9-]+$/i.test(label.toString('latin1'))) {
      const word = label.toString('latin1').toLowerCase();
      if (!own.includes(word)) expect(text).not.toContain(word);
      looked++;
    }
  }
  expect(looked).toBeGreaterThan(100);
  await relay.end('SIGKILL');
});

test('what is no question is answered as such', async () => {
  const { relay, url } = await start();
  expect((await fetch(`${url}nothing`)).status).toBe(404);
  const posted = await fetch(url, { method: 'POST', body: 'x' });
  expect(posted.status).toBe(405);
  expect(posted.headers.get('allow')).toBe('GET, HEAD');
  const head = await fetch(url, { method: 'HEAD' });
  expect({ status: head.status, body: await head.text() }).toEqual({ status: 200, body: '' });
  const { port } = new URL(url);
  const foreign = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n'),
    );
    socket.once('data', (chunk) => resolve(chunk.toString('latin1')));
  });
  expect(foreign).toMatch(/^HTTP\/1\.1 421 /);
  await relay.end();
});

test("those who ask and say nothing are in nobody's way", async () => {
  const { relay, url } = await start();
  reader = new CollectingReader(places.output);
  const { port } = new URL(url);
  const sockets: Socket[] = [];
  for (let index = 0; index < 100; index++) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
  }
  await send();
  expect(await relay.end()).toBe(0);
  expect(relay.numbers).toMatchObject({ received: frames.length, confirmed: frames.length });
  for (const socket of sockets) socket.destroy();
});

test('where one cannot listen is told at the start, and so is what others can reach', async () => {
  const { relay, url } = await start();
  const { port } = new URL(url);
  const ends = [`unix:${places.input}2`, `unix:${places.output}`, '--rules', places.rules, '--metrics'];
  expect(await run([...ends, port])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`cannot listen on ${port} for --metrics`),
  });
  expect(await run([...ends, 'host:1:2'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('as in 127.0.0.1:9532'),
  });
  const open = await RunningRelay.start([...ends, '0.0.0.0:0']);
  expect(open.log).toContainEqual(expect.objectContaining({ level: 'warning', event: 'metrics' }));
  await Promise.all([relay.end(), open.end()]);
});

test.runIf(hasChromium)('the page is live in a browser, which finds nothing wrong with it', async () => {
  const { relay, url } = await start();
  reader = new CollectingReader(places.output);
  await send();
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--enable-logging=stderr', '--virtual-time-budget=7000'];
  const { status, stdout, stderr } = await runProgram('chromium', [
    ...args,
    `--user-data-dir=${places.folder}/chromium`,
    '--dump-dom',
    url,
  ]);
  expect(status).toBe(0);
  expect(stdout).toContain(
    `data-count="received" data-value="${frames.length}">${frames.length.toLocaleString('en-US')}<`,
  );
  expect(stdout).toContain('Ready: frames can go out.');
  // What only the script writes, after it has fetched the page again.
  expect(stdout).toContain('<p class="rate">0 a second</p>');
  expect(stderr).not.toMatch(/CONSOLE|Content Security Policy|Refused to/);
  await relay.end();
});
