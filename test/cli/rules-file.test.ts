import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Run, run } from '../support/command.ts';

const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = readdirSync(join(ROOT, 'fixtures')).filter((name) => name.endsWith('.dnstap'));
const KDIG = join(ROOT, 'fixtures/kdig.dnstap');
const RULES = 'version: 1\ndefault: keep\n';

let folder = '';
const path = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapfilter-rules-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function filter(rules: string, shell?: string): Promise<Run> {
  return run([KDIG, 'out.dnstap', '--rules', rules], { cwd: folder, ...(shell !== undefined && { shell }) });
}

/** Writes `bytes` to a file, gives it as rules, and answers with what is told of it, which must be no success. */
async function refusalOf(bytes: Uint8Array): Promise<string> {
  writeFileSync(path('r.yml'), bytes);
  const { status, stdout, stderr } = await filter('r.yml');
  expect(status).toBe(2);
  expect(stdout).toHaveLength(0);
  expect(readdirSync(folder)).not.toContain('out.dnstap');
  return stderr;
}

/** What is told, without a hint to the help that may follow. */
const firstLine = (text: string): string | undefined => text.split('\n')[0];

describe('what is no rules file is called what it is, and nothing of it is shown', () => {
  test.each(FIXTURES)('the capture %s', async (name) => {
    const capture = readFileSync(join(ROOT, 'fixtures', name));
    expect(firstLine(await refusalOf(capture))).toBe(
      'tapfilter: cannot use the rules r.yml: this is a capture, not a rules file.',
    );
    expect(firstLine(await refusalOf(gzipSync(capture)))).toBe(
      'tapfilter: cannot use the rules r.yml: this is gzip data, not a rules file.',
    );
  });

  const name = 'www.client.example';
  test.each<[string, string, string]>([
    ['zstd data', `\x28\xb5\x2f\xfd\x04${name}`, 'this is zstd data, not a rules file'],
    ['pcap', `\xd4\xc3\xb2\xa1\x02\0\x04\0${name}`, 'this is a pcap capture of packets, not a rules file'],
    ['pcapng', `\x0a\x0d\x0d\x0a\x1c\0\0\0${name}`, 'this is a pcapng capture of packets, not a rules file'],
    ['C-DNS', `\x83\x65C-DNS${name}`, 'this is a C-DNS file (CBOR), not a rules file'],
    ['a capture whose first length is wrong', `\0\0\0\0\xff\xff\xff\xff${name}`, 'this is a capture, not a rules file'],
    ['zero bytes', '\0'.repeat(5000), 'this is nothing but zero bytes, not a rules file'],
    ['bytes of no format', `\x07${name}\xff\0`, 'r.yml:1:1: a rules file has no control characters (this is U+0007)'],
    ['a name, then bytes of no format', `${name}\xff\0`, 'r.yml:1:19: this is not UTF-8'],
    ['a log', `2026-07-28 ${name} A\n2026-07-28 ${name} A\n`, 'r.yml:1:1: this is no rules file'],
  ])('%s', async (_title, bytes, told) => {
    const stderr = await refusalOf(Buffer.from(bytes, 'latin1'));
    expect(stderr).toContain(told);
    expect(stderr).not.toContain('client');
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });
});

describe('a rules file with a wrong character is told where it is', () => {
  test('in another encoding', async () => {
    const refusal = await refusalOf(Buffer.from(`# f\xfcr alle\n${RULES}`, 'latin1'));
    expect(refusal).toBe('r.yml:1:4: this is not UTF-8: save the file as UTF-8\n');
  });

  test('with a control character', async () => {
    expect(await refusalOf(Buffer.from(`${RULES}# \x07`))).toContain(
      'r.yml:3:3: a rules file has no control characters',
    );
  });
});

describe('a rules file is read as far as it may be long', () => {
  test('one of a GiB is refused', { timeout: 20_000 }, async () => {
    writeFileSync(path('r.yml'), RULES + ' '.repeat(8192));
    const file = openSync(path('r.yml'), 'r+');
    ftruncateSync(file, 1 << 30);
    closeSync(file);
    const { status, stderr } = await filter('r.yml');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'r.yml:1:1: a rules file has at most 2097152 characters\n',
    });
  });

  test('in characters, however many bytes they have', async () => {
    const start = `\ufeff${RULES}#`;
    const longest = start + '\u4e2d'.repeat((1 << 21) - start.length + 1);
    expect(await refusalOf(Buffer.from(`${longest}#`))).toContain('at most 2097152 characters');
    writeFileSync(path('r.yml'), longest);
    expect((await filter('r.yml')).status).toBe(0);
  });

  test('out of a pipe too, which may never end', async () => {
    const { status, stderr } = await filter('/dev/stdin', 'yes | "$@"');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: '/dev/stdin:1:1: a rules file has at most 2097152 characters\n',
    });
  });
});

describe('a rules file can come out of a pipe', () => {
  test('of the shell, slowly', async () => {
    const { status } = await filter(
      '/dev/stdin',
      `{ sleep 0.2; echo 'version: 1'; sleep 0.2; echo 'default: keep'; } | "$@"`,
    );
    expect(status).toBe(0);
  });

  test('of the shell, whose writer is done', async () => {
    const { status } = await filter('/dev/stdin', `printf 'version: 1\\ndefault: keep\\n' | { sleep 0.2; "$@"; }`);
    expect(status).toBe(0);
  });

  test('with a name, whose writer comes later', async () => {
    execFileSync('mkfifo', [path('rules')]);
    const { status } = await filter('rules', `{ sleep 0.2; printf 'version: 1\\ndefault: keep\\n' > rules; } & "$@"`);
    expect(status).toBe(0);
  });

  test('but where nobody writes it is not waited for ever', { timeout: 20_000 }, async () => {
    execFileSync('mkfifo', [path('rules')]);
    const { status, stderr } = await filter('rules');
    expect(status).toBe(2);
    expect(firstLine(stderr)).toBe('tapfilter: cannot read the rules rules: it is a pipe, and nobody writes into it.');
  });
});

describe('what has no rules to read is refused', () => {
  test.each([
    ['/dev/zero', 'it is a device; name a file'],
    ['/dev/null', 'it is a device; name a file'],
    ['.', 'it is a directory; name a file'],
    ['loop', 'it is a symbolic link that is not followed here, or one of a loop (ELOOP)'],
    ['nowhere.yml', 'there is no such file or directory (ENOENT)'],
  ])('%s', async (rules, told) => {
    symlinkSync('loop', path('loop'));
    const { status, stderr } = await filter(rules);
    expect(status).toBe(2);
    expect(firstLine(stderr)).toBe(`tapfilter: cannot read the rules ${rules}: ${told}.`);
  });
});
