import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../support/command.ts';

/** The key and pairs of Crypto-PAn's own sample trace; under it the commands must give what is published. */
const VECTORS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/vectors/crypto-pan-sample-trace.json'), 'utf8'),
) as { key: string; pairs: [string, string][] };

let folder = '';
const map = (args: string[], stdin?: string) =>
  run(['map', ...args], { cwd: folder, ...(stdin !== undefined && { stdin: Buffer.from(stdin) }) });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapfilter-map-'));
  writeFileSync(join(folder, 'sample.key'), `${VECTORS.key}\n`, { mode: 0o600 });
  const rules = (key: string) => `version: 1
default: keep
public: { addresses: [192.0.2.53] }
key: { ${key} }
rules:
  - set: { client_address: crypto-pan, server_address: crypto-pan }
`;
  writeFileSync(join(folder, 'plain.yml'), rules('file: sample.key'));
  writeFileSync(join(folder, 'week.yml'), rules('file: sample.key, rotate: week'));
  writeFileSync(join(folder, 'one.yml'), rules('file: sample.key, maps: one'));
  writeFileSync(join(folder, 'ephemeral.yml'), rules('ephemeral: true'));
  writeFileSync(join(folder, 'env.yml'), rules('env: SHARE_KEY'));
  writeFileSync(
    join(folder, 'servers.yml'),
    'version: 1\ndefault: keep\nkey: { file: sample.key }\nrules: [{ set: { server_address: hmac } }]\n',
  );
  writeFileSync(
    join(folder, 'inner.yml'),
    'version: 1\ndefault: keep\nkey: { file: sample.key }\n' +
      'rules: [{ set: { edns: { client_subnet: ipcrypt-pfx } } }, { set: { reverse_names: ipcrypt-pfx } }]\n',
  );
  writeFileSync(join(folder, 'keyless.yml'), 'version: 1\ndefault: keep\n');
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('map', () => {
  test('writes each address, a tab and its published pseudonym', async () => {
    const expected = VECTORS.pairs.map(([address, pseudonym]) => `${address}\t${pseudonym}\n`).join('');
    const addresses = VECTORS.pairs.map(([address]) => address);
    const byFile = await map(['--key-file', 'sample.key', '--method', 'crypto-pan', ...addresses]);
    expect(byFile).toMatchObject({ status: 0, stderr: '' });
    expect(byFile.stdout.toString()).toBe(expected);
    const byRules = await map(['--rules', 'plain.yml'], `\n${addresses.join('\n')}\n`);
    expect(byRules.stdout.toString()).toBe(expected);
  });

  test('goes back with --reverse', async () => {
    const { stdout } = await map([
      '--rules',
      'plain.yml',
      '--reverse',
      ...VECTORS.pairs.map(([, pseudonym]) => pseudonym),
    ]);
    expect(stdout.toString()).toBe(VECTORS.pairs.map(([address, pseudonym]) => `${pseudonym}\t${address}\n`).join(''));
  });

  const MAPS = ['client', 'forwarder', 'server', 'subnet', 'reverse'];

  test('gives each map its own pseudonyms, unless the rules put all in one', async () => {
    const of = async (rules: string, name: string) =>
      (await map(['--rules', rules, '--for', name, '192.0.2.1'])).stdout.toString();
    const all = await Promise.all(MAPS.map((name) => of('plain.yml', name)));
    expect(new Set(all).size).toBe(5);
    const one = await Promise.all(MAPS.map((name) => of('one.yml', name)));
    expect(new Set(one)).toEqual(new Set([all[0]]));
  });

  test('has the method of the field that --for names, and of clients where rules do not name it', async () => {
    const of = async (...args: string[]) => (await map([...args, '192.0.2.1'])).stdout.toString();
    for (const name of ['subnet', 'reverse']) {
      const byMethod = (method: string) => of('--key-file', 'sample.key', '--method', method, '--for', name);
      expect(await of('--rules', 'inner.yml', '--for', name)).toBe(await byMethod('ipcrypt-pfx'));
      expect(await of('--rules', 'plain.yml', '--for', name)).toBe(await byMethod('crypto-pan'));
    }
    for (const name of ['client', 'server']) {
      const { status, stderr } = await map(['--rules', 'inner.yml', '--for', name, '192.0.2.1']);
      expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining(`for ${name}_address`) });
    }
  });

  test('gives each period its own pseudonyms, and asks for a time', async () => {
    const at = async (time: string) =>
      (await map(['--rules', 'week.yml', '--at', time, '192.0.2.1'])).stdout.toString();
    const monday = await at('2026-11-23');
    expect(await at('2026-11-29T23:59:59Z')).toBe(monday);
    expect(await at('2026-11-30T00:59:59+01:00')).toBe(monday);
    expect(await at('2026-11-30T00:00:00Z')).not.toBe(monday);
    for (const args of [
      [],
      ['--at', 'today'],
      ['--at', '2026-11-23T10:00:00'],
      ['--at', '2026-13-01'],
      ['--at', '2026-02-31'],
    ]) {
      const { status, stderr } = await map(['--rules', 'week.yml', ...args, '192.0.2.1']);
      expect(status).toBe(2);
      expect(stderr).toContain('--at');
    }
    expect((await map(['--rules', 'plain.yml', '--at', '2026-11-23', '192.0.2.1'])).status).toBe(2);
  });

  test('leaves what the rules declare public, and keeps mapped addresses mapped', async () => {
    const { stdout } = await map(['--rules', 'plain.yml', '192.0.2.53', '::ffff:24.5.0.80', '::ffff:192.0.2.53']);
    expect(stdout.toString()).toBe(
      '192.0.2.53\t192.0.2.53\n::ffff:24.5.0.80\t::ffff:100.9.15.210\n::ffff:192.0.2.53\t::ffff:192.0.2.53\n',
    );
    const back = await map(['--rules', 'plain.yml', '--reverse', '::ffff:100.9.15.210']);
    expect(back.stdout.toString()).toBe('::ffff:100.9.15.210\t::ffff:24.5.0.80\n');
  });

  test.each([
    [['192.0.2.1'], /--key-file/],
    [['--key-file', 'sample.key', '192.0.2.1'], /--method/],
    [['--rules', 'keyless.yml', '192.0.2.1'], /no key/],
    [['--rules', 'servers.yml', '192.0.2.1'], /have one for client_address/],
    [['--rules', 'ephemeral.yml', '192.0.2.1'], /ephemeral/],
    [['--key-file', 'sample.key', '--method', 'rot13', '192.0.2.1'], /crypto-pan, ipcrypt-pfx, hmac/],
    [['--key-file', 'sample.key', '--method', 'hmac', '--reverse', '192.0.2.1'], /cannot be undone/],
    [['--rules', 'plain.yml', '192.0.2.256'], /"192\.0\.2\.256" is no IP address/],
  ])('%j is told, with status 2', async (args, words) => {
    const { status, stderr, stdout } = await map(args);
    expect(stderr).toMatch(words);
    expect(status).toBe(2);
    expect(stdout).toHaveLength(0);
  });

  test('names the line of standard input that is no address', async () => {
    const { status, stderr, stdout } = await map(['--rules', 'plain.yml'], '24.5.0.80\nlocalhost\n');
    expect(status).toBe(2);
    expect(stderr.split('\n')[0]).toBe('tapfilter: line 2 is no IP address.');
    expect(stdout.toString()).toBe('24.5.0.80\t100.9.15.210\n');
  });

  test('ends quietly when its reader has seen enough', async () => {
    const stdin = Buffer.from('192.0.2.1\n'.repeat(100_000));
    const shell = '"$@" | head -n 1';
    const { status, stderr, stdout } = await run(['map', '--rules', 'plain.yml'], { cwd: folder, stdin, shell });
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout.toString().split('\n')).toHaveLength(2);
  });
});

describe('two runs', () => {
  const FIXTURE = join(import.meta.dirname, '../../fixtures/bind-recursive.dnstap');
  const filter = (...args: string[]) => run([FIXTURE, '-', ...args], { cwd: folder });

  test('with the same key give the same bytes, wherever the key comes from', async () => {
    const expected = (await filter('--rules', 'plain.yml')).stdout;
    expect(expected.length).toBeGreaterThan(100_000);
    const given = await filter('--rules', 'ephemeral.yml', '--key-file', 'sample.key');
    expect(given.stdout.equals(expected)).toBe(true);
    const shell = `SHARE_KEY=${VECTORS.key} "$@"`;
    const env = await run([FIXTURE, '-', '--rules', 'env.yml'], { cwd: folder, shell });
    expect(env.stdout.equals(expected)).toBe(true);
  });

  test('with another key, map or period do not join', async () => {
    const outputs = await Promise.all([
      filter('--rules', 'plain.yml'),
      filter('--rules', 'week.yml'),
      filter('--rules', 'ephemeral.yml'),
      filter('--rules', 'plain.yml', '--ephemeral-key'),
    ]);
    for (const { status } of outputs) expect(status).toBe(0);
    expect(new Set(outputs.map(({ stdout }) => stdout.toString('hex'))).size).toBe(outputs.length);
  });

  test('show no part of the key, whatever goes wrong', async () => {
    const runs = await Promise.all([
      filter('--rules', 'plain.yml'),
      filter('--rules', 'plain.yml', '--summary', 'json'),
      filter('--rules', 'plain.yml', '--key-file', FIXTURE),
      filter('--rules', 'sample.key'),
      filter('--rules', 'plain.yml', '--key-file', VECTORS.key),
      run(['map', '--key-file', 'sample.key', '--method', 'hmac'], { cwd: folder, stdin: Buffer.from(VECTORS.key) }),
      run(['keygen', 'sample.key'], { cwd: folder }),
      run(['map', '--key-file', 'sample.key', '--method', 'hmac', VECTORS.key], { cwd: folder }),
      run(['map', '--method', VECTORS.key, '192.0.2.1'], { cwd: folder }),
      filter('--rules', VECTORS.key),
    ]);
    const raw = Buffer.from(VECTORS.key, 'hex');
    for (const { stdout, stderr } of runs) {
      for (let start = 0; start + 8 <= raw.length; start += 4) {
        const part = raw.subarray(start, start + 8);
        expect(stdout.includes(part)).toBe(false);
        for (const text of [part.toString('hex'), part.toString('base64').slice(0, 10)]) {
          expect(`${stderr}${stdout.toString('latin1')}`.includes(text)).toBe(false);
        }
      }
    }
  });
});
