import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { leavesOut } from '../support/installed.ts';
import { runProgram } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const share = join(import.meta.dirname, '../../dist/share');
const FILE = 'test/packaging/texts.test.ts';
const hasMan = !leavesOut(FILE, { man: 'man-db' });
const hasZsh = !leavesOut(FILE, { zsh: 'zsh' });
const hasFish = !leavesOut(FILE, { fish: 'fish' });
const program = createProgram(() => {});
const flags = [program, ...program.commands].flatMap(({ options }) => options.map(({ long }) => long ?? ''));

test.runIf(hasMan)('the manual page has every option, and man finds nothing wrong with it', async () => {
  const page = join(share, 'tapfilter.1');
  const result = await runProgram('sh', ['-c', `MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 ${page} | col -bx`]);
  expect(result.stderr).toBe('');
  const lines = Buffer.from(result.stdout, 'latin1').toString().split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const text = lines.join('\n').replace(/‐\n\s*/g, '');
  for (const flag of [...new Set(flags)]) expect(text).toContain(flag);
  for (const { name } of program.commands.map((command) => ({ name: command.name() }))) expect(text).toContain(name);
  for (const title of ['EXAMPLES', 'EXIT STATUS', 'SIGNALS', 'ENVIRONMENT', 'INPUTS AND OUTPUTS', 'Options of a relay'])
    expect(text).toContain(title);
});

/** Files that may be completed too: one whose name begins as a command's, and one of two words. */
const places = temporaryFolder();
for (const name of ['check.yml', 'two words']) writeFileSync(join(places, name), '');

/** What bash completes where the cursor stands behind the last word. */
async function complete(...words: string[]): Promise<string[]> {
  const script = `cd ${places}; source ${join(share, 'tapfilter.bash')}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _tapfilter; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await runProgram('bash', ['-c', script]);
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

test('bash completes commands, options and the values of those that have few', async () => {
  expect(await complete('tapfilter', 'che')).toEqual(['check', 'check.yml']);
  expect(await complete('tapfilter', 'read', 'tw')).toEqual(['two words']);
  expect(await complete('tapfilter', 'in', 'out', '--on-full', '=', 'bl')).toEqual(['block']);
  expect(await complete('tapfilter', 'in', 'out', '--on-full', '=')).toContain('block');
  expect(await complete('tapfilter', '--on-f')).toEqual(['--on-full']);
  expect(await complete('tapfilter', 'in', 'out', '--on-full', '')).toEqual([
    'drop-newest',
    'drop-oldest',
    'block',
    'spool',
  ]);
  expect(await complete('tapfilter', 'check', '--str')).toEqual(['--strict']);
  expect(await complete('tapfilter', 'map', '--for', 'sub')).toEqual(['subnet']);
});

/** What shells that tell commands and options apart complete; `of` gives the words for a line, in order. */
async function expectToComplete(of: (line: string) => Promise<string[]>): Promise<void> {
  expect(await of('tapfilter che')).toEqual(['check', 'check.yml']);
  expect(await of('tapfilter --on-f')).toEqual(['--on-full']);
  expect(await of('tapfilter in out --on-full ')).toEqual(['block', 'drop-newest', 'drop-oldest', 'spool']);
  expect(await of('tapfilter check --')).toEqual([
    '--ephemeral-key',
    '--help',
    '--json',
    '--key-file',
    '--schema',
    '--strict',
  ]);
  expect(await of('tapfilter map --for sub')).toEqual(['subnet']);
}

test.runIf(hasFish)('fish completes commands, their own options, and values', async () => {
  const of = async (line: string) => {
    const script = `cd ${places}; source ${join(share, 'tapfilter.fish')}; complete -C '${line}'`;
    const { stdout, stderr } = await runProgram('fish', ['--no-config', '-c', script]);
    expect(stderr).toBe('');
    return stdout
      .trim()
      .split('\n')
      .map((row) => row.split('\t')[0]);
  };
  await expectToComplete(of);
});

test.runIf(hasZsh)('zsh completes commands, their own options, and values', async () => {
  const of = async (line: string) => {
    const found = join(places, 'found');
    const { status, stderr } = await runProgram('zsh', [
      '-f',
      join(import.meta.dirname, 'complete.zsh'),
      share,
      found,
      places,
      line,
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const words = readFileSync(found, 'utf8').trim().split('\n');
    rmSync(found);
    return [...new Set(words)].sort();
  };
  await expectToComplete(of);
});

test('the completions of all shells know every option', () => {
  for (const file of ['tapfilter.bash', '_tapfilter', 'tapfilter.fish']) {
    const text = readFileSync(join(share, file), 'utf8');
    const missing = flags.filter((flag) => !text.includes(file.endsWith('.fish') ? ` -l ${flag.slice(2)}` : flag));
    expect(missing).toEqual([]);
  }
});
