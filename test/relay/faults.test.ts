import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeCapture, fixtures } from '../support/captures.ts';
import { data, FINISH, Peer, PeerServer, READY, START, STOP } from '../support/frame-streams.ts';
import { leavesOut } from '../support/installed.ts';
import { memory } from '../support/process-times.ts';
import { makeRelayPlaces } from '../support/relay-places.ts';
import { RunningProgram, until } from '../support/running-program.ts';
import { droppedIn, RunningRelay } from '../support/running-relay.ts';

/** What is sent: more than all buffers between two processes take. */
const frames = fixtures.flatMap((capture) => capture.frames);
const HEAD = READY.length + START.length;
const ROUNDS = 10;

let folder: string;
let input: string;
let output: string;
let rules: string;

beforeEach(() => {
  ({ folder, input, output, rules } = makeRelayPlaces());
});

afterEach(() => rmSync(folder, { recursive: true }));

const start = (...args: string[]) => RunningRelay.start([`unix:${input}`, `unix:${output}`, '--rules', rules, ...args]);

const replay = (path: string) =>
  new RunningProgram('fstrm_replay', ['-t', 'protobuf:dnstap.Dnstap', '-u', input, '-r', path]);

const captureTo = (path: string) =>
  new RunningProgram('fstrm_capture', ['-t', 'protobuf:dnstap.Dnstap', '-u', output, '-w', path, '-dddd']);

/** Sends all frames so often, and says STOP. Resolves to how many frames that were. */
async function sendAll(rounds = ROUNDS): Promise<number> {
  const peer = await Peer.connect(input);
  peer.send(READY);
  await peer.has(READY.length);
  peer.send(START);
  const all = data(frames);
  for (let round = 0; round < rounds; round++) peer.send(all);
  peer.send(STOP);
  await peer.closed();
  expect(peer.received.subarray(READY.length).equals(FINISH)).toBe(true);
  return rounds * frames.length;
}

/** How many whole frames there are in what a reader has received after a handshake. */
function wholeFrames(received: Buffer): number {
  let count = 0;
  for (let position = HEAD; position + 4 <= received.length; count++) {
    const length = received.readUInt32BE(position);
    if (length === 0 || position + 4 + length > received.length) break;
    position += 4 + length;
  }
  return count;
}

const skips = leavesOut('test/relay/faults.test.ts', { fstrm_capture: 'fstrm-bin', fstrm_replay: 'fstrm-bin' });

describe.skipIf(skips)('an output', () => {
  test('that is killed in the middle, and another one that takes its place: every frame is accounted for', async () => {
    const first = join(folder, 'first.dnstap');
    const second = join(folder, 'second.dnstap');
    const killed = captureTo(first);
    await killed.said(/opening Unix socket/);
    const relay = await start();
    await relay.said(/"output-open"/);
    const sending = sendAll();
    await until(() => readFileSync(first).length > 100_000);
    await killed.end('SIGKILL');
    const other = captureTo(second);
    const sent = await sending;
    await relay.said(/"output-ended"[\s\S]*"output-open"/);
    expect(await relay.end()).toBe(0);
    await other.end();
    const { received, confirmed, unconfirmed } = relay.numbers;
    expect(received).toBe(sent);
    expect(decodeCapture(readFileSync(second))).toHaveLength(confirmed);
    const had = wholeFrames(Buffer.concat([READY, readFileSync(first)]));
    expect(had).toBeLessThanOrEqual(unconfirmed);
    expect(had).toBeGreaterThan(0);
    expect(droppedIn(relay.numbers)).toBe(0);
  });

  test('that reads nothing for a while gets all in the end, and the writer is not held up', async () => {
    const path = join(folder, 'out.dnstap');
    const sink = captureTo(path);
    await sink.said(/opening Unix socket/);
    const relay = await start();
    await relay.said(/"output-open"/);
    sink.signal('SIGSTOP');
    const sent = await sendAll();
    sink.signal('SIGCONT');
    expect(await relay.end()).toBe(0);
    await sink.end();
    expect(relay.numbers).toMatchObject({ received: sent, confirmed: sent });
    expect(decodeCapture(readFileSync(path))).toHaveLength(sent);
  });

  test.each(['drop-newest', 'drop-oldest'] as const)(
    'that reads nothing costs frames by %s, all counted',
    async (policy) => {
      const reader = await PeerServer.listen(output);
      const relay = await start('--on-full', policy, '--queue', '1048576');
      const sink = await reader.handshaken(0);
      sink.socket.pause();
      const sent = await sendAll();
      await relay.said(/"dropping"/);
      const ended = relay.end();
      sink.socket.resume();
      await until(() => sink.received.subarray(-STOP.length).equals(STOP));
      sink.send(FINISH);
      expect(await ended).toBe(0);
      const { received, confirmed, dropped } = relay.numbers;
      expect(received).toBe(sent);
      expect(dropped.queue).toBeGreaterThan(0);
      expect(wholeFrames(sink.received)).toBe(confirmed);
      // The last frame that was sent is among the newest.
      const last = data(frames.slice(-1));
      expect(sink.received.subarray(-STOP.length - last.length, -STOP.length).equals(last)).toBe(
        policy === 'drop-oldest',
      );
      reader.close();
    },
  );

  test('that reads nothing holds up the writer by block, and nothing is lost', async () => {
    const reader = await PeerServer.listen(output);
    const relay = await start('--on-full', 'block', '--queue', '1048576');
    const sink = await reader.handshaken(0);
    sink.socket.pause();
    let isSent = false;
    const sending = sendAll().finally(() => {
      isSent = true;
    });
    // Whatever fits into all buffers has gone; then nothing moves.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(isSent).toBe(false);
    sink.socket.resume();
    const sent = await sending;
    const ended = relay.end();
    await until(() => sink.received.subarray(-STOP.length).equals(STOP));
    sink.send(FINISH);
    expect(await ended).toBe(0);
    expect(relay.numbers).toMatchObject({ received: sent, confirmed: sent, dropped: { queue: 0, stop: 0 } });
    reader.close();
  });

  test('that reads nothing costs no more memory than the queue', async () => {
    const reader = await PeerServer.listen(output);
    const relay = await start('--queue', '16777216', '--stop-timeout', '1');
    const sink = await reader.handshaken(0);
    sink.socket.pause();
    const before = memory(relay.child.pid ?? 0).now;
    const sent = await sendAll(100);
    // 130 MB came; what is kept is the queue, what the kernel gives at a time, and garbage.
    expect(memory(relay.child.pid ?? 0).peak - before).toBeLessThan(100);
    await relay.end();
    expect(relay.numbers.received).toBe(sent);
    reader.close();
  });

  test('that never answers FINISH, or reads nothing at all, does not keep the relay', async () => {
    const reader = await PeerServer.listen(output);
    const relay = await start('--stop-timeout', '1');
    const sink = await reader.handshaken(0);
    sink.socket.pause();
    const sent = await sendAll();
    expect(await relay.end()).toBe(0);
    const { unconfirmed, dropped } = relay.numbers;
    expect(unconfirmed).toBeGreaterThan(0);
    expect(unconfirmed + dropped.stop).toBe(sent);
    reader.close();
  });

  test('that closes after every handshake is not run at: pauses grow', async () => {
    const reader = await PeerServer.listen(output);
    const relay = await start('--stop-timeout', '1');
    const times: number[] = [];
    for (let index = 0; index < 5; index++) {
      const sink = await reader.handshaken(index);
      times.push(performance.now());
      sink.socket.destroy();
    }
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    // From 50 ms on, at least twice as long each time, but for the jitter.
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(50 * 2 ** index - 1);
    await relay.end();
    reader.close();
  });

  test.each([
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'a length that no frame has'],
    ['data', data(frames.slice(0, 1)), 'sends data'],
  ])('that answers READY with %s is told, and tried again', async (_name, answer, reason) => {
    const reader = await PeerServer.listen(output);
    const relay = await start('--stop-timeout', '1');
    const strange = await reader.peer(0);
    strange.send(answer);
    await strange.closed();
    await relay.said(/"output-ended"/);
    expect(relay.log.find(({ event }) => event === 'output-ended')?.message).toContain(reason);
    await reader.handshaken(1);
    await relay.end();
    reader.close();
  });
});

describe.skipIf(skips)('an input', () => {
  test('that is cut in the middle of a frame costs this frame alone', async () => {
    const path = join(folder, 'out.dnstap');
    const sink = captureTo(path);
    await sink.said(/opening Unix socket/);
    const relay = await start();
    const peer = await Peer.connect(input);
    peer.send(START, data(frames), data(frames.slice(0, 1)).subarray(0, -1));
    peer.socket.end();
    await peer.closed();
    await relay.said(/"writer-cut"/);
    expect(await relay.end()).toBe(0);
    await sink.end();
    expect(decodeCapture(readFileSync(path))).toHaveLength(frames.length);
    expect(relay.numbers).toMatchObject({ received: frames.length, confirmed: frames.length });
  });

  test('of frames that are too long, or malformed, is read on', async () => {
    const reader = await PeerServer.listen(output);
    const relay = await start('--max-frame', '1000');
    const sink = await reader.handshaken(0);
    const short = frames.filter(({ length }) => length <= 1000).slice(0, 10);
    const peer = await Peer.connect(input);
    const broken = Uint8Array.of(0xff, 0xff, 0xff);
    peer.send(START, data([...short, new Uint8Array(1001), broken, new Uint8Array(100_000), ...short]), STOP);
    await peer.closed();
    await sink.has(HEAD + 2 * data(short).length);
    const ended = relay.end();
    await sink.has(HEAD + 2 * data(short).length + STOP.length);
    sink.send(FINISH);
    expect(await ended).toBe(0);
    expect(relay.numbers).toMatchObject({
      received: 2 * short.length + 3,
      confirmed: 2 * short.length,
      dropped: { codes: { FRAME_TOO_LONG: 2, VARINT_INVALID: 1 } },
    });
    reader.close();
  });
});

test.skipIf(skips)(
  'rules that change again and again under load lose nothing, and each frame is filtered by one of them',
  async () => {
    const path = join(folder, 'out.dnstap');
    const capture = join(folder, 'in.dnstap');
    writeFileSync(capture, Buffer.concat([START, data(frames), STOP]));
    const sink = captureTo(path);
    await sink.said(/opening Unix socket/);
    const relay = await start();
    const sending = sendAll(40);
    for (let index = 0; index < 10; index++) {
      const tag = index % 2 === 0 ? 'even' : 'uneven';
      writeFileSync(
        rules,
        `version: 1\ndefault: keep\nrules: [{ name: r${index}, set: { identity: { replace: ${tag} } } }]\n`,
      );
      relay.signal('SIGHUP');
      await relay.said(new RegExp(`("reloaded"[\\s\\S]*){${index + 1}}`));
    }
    const sent = await sending;
    expect(await replay(capture).ended).toBe(0);
    expect(await relay.end()).toBe(0);
    await sink.end();
    expect(relay.numbers).toMatchObject({ received: sent + frames.length, confirmed: sent + frames.length });
    const written = decodeCapture(readFileSync(path));
    expect(written).toHaveLength(sent + frames.length);
    // What came last is filtered by the last rules, bit for bit as a file is.
    const expected = join(folder, 'expected.dnstap');
    expect(await new RunningRelay([capture, expected, '--rules', rules]).ended).toBe(0);
    const tail = written.slice(sent).map((frame) => Buffer.from(frame).toString('hex'));
    expect(tail).toEqual(decodeCapture(readFileSync(expected)).map((frame) => Buffer.from(frame).toString('hex')));
  },
);
