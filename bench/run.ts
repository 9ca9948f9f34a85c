/**
 * `npm run bench -- [--size BYTES] [--runs N] [--folder PATH]`: makes a capture, and runs tapfilter, `cat` and the Go tool's copy over
 * it, one after the other in each round, so that all of them see the same machine. Prints medians.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCapture } from './capture.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1000000000' },
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: join(tmpdir(), 'tapfilter-bench') },
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
  const report = join(folder, 'time.txt');
  const { status, stderr } = spawnSync('/usr/bin/time', ['-o', report, '-f', '%e %U %S %M', 'sh', '-c', command]);
  if (status !== 0) throw new Error(`${command}: exit status ${status}\n${stderr}`);
  const [wall = 0, user = 0, system = 0, memory = 0] = spawnSync('cat', [report], { encoding: 'utf8' })
    .stdout.trim()
    .split(' ')
    .map(Number);
  rmSync(output, { force: true });
  return { wall, user, system, memory: memory / 1024 };
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
function filterCommand(from: string, rules: string, jobs: number): string {
  return `node dist/tapfilter.js ${from} ${output} --rules ${rules} --key-file ${key} --quiet --jobs ${jobs}`;
}
for (const [name, path] of [...rulesFiles, ['rules/share.yml, messages cleaned', 'rules/share.yml'] as const]) {
  commands.set(`tapfilter, ${name}`, filterCommand(capture, path, 1));
  if (name.includes('crypto-pan') || name.includes('share')) {
    commands.set(`tapfilter, ${name}, two threads`, filterCommand(capture, path, 2));
  }
  if (!name.includes('crypto-pan')) continue;
  commands.set(`tapfilter, ${name}, every client new`, filterCommand(hardCapture, path, 1));
}

const results = new Map([...commands.keys()].map((name) => [name, [] as Measurement[]]));
for (let run = 0; run <= runs; run++) {
  // The first round warms the page cache and does not count.
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

console.log(`${bytes} bytes, ${frames} frames, seed ${SEED}; ${runs} rounds; medians`);
console.log(`Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}\n`);
console.log('| program | wall s | min - max | user s | system s | peak MiB | frames/s | MB/s | to the Go copy |');
console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|');
for (const [name, list] of results) {
  const seconds = walls.get(name) ?? [];
  const wall = median(seconds);
  // Pair by pair: both of a pair ran in the same round.
  const ratio = median(seconds.map((value, round) => value / (go[round] ?? Number.NaN)));
  const cells = [
    name,
    wall.toFixed(2),
    `${Math.min(...seconds).toFixed(2)} - ${Math.max(...seconds).toFixed(2)}`,
    median(list.map(({ user }) => user)).toFixed(2),
    median(list.map(({ system }) => system)).toFixed(2),
    median(list.map(({ memory }) => memory)).toFixed(0),
    `${(frames / wall / 1e6).toFixed(2)} M`,
    (bytes / wall / 1e6).toFixed(0),
    ratio.toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
