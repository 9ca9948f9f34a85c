import { execFileSync, spawn } from 'node:child_process';
import {
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib, { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMMAND, run } from '../support/command.ts';

const ROOT = join(import.meta.dirname, '../..');
const BIND = join(ROOT, 'fixtures/bind-recursive.dnstap');
const KNOT = join(ROOT, 'fixtures/knot.dnstap');
const SHARE = join(ROOT, 'rules/share.yml');

const bind = readFileSync(BIND);

let folder = '';
const path = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapfilter-cli-'));
  writeFileSync(path('keep.yml'), 'version: 1\ndefault: keep\n');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** The files in the folder, hidden ones too, without the rules. */
const left = () => readdirSync(folder).filter((name) => name !== 'keep.yml');

describe('a run', () => {
  test('filters a capture into a file that only its owner can read, and sums up', async () => {
    // Under another key other pseudonyms of few bits are what they stand for, by chance, and are no change.
    writeFileSync(path('share.key'), `${'5a'.repeat(31)}00\n`, { mode: 0o600 });
    const args = [BIND, 'out.dnstap', '--rules', SHARE, '--key-file', 'share.key'];
    const { status, stdout, stderr } = await run(args, { cwd: folder });
    const sum = stderr.replace(/[\d.]+ s$/m, 'T s');
    expect(sum).toMatchInlineSnapshot(`
      "1,127 frames read, 1,078 written, 49 dropped; 251,348 bytes read, 200,603 written; T s
        dropped     30  by the rule "no updates"
        dropped     19  by the rule "no transfers"
        changed    594  client_address: crypto-pan
        changed  1,078  query_port: remove
        changed    779  query_time: truncate
        changed    540  response_time: truncate
        changed    555  edns: remove
        changed     66  edns: crypto-pan
        changed     67  records: remove
        changed      6  records: replace
        changed    296  reverse_names: crypto-pan
        changed  1,069  message_id: zero
        changed  1,078  identity: remove
        changed  1,078  version: replace
        removed      5  DNS messages that do not parse (DNS_MALFORMED)
        removed      4  DNS messages of another opcode than QUERY (DNS_OPCODE)
        removed      4  client subnets that are none, or one of several (SUBNET_INVALID)
      "
    `);
    expect(status).toBe(0);
    expect(stdout).toHaveLength(0);
    expect(statSync(path('out.dnstap')).mode & 0o777).toBe(0o600);
    expect(left()).toEqual(['out.dnstap', 'share.key']);
  });

  test('that changes nothing writes the same bytes', async () => {
    const { status } = await run([BIND, 'out.dnstap', '--rules', 'keep.yml'], { cwd: folder });
    expect(status).toBe(0);
    expect(readFileSync(path('out.dnstap')).equals(bind)).toBe(true);
  });

  test('sums up as JSON, or not at all', async () => {
    const json = await run([BIND, 'a.dnstap', '--rules', SHARE, '--ephemeral-key', '--summary', 'json'], {
      cwd: folder,
    });
    expect(json.stderr.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(json.stderr)).toMatchObject({
      frames: { read: 1127, rebuilt: 0 },
      dropped: {
        rules: [
          { rule: 'no updates', frames: 30 },
          { rule: 'no transfers', frames: 19 },
        ],
        reasons: {},
      },
      problems: [],
    });
    const quiet = await run([BIND, 'b.dnstap', '--rules', SHARE, '--ephemeral-key', '--quiet'], { cwd: folder });
    expect(quiet).toMatchObject({ status: 0, stderr: '' });
  });

  test('reads standard input and writes standard output', async () => {
    const { status, stdout } = await run(['-', '-', '--rules', 'keep.yml'], { cwd: folder, stdin: bind });
    expect(status).toBe(0);
    expect(stdout.equals(bind)).toBe(true);
  });

  test('joins several inputs into one capture', async () => {
    const { status } = await run([BIND, KNOT, '-o', 'out.dnstap', '--rules', 'keep.yml'], { cwd: folder });
    expect(status).toBe(0);
    const expected = Buffer.concat([bind.subarray(0, -12), readFileSync(KNOT).subarray(42)]);
    expect(readFileSync(path('out.dnstap')).equals(expected)).toBe(true);
  });

  test('reads gzip, and writes it where the name asks for it', async () => {
    writeFileSync(path('in.gz'), gzipSync(bind));
    const { status } = await run(['in.gz', 'out.dnstap.gz', '--rules', 'keep.yml'], { cwd: folder });
    expect(status).toBe(0);
    const out = readFileSync(path('out.dnstap.gz'));
    expect(out.equals(bind)).toBe(false);
    expect(gunzipSync(out).equals(bind)).toBe(true);
  });

  test.skipIf(!('createZstdDecompress' in zlib))('reads zstd, and writes it where the name asks for it', async () => {
    writeFileSync(path('in.zst'), execFileSync('zstd', ['-c'], { input: bind }));
    const { status } = await run(['in.zst', 'out.dnstap.zst', '--rules', 'keep.yml'], { cwd: folder });
    expect(status).toBe(0);
    const out = readFileSync(path('out.dnstap.zst'));
    expect(out.equals(bind)).toBe(false);
    expect(execFileSync('zstd', ['-dc'], { input: out }).equals(bind)).toBe(true);
  });

  test('gives the output the mode that it is told', async () => {
    await run([BIND, 'out.dnstap', '--rules', 'keep.yml', '--mode', '0640'], { cwd: folder });
    expect(statSync(path('out.dnstap')).mode & 0o777).toBe(0o640);
  });

  test('drops what is longer than the limits, and says that it is not complete', async () => {
    const { status, stderr } = await run(
      [
        BIND,
        'out.dnstap',
        '--rules',
        'keep.yml',
        '--max-frame',
        '1000',
        '--max-output-frame',
        '300',
        '--summary',
        'json',
      ],
      { cwd: folder },
    );
    expect(status).toBe(3);
    const { frames, dropped } = JSON.parse(stderr) as {
      frames: { read: number; written: number };
      dropped: { reasons: Record<string, number> };
    };
    const { FRAME_TOO_LONG = 0, OUTPUT_FRAME_TOO_LONG = 0 } = dropped.reasons;
    expect(frames.read).toBe(1127);
    expect(FRAME_TOO_LONG).toBeGreaterThan(0);
    expect(OUTPUT_FRAME_TOO_LONG).toBeGreaterThan(0);
    expect(frames.written).toBe(frames.read - FRAME_TOO_LONG - OUTPUT_FRAME_TOO_LONG);
  });
});

describe('an input', () => {
  test('that is cut is filtered to its last whole frame, told with its offset', async () => {
    writeFileSync(path('cut.dnstap'), bind.subarray(0, 100_000));
    const { status, stderr } = await run(['cut.dnstap', 'out.dnstap', '--rules', 'keep.yml', '--quiet'], {
      cwd: folder,
    });
    expect(status).toBe(3);
    const offset = Number(/at byte (\d+)/.exec(stderr)?.[1]);
    expect(stderr).toBe(
      `tapfilter: cut.dnstap: at byte ${offset} it ends in the middle of a frame; what comes before was filtered.\n`,
    );
    const expected = Buffer.concat([bind.subarray(0, offset), bind.subarray(-12)]);
    expect(readFileSync(path('out.dnstap')).equals(expected)).toBe(true);
    expect(offset).toBeGreaterThan(99_000);
  });

  test('that is empty is told, and nothing is said of what comes before', async () => {
    writeFileSync(path('empty.dnstap'), '');
    const { status, stderr } = await run(['empty.dnstap', 'out.dnstap', '--rules', 'keep.yml', '--quiet'], {
      cwd: folder,
    });
    expect(stderr).toBe('tapfilter: empty.dnstap: at byte 0 it is empty, without START and STOP.\n');
    expect(status).toBe(3);
  });

  test('without STOP, or with bytes after it, is read whole', async () => {
    writeFileSync(path('stopless.dnstap'), bind.subarray(0, -12));
    writeFileSync(path('longer.dnstap'), Buffer.concat([bind, bind]));
    for (const [name, words] of [
      ['stopless.dnstap', `at byte ${bind.length - 12} it ends without STOP`],
      ['longer.dnstap', `at byte ${bind.length} there are bytes after STOP`],
    ]) {
      const { status, stderr } = await run([name as string, 'out.dnstap', '--rules', 'keep.yml', '--force'], {
        cwd: folder,
      });
      expect(stderr).toContain(words);
      expect(status).toBe(3);
      expect(readFileSync(path('out.dnstap')).equals(bind)).toBe(true);
    }
  });

  test('that is empty, as a young capture is, gives an empty capture', async () => {
    writeFileSync(path('empty.dnstap'), '');
    const { status, stderr } = await run(['empty.dnstap', 'out.dnstap', '--rules', 'keep.yml'], { cwd: folder });
    expect(stderr).toContain('at byte 0 it is empty, without START and STOP');
    expect(status).toBe(3);
    expect(readFileSync(path('out.dnstap')).equals(Buffer.concat([bind.subarray(0, 42), bind.subarray(-12)]))).toBe(
      true,
    );
  });

  test.each([
    ['a pcap file', Buffer.from('d4c3b2a1020004000000000000000000', 'hex'), /looks like .*pcap/],
    ['a text log', Buffer.from('23-Nov-2026 07:28:47.000 queries: info: client\n'), /looks like .*text/],
    [
      'another content type',
      Buffer.from(bind.toString('latin1').replace('dnstap.Dnstap', 'dnstap.Dnstab'), 'latin1'),
      /content type/,
    ],
  ])('that is %s is refused, and nothing is written', async (_name, bytes, words) => {
    writeFileSync(path('in'), bytes);
    const { status, stderr } = await run(['in', 'out.dnstap', '--rules', 'keep.yml'], { cwd: folder });
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
    expect(left()).toEqual(['in']);
  });

  test('that is missing, or a folder, is told by its name', async () => {
    for (const name of ['nowhere.dnstap', '.']) {
      const { status, stderr } = await run([name, 'out.dnstap', '--rules', 'keep.yml'], { cwd: folder });
      expect(stderr).toContain(`tapfilter: cannot read ${name}: `);
      expect(status).toBe(1);
      expect(left()).toEqual([]);
    }
  });
});

describe('an output', () => {
  test('that exists is replaced only by force', async () => {
    writeFileSync(path('out.dnstap'), 'mine');
    const refused = await run([BIND, 'out.dnstap', '--rules', 'keep.yml'], { cwd: folder });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('--force');
    expect(readFileSync(path('out.dnstap'), 'utf8')).toBe('mine');
    const forced = await run([BIND, 'out.dnstap', '--rules', 'keep.yml', '--force'], { cwd: folder });
    expect(forced.status).toBe(0);
    expect(readFileSync(path('out.dnstap')).equals(bind)).toBe(true);
  });

  test.each([
    ['the rules', 'mine.yml', ['--rules', 'mine.yml']],
    ['the key of the rules', 'my.key', ['--rules', 'mine.yml']],
    ['the key of the command line', 'other.key', ['--rules', 'mine.yml', '--key-file', 'other.key']],
  ])('is never the file of %s, by whatever force', async (_, name, options) => {
    const texts = {
      'mine.yml': 'version: 1\ndefault: keep\nkey: { file: my.key }\nrules: [{ set: { client_address: hmac } }]\n',
      'my.key': '0123456789abcdef'.repeat(4),
      'other.key': 'fedcba9876543210'.repeat(4),
    };
    for (const [file, text] of Object.entries(texts)) writeFileSync(path(file), text, { mode: 0o600 });
    const { status, stderr } = await run([BIND, name, ...options, '--force'], { cwd: folder });
    expect(stderr).toContain(`cannot write ${name}: it is the same file as an input, the rules or the key`);
    expect(status).toBe(1);
    expect(readFileSync(path(name), 'utf8')).toBe(texts[name as keyof typeof texts]);
  });

  test('replaces a key file that is not used', async () => {
    writeFileSync(path('rules.yml'), 'version: 1\ndefault: keep\nkey: { file: no.key }\n');
    writeFileSync(path('no.key'), 'nothing of use');
    const args = [BIND, 'no.key', '--rules', 'rules.yml', '--ephemeral-key', '--force'];
    expect((await run(args, { cwd: folder })).status).toBe(0);
  });

  test('is never an input, by whatever name and force', async () => {
    writeFileSync(path('in.dnstap'), bind);
    linkSync(path('in.dnstap'), path('hard.dnstap'));
    symlinkSync('in.dnstap', path('soft.dnstap'));
    for (const name of ['in.dnstap', 'hard.dnstap', 'soft.dnstap']) {
      const { status } = await run(['in.dnstap', name, '--rules', 'keep.yml', '--force'], { cwd: folder });
      expect(status).toBe(1);
    }
    const shell = '"$@" >> in.dnstap';
    expect((await run(['in.dnstap', '-', '--rules', 'keep.yml'], { cwd: folder, shell })).status).toBe(1);
    expect(readFileSync(path('in.dnstap')).equals(bind)).toBe(true);
  });

  test('is never a device, and a folder that cannot be written is told', async () => {
    const device = await run([BIND, '/dev/null', '--rules', 'keep.yml', '--force'], { cwd: folder });
    expect(device.status).toBe(1);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    const missing = await run([BIND, 'no/such/out.dnstap', '--rules', 'keep.yml'], { cwd: folder });
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('no/such');
  });

  test('that is not named, where the last of several files exists, is asked for', async () => {
    writeFileSync(path('a.dnstap'), bind);
    writeFileSync(path('b.dnstap'), bind);
    writeFileSync(path('c.dnstap'), 'kept');
    const { status, stderr } = await run(['a.dnstap', 'b.dnstap', 'c.dnstap', '--rules', 'keep.yml', '--force'], {
      cwd: folder,
    });
    expect(status).toBe(2);
    expect(stderr).toContain('-o');
    expect(readFileSync(path('c.dnstap'), 'utf8')).toBe('kept');
  });

  test('whose reader goes away ends the run', async () => {
    const shell = '{ "$@"; echo "status $?" >&2; } | head -c 10 > /dev/null';
    // More than a pipe holds.
    const inputs = [BIND, BIND, BIND, BIND];
    const { stderr } = await run([...inputs, '-o', '-', '--rules', 'keep.yml'], { cwd: folder, shell });
    expect(stderr).toContain('went away before everything was written');
    expect(stderr).toContain('status 1');
  });

  test('on a full disk ends the run', async () => {
    const { status, stderr } = await run([BIND, '-', '--rules', 'keep.yml'], {
      cwd: folder,
      shell: '"$@" > /dev/full',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/disk is full/);
  });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGXCPU'] as const)(
  '%s leaves no half file',
  async (signal) => {
    const child = spawn(process.execPath, [COMMAND, '-', 'out.dnstap', '--rules', 'keep.yml'], { cwd: folder });
    const ended = new Promise((resolve) => child.on('close', (code, by) => resolve(code ?? by)));
    child.stdin.write(bind.subarray(0, 100_000));
    while (left().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill(signal);
    expect(await ended).toBe(signal);
    expect(left()).toEqual([]);
  },
);

test('on a terminal shows progress, and leaves the terminal as it was when it is interrupted', async () => {
  // script(1) gives it a terminal; the input is a pipe that stays open longer than a run without progress takes.
  const command = `(head -c 100000 '${BIND}'; sleep 1.3; tail -c +100001 '${BIND}' | head -c 100000; sleep 20) | '${process.execPath}' '${COMMAND}' - out.dnstap --rules keep.yml`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, detached: true });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (!shown.includes('\x1b[?7l')) await new Promise((resolve) => setTimeout(resolve, 20));
  // What the terminal makes of Ctrl-C.
  child.stdin.write('\x03');
  await ended;
  expect(shown.split('\x1b[?7h')).toHaveLength(shown.split('\x1b[?7l').length);
  expect(left()).toEqual([]);
}, 30_000);

test('a run whose log nobody reads, or can be written, is done all the same', async () => {
  for (const shell of ['"$@" 2>/dev/full', '{ "$@"; echo "$?" > status; } 2>&1 >/dev/null | true']) {
    const { status } = await run([BIND, 'out.dnstap', '--rules', 'keep.yml', '--force'], { cwd: folder, shell });
    expect(status).toBe(0);
  }
  expect(readFileSync(path('status'), 'utf8')).toBe('0\n');
  expect(readFileSync(path('out.dnstap')).equals(bind)).toBe(true);
});

test('what comes through a pipe goes on at once', async () => {
  const child = spawn(process.execPath, [COMMAND, '-', '-', '--rules', 'keep.yml'], { cwd: folder });
  child.stdin.write(bind.subarray(0, 1000));
  let received = 0;
  for await (const chunk of child.stdout) {
    received += (chunk as Buffer).length;
    if (received > 800) break;
  }
  expect(received).toBeGreaterThan(800);
  child.kill();
});

/** Runs with a hook that writes down the peak of resident memory; resolves to it in MiB. */
async function peakMemory(args: readonly string[]): Promise<number> {
  writeFileSync(
    path('peak.cjs'),
    `process.on('exit', () => require('node:fs').writeFileSync('peak', String(process.resourceUsage().maxRSS)));`,
  );
  const { status } = await run(args, { cwd: folder, shell: 'NODE_OPTIONS="--require ./peak.cjs" "$@"' });
  expect(status).toBe(0);
  return Number(readFileSync(path('peak'), 'utf8')) / 1024;
}

describe('memory stays bounded', () => {
  const captureOf = (frame: Buffer, count: number) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    const frames = new Array<Buffer>(count).fill(Buffer.concat([length, frame]));
    return Buffer.concat([bind.subarray(0, 42), ...frames, bind.subarray(-12)]);
  };

  test('when rules make tiny frames long', async () => {
    const text = 'x'.repeat(1024);
    const set = `identity: { replace: ${text} }, version: { replace: ${text} }, extra: { replace: ${text} }`;
    writeFileSync(path('long.yml'), `version: 1\ndefault: keep\nrules:\n  - set: { ${set} }\n`);
    writeFileSync(path('tiny.dnstap'), captureOf(Buffer.from('720208017801', 'hex'), 100_000));
    const peak = await peakMemory(['tiny.dnstap', 'out.dnstap', '--rules', 'long.yml', '--quiet']);
    expect(statSync(path('out.dnstap')).size).toBeGreaterThan(300_000_000);
    expect(peak).toBeLessThan(250);
  });

  test('when frames of a megabyte of unknown fields have to be rebuilt', async () => {
    const unknown = Buffer.from('c80201'.repeat(340_000), 'hex');
    const frame = Buffer.concat([Buffer.from('72020801f80001', 'hex'), unknown]);
    writeFileSync(path('unknown.yml'), 'version: 1\ndefault: keep\nrules:\n  - set: { unknown: keep }\n');
    const args = ['--max-output-frame', '2000000', '--rules', 'unknown.yml', '--quiet'];
    writeFileSync(path('unknown.dnstap'), captureOf(frame, 40));
    expect(await peakMemory(['unknown.dnstap', 'out.dnstap', ...args])).toBeLessThan(200);
  });
});

describe('wrong usage', () => {
  test.each([
    [[], /an input is needed/],
    [['in.dnstap'], /only in\.dnstap/],
    [[BIND, 'out.dnstap'], /--rules/],
    [[BIND, 'out.dnstap', '--rules', 'nowhere.yml'], /cannot read the rules nowhere\.yml/],
    [['-', '-', '-o', 'out.dnstap', '--rules', 'keep.yml'], /only one of the inputs/],
    [[BIND, 'unix:/run/x.sock?mode=0660', '--rules', 'keep.yml'], /mode is for a socket that is listened on/],
    [[BIND, 'out.dnstap', '--rules', 'keep.yml', '--mode', '9'], /octal/],
    [[BIND, 'out.dnstap', '--rules', 'keep.yml', '--max-frame', '0'], /whole number/],
    [[BIND, 'out.dnstap', '--rules', 'keep.yml', '--sumary', 'json'], /Did you mean --summary/],
  ])('%j is told, with status 2', async (args, words) => {
    const { status, stderr, stdout } = await run(args, { cwd: folder });
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/^tapfilter: /i);
    expect(status).toBe(2);
    expect(stdout).toHaveLength(0);
    expect(left()).toEqual([]);
  });

  test('of the rules is shown at its place', async () => {
    writeFileSync(path('wrong.yml'), 'version: 1\ndefault: kep\n');
    const { status, stderr } = await run([BIND, 'out.dnstap', '--rules', 'wrong.yml'], { cwd: folder });
    rmSync(path('wrong.yml'));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^wrong\.yml:2:10: .*\n {4}default: kep\n {4} {9}\^\^\^\n$/);
    expect(left()).toEqual([]);
  });
});

test('help and version go to standard output, with status 0', async () => {
  const help = await run(['--help']);
  expect(help.status).toBe(0);
  expect(help.stdout.toString()).toContain('tapfilter in.dnstap out.dnstap --rules share.yml');
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect((await run(['--version'])).stdout.toString()).toBe(`${version}\n`);
});
