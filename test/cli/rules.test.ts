import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixtures } from '../support/captures.ts';
import { run } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const rules = new URL('../../rules/', import.meta.url);
const names = readdirSync(rules)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => name.replace('.yml', ''));
const capture = fixtures.find(({ name }) => name === 'nsd.dnstap');
writeFileSync(join(folder, 'in.dnstap'), capture?.bytes ?? expect.fail('no such fixture'));

function text(name: string): string {
  return readFileSync(new URL(`${name}.yml`, rules), 'utf8');
}

describe('tapfilter rules', () => {
  test('lists the files that come with tapfilter, a line each', async () => {
    const { status, stdout, stderr } = await run(['rules']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.toString().trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(names.toSorted());
    for (const line of lines) expect(line).toMatch(/^[a-z-]+ +[A-Z].{20,90}\.$/);
  });

  test.each(names)('prints %s byte for byte', async (name) => {
    const { status, stdout } = await run(['rules', name]);
    expect(status).toBe(0);
    expect(stdout.toString()).toBe(text(name));
  });

  test('says which there are, where there is none of a name', async () => {
    const { status, stderr } = await run(['rules', 'nothing']);
    expect(status).toBe(2);
    expect(stderr).toContain('no rules called nothing');
    expect(stderr).toContain('share');
    expect((await run(['rules', '../package'])).status).toBe(2);
  });
});

describe('--rules', () => {
  const filter = (rulesArgument: string, output: string) =>
    run(['in.dnstap', output, '--rules', rulesArgument, '--ephemeral-key', '--summary', 'json'], { cwd: folder });

  test.each(names)('takes %s by its name', async (name) => {
    const { status, stderr } = await filter(name, `${name}.dnstap`);
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('"read":772') });
    expect((await run(['check', name], { cwd: folder })).status).toBe(0);
  });

  test('takes a file of that name where there is one', async () => {
    mkdirSync(join(folder, 'own'));
    writeFileSync(join(folder, 'own', 'share'), 'version: 1\ndefault: keep\nrules: [{ action: drop }]\n');
    const { stderr } = await run(['../in.dnstap', 'none.dnstap', '--rules', 'share', '--summary', 'json'], {
      cwd: join(folder, 'own'),
    });
    expect(stderr).toContain('"written":0');
  });

  test('takes the name of a path for a path', async () => {
    const { status, stderr } = await filter('./share', 'path.dnstap');
    expect(status).toBe(2);
    expect(stderr).toContain('cannot read the rules ./share');
  });

  test('says which names there are, where there is neither a file nor one of them', async () => {
    const { status, stderr } = await filter('sharr', 'none-of-them.dnstap');
    expect(status).toBe(2);
    expect(stderr).toContain('there is no file sharr, and no rules of that name come with tapfilter');
  });
});

test('a misspelt command is told apart from a capture', async () => {
  const { status, stderr } = await run(['chekc', 'share.yml'], { cwd: folder });
  expect(status).toBe(2);
  expect(stderr).toContain('did you mean "tapfilter check"?');
});
