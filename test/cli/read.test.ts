import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeCapture, encodeCapture, fixtures } from '../support/captures.ts';
import { COMMAND, run } from '../support/command.ts';
import { dnsMessage, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { dnstapFrame, message } from '../support/frames.ts';
import { handmadeFrames } from '../support/handmade.ts';
import { frameOf } from '../support/handmade-frame.ts';
import { hex } from '../support/hex.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const BIND = join(FIXTURES, 'bind-recursive.dnstap');
const KNOT = join(FIXTURES, 'knot.dnstap');
const bind = readFileSync(BIND);
const bindFrames = decodeCapture(bind);

const folder = temporaryFolder();
const path = (name: string) => join(folder, name);
const read = (args: string[], options: { stdin?: Uint8Array; shell?: string } = {}) =>
  run(['read', ...args], { cwd: folder, shell: 'TZ=UTC "$@"', ...options });
const linesOf = (stdout: Buffer) => stdout.toString('utf8').split('\n').slice(0, -1);
const objectsOf = (stdout: Buffer) => linesOf(stdout).map((line) => JSON.parse(line) as Record<string, unknown>);

const FIRST_LINE = '23-Nov-2026 07:28:47.255 AQ 172.29.232.189:36367 -> 172.27.53.4:53 UDP 25b example/IN/SOA';

describe('a run', () => {
  test('prints one line a frame, one input after the other', async () => {
    const { status, stdout, stderr } = await read([BIND, KNOT]);
    const lines = linesOf(stdout);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(lines).toHaveLength(1127 + 675);
    expect(lines[0]).toBe(FIRST_LINE);
    expect(lines.slice(1127)).toEqual(linesOf((await read([KNOT])).stdout));
  });

  test('prints what the documentation shows', async () => {
    const page = readFileSync(join(FIXTURES, '../docs/read.md'), 'utf8');
    const [, shown] = /^ {4}(\d\d-Nov-2026 .*)$/m.exec(page) ?? [];
    expect(linesOf((await read([BIND])).stdout)).toContain(shown);
  });

  test('reads standard input, and what is compressed', async () => {
    const { stdout } = await read([BIND]);
    writeFileSync(path('in.gz'), gzipSync(bind));
    expect((await read(['-'], { stdin: bind })).stdout.equals(stdout)).toBe(true);
    expect((await read(['in.gz'])).stdout.equals(stdout)).toBe(true);
  });

  test('prints so many frames as the limit says, of all inputs together, and opens no more', async () => {
    const { stdout } = await read([KNOT, BIND]);
    const lines = linesOf(stdout);
    for (const limit of [1, 675, 676]) {
      const limited = await read([KNOT, BIND, '--limit', String(limit)]);
      expect(limited).toMatchObject({ status: 0, stderr: '' });
      expect(linesOf(limited.stdout)).toEqual(lines.slice(0, limit));
    }
    writeFileSync(path('text'), 'no capture\n');
    expect((await read([KNOT, 'text', '--limit', '675'])).status).toBe(0);
  });

  // A length that no frame has ends the reading, but for the limit.
  test.each([
    ['does not', Buffer.alloc(0)],
    ['has rubbish behind it', Buffer.alloc(100, 0xff)],
  ])('with a limit ends although its input %s', async (_name, tail) => {
    const child = spawn(process.execPath, [COMMAND, 'read', '-', '--limit', '3']);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise((done) => child.on('close', done));
    child.stdin.write(Buffer.concat([encodeCapture(bindFrames.slice(0, 5)).slice(0, -12), tail]));
    expect(await ended).toBe(0);
    expect(linesOf(Buffer.concat(chunks))).toHaveLength(3);
  });

  test('prints what comes through a pipe at once', async () => {
    const child = spawn(process.execPath, [COMMAND, 'read', '-'], { env: { ...process.env, TZ: 'UTC' } });
    child.stdin.write(bind.subarray(0, 1000));
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.includes('\n')) break;
    }
    expect(text.split('\n')[0]).toBe(FIRST_LINE);
    child.kill();
  });

  test('ends quietly when its reader has seen enough', async () => {
    const inputs = new Array<string>(10).fill(BIND);
    const shell = '{ TZ=UTC "$@"; echo "status $?" >&2; } | head -n 1';
    for (const args of [inputs, ['--json', ...inputs]]) {
      const { stdout, stderr } = await read(args, { shell });
      expect(linesOf(stdout)).toHaveLength(1);
      expect(stderr).toBe('status 0\n');
    }
  });

  test('writes to a terminal', async () => {
    const shell = 'script -qec "TZ=UTC $1 $2 $3 $4 --limit 2" /dev/null';
    const { status, stdout } = await run(['read', KNOT], { shell });
    expect(status).toBe(0);
    expect(stdout.toString().split('\r\n')).toHaveLength(3);
  });

  test('does not care whether somebody looks', async () => {
    // As the subprocess modules of other languages open it: for reading as well.
    expect(await read([KNOT], { shell: '"$@" 1<>/dev/null' })).toMatchObject({ status: 0, stderr: '' });
  });

  test('never writes into an input', async () => {
    writeFileSync(path('in.dnstap'), bind);
    const { status, stderr } = await read(['in.dnstap'], { shell: '"$@" >> in.dnstap' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/same file as an input/);
    expect(readFileSync(path('in.dnstap')).equals(bind)).toBe(true);
  });

  test('on a full disk fails', async () => {
    const { status, stderr } = await read([KNOT], { shell: '"$@" > /dev/full' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/disk is full/);
  });

  test('says when it does not know the time zone', async () => {
    const zoned = (TZ: string, ...args: string[]) =>
      read([KNOT, '--limit', '1', ...args], { shell: `TZ='${TZ}' "$@"` });
    const unknown = await zoned('CET-1CEST,M3.5.0,M10.5.0/3');
    expect(unknown.stderr).toMatch(
      /^tapfilter: the time zone CET-1CEST,M3\.5\.0,M10\.5\.0\/3 is not known here, .*\n$/,
    );
    expect(unknown.status).toBe(0);
    expect((await zoned('CET-1CEST,M3.5.0,M10.5.0/3', '--json')).stderr).toBe('');
    for (const TZ of ['Europe/Berlin', 'EST5EDT', 'JST-9', 'UTC0', '']) expect((await zoned(TZ)).stderr, TZ).toBe('');
  });
});

describe('an input', () => {
  test('that is empty is told, and nothing is said of what comes before', async () => {
    writeFileSync(path('empty.dnstap'), '');
    const { status, stderr } = await read(['empty.dnstap']);
    expect(stderr).toBe('tapfilter: empty.dnstap: at byte 0 it is empty, without START and STOP.\n');
    expect(status).toBe(3);
  });

  test('that is compressed otherwise is told how it can be read', async () => {
    writeFileSync(path('in.dnstap.bz2'), 'BZh91AY&SY');
    const { status, stderr } = await read(['in.dnstap.bz2']);
    expect(stderr).toContain('(bzip2 -dc FILE | tapfilter - ...)');
    expect(status).toBe(1);
  });

  test('that is cut is printed to its last whole frame, told with its offset', async () => {
    writeFileSync(path('cut.dnstap'), bind.subarray(0, 100_000));
    for (const format of [[], ['--json']]) {
      const { status, stdout, stderr } = await read(['cut.dnstap', KNOT, ...format]);
      const offset = Number(/at byte (\d+)/.exec(stderr)?.[1]);
      expect(stderr).toBe(
        `tapfilter: cut.dnstap: at byte ${offset} it ends in the middle of a frame; what comes before was printed.\n`,
      );
      expect(status).toBe(3);
      const whole = decodeCapture(Buffer.concat([bind.subarray(0, offset), bind.subarray(-12)]));
      expect(linesOf(stdout)).toHaveLength(whole.length + 675);
    }
  });

  test('without STOP, or empty, is told', async () => {
    writeFileSync(path('stopless.dnstap'), bind.subarray(0, -12));
    writeFileSync(path('empty.dnstap'), '');
    const { status, stdout, stderr } = await read(['stopless.dnstap', 'empty.dnstap']);
    expect(stderr).toContain(`stopless.dnstap: at byte ${bind.length - 12} it ends without STOP`);
    expect(stderr).toContain('empty.dnstap: at byte 0 it is empty');
    expect(linesOf(stdout)).toHaveLength(1127);
    expect(status).toBe(3);
  });

  test('that is no capture is refused, after those before it were printed', async () => {
    writeFileSync(path('log'), '23-Nov-2026 07:28:47.000 queries: info: client\n');
    const { status, stdout, stderr } = await read([KNOT, 'log']);
    expect(stderr).toBe('tapfilter: log is no dnstap capture: it looks like a text file, such as a log.\n');
    expect(status).toBe(1);
    expect(linesOf(stdout)).toHaveLength(675);
  });

  test('that is missing is told before anything is printed', async () => {
    const { status, stdout, stderr } = await read([KNOT, 'nowhere']);
    expect(stderr).toMatch(/^tapfilter: cannot read nowhere: /);
    expect(status).toBe(1);
    expect(stdout).toHaveLength(0);
  });

  test('with frames that cannot be read has a line for each of them, and a count', async () => {
    const good = frameOf({ query_port: 53 });
    const frames = [good, hex`72 02 08`, frameOf({ query_message: new Uint8Array(2000) }), hex`ff ff ff`, good];
    writeFileSync(path('odd.dnstap'), encodeCapture(frames));
    const text = await read(['odd.dnstap', '--max-frame', '1000']);
    const offsets = frames.map(
      (_, place) => 42 + frames.slice(0, place).reduce((sum, { length }) => sum + 4 + length, 0),
    );
    const long = (frames[2] as Uint8Array).length;
    expect(linesOf(text.stdout).slice(1, 4)).toEqual([
      `# frame of 3 bytes at byte ${offsets[1]} of odd.dnstap: FIELD_TRUNCATED`,
      `# frame of ${long} bytes at byte ${offsets[2]} of odd.dnstap: FRAME_TOO_LONG`,
      `# frame of 3 bytes at byte ${offsets[3]} of odd.dnstap: VARINT_INVALID`,
    ]);
    expect(linesOf(text.stdout)).toHaveLength(5);
    const told = 'tapfilter: frames that could not be read: 1 FIELD_TRUNCATED, 1 FRAME_TOO_LONG, 1 VARINT_INVALID.\n';
    expect(text).toMatchObject({ status: 3, stderr: told });

    const json = await read(['odd.dnstap', '--max-frame', '1000', '--json']);
    expect(json).toMatchObject({ status: 3, stderr: told });
    expect(objectsOf(json.stdout).slice(1, 4)).toEqual([
      { input: 'odd.dnstap', offset: offsets[1], error: 'FIELD_TRUNCATED', length: 3 },
      { input: 'odd.dnstap', offset: offsets[2], error: 'FRAME_TOO_LONG', length: long },
      { input: 'odd.dnstap', offset: offsets[3], error: 'VARINT_INVALID', length: 3 },
    ]);
    expect((await read(['odd.dnstap', '--max-frame', '1000', '--limit', '1'])).status).toBe(0);
    const limited = await read(['odd.dnstap', '--max-frame', '1000', '--limit', '3']);
    expect(linesOf(limited.stdout)).toEqual(linesOf(text.stdout).slice(0, 3));
  });

  test('with frames that say nothing of a message is no failure', async () => {
    const frames = [dnstapFrame({ identity: 'a' }), dnstapFrame({ type: 2, message: message({ type: 5 }) })];
    writeFileSync(path('gaps.dnstap'), encodeCapture([...frames, dnstapFrame({ message: message({ type: 15 }) })]));
    const { status, stdout, stderr } = await read(['gaps.dnstap']);
    expect(linesOf(stdout)).toEqual([
      '????-??-?? ??:??:??.??? ?? ? -- ? UDP 0b ?/?/? (MESSAGE_MISSING)',
      '????-??-?? ??:??:??.??? CQ ? -> ? UDP 0b ?/?/? (TYPE_NOT_MESSAGE)',
      '????-??-?? ??:??:??.??? ?15 ? -- ? UDP 0b ?/?/? (MESSAGE_TYPE_UNKNOWN)',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('--json', () => {
  test('says of each frame where it starts, in each input, however long and compressed', async () => {
    // More than is read at a time.
    const frames = new Array(6).fill(fixtures.flatMap((capture) => capture.frames)).flat() as Uint8Array[];
    const capture = Buffer.from(encodeCapture(frames));
    expect(capture.length).toBeGreaterThan(4 << 20);
    writeFileSync(path('long.gz'), gzipSync(capture, { level: 1 }));
    const { stdout } = await read([KNOT, 'long.gz', '--json']);
    const objects = objectsOf(stdout);
    expect(objects).toHaveLength(675 + frames.length);
    expect(objects[674]).toMatchObject({ input: KNOT });
    let offset = 42;
    for (const [place, frame] of frames.entries()) {
      expect(objects[675 + place]).toMatchObject({ input: 'long.gz', offset });
      offset += 4 + frame.length;
    }
  });

  test('gives what protobufjs decodes, and with --base64 the messages', async () => {
    const objects = objectsOf((await read([BIND, '--json', '--base64'])).stdout);
    for (const [place, frame] of bindFrames.entries()) {
      const { message: expected } = decodeWithProtobufjs(frame);
      const { message: inner } = objects[place] as { message: Record<string, unknown> };
      expect(inner).toMatchObject({ type: expected?.type, query_port: expected?.query_port });
      for (const key of ['query_message', 'response_message'] as const) {
        const bytes = expected?.[key];
        expect(inner[`${key}_base64`]).toBe(bytes && Buffer.from(bytes).toString('base64'));
        expect(Object.hasOwn(inner, key)).toBe(bytes !== undefined);
      }
    }
    expect((await read([BIND, '--json'])).stdout.includes('message_base64')).toBe(false);
  });
});

test('nothing in a capture reaches a terminal as a control character', async () => {
  const octets = Uint8Array.from({ length: 60 }, (_, index) => (index < 32 ? index : index + 96));
  const name = Uint8Array.of(octets.length, ...octets, 0);
  const steering = Buffer.from('\x1b]0;x\x07\u009b31m\u202e\u2028', 'utf8');
  const text = Uint8Array.of(steering.length, ...steering);
  const dns = dnsMessage({
    questions: [dnsQuestion(name)],
    answers: [
      ...[2, 5, 12].map((type) => dnsRecord(name, type, name)),
      ...[16, 99].map((type) => dnsRecord(name, type, text)),
      dnsRecord(name, 13, Uint8Array.of(...text, ...text)),
      dnsRecord(name, 35, Uint8Array.of(0, 1, 0, 1, ...text, ...text, 0, 0)),
      dnsRecord(name, 257, Uint8Array.of(0, 1, 97, ...steering)),
    ],
  });
  const bytes = steering;
  const values = { query_message: dns, query_zone: name, policy: hex`0a 02 1b 9b 12 02 1b 9b 2a 02 1b 9b` };
  const frames = [
    dnstapFrame({ identity: bytes, version: bytes, extra: bytes, message: message({ type: 5, ...values }) }),
    ...handmadeFrames.map((frame) => frame.bytes).filter(({ length }) => length > 0),
  ];
  writeFileSync(path('\x1b[2J.dnstap'), encodeCapture(frames));
  for (const format of [[], ['--json'], ['--json', '--base64']]) {
    const { stdout, stderr } = await read(['\x1b[2J.dnstap', ...format]);
    expect(linesOf(stdout)).toHaveLength(frames.length);
    expect(linesOf(stdout).join('')).not.toMatch(/[\p{Cc}\u202e\u2028\ufffe]/u);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  }
});

test('memory stays bounded, however small the frames and long their lines', async () => {
  const tiny = Buffer.from('00000006720208017801', 'hex');
  const frames = Buffer.concat(new Array<Buffer>(500_000).fill(tiny));
  writeFileSync(path('tiny.dnstap'), Buffer.concat([bind.subarray(0, 42), frames, bind.subarray(-12)]));
  writeFileSync(
    path('peak.cjs'),
    `process.on('exit', () => require('node:fs').writeFileSync('peak', String(process.resourceUsage().maxRSS)));`,
  );
  for (const format of ['', '--json']) {
    const shell = `NODE_OPTIONS="--require ./peak.cjs" "$@" ${format} | wc -l`;
    expect((await read(['tiny.dnstap'], { shell })).stdout.toString().trim()).toBe('500000');
    expect(Number(readFileSync(path('peak'), 'utf8')) / 1024).toBeLessThan(200);
  }
});

test('a run of the filter does not load what shows frames', () => {
  const loaded = new Map<string, string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    const text = readFileSync(file, 'utf8');
    loaded.set(file, text);
    for (const [, name] of text.matchAll(/^import\b[^'"\n]*["'](\.[^'"\n]+)["']/gm))
      load(resolve(dirname(file), name as string));
  };
  load(COMMAND);
  // The entry itself waits for the version of Node to be checked.
  for (const [, name] of (loaded.get(COMMAND) ?? '').matchAll(/import\("(.*?)"\)/g))
    load(resolve(dirname(COMMAND), name as string));
  expect(loaded.size).toBeGreaterThan(2);
  const all = [...loaded.values()].join('');
  expect(all).toContain('standard input');
  expect(all).not.toContain('Cannot decode name');
  expect(all).not.toContain('?/?/?');
});

describe('wrong usage', () => {
  test.each([
    [[], /missing required argument/],
    [[BIND, '--base64'], /--base64 is for --json/],
    [['-', '-'], /only one of the inputs/],
    [['unix:/run/x.sock'], /is a socket, and read prints captures/],
    [[BIND, '--limit', '0'], /whole number of frames/],
    [[BIND, '--limit', 'all'], /whole number of frames/],
    [[BIND, '--max-frame', '99999999999'], /whole number of bytes/],
    [[BIND, '--yaml'], /unknown option/],
    [[BIND, '--follow'], /unknown option/],
  ])('%j is told, with status 2', async (args, words) => {
    const { status, stdout, stderr } = await read(args);
    expect(stderr).toMatch(words);
    expect(status).toBe(2);
    expect(stdout).toHaveLength(0);
  });
});
