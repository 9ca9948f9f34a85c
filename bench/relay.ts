/**
 * `npm run bench:relay -- [--size BYTES] [--runs N] [--seconds N] [--folder PATH]`: sends a capture by fstrm_replay through relays to
 * fstrm_capture, one chain after the other in each round, and prints medians; then sends in batches, as fast as that goes, through tapfilter.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeCapture } from './capture.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '200000000' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '30' },
    folder: { type: 'string', default: join(tmpdir(), 'tapfilter-bench-relay') },
  },
});
const { folder } = values;
const SEED = 20_261_124;
const CONTENT_TYPE = 'protobuf:dnstap.Dnstap';
/** START and STOP of a file, in bytes; fstrm_capture keeps up to a block of its output to itself until it ends. */
const START_LENGTH = 42;
const STOP_LENGTH = 12;
const UNWRITTEN = 8192;

mkdirSync(folder, { recursive: true });
const at = (name: string) => join(folder, name);
const input = at('in.sock');
const output = at('out.sock');
const captured = at('captured.dnstap');
const capture = at('capture.dnstap');
const pauses = at('pause.txt');
writeFileSync(at('bench.key'), `${'0123456789abcdef'.repeat(4)}\n`, { mode: 0o600 });
writeFileSync(at('keep.yml'), 'version: 1\ndefault: keep\n');
// What the relay itself does not tell: the longest time for which its loop did nothing else.
writeFileSync(
  at('pause.mjs'),
  `import { monitorEventLoopDelay } from 'node:perf_hooks';
import { writeFileSync } from 'node:fs';
const delay = monitorEventLoopDelay({ resolution: 1 });
setTimeout(() => { delay.enable(); delay.reset(); }, 500).unref();
process.on('exit', () => writeFileSync(${JSON.stringify(pauses)}, String(delay.max / 1e6)));
`,
);
await writeCapture(capture, Number(values.size), { seed: SEED, kind: 'usual' });

const tapfilter = (rules: string, policy: string) => [
  'node',
  ...['--import', at('pause.mjs'), 'dist/tapfilter.js', `unix:${input}`, `unix:${output}`, '--rules', rules],
  ...['--key-file', at('bench.key'), '--on-full', policy, '--log', 'json'],
];

const CHAINS = new Map<string, { relay: string[] | undefined; rules: string }>([
  ['nothing between', { relay: undefined, rules: at('keep.yml') }],
  ['dnstap -u -U (Go), which copies', { relay: ['dnstap', '-u', input, '-U', output], rules: at('keep.yml') }],
  ['tapfilter, nothing changed', { relay: tapfilter(at('keep.yml'), 'block'), rules: at('keep.yml') }],
  ['tapfilter, rules/share.yml', { relay: tapfilter('rules/share.yml', 'block'), rules: 'rules/share.yml' }],
]);

/** How long a capture is after the rules. */
function lengthAfter(rules: string): number {
  const filtered = at('filtered.dnstap');
  const args = [
    'dist/tapfilter.js',
    capture,
    filtered,
    '--rules',
    rules,
    '--key-file',
    at('bench.key'),
    '--force',
    '--quiet',
  ];
  if (spawnSync('node', args).status !== 0) throw new Error('the filter failed');
  const { size } = statSync(filtered);
  rmSync(filtered);
  return size;
}

interface Measurement {
  wall: number;
  cpu: number;
  memory: number;
  pause: number;
}

const running = new Set<ChildProcess>();

function start(command: readonly string[], log = 'ignore' as 'ignore' | 'pipe'): ChildProcess {
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'ignore', log] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(2);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** User and system time, in seconds, and the most memory so far, in MiB (proc(5)). */
function usage(pid: number): { cpu: number; memory: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  const peak = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, memory: Number(peak) / 1024 };
}

async function startCapture(): Promise<ChildProcess> {
  for (const path of [input, output, captured, pauses]) rmSync(path, { force: true });
  const sink = start(['fstrm_capture', '-t', CONTENT_TYPE, '-u', output, '-w', captured]);
  await until(() => existsSync(output));
  return sink;
}

async function measure(relay: string[] | undefined, length: number): Promise<Measurement> {
  const sink = await startCapture();
  const between = relay && start(relay);
  if (relay !== undefined) await until(() => existsSync(input));
  await sleep(700);
  const started = performance.now();
  const source = start(['fstrm_replay', '-t', CONTENT_TYPE, '-u', relay ? input : output, '-r', capture]);
  await until(() => statSync(captured).size >= length - UNWRITTEN);
  const wall = (performance.now() - started) / 1000;
  await end(source, 'SIGTERM');
  const used = between === undefined ? { cpu: 0, memory: 0 } : usage(between.pid ?? 0);
  if (between !== undefined) await end(between, relay?.[0] === 'node' ? 'SIGTERM' : 'SIGKILL');
  await end(sink, 'SIGTERM');
  return { wall, ...used, pause: existsSync(pauses) ? Number(readFileSync(pauses, 'utf8')) : Number.NaN };
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const dataLength = statSync(capture).size - START_LENGTH - STOP_LENGTH;
const bytes = readFileSync(capture);
let frames = 0;
for (let position = START_LENGTH; position < START_LENGTH + dataLength; frames++)
  position += 4 + bytes.readUInt32BE(position);

const results = new Map([...CHAINS.keys()].map((name) => [name, [] as Measurement[]]));
const lengths = new Map([...CHAINS.values()].map(({ rules }) => [rules, 0]));
for (const rules of lengths.keys()) lengths.set(rules, lengthAfter(rules));
for (let run = 0; run <= Number(values.runs); run++) {
  for (const [name, { relay, rules }] of CHAINS) {
    const result = await measure(relay, lengths.get(rules) ?? 0);
    // The first round warms the page cache and does not count.
    if (run > 0) results.get(name)?.push(result);
  }
}

console.log(`${dataLength} bytes, ${frames} frames, seed ${SEED}; ${values.runs} rounds; medians`);
console.log(`Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}\n`);
console.log(
  '| fstrm_replay to fstrm_capture | wall s | min - max | relay CPU s | relay peak MiB | longest pause ms | frames/s | to nothing between |',
);
console.log('|---|--:|--:|--:|--:|--:|--:|--:|');
const direct = results.get('nothing between')?.map(({ wall }) => wall) ?? [];
for (const [name, list] of results) {
  const walls = list.map(({ wall }) => wall);
  const optional = (value: number, digits: number) => (Number.isNaN(value) || value === 0 ? '' : value.toFixed(digits));
  const cells = [
    name,
    median(walls).toFixed(2),
    `${Math.min(...walls).toFixed(2)} - ${Math.max(...walls).toFixed(2)}`,
    optional(median(list.map(({ cpu }) => cpu)), 2),
    optional(median(list.map(({ memory }) => memory)), 0),
    optional(median(list.map(({ pause }) => pause)), 1),
    `${(frames / median(walls) / 1000).toFixed(0)} k`,
    median(walls.map((wall, round) => wall / (direct[round] ?? Number.NaN))).toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

const BATCH = 256 * 1024;

for (const rules of [at('keep.yml'), 'rules/share.yml']) await sendInBatches(rules);
rmSync(captured, { force: true });

/** Sends for some seconds in batches, as fast as they are read, through tapfilter to fstrm_capture, and prints what became of the frames. */
async function sendInBatches(rules: string): Promise<void> {
  const sink = await startCapture();
  const relay = start(tapfilter(rules, 'drop-newest'), 'pipe');
  let log = '';
  relay.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  await until(() => existsSync(input));
  await sleep(700);
  const socket = connect(input);
  await once(socket, 'connect');
  socket.write(bytes.subarray(0, START_LENGTH));
  const started = performance.now();
  const deadline = started + Number(values.seconds) * 1000;
  let position = START_LENGTH;
  while (performance.now() < deadline) {
    const next = Math.min(position + BATCH, START_LENGTH + dataLength);
    if (!socket.write(bytes.subarray(position, next))) await once(socket, 'drain');
    position = next === START_LENGTH + dataLength ? START_LENGTH : next;
  }
  socket.end();
  await once(socket, 'close');
  const seconds = (performance.now() - started) / 1000;
  const { cpu, memory } = usage(relay.pid ?? 0);
  await end(relay, 'SIGTERM');
  await end(sink, 'SIGTERM');
  const summary = log.split('\n').findLast((line) => line.includes('"event":"summary"')) ?? '{}';
  const numbers = (
    JSON.parse(summary) as { frames: { received: number; confirmed: number; dropped: { queue: number } } }
  ).frames;
  console.log(`
In batches for ${seconds.toFixed(0)} s, ${basename(rules)}, drop-newest: ${(numbers.received / seconds / 1000).toFixed(0)} k frames/s received, \
${numbers.confirmed} of ${numbers.received} confirmed, ${numbers.dropped.queue} dropped since the queue was full; \
${((cpu / seconds) * 100).toFixed(0)} % of one core, ${memory.toFixed(0)} MiB at most, longest pause ${Number(readFileSync(pauses, 'utf8')).toFixed(1)} ms.`);
}
