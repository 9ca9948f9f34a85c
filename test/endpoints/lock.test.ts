import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeLock } from '../../src/endpoints/lock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();

test('a lock is held by one at a time, and is gone when it is let go of', async () => {
  const path = join(folder, 'one.lock');
  const letGo = await takeLock(path, 'out.dnstap');
  await expect(takeLock(path, 'out.dnstap')).rejects.toThrow(
    'cannot write out.dnstap: another tapfilter writes there.',
  );
  await letGo();
  expect(existsSync(path)).toBe(false);
  await (await takeLock(path, 'out.dnstap'))();
});

test('something else in the place of a lock stays, and is told by its name', async () => {
  const path = join(folder, 'two.lock');
  writeFileSync(path, '');
  await expect(takeLock(path, 'out.dnstap')).rejects.toThrow(
    `cannot write out.dnstap: its lock ${path} cannot be taken; remove what has that name.`,
  );
  expect(existsSync(path)).toBe(true);
});

test('a directory that is not there is told', async () => {
  await expect(takeLock(join(folder, 'nowhere/a.lock'), 'out.dnstap')).rejects.toThrow(
    'cannot write out.dnstap: its directory: there is no such file or directory (ENOENT).',
  );
});
