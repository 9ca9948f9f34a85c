import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMAND } from '../support/command.ts';
import { leavesOut } from '../support/installed.ts';
import { runProgram } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const fixture = join(root, 'fixtures/bind-recursive.dnstap');
const folder = temporaryFolder();
const hasDpkg = !leavesOut('test/packaging/package.test.ts', { 'dpkg-deb': 'dpkg' });
const isRootInCi = process.env.CI !== undefined && process.getuid?.() === 0;
if (!isRootInCi) console.warn('Left out of test/packaging/package.test.ts: installing packages, which CI does.');

/** The main job, done by a command elsewhere, with rules that come with it. */
async function filtersWith(command: string): Promise<void> {
  const output = join(folder, `${Math.random()}.dnstap`);
  const result = await runProgram(command, [fixture, output, '--rules', 'share', '--ephemeral-key', '--jobs', '2']);
  expect(result).toMatchObject({ status: 0 });
  expect(result.stderr).toContain('1,127 frames read');
}

test('npm packs what is needed to run, and nothing else', () => {
  const [{ files = [] } = {}] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as { files?: { path: string }[] }[];
  const folders = new Set(
    files.map(({ path }) =>
      path.includes('/')
        ? path
            .split('/')
            .slice(0, 2)
            .join('/')
            .replace(/[^/]*\.(md|yml|json)$/, '*')
        : path,
    ),
  );
  const others = [...folders].filter(
    (name) =>
      !/^(dist\/(chunks|lib|share|tapfilter\.js|filter-worker\.js)|docs\/\*|rules\/\*|contrib\/(grafana|prometheus|systemd))$/.test(
        name,
      ),
  );
  expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'docs/performance.svg', 'package.json']);
});

test.runIf(isRootInCi)('the tarball of npm installs into an empty place, and runs there', async () => {
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const prefix = join(folder, 'prefix');
  execFileSync(
    'npm',
    [
      'install',
      '--global',
      '--prefix',
      prefix,
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      join(folder, packed.trim()),
    ],
    { stdio: 'ignore' },
  );
  await filtersWith(join(prefix, 'bin/tapfilter'));
});

test.runIf(hasDpkg)(
  'the Debian package has command, units, manual page and completions, and its command runs',
  async () => {
    const deb = execFileSync(join(root, 'packaging/debian-package.sh'), [folder], { encoding: 'utf8' }).trim();
    expect(execFileSync('dpkg-deb', ['-f', deb, 'Depends'], { encoding: 'utf8' }).trim()).toBe('nodejs (>= 20.19)');
    const unpacked = join(folder, 'unpacked');
    execFileSync('dpkg-deb', ['-x', deb, unpacked]);
    for (const path of [
      'usr/lib/systemd/system/tapfilter@.service',
      'usr/lib/systemd/system/tapfilter@.socket',
      'usr/lib/sysusers.d/tapfilter.conf',
      'usr/share/man/man1/tapfilter.1.gz',
      'usr/share/bash-completion/completions/tapfilter',
      'usr/share/doc/tapfilter/copyright',
      'usr/share/doc/tapfilter/third-party-licenses.txt',
      'usr/share/doc/tapfilter/docs/operations.md',
    ]) {
      expect(existsSync(join(unpacked, path)), path).toBe(true);
    }
    await filtersWith(join(unpacked, 'usr/bin/tapfilter'));
  },
);

test.runIf(isRootInCi)('the Debian package installs, runs, and is removed without a rest', async () => {
  const deb = execFileSync(join(root, 'packaging/debian-package.sh'), [folder], { encoding: 'utf8' }).trim();
  // This Debian has no Node that is new enough; the one of the tests is.
  execFileSync('dpkg', ['-i', '--force-depends', deb], { stdio: 'ignore' });
  try {
    expect(execFileSync('id', ['-un', 'tapfilter'], { encoding: 'utf8' }).trim()).toBe('tapfilter');
    await filtersWith('/usr/bin/tapfilter');
  } finally {
    execFileSync('dpkg', ['-r', 'tapfilter'], { stdio: 'ignore' });
  }
  expect(existsSync('/usr/lib/tapfilter')).toBe(false);
});

test('packages of others that are in the command have their licenses with it', () => {
  const text = readFileSync(join(root, 'dist/share/third-party-licenses.txt'), 'utf8');
  const named = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+ \(/gm)].map(([, name]) => name);
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(named).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  expect(
    text.match(/Permission is hereby granted|Permission to use|Redistribution and use|Apache License/g)?.length,
  ).toBeGreaterThanOrEqual(named.length);
});

test('nothing is loaded that an old Node may not know before it is told so', () => {
  const imported = [...readFileSync(COMMAND, 'utf8').matchAll(/^(?:import|export)\b.*["'](.*)["']/gm)].map(
    ([, from]) => from,
  );
  expect(imported.length).toBeGreaterThan(0);
  expect(imported.filter((from) => !from?.startsWith('node:'))).toEqual([]);
});

test('a Node that is too old is told so in one line', async () => {
  const old =
    'data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } })';
  const result = await runProgram(process.execPath, ['--import', old, COMMAND, '--version']);
  expect(result).toEqual({
    status: 1,
    stdout: '',
    stderr: 'tapfilter needs Node 20.19 or later; this is Node 18.20.4.\n',
  });
});

test('the command runs from a copy of what is built alone', async () => {
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  for (const name of ['dist', 'rules', 'package.json']) cpSync(join(root, name), join(copy, name), { recursive: true });
  expect(readdirSync(copy)).not.toContain('node_modules');
  await filtersWith(join(copy, 'dist/tapfilter.js'));
});
