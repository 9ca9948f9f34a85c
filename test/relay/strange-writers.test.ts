import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fixtures } from '../support/captures.ts';
import { Control, control, data, FINISH, Peer, PeerServer, READY, START, STOP } from '../support/frame-streams.ts';
import { RunningRelay } from '../support/running-relay.ts';

const frames = fixtures[0]?.frames.slice(0, 20) ?? [];
const HEAD = READY.length + START.length;

let folder = '';
let input = '';
let relay: RunningRelay;
let reader: PeerServer;
let sink: Peer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tapfilter-relay-'));
  input = join(folder, 'in.sock');
  const output = join(folder, 'out.sock');
  writeFileSync(join(folder, 'rules.yml'), 'version: 1\ndefault: keep\n');
  reader = await PeerServer.listen(output);
  relay = await RunningRelay.start([`unix:${input}`, `unix:${output}`, '--rules', join(folder, 'rules.yml')]);
  sink = await reader.handshaken(0);
});

afterEach(() => {
  reader.close();
  rmSync(folder, { recursive: true });
});

/** Ends the relay; all that a good writer has sent beside the strange one must have arrived. */
async function expectOnly(count: number): Promise<void> {
  const ended = relay.end();
  await sink.has(HEAD + count * data(frames).length + STOP.length);
  sink.send(FINISH);
  expect(await ended).toBe(0);
  expect(relay.numbers).toMatchObject({ received: count * frames.length, confirmed: count * frames.length });
}

/** A writer that is well before the strange one, and after it. */
async function withGoodWriter(strange: () => Promise<void>): Promise<void> {
  const peer = await Peer.connect(input);
  peer.send(READY);
  await peer.has(READY.length);
  peer.send(START, data(frames));
  await sink.has(HEAD + data(frames).length);
  await strange();
  peer.send(data(frames));
  await sink.has(HEAD + 2 * data(frames).length);
  peer.send(STOP);
  await peer.has(READY.length + FINISH.length);
}

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const framed = data(frames);
const OTHER_TYPE = 'protobuf:someone.Else';
const STRANGE: [name: string, sent: Buffer[], reason: RegExp][] = [
  ['HTTP', [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')], /no Frame Streams.*text/],
  [
    'protobuf after two bytes of length',
    [uint32((frames[0]?.length ?? 0) << 16).subarray(0, 2), Buffer.from(frames[0] ?? [])],
    /no Frame Streams/,
  ],
  ['a TLS client', [Buffer.from('1603010200010001fc0303', 'hex')], /no Frame Streams/],
  ['data before START', [READY, framed], /before START/],
  ['data without anything', [framed], /no Frame Streams/],
  ['READY of another content type', [control(Control.ready, OTHER_TYPE)], /content type is not protobuf:dnstap.Dnstap/],
  ['START of another content type', [control(Control.start, OTHER_TYPE)], /content type is not protobuf:dnstap.Dnstap/],
  ['a control frame of no length', [uint32(0), uint32(0)], /no Frame Streams|no frame/],
  ['a control frame too long', [READY, START, uint32(0), uint32(513)], /a length that no frame has/],
  ['a length that no frame has', [READY, START, uint32(0xffffffff)], /a length that no frame has/],
  [
    'a control frame whose fields run out of it',
    [uint32(0), uint32(12), uint32(4), uint32(1), uint32(99)],
    /do not fill it/,
  ],
];

test.each(STRANGE)('%s ends one connection, with one line, and disturbs nobody', async (_name, sent, reason) => {
  await withGoodWriter(async () => {
    const peer = await Peer.connect(input);
    peer.send(...sent);
    await peer.closed();
    expect(peer.received.includes(FINISH)).toBe(false);
  });
  await relay.said(/"writer-refused"/);
  const lines = relay.log.filter(({ event }) => event === 'writer-refused');
  expect(lines.map(({ message }) => message)).toEqual([expect.stringMatching(reason)]);
  await expectOnly(2);
});

const TAKEN: [name: string, sent: Buffer[]][] = [
  ['READY without a content type', [control(Control.ready), START, framed, STOP]],
  [
    'READY of several content types',
    [control(Control.ready, OTHER_TYPE, 'protobuf:dnstap.Dnstap'), START, framed, STOP],
  ],
  ['START without a content type', [READY, control(Control.start), framed, STOP]],
  ['control frames of no known type', [READY, START, control(77), framed, STOP]],
  ['a second START', [READY, START, START, framed, STOP]],
  ['data after STOP', [READY, START, framed, STOP, framed]],
];

test.each(TAKEN)('a writer that sends %s is read', async (_name, sent) => {
  const peer = await Peer.connect(input);
  peer.send(...sent);
  await peer.closed();
  await sink.has(HEAD + framed.length);
  await expectOnly(1);
});

test('ACCEPT has one content type, whatever was offered', async () => {
  const peer = await Peer.connect(input);
  peer.send(control(Control.ready, OTHER_TYPE, 'protobuf:dnstap.Dnstap', 'protobuf:a.Third'));
  const accept = await peer.has(READY.length);
  expect(accept.equals(control(Control.accept, 'protobuf:dnstap.Dnstap'))).toBe(true);
});

test('a writer that comes in single bytes is read', async () => {
  const peer = await Peer.connect(input);
  peer.socket.setNoDelay(true);
  for (const byte of Buffer.concat([READY, START, data(frames.slice(0, 2)), STOP])) {
    peer.socket.write(Uint8Array.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await peer.closed();
  expect(await sink.has(HEAD + data(frames.slice(0, 2)).length)).toSatisfy((bytes: Buffer) =>
    bytes.subarray(HEAD).equals(data(frames.slice(0, 2))),
  );
});

test('a hundred connections that say nothing, or nothing after the handshake, are closed, and keep nobody out', async () => {
  const silent: Peer[] = [];
  await withGoodWriter(async () => {
    for (let count = 0; count < 50; count++) silent.push(await Peer.connect(input));
    for (let count = 0; count < 50; count++) {
      const peer = await Peer.connect(input);
      peer.send(READY);
      silent.push(peer);
    }
    const late = await Peer.connect(input);
    late.send(START, data(frames), STOP);
    await late.closed();
    await Promise.all(silent.map((peer) => peer.closed()));
  });
  const reasons = relay.log.filter(({ event }) => event === 'writer-refused').map(({ message }) => message);
  expect(reasons).toHaveLength(3);
  expect(reasons[0]).toContain('others wait for its place');
  const ended = relay.end();
  sink.send(FINISH);
  await sink.has(HEAD + 3 * framed.length + STOP.length);
  sink.send(FINISH);
  expect(await ended).toBe(0);
  expect(relay.log.map(({ message }) => message).join()).toMatch(/for 10 seconds \(and 97 more of these\)/);
});

test('writers that have begun keep the next one out, once there are as many as may be', async () => {
  const few = join(folder, 'few.sock');
  const args = [`unix:${few}`, `unix:${join(folder, 'nowhere.sock')}`, '--rules', join(folder, 'rules.yml')];
  const other = await RunningRelay.start([...args, '--max-connections', '2', '--stop-timeout', '1']);
  const begun = [await Peer.connect(few), await Peer.connect(few)];
  for (const peer of begun) peer.send(START, framed);
  await other.said(/("writer-started"[\s\S]*){2}/);
  const third = await Peer.connect(few);
  await third.closed();
  await other.said(/"writer-kept-out"/);
  expect(other.log.find(({ event }) => event === 'writer-kept-out')?.message).toContain('2 writers already');
  expect(begun.map(({ isClosed }) => isClosed)).toEqual([false, false]);
  await other.end();
  expect(other.numbers.received).toBe(2 * frames.length);
});
