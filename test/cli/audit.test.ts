import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KIND_NAMES } from '../../src/audit/kinds.ts';
import { encodeCapture, fixtures } from '../support/captures.ts';
import { run } from '../support/command.ts';
import { filterFrames, shippedRules } from '../support/rules-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const UNBOUND = join(FIXTURES, 'unbound.dnstap');
const folder = temporaryFolder();
const path = (name: string) => join(folder, name);
const audit = (args: string[], options: { stdin?: Uint8Array } = {}) =>
  run(['audit', ...args], { cwd: folder, ...options });

const frames = fixtures.find(({ name }) => name === 'unbound.dnstap')?.frames ?? [];
const share = shippedRules.find(({ name }) => name === 'rules/share.yml');
const written = filterFrames(
  frames.map((frame) => frame.slice()),
  share?.rules ?? { version: 1, default: 'keep' },
).filter((frame) => frame !== undefined);
writeFileSync(path('out.dnstap'), encodeCapture(written));

/** Addresses as text, of either family. */
const ADDRESS = /\d+\.\d+\.\d+\.\d+|[0-9a-f]+:[0-9a-f:]+:/;

describe('a capture by itself', () => {
  test('is counted, without a value of it', async () => {
    const { status, stdout, stderr } = await audit([UNBOUND]);
    const text = stdout.toString();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(text).toContain('1,186 frames');
    expect(text).toMatch(/client_address +768 +218 /);
    expect(text).toMatch(/218 clients, of which 6 stand in one frame only/);
    expect(text.replace(UNBOUND, '')).not.toMatch(ADDRESS);
  });

  test('shows values where that is asked for', async () => {
    const { stdout } = await audit([UNBOUND, '--show']);
    expect(stdout.toString().replace(UNBOUND, '')).toMatch(ADDRESS);
  });

  test('is one JSON object, in which values stand only where that is asked for', async () => {
    const [plain, shown] = await Promise.all([audit([UNBOUND, '--json']), audit([UNBOUND, '--json', '--show'])]);
    const object = JSON.parse(plain.stdout.toString());
    expect(object).toMatchObject({
      frames: 1186,
      groups: { clients: 218 },
      kinds: { client_address: { values: 218 } },
    });
    expect(plain.stdout.toString().replace(UNBOUND, '')).not.toMatch(ADDRESS);
    expect(JSON.parse(shown.stdout.toString()).kinds.client_address.first_values).toContain('203.0.113.197');
  });

  test('may come through a pipe', async () => {
    const { status, stdout } = await audit(['-'], { stdin: readFileSync(UNBOUND) });
    expect(status).toBe(0);
    expect(stdout.toString()).toContain('1,186 frames');
  });

  test('that is cut is counted as far as it goes, and told', async () => {
    writeFileSync(path('cut.dnstap'), readFileSync(UNBOUND).subarray(0, 5000));
    const { status, stdout, stderr } = await audit(['cut.dnstap']);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^tapfilter: cut.dnstap: at byte \d+ it ends/);
    expect(stdout.toString()).toContain('frames: ');
  });
});

describe('beside its original', () => {
  test('what share.yml wrote has nothing left', async () => {
    const { status, stdout, stderr } = await audit(['out.dnstap', '--original', UNBOUND, '--rules', 'share']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.toString()).toContain('Nothing was found of what is to be hidden.');
    expect(stdout.toString()).toContain('What this cannot see:\n  Known pairs');
  });

  test('what nobody filtered ends in 4, with kinds and frames and no value', async () => {
    const { status, stdout } = await audit([UNBOUND, '--original', UNBOUND, '--rules', 'share']);
    const text = stdout.toString();
    expect(status).toBe(4);
    expect(text).toMatch(
      /^ {2}client_address is what it was in the original: \d+ frames, 1 2 3 14 15 16 17 20 21 22 \.\.\.$/m,
    );
    expect(text.replaceAll(UNBOUND, '')).not.toMatch(ADDRESS);
  });

  test('is told as an object', async () => {
    const { status, stdout } = await audit([UNBOUND, '--original', UNBOUND, '--json']);
    const { original } = JSON.parse(stdout.toString());
    expect(status).toBe(4);
    expect(original.found).toContainEqual(expect.objectContaining({ kind: 'cookie', reason: 'same', frames: 9 }));
    expect(original.exempt).toContainEqual({ kind: 'name', because: 'not judged without --rules', frames: 1052 });
  });
});

test('takes rules whose key is elsewhere, or came from the command line', async () => {
  writeFileSync(path('keyless.yml'), 'version: 1\ndefault: keep\nrules: [{ set: { client_address: crypto-pan } }]\n');
  writeFileSync(
    path('far.yml'),
    'version: 1\ndefault: keep\nkey: { file: nowhere.key }\nrules: [{ set: { names: hash } }]\n',
  );
  for (const rules of ['keyless.yml', 'far.yml']) {
    const { status, stderr } = await audit([UNBOUND, '--original', UNBOUND, '--rules', rules]);
    expect({ status, stderr }).toEqual({ status: 4, stderr: '' });
  }
});

describe('refuses', () => {
  test.each([
    ['rules without an original', ['out.dnstap', '--rules', 'share'], /name it with --original/],
    ['a pipe beside an original', ['-', '--original', UNBOUND], /read twice/],
    ['nothing', [], /missing required argument/],
    ['rules that are wrong', ['out.dnstap', '--original', UNBOUND, '--rules', 'wrong.yml'], /wrong\.yml/],
  ])('%s', async (_name, args, message) => {
    writeFileSync(path('wrong.yml'), 'version: 2\n');
    const { status, stderr } = await audit(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});

test('the documentation has every kind', () => {
  const page = readFileSync(join(FIXTURES, '../docs/audit.md'), 'utf8');
  expect(KIND_NAMES.filter((kind) => !page.includes(`\`${kind}\``))).toEqual([]);
});
