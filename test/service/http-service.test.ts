import { rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect, Server as NetServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Key } from '../../src/anonymize/key.ts';
import { FRAME_CODES } from '../../src/errors.ts';
import { DROP_REASONS } from '../../src/relay/accounting.ts';
import { HttpService } from '../../src/service/http-service.ts';
import { renderPage } from '../../src/service/page.ts';
import { findRuns } from '../leaks/search.ts';
import { fixtures } from '../support/captures.ts';
import { CollectingReader } from '../support/collecting-reader.ts';
import { run } from '../support/command.ts';
import { ACCEPT, data, Peer, READY, START, STOP } from '../support/frame-streams.ts';
import { leavesOut } from '../support/installed.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { makeRelayPlaces, type RelayPlaces } from '../support/relay-places.ts';
import { runProgram } from '../support/run-program.ts';
import { until } from '../support/running-program.ts';
import { RunningRelay } from '../support/running-relay.ts';
import { NOTHING } from '../support/some-status.ts';

const FILE = 'test/service/http-service.test.ts';
const hasPromtool = !leavesOut(FILE, { promtool: 'prometheus' });
const hasChromium = !leavesOut(FILE, { chromium: 'chromium' });

const frames = fixtures.find(({ name }) => name.includes('bind-recursive'))?.frames ?? [];

const PAGE = { ...NOTHING, version: '1', now: 1, pause: 0, obstacles: [] };

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

/** Sends frames, all of which the relay has read then. */
async function send(sent: readonly Uint8Array[] = frames): Promise<void> {
  const writer = await Peer.connect(places.input);
  writer.send(READY);
  await writer.has(ACCEPT.length);
  writer.send(START, data(sent), STOP);
  await writer.closed();
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

test('the numbers of the metrics add up, whatever became of the frames and however rules are called', async () => {
  const names = ['constructor', '__proto__', 'toString'];
  const [own, proto, text] = names.map((name) => `name: '${name}'`);
  writeFileSync(
    places.rules,
    `version: 1\ndefault: keep\nrules: [{ ${own}, match: { type: resolver }, action: drop }, { ${proto}, match: { type: auth }, action: drop },
    { ${text}, match: { type: update }, action: drop }]\n`,
  );
  const { relay, url } = await start('--queue', '1M', '--max-frame', '16000');
  const junk = [Uint8Array.of(255), new Uint8Array(20_000)];
  let body = '';
  const queueDrops = () => metric(body, 'tapfilter_frames_dropped_total{reason="queue"}');
  do {
    await send([...frames, ...junk]);
    ({ body } = await get(`${url}metrics`));
  } while (queueDrops() === 0);
  relay.signal('SIGHUP');
  await relay.said(/"event":"reloaded"/);
  reader = new CollectingReader(places.output);
  await until(async () => {
    ({ body } = await get(`${url}metrics`));
    return metric(body, 'tapfilter_frames_waiting{where="sent"}') > 0;
  });
  await send(frames.slice(0, 100));
  reader.kill();
  await until(async () => {
    ({ body } = await get(`${url}metrics`));
    return metric(body, 'tapfilter_frames_unconfirmed_total') > 0;
  });
  const sum = (name: string) =>
    [...body.matchAll(new RegExp(`^tapfilter_frames_${name}(?:\\{.*\\})? (\\d+)$`, 'gm'))].reduce(
      (total, [, count]) => total + Number(count),
      0,
    );
  expect(sum('received_total')).toBeGreaterThan(0);
  expect(sum('malformed_total')).toBeGreaterThan(1);
  expect(sum('received_total') + sum('found_total')).toBe(
    sum('confirmed_total') +
      sum('unconfirmed_total') +
      sum('dropped_total') +
      sum('dropped_by_rule_total') +
      sum('malformed_total') +
      sum('waiting'),
  );
  await relay.end();
  for (const name of names) {
    expect(metric(body, `tapfilter_frames_dropped_by_rule_total{rule="${name}"}`)).toBe(
      relay.numbers.dropped.rules[name],
    );
  }
});

test('malformed frames are counted by code from the beginning, as a rate needs it', async () => {
  const { relay, url } = await start();
  const { body } = await get(`${url}metrics`);
  for (const code of FRAME_CODES) expect(metric(body, `tapfilter_frames_malformed_total{code="${code}"}`)).toBe(0);
  await relay.end();
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

test('the key in force is told by its fingerprint, and since when: from a reload on another one only where the key is another', async () => {
  const hex = 'c0ffee01'.repeat(8);
  const fingerprint = Key.parse(Buffer.from(hex)).fingerprint();
  const keyFile = join(places.folder, 'the.key');
  writeFileSync(keyFile, hex, { mode: 0o600 });
  writeFileSync(
    places.rules,
    'version: 1\ndefault: keep\nkey: { file: the.key }\nrules: [{ set: { client_address: hmac } }]\n',
  );
  const { relay, url } = await start();
  const since = `tapfilter_key_read_timestamp_seconds{fingerprint="${fingerprint}"}`;
  const first = (await get(`${url}metrics`)).body;
  relay.signal('SIGHUP');
  await relay.said(/"event":"reloaded"/);
  const second = (await get(`${url}metrics`)).body;
  expect(metric(second, since)).toBe(metric(first, since));
  const other = hex.replaceAll('c0', 'c1');
  writeFileSync(keyFile, other);
  relay.signal('SIGHUP');
  await until(async () => metric((await get(`${url}metrics`)).body, 'tapfilter_reloads_total{result="done"}') === 2);
  const third = (await get(`${url}metrics`)).body;
  expect(third).not.toContain(fingerprint);
  expect(third).toContain(`fingerprint="${Key.parse(Buffer.from(other)).fingerprint()}"`);
  const told = `${first}${second}${third}${(await get(`${url}status.json`)).body}`;
  expect(findRuns(hex, Buffer.from(told), 4)).toEqual([]);
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

test('the page says why the relay dropped frames in words, for every reason that there is', () => {
  const reasons = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 1]));
  const page = renderPage({ ...PAGE, dropped: { ...PAGE.dropped, reasons } });
  for (const reason of DROP_REASONS) expect(page).not.toContain(`<th scope="row">${reason}</th>`);
  expect(page.match(/no room in|refused by|discarded at|not sent before/g)).toHaveLength(DROP_REASONS.length);
});

test('what is no question is answered as such', async () => {
  const { relay, url } = await start();
  expect((await fetch(`${url}nothing`)).status).toBe(404);
  const posted = await fetch(url, { method: 'POST', body: 'x' });
  expect(posted.status).toBe(405);
  expect(posted.headers.get('allow')).toBe('GET, HEAD');
  const head = await fetch(url, { method: 'HEAD' });
  expect({ status: head.status, body: await head.text() }).toEqual({ status: 200, body: '' });
  await relay.end();
});

/** The status of the answer to a request under a name. */
async function statusUnder(name: string, url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const address = hostname.replace(/[[\]]/g, '');
    request({ host: address, port, path: '/readyz', headers: { Host: name } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end();
  });
}

test.each(['127.0.0.1', '[::1]', '[0:0:0:0:0:0:0:1]', '127.0.0.7', 'localhost'])(
  'on loopback at %s only names of this machine are answered',
  async (host) => {
    const service = new HttpService(() => NOTHING, host.replace(/[[\]]/g, ''), '1');
    await service.open(0);
    try {
      const { hostname, port } = new URL(service.url);
      expect(service.isLoopback).toBe(true);
      const own = ['localhost', 'LocalHost', `localhost:${port}`, `${hostname}:${port}`, hostname];
      for (const name of own) expect([name, await statusUnder(name, service.url)]).toEqual([name, 200]);
      const foreign = ['evil.example', `evil.example:${port}`, '127.evil.example', 'localhost.evil.example'];
      for (const name of foreign) expect([name, await statusUnder(name, service.url)]).toEqual([name, 421]);
    } finally {
      service.close();
    }
  },
);

test('what fails within is answered with 500, and ends nothing', async () => {
  let fails = true;
  const service = new HttpService(
    () => {
      if (fails) throw new Error('broken');
      return NOTHING;
    },
    '127.0.0.1',
    '1',
  );
  await service.open(0);
  try {
    for (const path of ['', 'metrics', 'status.json', 'readyz'])
      expect(await get(service.url + path)).toEqual({ status: 500, body: 'This failed.\n' });
    fails = false;
    expect((await get(`${service.url}metrics`)).status).toBe(200);
  } finally {
    service.close();
  }
});

test('connections that cannot be accepted end nothing', async () => {
  const listening = vi.spyOn(NetServer.prototype, 'listen');
  const service = new HttpService(() => NOTHING, '127.0.0.1', '1');
  await service.open(0);
  try {
    const [server] = listening.mock.contexts as NetServer[];
    for (let count = 0; count < 3; count++) server?.emit('error', new Error('accept EMFILE'));
    expect((await get(`${service.url}readyz`)).status).toBe(200);
  } finally {
    listening.mockRestore();
    service.close();
  }
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

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What a browser has made of a page after seven seconds of its time, and what it says. */
async function browse(url: string): Promise<{ dom: string; complaints: string }> {
  const { status, stdout, stderr } = await runProgram('chromium', [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    ...['--enable-logging=stderr', '--virtual-time-budget=7000', `--user-data-dir=${places.folder}/chromium`],
    ...['--dump-dom', url],
  ]);
  expect(status).toBe(0);
  return { dom: stdout, complaints: stderr };
}

test.runIf(hasChromium)('the page is live in a browser, which finds nothing wrong with it', async () => {
  const { relay, url } = await start();
  reader = new CollectingReader(places.output);
  await send();
  const { dom, complaints } = await browse(url);
  expect(dom).toContain(
    `data-count="received" data-value="${frames.length}">${frames.length.toLocaleString('en-US')}<`,
  );
  expect(dom).toContain('Ready: frames can go out.');
  // What only the script writes, after it has fetched the page again.
  expect(dom).toContain('<p class="rate">0 a second</p>');
  expect(complaints).not.toMatch(/CONSOLE|Content Security Policy|Refused to/);
  await relay.end();
});

test.runIf(hasChromium)(
  'the page shows no rate below nothing where another tapfilter has taken its place',
  async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.setHeader('Content-Type', 'text/html');
      response.end(renderPage({ ...PAGE, now: asked, received: 1_000_000 / asked }));
    });
    const { dom } = await browse(await listen(server));
    server.close();
    expect(asked).toBeGreaterThan(2);
    expect(dom).toMatch(/data-count="received" data-value="[^"]*">[\d,.]*<\/p><p class="rate"><\/p>/);
    expect(dom).toContain('<p class="rate">0 a second</p>');
  },
);

test.runIf(hasChromium)('the page says that it is old, and stays, where the answer is another', async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    if (asked++ > 0) response.statusCode = 500;
    response.setHeader('Content-Type', 'text/html');
    response.end(response.statusCode === 500 ? 'This failed.' : renderPage(PAGE));
  });
  const { dom } = await browse(await listen(server));
  server.close();
  expect(asked).toBeGreaterThan(2);
  expect(dom).toContain('what it shows is old');
  expect(dom).toContain('data-count="received"');
});
