/**
 * `npm run bench -- [--size BYTES] [--runs N] [--folder PATH] [--plot FILE] [--cold]`: makes two captures, and runs tapfilter, `cat` and the Go
 * tool's copy over them, one after the other in each round, so that all of them see the same machine; with `--cold` each reads its capture
 * from the disk. Prints medians, and draws them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawBars } from './bars.ts';
import { writeCapture } from './capture.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1000000000' },
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: join(tmpdir(), 'tapfilter-bench') },
    plot: { type: 'string' },
    cold: { type: 'boolean', default: false },
  },
});
const size = Number(values.size);
const runs = Number(values.runs);
const { folder } = values;
const SEED = 20_261_123;

const DROP_TYPES = '  - match: { type: [update, resolver] }\n    action: drop\n';

const RULES = {
  'nothing changed': 'version: 1\ndefault: keep\n',
  'types dropped, clients truncated, messages removed': `version: 1
default: keep
rules:
${DROP_TYPES}  - set: { client_address: truncate, query_message: remove, response_message: remove }
`,
  'clients by crypto-pan, messages removed': `version: 1
default: keep
rules:
  - set: { client_address: crypto-pan, query_message: remove, response_message: remove }
`,
  'clients truncated, names hashed': `version: 1
default: keep
rules:
  - set: { client_address: truncate, names: hash }
`,
};

interface Measurement {
  wall: number;
  user: number;
  system: number;
  /** Peak resident memory, in MiB. */
  memory: number;
}

/** Runs a command by the shell under GNU time. */
function measure(command: string): Measurement {
  if (values.cold) for (const path of [capture, hardCapture]) forgetPages(path);
  const report = join(folder, 'time.txt');
  const begin = performance.now();
  const { status, stderr } = spawnSync('/usr/bin/time', ['-o', report, '-f', '%U %S %M', 'sh', '-c', command]);
  if (status !== 0) throw new Error(`${command}: exit status ${status}\n${stderr}`);
  // GNU time counts in hundredths of a second, which is too coarse for a start.
  const wall = (performance.now() - begin) / 1000;
  const [user = 0, system = 0, memory = 0] = spawnSync('cat', [report], { encoding: 'utf8' })
    .stdout.trim()
    .split(' ')
    .map(Number);
  rmSync(output, { force: true });
  return { wall, user, system, memory: memory / 1024 };
}

/** Has the system forget what it keeps of a file in memory. */
function forgetPages(path: string): void {
  const { status, stderr } = spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

mkdirSync(folder, { recursive: true });
const output = join(folder, 'out.dnstap');
const key = join(folder, 'bench.key');
writeFileSync(key, `${'0123456789abcdef'.repeat(4)}\n`, { mode: 0o600 });

const capture = join(folder, 'usual.dnstap');
const hardCapture = join(folder, 'hard.dnstap');
await writeCapture(capture, size, { seed: SEED, kind: 'usual' });
await writeCapture(hardCapture, size, { seed: SEED, kind: 'hard' });
const bytes = statSync(capture).size;

const GO = 'dnstap -r -w (Go)';
const commands = new Map([
  ['cat', `cat ${capture} > ${output}`],
  [GO, `dnstap -r ${capture} -w ${output}`],
]);
const rulesFiles = Object.entries(RULES).map(([name, text], index) => {
  const path = join(folder, `rules-${index}.yml`);
  writeFileSync(path, text);
  return [name, path] as const;
});
const cryptoPan = join(folder, 'rules-2.yml');
function filterCommand(from: string, rules: string, jobs: number): string {
  return `node dist/tapfilter.js ${from} ${output} --rules ${rules} --key-file ${key} --quiet --jobs ${jobs}`;
}
for (const [name, path] of [...rulesFiles, ['rules/share.yml, messages cleaned', 'rules/share.yml'] as const]) {
  commands.set(`tapfilter, ${name}`, filterCommand(capture, path, 1));
  if (name !== 'nothing changed') commands.set(`tapfilter, ${name}, two threads`, filterCommand(capture, path, 2));
}
const HARD_GO = `${GO}, hard`;
commands.set(HARD_GO, `dnstap -r ${hardCapture} -w ${output}`);
commands.set('tapfilter, clients by crypto-pan, messages removed, hard', filterCommand(hardCapture, cryptoPan, 1));
commands.set('tapfilter, rules/share.yml, messages cleaned, hard', filterCommand(hardCapture, 'rules/share.yml', 1));

// What starting up costs, without much to filter.
const NODE = 'node -e 0';
commands.set(NODE, 'node -e 0');
const VERSION = 'tapfilter --version';
commands.set(VERSION, 'node dist/tapfilter.js --version > /dev/null');
const small = 'fixtures/bind-recursive.dnstap';
const SMALL = 'tapfilter, share.yml, a capture of 250 KB';
commands.set(SMALL, filterCommand(small, 'rules/share.yml', 1));
const starts = new Set([NODE, VERSION, SMALL]);

const results = new Map([...commands.keys()].map((name) => [name, [] as Measurement[]]));
for (let run = values.cold ? 1 : 0; run <= runs; run++) {
  // A round before the first one warms the page cache and does not count.
  for (const [name, command] of commands)
    if (run > 0) results.get(name)?.push(measure(command));
    else measure(command);
}

const summary = spawnSync(
  'node',
  ['dist/tapfilter.js', capture, output, '--rules', join(folder, 'rules-0.yml'), '--summary', 'json', '--jobs', '1'],
  {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  },
);
const frames = (JSON.parse(summary.stderr) as { frames: { read: number } }).frames.read;
rmSync(output, { force: true });
const walls = new Map([...results].map(([name, list]) => [name, list.map(({ wall }) => wall)]));
const go = walls.get(GO) ?? [];

const bars: { name: string; ratio: number }[] = [];
console.log(
  `${bytes} bytes, ${frames} frames, seed ${SEED}; ${runs} rounds${values.cold ? ', captures not in memory' : ''}; medians`,
);
console.log(`Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}\n`);
console.log('| program | wall s | min - max | user s | system s | peak MiB | frames/s | MB/s | to the Go copy |');
console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|');
for (const [name, list] of results) {
  const seconds = walls.get(name) ?? [];
  const wall = median(seconds);
  const isLarge = !starts.has(name);
  // Pair by pair: both of a pair ran in the same round, and over the same capture.
  const base = name.endsWith('hard') ? (walls.get(HARD_GO) ?? []) : go;
  const ratio = median(seconds.map((value, round) => value / (base[round] ?? Number.NaN)));
  if (isLarge) bars.push({ name, ratio });
  const digits = isLarge ? 2 : 3;
  const cells = [
    name,
    wall.toFixed(digits),
    `${Math.min(...seconds).toFixed(digits)} - ${Math.max(...seconds).toFixed(digits)}`,
    median(list.map(({ user }) => user)).toFixed(2),
    median(list.map(({ system }) => system)).toFixed(2),
    median(list.map(({ memory }) => memory)).toFixed(0),
    isLarge && !name.endsWith('hard') ? `${(frames / wall / 1e6).toFixed(2)} M` : '',
    isLarge ? (bytes / wall / 1e6).toFixed(0) : '',
    isLarge ? ratio.toFixed(2) : '',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
if (values.plot !== undefined)
  writeFileSync(values.plot, drawBars('Wall time, as a multiple of the Go copy of the same capture', bars));
