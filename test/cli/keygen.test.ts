import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findRuns } from '../leaks/search.ts';
import { run } from '../support/command.ts';

let folder = '';
const path = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapfilter-keygen-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('tapfilter keygen', () => {
  test('writes a new key that only its owner can read, and says so in a line', async () => {
    const { status, stdout, stderr } = await run(['keygen', 'share.key'], { cwd: folder });
    expect(status).toBe(0);
    expect(stdout).toHaveLength(0);
    expect(stderr).toMatch(/^tapfilter: wrote a new key to share\.key.* can undo .*pseudonyms.*\n$/);
    expect(statSync(path('share.key')).mode & 0o777).toBe(0o600);
    const key = readFileSync(path('share.key'), 'utf8');
    expect(key).toMatch(/^[0-9a-f]{64}\n$/);
    expect(findRuns(key, Buffer.from(stderr), 4)).toEqual([]);
  });

  test('writes another key each time', async () => {
    await run(['keygen', 'a.key'], { cwd: folder });
    await run(['keygen', 'b.key'], { cwd: folder });
    expect(readFileSync(path('a.key'), 'utf8')).not.toBe(readFileSync(path('b.key'), 'utf8'));
  });

  test('never replaces a file', async () => {
    writeFileSync(path('share.key'), 'precious');
    const { status, stderr } = await run(['keygen', 'share.key'], { cwd: folder });
    expect(status).toBe(1);
    expect(stderr).toContain('share.key exists');
    expect(readFileSync(path('share.key'), 'utf8')).toBe('precious');
  });

  test.each(['', './'])('repeats no key that is given in place of a name (behind %j)', async (before) => {
    const key = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    const { status, stdout, stderr } = await run(['keygen', `${before}${key}`], { cwd: folder });
    expect(findRuns(key, Buffer.from(`${stdout.toString('latin1')}${stderr}`), 4)).toEqual([]);
    expect(stderr).toContain('tapfilter: ');
    // What has a folder before it may be a name.
    if (before === '') expect({ status, files: readdirSync(folder) }).toEqual({ status: 2, files: [] });
  });

  test('in a folder that does not exist is told what to do', async () => {
    const { status, stderr } = await run(['keygen', 'keys/share.key'], { cwd: folder });
    expect(stderr).toBe(
      'tapfilter: cannot write keys/share.key: the directory keys does not exist; create it first.\n',
    );
    expect(status).toBe(1);
  });

  test.each([[[]], [['-']], [['']], [['a.key', 'b.key']]])('of %j is wrong usage', async (names) => {
    const { status, stdout, stderr } = await run(['keygen', ...names], { cwd: folder });
    expect(status).toBe(2);
    expect(stderr).toContain('tapfilter: ');
    expect(stdout).toHaveLength(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});
