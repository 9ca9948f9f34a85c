import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { KeyError } from '../../src/errors.ts';
import { type KeySource, type KeySurroundings, resolveKey } from '../../src/keys/resolve-key.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { findRuns } from '../leaks/search.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const folder = temporaryFolder();
mkdirSync(join(folder, 'credentials'));

function makeFile(name: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, `${HEX}\n`);
  chmodSync(path, mode);
  return path;
}

function resolve(source: KeySource, surroundings: Partial<KeySurroundings> = {}) {
  return resolveKey(source, { folder, environment: {}, credentialsDirectory: undefined, ...surroundings });
}

async function errorOf(work: Promise<unknown>): Promise<KeyError> {
  try {
    await work;
  } catch (error) {
    expect(error).toBeInstanceOf(KeyError);
    return error as KeyError;
  }
  throw new Error('nothing was wrong');
}

describe('a key from a file', () => {
  test('is looked for beside the rules file, unless its path is absolute', async () => {
    const path = makeFile('share.key');
    expect((await resolve({ file: 'share.key' })).encode()).toBe(`${HEX}\n`);
    expect((await resolve({ file: path }, { folder: '/nowhere' })).encode()).toBe(`${HEX}\n`);
    expect((await errorOf(resolve({ file: 'share.key' }, { folder: '/nowhere' }))).message).toContain(
      '/nowhere/share.key',
    );
  });

  test('is refused where everybody can read it', async () => {
    makeFile('open.key', 0o644);
    expect((await errorOf(resolve({ file: 'open.key' }))).message).toContain(`chmod o-r ${folder}/open.key`);
  });
});

describe('a key from the environment', () => {
  test('is no longer there when it has been read', async () => {
    const environment: Record<string, string | undefined> = { SHARE_KEY: ` ${HEX} `, OTHER: 'stays' };
    expect((await resolve({ env: 'SHARE_KEY' }, { environment })).encode()).toBe(`${HEX}\n`);
    expect(Object.keys(environment)).toEqual(['OTHER']);
  });

  test('is no longer in the environment of this process and of those it starts', async () => {
    process.env.TAPFILTER_TEST_KEY = HEX;
    await resolve({ env: 'TAPFILTER_TEST_KEY' }, { environment: process.env });
    expect('TAPFILTER_TEST_KEY' in process.env).toBe(false);
  });

  test.each([
    ['a pass phrase', 'CORRECT HORSE BATTERY STAPLE'],
    ['digits too few', HEX.slice(1)],
    ['32 characters of which some are control characters', `\u0001\u0002${HEX.slice(2, 32)}`],
    ['nothing', ''],
  ])('that is %s is refused, is gone all the same, and does not show', async (_title, value) => {
    const environment: Record<string, string | undefined> = { SHARE_KEY: value };
    const error = await errorOf(resolve({ env: 'SHARE_KEY' }, { environment }));
    expect(environment).toEqual({});
    expect(error.message).toContain('SHARE_KEY');
    expect(findRuns(value, Buffer.from(`${error.message}${inspect(error.cause)}`), 4)).toEqual([]);
  });

  test('that is not there is told', async () => {
    expect((await errorOf(resolve({ env: 'SHARE_KEY' }))).message).toContain('SHARE_KEY is not set');
  });
});

describe('a key from a systemd credential', () => {
  test('is read from the directory of credentials, whoever may read the file itself', async () => {
    makeFile('credentials/share.key', 0o644);
    const credentialsDirectory = join(folder, 'credentials');
    expect((await resolve({ credential: 'share.key' }, { credentialsDirectory })).encode()).toBe(`${HEX}\n`);
    const error = await errorOf(resolve({ credential: 'other.key' }, { credentialsDirectory }));
    expect(error.message).toContain('the credential other.key');
  });

  test.each(['../share.key', '/etc/passwd', 'a/b', '..', '.', ''])('is not at %j', async (credential) => {
    const error = await errorOf(resolve({ credential }, { credentialsDirectory: join(folder, 'credentials') }));
    expect(error.message).toContain('not a path');
  });

  test.each([undefined, ''])('needs the directory (%j)', async (credentialsDirectory) => {
    makeFile('share.key');
    const error = await errorOf(resolve({ credential: 'share.key' }, { credentialsDirectory }));
    expect(error.message).toContain('$CREDENTIALS_DIRECTORY');
  });
});

test('an ephemeral key is another one each time', async () => {
  const [one, other] = [await resolve({ ephemeral: true }), await resolve({ ephemeral: true })];
  expect(one.encode()).not.toBe(other.encode());
});

test('what the language takes as a section can be resolved, and one without a source is refused', async () => {
  const { key } = parseRules('{ version: 1, default: keep, key: { ephemeral: true, rotate: day } }');
  expect((await resolve(key ?? {})).bytes()).toHaveLength(32);
  expect((await errorOf(resolve({}))).message).toContain('--key-file');
});

test.each(['file', 'env', 'credential'])('a key in place of the name of a %s is not shown', async (source) => {
  const error = await errorOf(resolve({ [source]: HEX }, { credentialsDirectory: folder }));
  expect(findRuns(HEX, Buffer.from(inspect(error)), 4)).toEqual([]);
});
