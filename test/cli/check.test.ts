import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Run, run } from '../support/command.ts';

const ROOT = join(import.meta.dirname, '../..');
const KDIG = join(ROOT, 'fixtures/kdig.dnstap');
const KEY = '1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202';

const RIGHT = `version: 1
default: keep
rules:
  - name: who asked
    set:
      names: keep
      client_address: truncate
      query_port: remove
      query_time: { truncate: 1s }
      response_time: { truncate: 1s }
`;
const WITH_WARNING = RIGHT.replace('      query_port: remove\n', '');
const keyed = (key: string) =>
  RIGHT.replace('address: truncate', 'address: hmac').replace('rules:', `key: { ${key} }\nrules:`);

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapfilter-check-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('right.yml', RIGHT);
  write('warning.yml', WITH_WARNING);
  write('shape.yml', 'version: 1\ndefault: kep\nrules: []\n');
  write('meaning.yml', RIGHT.replace('address: truncate', 'address: hmac'));
  write('yaml.yml', 'version: 1\n\tdefault: keep\n');
  write('empty.yml', '');
  write('file.yml', keyed('file: keys/share.key'));
  write('secret.yml', keyed(`file: ${KEY}`));
  write('nowhere.yml', keyed('file: nowhere.key'));
  write('open.yml', keyed('file: keys/open.key'));
  write('phrase.yml', keyed('file: keys/phrase.key'));
  write('env.yml', keyed('env: TAPFILTER_TEST_KEY'));
  write('credential.yml', keyed('credential: tapfilter.key'));
  write('ephemeral.yml', keyed('ephemeral: true'));
  write('sourceless.yml', keyed('rotate: day'));
  write('halves.yml', keyed('file: keys/halves.key').replace('hmac', 'ipcrypt-pfx'));
  mkdirSync(join(folder, 'keys'));
  const writeKey = (name: string, text: string) => writeFileSync(join(folder, 'keys', name), text, { mode: 0o600 });
  writeKey('share.key', KEY);
  writeKey('open.key', KEY);
  chmodSync(join(folder, 'keys/open.key'), 0o644);
  writeKey('phrase.key', 'correct horse battery staple');
  writeKey('halves.key', KEY.slice(0, 32).repeat(2));
});

afterAll(() => rmSync(folder, { recursive: true }));

function check(...args: string[]): Promise<Run> {
  return run(['check', ...args], { cwd: folder });
}

const firstLine = (text: string): string | undefined => text.split('\n')[0];

test('a right file is shown as a table, with status 0', async () => {
  const { status, stdout, stderr } = await check('right.yml');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const lines = stdout.toString().split('\n');
  expect(lines[0]).toBe('right.yml: what becomes of each field, by message type');
  expect(lines[2]).toMatch(/^ +AQ AR CQ CR FQ FR SQ SR TQ TR UQ UR {2}RQ RR$/);
  expect(lines[3]).toMatch(/^ {2}client_address +truncate \/24 \/48 +-$/);
  expect(lines.slice(-2)).toEqual(['No warnings.', '']);
});

describe('warnings', () => {
  test('are shown, with status 0', async () => {
    const { status, stdout, stderr } = await check('warning.yml');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.toString()).toContain('\n1 warning:\n\n  PORT_KEPT\n    Clients are hidden, and query_port');
  });

  test('give status 2 with --strict, and the same text', async () => {
    const { stdout: text } = await check('warning.yml');
    const { status, stdout, stderr } = await check('--strict', 'warning.yml');
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(stdout.toString()).toBe(text.toString());
    expect((await check('--strict', '--json', 'warning.yml')).status).toBe(2);
    expect((await check('--strict', 'right.yml')).status).toBe(0);
  });
});

describe('wrong rules are told as filtering tells them, with status 2', () => {
  test.each(['shape.yml', 'meaning.yml', 'yaml.yml', 'empty.yml', 'sourceless.yml', 'secret.yml'])(
    '%s',
    async (name) => {
      const { status, stderr } = await run([KDIG, 'out.dnstap', '--rules', name], { cwd: folder });
      expect(status).toBe(2);
      expect(stderr).toContain(`${name}:`);
      expect(stderr).not.toContain(KEY);
      for (const options of [[], ['--json'], ['--strict']]) {
        const { stdout, ...rest } = await check(...options, name);
        expect(rest).toEqual({ status, stderr });
        expect(stdout).toHaveLength(0);
      }
    },
  );

  test.each([
    ['a capture', KDIG, /: this is a capture, not a rules file\.$/],
    ['no file', 'nowhere-at-all.yml', /there is no such file or directory \(ENOENT\)\.$/],
    ['a directory', '.', /it is a directory; name a file\.$/],
  ])('%s', async (_title, path, words) => {
    const { status, stdout, stderr } = await check(path);
    expect(firstLine(stderr)).toMatch(words);
    expect(status).toBe(2);
    expect(stdout).toHaveLength(0);
  });
});

describe('rules on standard input', () => {
  const piped = (text: string, ...args: string[]) =>
    run(['check', ...args], { cwd: folder, shell: `printf '%s' '${text}' | { sleep 0.1; "$@"; }` });

  test('are checked as others are', async () => {
    const { stdout: expected } = await check('warning.yml');
    const { status, stdout, stderr } = await piped(WITH_WARNING, '-');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.toString()).toBe(expected.toString().replace('warning.yml', 'standard input'));
    expect((await piped(WITH_WARNING, '/dev/stdin')).stdout.toString()).toBe(
      expected.toString().replace('warning.yml', '/dev/stdin'),
    );
  });

  test('have a name in errors', async () => {
    const { status, stderr } = await piped('version: 1\ndefault: kep\n', '-');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^standard input:2:10: /);
  });

  test('have their key where the command runs', async () => {
    expect(await piped(keyed('file: keys/share.key'), '-')).toMatchObject({ status: 0, stderr: '' });
  });
});

test('--json writes one object', async () => {
  const { status, stdout, stderr } = await check('--json', 'warning.yml');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const report = JSON.parse(stdout.toString());
  expect(Object.keys(report)).toEqual([
    ...[
      'rules',
      'types',
      'drops',
      'undecided',
      'dropsByQuestion',
      'emptied',
      'hidesClients',
      'publicAddresses',
      'warnings',
    ],
  ]);
  expect(report.rules).toBe('warning.yml');
  expect(Object.keys(report.types)).toHaveLength(14);
  expect(report.types.CQ.client_address).toEqual({ effect: 'truncate', ipv4: 24, ipv6: 48 });
  expect(report.warnings).toMatchObject([{ code: 'PORT_KEPT' }]);
});

describe('--schema', () => {
  test('prints the schema that lies beside the rules files of the package', async () => {
    const { status, stdout, stderr } = await check('--schema');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.toString()).toBe(readFileSync(join(ROOT, 'rules/rules.schema.json'), 'utf8'));
  });

  test('takes no file', async () => {
    const { status, stdout, stderr } = await check('--schema', 'right.yml');
    expect(firstLine(stderr)).toContain('--schema takes no file');
    expect(status).toBe(2);
    expect(stdout).toHaveLength(0);
  });
});

test('without a file it says what is needed', async () => {
  const { status, stderr } = await check();
  expect(status).toBe(2);
  expect(firstLine(stderr)).toBe('tapfilter: a rules file is needed: give its name, or - for standard input.');
});

describe('rules may be checked where their key is not:', () => {
  test.each([
    ['nowhere.yml', /cannot read the key file .*nowhere\.key: there is no such file/],
    ['open.yml', /can be read by everybody/],
    ['phrase.yml', /are no key/],
    ['env.yml', /TAPFILTER_TEST_KEY is not set/],
    ['credential.yml', /no credential tapfilter\.key/],
    ['halves.yml', /two halves are the same/],
  ])('%s', async (name, words) => {
    const { status, stdout, stderr } = await check('--strict', name);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^tapfilter: these rules can be checked here, but not used: [^\n]*\n$/);
    expect(stderr).toMatch(words);
    const method = name === 'halves.yml' ? 'ipcrypt-pfx' : 'hmac';
    expect(stdout.toString()).toMatch(new RegExp(`^ {2}client_address +${method} `, 'm'));
    expect(stdout.toString()).toContain('\nNo warnings.\n');
    expect(stdout.toString() + stderr).not.toContain(KEY.slice(0, 16));
  });

  test.each(['file.yml', 'ephemeral.yml'])('nothing is said where it is there: %s', async (name) => {
    expect(await check(name)).toMatchObject({ status: 0, stderr: '' });
  });

  test('the command line replaces its source, also where there is none', async () => {
    for (const name of ['nowhere.yml', 'sourceless.yml', 'meaning.yml']) {
      expect(await check('--key-file', 'keys/share.key', name), name).toMatchObject({ status: 0, stderr: '' });
      expect(await check('--ephemeral-key', name), name).toMatchObject({ status: 0, stderr: '' });
    }
  });

  test('a key that the command line names must be one', async () => {
    const { status, stdout, stderr } = await check('--key-file', 'nowhere.key', 'file.yml');
    expect(stderr).toMatch(/^tapfilter: cannot read the key file nowhere\.key/);
    expect(status).toBe(2);
    expect(stdout).toHaveLength(0);
    expect((await check('--key-file', 'keys/share.key', '--ephemeral-key', 'file.yml')).status).toBe(2);
  });
});

describe('colours', () => {
  /** Runs the command on a terminal of so many columns. */
  const onTerminal = (environment: string, columns = 120) =>
    run(['check', 'warning.yml'], {
      cwd: folder,
      shell: `export TERM=xterm ${environment}; script -qec "stty cols ${columns}; $*" /dev/null`,
    });
  const ESCAPE = '\u001b[';
  /** A terminal ends lines with CR and LF. */
  const textOf = ({ stdout }: Run) => stdout.toString().replaceAll('\r\n', '\n');

  test('are for terminals', async () => {
    expect((await check('warning.yml')).stdout.toString()).not.toContain(ESCAPE);
    expect(textOf(await onTerminal(''))).toContain(`${ESCAPE}33mPORT_KEPT`);
  });

  test.each(['NO_COLOR=1', 'TERM=dumb'])('and not with %s', async (environment) => {
    const { stdout } = await check('warning.yml');
    expect(textOf(await onTerminal(environment))).toBe(stdout.toString());
  });

  test('a narrow terminal has narrow lines', async () => {
    const lines = textOf(await onTerminal('NO_COLOR=1', 64)).split('\n');
    expect(lines.filter((line) => line.length > 64)).toEqual([]);
    expect(lines.filter((line) => line.length > 56)).not.toEqual([]);
  });
});

test('a reader that has seen enough is no failure', async () => {
  const shell = '{ sleep 0.3; "$@"; echo "status $?" >&2; } | true';
  const { stderr } = await run(['check', '--schema'], { cwd: folder, shell });
  expect(stderr).toBe('status 0\n');
});
