import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeCapture, fixtures } from '../support/captures.ts';
import { COMMAND } from '../support/command.ts';
import { ACCEPT, data, FINISH, Peer, PeerServer, READY, START, STOP } from '../support/frame-streams.ts';
import { makeRelayPlaces } from '../support/relay-places.ts';
import { RunningProgram, until } from '../support/running-program.ts';
import { numbersIn, RunningRelay } from '../support/running-relay.ts';

const capture = fixtures.find(({ name }) => name === 'bind-recursive.dnstap');
if (capture === undefined) throw new Error('there is no such fixture');
const frames = capture.frames.slice(0, 50);
const HEAD = READY.length + START.length;

let folder: string;
let input: string;
let output: string;
let rules: string;

beforeEach(() => {
  ({ folder, input, output, rules } = makeRelayPlaces());
});

afterEach(() => rmSync(folder, { recursive: true }));

const start = (...args: string[]) => RunningRelay.start([`unix:${input}`, `unix:${output}`, '--rules', rules, ...args]);

/** A writer that has done its handshake. */
async function writer(): Promise<Peer> {
  const peer = await Peer.connect(input);
  peer.send(READY);
  await peer.has(READY.length);
  peer.send(START);
  return peer;
}

async function stopped(peer: Peer): Promise<void> {
  peer.send(STOP);
  await peer.closed();
}

describe('a relay', () => {
  test('hands on what it filters, and answers both sides to the bit', async () => {
    const reader = await PeerServer.listen(output);
    const relay = await start();
    const peer = await writer();
    peer.send(data(frames));
    await stopped(peer);
    expect(peer.received.subarray(READY.length).equals(FINISH)).toBe(true);
    const sink = await reader.handshaken(0);
    await sink.has(HEAD + data(frames).length);
    const ended = relay.end();
    await sink.has(HEAD + data(frames).length + STOP.length);
    sink.send(FINISH);
    expect(await ended).toBe(0);
    expect(sink.received.equals(Buffer.concat([READY, START, data(frames), STOP]))).toBe(true);
    expect(relay.numbers).toMatchObject({ received: frames.length, confirmed: frames.length, unconfirmed: 0 });
    reader.close();
  });

  test('takes writers that never read, several at a time, and writers that close without STOP', async () => {
    const relay = await start('--stop-timeout', '1');
    const peers = await Promise.all([Peer.connect(input), Peer.connect(input), writer()]);
    const [silent, closing, other] = peers as [Peer, Peer, Peer];
    silent.send(START, data(frames), STOP);
    await silent.closed();
    expect(silent.received).toHaveLength(0);
    closing.send(START, data(frames), data(frames).subarray(0, 20));
    closing.socket.end();
    await closing.closed();
    other.send(data(frames));
    await stopped(other);
    expect(await relay.end()).toBe(0);
    expect(relay.numbers).toMatchObject({ received: 3 * frames.length, dropped: { stop: 3 * frames.length } });
    expect(relay.events.filter((event) => event.startsWith('writer-')).sort()).toEqual([
      'writer-cut',
      'writer-started',
      'writer-started',
      'writer-started',
      'writer-stopped',
      'writer-stopped',
    ]);
  });

  test('takes frames before there is an output, and has its socket before it', async () => {
    const relay = await start();
    const peer = await writer();
    peer.send(data(frames));
    await stopped(peer);
    const reader = await PeerServer.listen(output);
    const sink = await reader.handshaken(0);
    await sink.has(HEAD + data(frames).length);
    const ended = relay.end();
    await sink.has(HEAD + data(frames).length + STOP.length);
    sink.send(FINISH);
    expect(await ended).toBe(0);
    expect(relay.numbers.confirmed).toBe(frames.length);
    reader.close();
  });

  test('writes a capture, which has its name when it is whole', async () => {
    const path = join(folder, 'out.dnstap');
    const relay = await RunningRelay.start([`unix:${input}`, path, '--rules', rules]);
    const peer = await writer();
    peer.send(data(frames));
    await stopped(peer);
    expect(() => statSync(path)).toThrow();
    expect(await relay.end('SIGINT')).toBe(0);
    expect(decodeCapture(readFileSync(path)).map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
      frames.map((frame) => Buffer.from(frame).toString('hex')),
    );
    expect(relay.numbers).toMatchObject({ received: frames.length, confirmed: frames.length });
  });

  test('sends captures, and ends when the reader has confirmed them', async () => {
    const reader = await PeerServer.listen(output);
    const path = new URL('../../fixtures/bind-recursive.dnstap', import.meta.url).pathname;
    const relay = new RunningRelay([path, path, `unix:${output}`, '--rules', rules]);
    const sink = await reader.handshaken(0);
    const all = data([...capture.frames, ...capture.frames]);
    await sink.has(HEAD + all.length + STOP.length);
    sink.send(FINISH);
    expect(await relay.ended).toBe(0);
    expect(sink.received.equals(Buffer.concat([READY, START, all, STOP]))).toBe(true);
    reader.close();
  });
});

describe('a reload', () => {
  test('comes between two frames, and loses no connection', async () => {
    const reader = await PeerServer.listen(output);
    const relay = await start();
    const sink = await reader.handshaken(0);
    const peer = await writer();
    peer.send(data(frames));
    await sink.has(HEAD + data(frames).length);
    writeFileSync(rules, 'version: 1\ndefault: keep\nrules: [{ name: all, action: drop }]\n');
    relay.signal('SIGHUP');
    await relay.said(/"reloaded"/);
    peer.send(data(frames));
    await stopped(peer);
    const ended = relay.end();
    await sink.has(HEAD + data(frames).length + STOP.length);
    sink.send(FINISH);
    expect(await ended).toBe(0);
    expect(reader.peers).toHaveLength(1);
    expect(relay.numbers).toMatchObject({
      received: 2 * frames.length,
      confirmed: frames.length,
      dropped: { rules: { all: frames.length } },
    });
    reader.close();
  });

  test('of wrong rules leaves the old ones in force, and says so', async () => {
    const reader = await PeerServer.listen(output);
    const relay = await start();
    const sink = await reader.handshaken(0);
    writeFileSync(rules, 'version: 1\ndefault: kep\n');
    relay.signal('SIGHUP');
    await relay.said(/"reload-refused"/);
    const line = relay.log.find(({ event }) => event === 'reload-refused');
    expect(line).toMatchObject({ level: 'error', message: expect.stringContaining('the old ones stay in force') });
    expect(line?.message).toContain(':2:10');
    rmSync(rules);
    relay.signal('SIGHUP');
    await relay.said(/"reload-refused"[\s\S]*"reload-refused"/);
    const peer = await writer();
    peer.send(data(frames));
    await sink.has(HEAD + data(frames).length);
    expect(relay.events.filter((event) => event === 'reload-refused')).toHaveLength(2);
    reader.close();
  });

  test.each([
    ['an ephemeral key', 'ephemeral: true', []],
    ['a key from the environment', 'env: RELAY_KEY', []],
    ['--ephemeral-key', 'file: nowhere.key', ['--ephemeral-key']],
  ])('keeps %s', async (_name, key, args) => {
    const keyed = (name: string) =>
      `version: 1\ndefault: keep\nkey: { ${key} }\nrules: [{ name: ${name}, set: { client_address: crypto-pan } }]\n`;
    writeFileSync(rules, keyed('one'));
    const reader = await PeerServer.listen(output);
    const relay = new RunningRelay([`unix:${input}`, `unix:${output}`, '--rules', rules, ...args], {
      RELAY_KEY: `${'1f'.repeat(31)}00`,
    });
    await relay.said(/"listening"/);
    const sink = await reader.handshaken(0);
    const peer = await writer();
    peer.send(data(frames));
    await until(() => sink.received.length > HEAD);
    const length = sink.received.length - HEAD;
    writeFileSync(rules, keyed('two'));
    relay.signal('SIGHUP');
    await relay.said(/"reload(ed|-refused)"/);
    expect(relay.events).toContain('reloaded');
    peer.send(data(frames));
    await sink.has(HEAD + 2 * length);
    const [first, second] = [HEAD, HEAD + length].map((at) => sink.received.subarray(at, at + length));
    expect(first?.equals(second as Buffer)).toBe(true);
    expect(first?.equals(data(frames).subarray(0, length))).toBe(false);
    reader.close();
  });
});

describe('signals', () => {
  test('SIGUSR1 opens no inspector under load', async () => {
    const relay = await start('--stop-timeout', '1');
    const peer = await writer();
    peer.send(data(frames));
    relay.signal('SIGUSR1');
    await stopped(peer);
    relay.signal('SIGUSR1');
    expect(await relay.end()).toBe(0);
    expect(relay.output).not.toMatch(/debugger|inspector/i);
  });

  test.each([
    ['that SIGUSR1 opened while Node was starting', {}],
    ['that was asked for', { NODE_OPTIONS: '--inspect=127.0.0.1:0' }],
  ])('an inspector %s is closed', async (_name, environment) => {
    const relay = new RunningRelay([`unix:${input}`, `unix:${output}`, '--rules', rules], environment);
    if (!('NODE_OPTIONS' in environment)) {
      // Until there is a handler, the signal ends any program.
      await until(() => relay.child.pid !== undefined && hasHandler(relay.child.pid, 10));
      relay.signal('SIGUSR1');
    }
    await relay.said(/"listening"/);
    const ports = [...relay.output.matchAll(/ws:\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
    expect(ports.length).toBeGreaterThan('NODE_OPTIONS' in environment ? 0 : -1);
    await until(async () => (await Promise.all(ports.map(isRefused))).every((refused) => refused));
    expect(await relay.end()).toBe(0);
  });

  test('a second SIGTERM ends it at once', async () => {
    const relay = await start('--stop-timeout', '3600');
    const peer = await writer();
    peer.send(data(frames));
    await stopped(peer);
    relay.signal('SIGTERM');
    await until(() => !existsNow(input));
    expect(await relay.end()).toBe('SIGTERM');
  });
});

async function isRefused(port: number): Promise<boolean> {
  try {
    (await Peer.connect(port)).socket.destroy();
    return false;
  } catch {
    return true;
  }
}

function existsNow(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether a process catches a signal, by /proc. */
function hasHandler(pid: number, signal: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return ((caught >> BigInt(signal - 1)) & 1n) === 1n;
}

test('a file that cannot be written on keeps what it has, and the next one the rest; no frame goes uncounted', async () => {
  const path = join(folder, 'out.dnstap');
  // A file may have no more than this; beyond it the system says EFBIG, as ENOSPC on a full disk.
  const shell = `ulimit -f 64; exec "${process.execPath}" "${COMMAND}" "$@"`;
  const relay = new RunningProgram('sh', ['-c', shell, 'sh', `unix:${input}`, path, '--rules', rules, '--log', 'json']);
  await relay.said(/"listening"/);
  const peer = await writer();
  const few = capture.frames.slice(0, 20);
  peer.send(data(few));
  await until(() => existsSync(`${path}.part`) && statSync(`${path}.part`).size > data(few).length);
  peer.send(data(capture.frames));
  await relay.said(/cannot write .*out\.dnstap: .*\(EFBIG\)/);
  peer.send(data(few));
  relay.signal('SIGTERM');
  expect(await relay.ended).toBe(1);
  const numbers = numbersIn(relay.output);
  const written = readdirSync(folder).filter((name) => /^out(_\d+)?\.dnstap$/.test(name));
  const counts = written.map((name) => decodeCapture(readFileSync(join(folder, name))).length);
  expect(counts[0]).toBeGreaterThanOrEqual(few.length);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(numbers.confirmed);
  expect(numbers.confirmed + numbers.unconfirmed + numbers.dropped.stop).toBe(numbers.received);
});

test('a file whose name is taken meanwhile gets the next one, and what cannot be one is refused', async () => {
  const path = join(folder, 'out.dnstap');
  const relay = await RunningRelay.start([`unix:${input}`, path, '--rules', rules]);
  const peer = await writer();
  peer.send(data(capture.frames));
  await stopped(peer);
  writeFileSync(path, 'mine');
  expect(await relay.end()).toBe(0);
  expect(relay.numbers.confirmed).toBe(capture.frames.length);
  expect(readFileSync(path, 'latin1')).toBe('mine');
  expect(decodeCapture(readFileSync(join(folder, 'out_002.dnstap')))).toHaveLength(capture.frames.length);
  for (const [output, message] of [
    ['/dev/null', 'it is a device'],
    [folder, 'it is a directory'],
  ] as const) {
    const refused = new RunningRelay([`unix:${input}`, output, '--rules', rules]);
    expect(await refused.ended).toBe(1);
    expect(refused.output).toContain(message);
  }
  const forced = new RunningRelay([`unix:${input}`, path, '--rules', rules, '--force']);
  expect(await forced.ended).toBe(2);
  expect(forced.output).toContain('a relay replaces no file');
});

describe('the end', () => {
  test.each(['standard input', 'a pipe with a name'])('does not wait for a writer of %s', async (kind) => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const name = kind === 'standard input' ? '-' : fifo;
    const args = [
      `unix:${input}`,
      name,
      '-o',
      `unix:${output}`,
      '--rules',
      rules,
      '--log',
      'json',
      '--stop-timeout',
      '1',
    ];
    for (const sent of [Buffer.alloc(0), Buffer.concat([START, data(frames)])]) {
      // Open for both, so that nobody waits for the other side, and there is always a writer.
      const fd = openSync(fifo, 'r+');
      const stdin = kind === 'standard input' ? fd : 'ignore';
      const program = new RunningProgram(process.execPath, [COMMAND, ...args], { stdio: [stdin, 'pipe', 'pipe'] });
      await program.said(/"listening"/);
      writeSync(fd, sent);
      await program.said(/"output-refused"/);
      expect(await program.end()).toBe(0);
      closeSync(fd);
    }
  });

  test('does not wait for who reads standard output, and counts what is left', async () => {
    const args = [`unix:${input}`, '-', '--rules', rules, '--log', 'json', '--stop-timeout', '1'];
    const program = new RunningProgram(process.execPath, [COMMAND, ...args]);
    program.child.stdout?.pause();
    await program.said(/"listening"/);
    const peer = await writer();
    for (let round = 0; round < 20; round++) peer.send(data(capture.frames));
    await stopped(peer);
    program.signal('SIGTERM');
    await program.said(/"summary"/);
    program.child.stdout?.resume();
    expect(await program.ended).toBe(0);
    const { received, confirmed, unconfirmed, dropped } = numbersIn(program.output);
    expect(received).toBe(20 * capture.frames.length);
    expect(confirmed).toBe(0);
    expect(unconfirmed + dropped.stop).toBe(received);
  });

  test('does not wait for a reader to close that has answered FINISH', async () => {
    // Whoever is half open stays when the other side has ended.
    const server = createServer({ allowHalfOpen: true }).listen({ path: output });
    const relay = await start('--stop-timeout', '3600');
    const [socket] = (await once(server, 'connection')) as [Socket];
    const sink = new Peer(socket);
    await sink.has(READY.length);
    sink.send(ACCEPT);
    const peer = await writer();
    peer.send(data(frames));
    await stopped(peer);
    await sink.has(HEAD + data(frames).length);
    const ended = relay.end();
    await sink.has(HEAD + data(frames).length + STOP.length);
    sink.send(FINISH);
    expect(await ended).toBe(0);
    expect(relay.events).not.toContain('output-ended');
    expect(relay.numbers.confirmed).toBe(frames.length);
    socket.destroy();
    server.close();
  });

  test('does not wait for who reads the log', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const fd = openSync(join(folder, 'fifo'), 'r+');
    const program = new RunningProgram(
      'sh',
      [
        '-c',
        // The pipe is full before the first line: nobody reads it until the relay has ended.
        '{ head -c 65536 /dev/zero >&2; exec "$@"; } 2>fifo',
        'sh',
        process.execPath,
        COMMAND,
        `unix:${input}`,
        `unix:${output}`,
        '--rules',
        rules,
        '--stop-timeout',
        '1',
      ],
      { cwd: folder },
    );
    await until(() => existsNow(input));
    const peer = await writer();
    peer.send(data(frames));
    await stopped(peer);
    expect(await program.end()).toBe(0);
    closeSync(fd);
  });
});
