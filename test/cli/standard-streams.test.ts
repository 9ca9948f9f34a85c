import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { run } from '../support/command.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

test.each([['--version'], ['-V'], ['-V', 'in.dnstap']])('%s tells the version', async (...args) => {
  expect(await run(args)).toMatchObject({ status: 0, stderr: '', stdout: Buffer.from(`${version}\n`) });
});

describe.each([['--version'], ['--help'], ['rules'], ['rules', 'share'], ['check', '--schema']])('%s %s', (...args) => {
  const words = args.filter((word) => word !== undefined);

  test('on a full disk fails, with a line that says so', async () => {
    const { status, stderr } = await run(words, { shell: '"$@" > /dev/full' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^tapfilter: cannot write standard output: the disk is full;[^\n]*\n$/);
  });

  test('for somebody who has stopped reading is no failure', async () => {
    const { stdout, stderr } = await run(words, { shell: '{ "$@"; echo "$?" >&2; } | true' });
    expect(stdout.toString()).toBe('');
    expect(stderr).toBe('0\n');
  });
});
