import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeCapture, encodeCapture } from '../support/captures.ts';
import { makeCertificates } from '../support/certificates.ts';
import { run } from '../support/command.ts';
import { DnsServer, type DnstapTarget, freePort, SERVER_PACKAGES } from '../support/dns-servers.ts';
import { PeerServer } from '../support/frame-streams.ts';
import { leavesOut } from '../support/installed.ts';
import { RunningProgram, until } from '../support/running-program.ts';
import { droppedIn, RunningRelay } from '../support/running-relay.ts';
import { Tee } from '../support/tee.ts';

const SHARE = new URL('../../rules/share.yml', import.meta.url).pathname;

let folder = '';
const at = (name: string) => join(folder, name);
let key: string[] = [];

beforeEach(() => {
  // Unbound and others take no paths as long as those of some machines.
  folder = mkdtempSync(join(tmpdir(), 'tap-'));
  writeFileSync(at('share.key'), `${'3b'.repeat(31)}00\n`, { mode: 0o600 });
  key = ['--rules', SHARE, '--key-file', at('share.key')];
});

afterEach(() => rmSync(folder, { recursive: true }));

const texts = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).toString('hex'));

async function startCapture(): Promise<RunningProgram> {
  const args = ['-t', 'protobuf:dnstap.Dnstap', '-u', at('capture.sock'), '-w', at('capture.dnstap'), '-dddd'];
  const capture = new RunningProgram('fstrm_capture', args);
  await capture.said(/opening Unix socket/);
  return capture;
}

/** What the file filter makes of the frames. */
async function filtered(frames: readonly Uint8Array[]): Promise<Uint8Array[]> {
  writeFileSync(at('sent.dnstap'), encodeCapture(frames));
  const { status, stderr } = await run([at('sent.dnstap'), at('expected.dnstap'), ...key]);
  expect(status, stderr).toBe(0);
  return decodeCapture(readFileSync(at('expected.dnstap')));
}

interface Chain {
  name: string;
  start(target: DnstapTarget, authority: number): Promise<DnsServer>;
  isTcp?: boolean;
  isUnidirectional?: boolean;
}

const CHAINS: readonly Chain[] = [
  { name: 'named', start: (target) => DnsServer.named(folder, target) },
  { name: 'unbound', start: (target, authority) => DnsServer.unbound(folder, target, authority) },
  { name: 'unbound over TCP', start: (target, authority) => DnsServer.unbound(folder, target, authority), isTcp: true },
  {
    name: 'unbound that never reads',
    start: (target, authority) => DnsServer.unbound(folder, { ...target, isUnidirectional: true }, authority),
  },
  { name: 'knot', start: (target) => DnsServer.knot(folder, target) },
  { name: 'nsd', start: (target) => DnsServer.nsd(folder, target) },
  { name: 'dnsdist', start: (target, authority) => DnsServer.dnsdist(folder, target, authority) },
  { name: 'dnsdist over TCP', start: (target, authority) => DnsServer.dnsdist(folder, target, authority), isTcp: true },
  { name: 'the recursor', start: (target, authority) => DnsServer.recursor(folder, target, authority) },
];

const FILE = 'test/relay/name-servers.test.ts';
const FSTRM = { fstrm_capture: 'fstrm-bin', fstrm_replay: 'fstrm-bin' };
const skips = leavesOut(FILE, { ...SERVER_PACKAGES, ...FSTRM, openssl: 'openssl' });

describe.skipIf(skips)('a capture is what the file filter makes of what was sent by', () => {
  test.each(CHAINS)('$name', async ({ start, isTcp }) => {
    const capture = await startCapture();
    const input = isTcp ? 'tcp:127.0.0.1:0' : `unix:${at('in.sock')}`;
    const relay = await RunningRelay.start([input, `unix:${at('capture.sock')}`, ...key]);
    const port = isTcp ? await freePort() : undefined;
    const tee = await Tee.listen(port ?? at('tee.sock'), isTcp ? relay.port : at('in.sock'));
    // Those that only ask need somebody to ask, who logs nowhere.
    const authority = await DnsServer.named(folder, { path: at('nobody.sock') });
    const target = { path: at('tee.sock'), ...(port !== undefined && { port }) };
    const server = await start(target, authority.port);
    await relay.said(/"writer-started"/);
    const asked = await server.ask();
    // Some end without sending what they have, and the recursor asks each thing once.
    await until(() => tee.frames.length >= asked / 6);
    await server.program.end();
    tee.close();
    expect(await relay.end()).toBe(0);
    await capture.end();
    const sent = tee.frames;
    const numbers = relay.numbers;
    expect(numbers).toMatchObject({ received: sent.length, unconfirmed: 0, waiting: { queued: 0, sent: 0 } });
    const captured = decodeCapture(readFileSync(at('capture.dnstap')));
    expect(captured).toHaveLength(numbers.confirmed);
    // Several connections come in the order of their arrival, which nobody else knows.
    expect(texts(captured).sort()).toEqual(texts(await filtered(sent)).sort());
  });
});

describe.skipIf(skips)("named's end is not held up where the output", () => {
  test.each(['is there', 'is not there', 'reads nothing'])('%s', async (how) => {
    const output = at('capture.sock');
    const sink =
      how === 'is not there' ? undefined : how === 'is there' ? await startCapture() : await PeerServer.listen(output);
    const relay = await RunningRelay.start([`unix:${at('in.sock')}`, `unix:${output}`, ...key, '--stop-timeout', '1']);
    if (sink instanceof PeerServer) (await sink.handshaken(0)).socket.pause();
    const server = await DnsServer.named(folder, { path: at('in.sock') });
    const asked = await server.ask();
    // Without FINISH it would never end.
    expect(await server.program.end()).toBe(0);
    await relay.end();
    const { received, confirmed, unconfirmed } = relay.numbers;
    expect(received).toBeGreaterThanOrEqual(asked);
    if (how === 'is there') expect(confirmed).toBe(received - droppedIn(relay.numbers));
    else expect(confirmed + unconfirmed).toBeLessThanOrEqual(received);
    if (sink instanceof PeerServer) sink.close();
    else await sink?.end();
  });
});

describe.skipIf(skips)('TLS', () => {
  const server = () => `tls:127.0.0.1:0?cert=${at('server.pem')}&key=${at('server.key')}&ca=${at('ca.pem')}`;

  test('unbound with a client certificate is read', async () => {
    makeCertificates(folder);
    const capture = await startCapture();
    const relay = await RunningRelay.start([server(), `unix:${at('capture.sock')}`, ...key]);
    const authority = await DnsServer.named(folder, { path: at('nobody.sock') });
    const tls = { ca: at('ca.pem'), cert: at('client.pem'), key: at('client.key'), name: 'tap.example' };
    const unbound = await DnsServer.unbound(folder, { path: '', port: relay.port, tls }, authority.port);
    await relay.said(/"writer-started"/);
    await unbound.ask();
    // Unbound ends without sending all that it has, and fstrm_capture writes in blocks of 4 KiB.
    await until(() => statSync(at('capture.dnstap')).size >= 4096);
    await unbound.program.end();
    expect(await relay.end()).toBe(0);
    await capture.end();
    expect(decodeCapture(readFileSync(at('capture.dnstap')))).toHaveLength(relay.numbers.confirmed);
  });

  test('tapfilter to tapfilter, each with a certificate', async () => {
    makeCertificates(folder);
    const capture = await startCapture();
    const keep = at('keep.yml');
    writeFileSync(keep, 'version: 1\ndefault: keep\n');
    const second = await RunningRelay.start([server(), `unix:${at('capture.sock')}`, '--rules', keep]);
    const client = `cert=${at('client.pem')}&key=${at('client.key')}&ca=${at('ca.pem')}&server-name=tap.example`;
    const fixture = new URL('../../fixtures/unbound.dnstap', import.meta.url).pathname;
    const first = new RunningRelay([fixture, `tls:127.0.0.1:${second.port}?${client}`, ...key]);
    expect(await first.ended, first.output).toBe(0);
    expect(await second.end()).toBe(0);
    await capture.end();
    const expected = await filtered(decodeCapture(readFileSync(fixture)));
    expect(texts(decodeCapture(readFileSync(at('capture.dnstap'))))).toEqual(texts(expected));
    expect(first.numbers.confirmed).toBe(expected.length);
    expect(second.numbers).toMatchObject({ received: expected.length, confirmed: expected.length });
  });

  test('a certificate that is renewed is shown after SIGHUP, and a broken one is not', async () => {
    makeCertificates(folder);
    const relay = await RunningRelay.start([
      `tls:127.0.0.1:0?cert=${at('server.pem')}&key=${at('server.key')}`,
      at('out.dnstap'),
      ...key,
    ]);
    const nameShown = async () => {
      const socket = connectTls({ host: '127.0.0.1', port: relay.port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return CN;
    };
    expect(await nameShown()).toBe('server');
    for (const kind of ['pem', 'key']) copyFileSync(at(`client.${kind}`), at(`server.${kind}`));
    relay.signal('SIGHUP');
    await relay.said(/"reloaded"/);
    expect(await nameShown()).toBe('client');
    writeFileSync(at('server.pem'), 'no certificate');
    relay.signal('SIGHUP');
    await relay.said(/"reload-refused"/);
    expect(await nameShown()).toBe('client');
    await relay.end();
  });

  test('a certificate of the output is renewed too, and nothing changes where one of several is broken', async () => {
    makeCertificates(folder);
    const certificate = `cert=${at('server.pem')}&key=${at('server.key')}`;
    const other = `cert=${at('stranger.pem')}&key=${at('stranger.key')}`;
    const [first, second, output] = [await freePort(), await freePort(), await freePort()] as const;
    const relay = await RunningRelay.start(
      [
        `tls:127.0.0.1:${first}?${certificate}`,
        `tls:127.0.0.1:${second}?${other}`,
        `-o`,
        `tls:127.0.0.1:${output}?listen&${certificate}`,
        ...key,
      ],
      3,
    );
    const namesShown = async () => {
      const names: unknown[] = [];
      for (const port of [first, second, output]) {
        const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
        await once(socket, 'secureConnect');
        names.push(socket.getPeerCertificate().subject.CN);
        socket.destroy();
      }
      return names;
    };
    expect(await namesShown()).toEqual(['server', 'stranger', 'server']);
    for (const kind of ['pem', 'key']) copyFileSync(at(`client.${kind}`), at(`server.${kind}`));
    const whole = readFileSync(at('stranger.pem'));
    writeFileSync(at('stranger.pem'), 'no certificate');
    relay.signal('SIGHUP');
    await relay.said(/"reload-refused"/);
    expect(await namesShown()).toEqual(['server', 'stranger', 'server']);
    writeFileSync(at('stranger.pem'), whole);
    relay.signal('SIGHUP');
    await relay.said(/"reloaded"/);
    expect(await namesShown()).toEqual(['client', 'stranger', 'client']);
    await relay.end();
  });

  const CLIENTS: [name: string, options: () => string, side: 'first' | 'second', said: RegExp][] = [
    ['without a certificate', () => `ca=${at('ca.pem')}&server-name=tap.example`, 'second', /no certificate/],
    [
      'with a certificate of another authority',
      () => `cert=${at('stranger.pem')}&key=${at('stranger.key')}&ca=${at('ca.pem')}&server-name=tap.example`,
      'second',
      /"writer-kept-out"/,
    ],
    [
      'that trusts another authority',
      () => `cert=${at('client.pem')}&key=${at('client.key')}&ca=${at('other.pem')}&server-name=tap.example`,
      'first',
      /is not trusted/,
    ],
    [
      'that asks for another name',
      () => `cert=${at('client.pem')}&key=${at('client.key')}&ca=${at('ca.pem')}&server-name=other.example`,
      'first',
      /is for another name/,
    ],
  ];

  test.each(CLIENTS)('a client %s gets nowhere, and loses nothing uncounted', async (_name, options, side, said) => {
    makeCertificates(folder);
    const second = await RunningRelay.start([server(), at('out.dnstap'), ...key]);
    const fixture = new URL('../../fixtures/nsd.dnstap', import.meta.url).pathname;
    const first = new RunningRelay([
      fixture,
      `tls:127.0.0.1:${second.port}?${options()}`,
      ...key,
      '--stop-timeout',
      '1',
    ]);
    await (side === 'first' ? first : second).said(said);
    await first.end();
    await second.end();
    expect(first.numbers.confirmed).toBe(0);
    expect(second.numbers.received).toBe(0);
  });
});

const hasNoActivation = leavesOut(FILE, { ...FSTRM, 'systemd-socket-activate': 'systemd' });

describe.skipIf(hasNoActivation)('socket activation', () => {
  test('hands over a socket that was there before, and stays', async () => {
    const capture = await startCapture();
    const activated = new RunningProgram('systemd-socket-activate', [
      '-l',
      at('in.sock'),
      '--fdname=dnstap',
      process.execPath,
      new URL('../../dist/tapfilter.js', import.meta.url).pathname,
      'systemd:dnstap',
      `unix:${at('capture.sock')}`,
      ...key,
    ]);
    await activated.said(/Listening on/);
    const fixture = new URL('../../fixtures/knot.dnstap', import.meta.url).pathname;
    const args = ['-t', 'protobuf:dnstap.Dnstap', '-u', at('in.sock'), '-r', fixture];
    expect(await new RunningProgram('fstrm_replay', args).ended).toBe(0);
    expect(await activated.end()).toBe(0);
    await capture.end();
    const expected = await filtered(decodeCapture(readFileSync(fixture)));
    expect(texts(decodeCapture(readFileSync(at('capture.dnstap'))))).toEqual(texts(expected));
    // It belongs to systemd.
    expect(() => readFileSync(at('in.sock'))).toThrow('ENXIO');
  });

  test('of a name that is not there is told', async () => {
    const relay = new RunningRelay(['systemd:other', `unix:${at('capture.sock')}`, ...key]);
    expect(await relay.ended).toBe(1);
    expect(relay.output).toContain('systemd has handed no sockets to this process');
  });
});
