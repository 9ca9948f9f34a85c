import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identifyInputs } from '../../src/endpoints/identify.ts';
import { makeFifo, makeFile, temporaryDirectory } from './workspace.ts';

const directory = temporaryDirectory();
const file = (path: string) => ({ kind: 'file', path }) as const;

test('tells which files inputs are, through symbolic links, and passes over what is no regular file', async () => {
  const path = makeFile(directory, 'file', 'content');
  const other = makeFile(directory, 'other', 'content');
  const link = join(directory, 'link');
  symlinkSync('file', link);
  mkdirSync(join(directory, 'folder'));
  const inputs = [makeFifo(directory, 'fifo'), link, join(directory, 'folder'), other];
  const expected = [path, other].map((name) => {
    const { dev, ino } = statSync(name, { bigint: true });
    return { dev, ino, size: 7 };
  });
  expect(await identifyInputs(inputs.map(file))).toEqual(expected);
});

test('an input that is not there is told', async () => {
  const inputs = [file(makeFile(directory, 'there', '')), file(join(directory, 'missing'))];
  await expect(identifyInputs(inputs)).rejects.toMatchObject({ name: 'EndpointError', code: 'INPUT_UNREADABLE' });
  await expect(identifyInputs(inputs)).rejects.toThrow('missing: there is no such file');
});
