import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { leavesOut } from '../support/installed.ts';
import { runProgram } from '../support/run-program.ts';

const share = join(import.meta.dirname, '../../dist/share');
const hasMan = !leavesOut('test/packaging/texts.test.ts', { man: 'man-db' });
const program = createProgram(() => {});
const flags = [program, ...program.commands].flatMap(({ options }) => options.map(({ long }) => long ?? ''));

test.runIf(hasMan)('the manual page has every option, and man finds nothing wrong with it', async () => {
  const page = join(share, 'tapfilter.1');
  const result = await runProgram('sh', ['-c', `MANWIDTH=100 man --warnings -E UTF-8 -l -Tutf8 ${page} | col -b`]);
  expect(result.stderr).toBe('');
  const text = result.stdout.replace(/‐\n\s*/g, '');
  for (const flag of [...new Set(flags)]) expect(text).toContain(flag);
  for (const { name } of program.commands.map((command) => ({ name: command.name() }))) expect(text).toContain(name);
  for (const title of ['EXAMPLES', 'EXIT STATUS', 'SIGNALS', 'ENVIRONMENT', 'INPUTS AND OUTPUTS'])
    expect(text).toContain(title);
});

/** What bash completes where the cursor stands behind the last word. */
async function complete(...words: string[]): Promise<string[]> {
  const script = `source ${join(share, 'tapfilter.bash')}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _tapfilter; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await runProgram('bash', ['-c', script]);
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

test('bash completes commands, options and the values of those that have few', async () => {
  expect(await complete('tapfilter', 'che')).toEqual(['check']);
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

test('the completions of all shells know every option', () => {
  for (const file of ['tapfilter.bash', '_tapfilter', 'tapfilter.fish']) {
    const text = readFileSync(join(share, file), 'utf8');
    const missing = flags.filter((flag) => !text.includes(file.endsWith('.fish') ? ` -l ${flag.slice(2)}` : flag));
    expect(missing).toEqual([]);
  }
});
