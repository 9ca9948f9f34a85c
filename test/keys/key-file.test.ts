import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Key } from '../../src/anonymize/key.ts';
import { EndpointError, KeyError } from '../../src/errors.ts';
import { MAX_KEY_FILE_LENGTH, readKeyFile, writeKeyFile } from '../../src/keys/key-file.ts';
import { findRuns } from '../leaks/search.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
let files = 0;

/** A new file. */
function makeFile(content: string | Uint8Array, mode = 0o600): string {
  const path = join(folder, `FILE${files++}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

async function errorOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was wrong');
}

const HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const bytes = Buffer.from(HEX, 'hex');

describe('a key file', () => {
  test.each([
    ['of digits', `${HEX}\n`],
    ['of base64', bytes.toString('base64')],
    ['of bytes', bytes],
    ['that is as long as one may be', HEX.padStart(MAX_KEY_FILE_LENGTH)],
  ])('%s is read', async (_title, content) => {
    expect((await readKeyFile(makeFile(content))).encode()).toBe(`${HEX}\n`);
  });

  test('may be a symbolic link, and may be read by a group', async () => {
    const path = join(folder, 'LINK');
    symlinkSync(makeFile(HEX, 0o640), path);
    expect((await readKeyFile(path)).bytes()).toEqual(Uint8Array.from(bytes));
  });

  test('that everybody can read is refused, with what to do', async () => {
    const path = makeFile(HEX, 0o604);
    const error = await errorOf(readKeyFile(path));
    expect(error).toBeInstanceOf(KeyError);
    expect(error.message).toContain(`chmod o-r ${path}`);
    expect((await readKeyFile(path, { areOthersKeptOut: true })).encode()).toBe(`${HEX}\n`);
  });

  test('that everybody can write is refused, with what to do', async () => {
    const path = makeFile(HEX, 0o602);
    const error = await errorOf(readKeyFile(path));
    expect(error).toBeInstanceOf(KeyError);
    expect(error.message).toContain(`chmod o-w ${path}`);
    expect((await readKeyFile(path, { areOthersKeptOut: true })).encode()).toBe(`${HEX}\n`);
  });

  test('behind a symbolic link is the one that counts', async () => {
    const path = join(folder, 'OPEN');
    symlinkSync(makeFile(HEX, 0o644), path);
    await expect(readKeyFile(path)).rejects.toThrow('chmod o-r');
  });

  test('that is too long is refused without being read to its end', async () => {
    const path = makeFile('');
    execFileSync('truncate', ['-s', '1T', path]);
    await expect(readKeyFile(path)).rejects.toThrow('more than 4096 bytes');
  });

  test('that is a directory, a pipe, a device or nothing at all is refused at once', async () => {
    mkdirSync(join(folder, 'DIRECTORY'));
    execFileSync('mkfifo', [join(folder, 'FIFO')]);
    await expect(readKeyFile(join(folder, 'DIRECTORY'))).rejects.toThrow('a directory');
    await expect(readKeyFile(join(folder, 'FIFO'))).rejects.toThrow('a pipe');
    await expect(readKeyFile('/dev/zero')).rejects.toThrow('a device');
    const error = await errorOf(readKeyFile(join(folder, 'NOTHING')));
    expect(error).toMatchObject({ code: 'KEY_INVALID' });
    expect(error.message).toContain('there is no such file or directory (ENOENT)');
  });

  test.each([HEX, `0x${HEX}`, bytes.toString('base64')])(
    'is not %s: a key in place of a name is not shown',
    async (text) => {
      const error = await errorOf(readKeyFile(text));
      expect(error).toBeInstanceOf(KeyError);
      expect(findRuns(text, Buffer.from(inspect(error)), 4)).toEqual([]);
    },
  );

  test.each([
    ['a pass phrase', 'CORRECT HORSE BATTERY STAPLE'],
    ['digits too few', HEX.slice(1)],
    ['digits with white space in them', HEX.replace(/../g, '$& ')],
    ['two keys', `${HEX}\n${HEX}\n`],
    ['base64 too long', `${bytes.toString('base64')}=`],
    ['bytes too many', Buffer.concat([bytes, bytes])],
    ['more than a key file has', HEX.repeat(100)],
    ['nothing', ''],
  ])('with %s is refused, and the error tells nothing of it', async (_title, content) => {
    const error = await errorOf(readKeyFile(makeFile(content)));
    expect(error).toBeInstanceOf(KeyError);
    expect(error.message).toMatch(/FILE\d+/);
    const shown = Buffer.from(`${error.message}${inspect(error.cause)}`);
    expect(findRuns(Buffer.from(content).toString('latin1'), shown, 4)).toEqual([]);
  });
});

describe('a new key file', () => {
  const key = Key.parse(bytes);

  test('is one that only its owner can read, with a umask of 0 too', async () => {
    const before = process.umask(0);
    try {
      const path = join(folder, 'NEW');
      await writeKeyFile(path, key);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readFileSync(path, 'utf8')).toBe(`${HEX}\n`);
      expect((await readKeyFile(path)).encode()).toBe(`${HEX}\n`);
    } finally {
      process.umask(before);
    }
  });

  test('never replaces a file, nor what a symbolic link points to', async () => {
    const path = makeFile('precious');
    const link = join(folder, 'DANGLING');
    symlinkSync(join(folder, 'ELSEWHERE'), link);
    for (const name of [path, link]) {
      const error = await errorOf(writeKeyFile(name, key));
      expect(error).toBeInstanceOf(EndpointError);
      expect(error).toMatchObject({ code: 'OUTPUT_EXISTS' });
      expect(error.message).toContain(name);
    }
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(readdirSync(folder)).not.toContain('ELSEWHERE');
  });

  test('in a folder that is not there is refused', async () => {
    const error = await errorOf(writeKeyFile(join(folder, 'NOWHERE', 'NEW'), key));
    expect(error).toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    expect(error.message).toContain('create it first');
  });

  describe('that cannot be written', () => {
    afterEach(() => vi.restoreAllMocks());

    test.each(['writeFile', 'sync'] as const)('to its end (%s) is removed again', async (step) => {
      const handle = await open(makeFile(''));
      const prototype = Object.getPrototypeOf(handle);
      await handle.close();
      vi.spyOn(prototype, step).mockRejectedValue(Object.assign(new Error(HEX), { code: 'ENOSPC' }));
      const error = await errorOf(writeKeyFile(join(folder, 'HALF'), key));
      expect(error).toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
      expect(error.message).toContain('the disk is full');
      expect(error.message).not.toContain(HEX);
      expect(readdirSync(folder)).not.toContain('HALF');
    });
  });
});
