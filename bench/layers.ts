/**
 * `npm run bench:layers -- [--save]`: what each layer costs, in nanoseconds a frame, without reading from or writing to a file, so that a
 * loss of speed can be placed. Each is compared with what was stored in bench/layers.json by `--save`, as a ratio to a plain loop over the same
 * bytes, which is how fast the machine is at the moment. Exit status 1 where a layer has become slower by more than a quarter.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Key } from '../src/anonymize/key.ts';
import { MAX_MESSAGE_LENGTH, MessageScan } from '../src/dns/message-scan.ts';
import { FrameScan } from '../src/dnstap/scan.ts';
import { MessageField } from '../src/dnstap/schema.ts';
import { Filter } from '../src/filter/filter-chunk.ts';
import { CaptureReader } from '../src/framestream/capture.ts';
import { LENGTH_LENGTH, readLength } from '../src/framestream/length.ts';
import { compileRules } from '../src/rules/compile.ts';
import { parseRules } from '../src/rules/parse.ts';
import { ByteBuffer } from '../src/wire/byte-buffer.ts';
import { type CaptureOptions, writeCapture } from './capture.ts';

const { values } = parseArgs({
  options: {
    save: { type: 'boolean', default: false },
    size: { type: 'string', default: '32000000' },
    passes: { type: 'string', default: '9' },
  },
});
const BASELINE = 'bench/layers.json';
const TOLERANCE = 1.25;
const SEED = 20_261_123;
const YARDSTICK = 'a loop over all bytes';
const CHUNK_LENGTH = 64 * 1024;
const key = Key.parse(new TextEncoder().encode('0123456789abcdeffedcba98765432101032547698badcfeefcdab8967452301'));

/** What a layer does with a whole capture, whose bytes it may change. */
type Layer = (capture: Uint8Array) => void;

/** Whatever the layers compute, so that nothing of it is left out. */
let sink = 0;

function readFrames(capture: Uint8Array, onFrames: (bytes: Uint8Array, start: number, end: number) => void): void {
  const reader = new CaptureReader(onFrames);
  for (let start = 0; start < capture.length; start += CHUNK_LENGTH) {
    reader.push(capture.subarray(start, start + CHUNK_LENGTH));
  }
  reader.end();
}

function everyFrame(onFrame: (bytes: Uint8Array, start: number, end: number) => void): Layer {
  return (capture) => {
    readFrames(capture, (bytes, start, end) => {
      for (let position = start; position < end; ) {
        const frame = position + LENGTH_LENGTH;
        position = frame + readLength(bytes, position);
        onFrame(bytes, frame, position);
      }
    });
  };
}

function scanFrames(): Layer {
  const scan = new FrameScan();
  return everyFrame((bytes, start, end) => {
    sink += scan.scan(bytes, start, end);
  });
}

function scanMessages(): Layer {
  const frame = new FrameScan();
  const messages = new MessageScan();
  return everyFrame((bytes, start, end) => {
    if (frame.scan(bytes, start, end) !== 0) return;
    const { message } = frame;
    for (const field of [MessageField.queryMessage, MessageField.responseMessage]) {
      if (!message.has(field) || message.end(field) - message.value(field) > MAX_MESSAGE_LENGTH) continue;
      if (messages.scan(bytes, message.value(field), message.end(field))) sink++;
    }
  });
}

/** One filter for all passes: its caches are warm after the first. */
function filterBy(rules: string): Layer {
  const filter = new Filter(compileRules(parseRules(rules, { keyIsGiven: true }), key));
  return (capture) => filterAll(filter, capture);
}

/** A new filter for each pass: its caches are cold. */
function filterColdBy(rules: string): Layer {
  const plan = parseRules(rules, { keyIsGiven: true });
  return (capture) => filterAll(new Filter(compileRules(plan, key)), capture);
}

function filterAll(filter: Filter, capture: Uint8Array): void {
  const out = new ByteBuffer(2 * 1024 * 1024);
  readFrames(capture, (bytes, start, end) => {
    filter.filterChunk(bytes, start, end, out);
    sink += out.length;
    if (out.length > 1024 * 1024) out.length = 0;
  });
}

function rulesOf(set: string): string {
  return `version: 1\ndefault: keep\n${set === '' ? '' : `rules: [{ set: { ${set} } }]\n`}`;
}

const REMOVE_MESSAGES = 'query_message: remove, response_message: remove';
const share = readFileSync('rules/share.yml', 'utf8');

type Kind = CaptureOptions['kind'];
const LAYERS: [name: string, kind: Kind, layer: () => Layer][] = [
  [
    YARDSTICK,
    'usual',
    () => (capture) => {
      for (let index = 0; index < capture.length; index++) sink ^= capture[index];
    },
  ],
  ['Frame Streams, read', 'usual', () => everyFrame((_, start) => (sink ^= start))],
  ['frame, scanned', 'usual', scanFrames],
  ['DNS messages, scanned too', 'usual', scanMessages],
  ['filter: nothing changed', 'usual', () => filterBy(rulesOf(''))],
  ['filter: messages removed', 'usual', () => filterBy(rulesOf(`${REMOVE_MESSAGES}`))],
  ...['truncate', 'crypto-pan', 'ipcrypt-pfx', 'hmac'].flatMap((method): typeof LAYERS => {
    const rules = rulesOf(`client_address: ${method}, ${REMOVE_MESSAGES}`);
    return [
      [`  and clients by ${method}`, 'usual', () => filterBy(rules)],
      [`  and clients by ${method}, all new`, 'hard', () => filterColdBy(rules)],
    ];
  }),
  ['filter: message IDs zeroed', 'usual', () => filterBy(rulesOf('message_id: zero'))],
  ['filter: rules/share.yml', 'usual', () => filterBy(share)],
  ['filter: rules/share.yml, hard', 'hard', () => filterColdBy(share)],
  ['filter: names hashed', 'usual', () => filterBy(rulesOf('client_address: truncate, names: hash'))],
];

async function makeCapture(kind: Kind): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'tapfilter-bench-'));
  const path = join(folder, 'capture.dnstap');
  await writeCapture(path, Number(values.size), { seed: SEED, kind });
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

const captures = { usual: await makeCapture('usual'), hard: await makeCapture('hard') };
const frames = { usual: 0, hard: 0 };
for (const kind of ['usual', 'hard'] as const) {
  everyFrame(() => {
    frames[kind]++;
  })(captures[kind]);
}

/** The least of all passes, in nanoseconds a frame. */
function measure(layer: Layer, kind: Kind): number {
  let least = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < Number(values.passes); pass++) {
    const capture = Uint8Array.from(captures[kind]);
    const begin = performance.now();
    layer(capture);
    least = Math.min(least, performance.now() - begin);
  }
  return (least * 1e6) / frames[kind];
}

const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Record<string, number>;
const ratios: Record<string, number> = {};
let yardstick = Number.NaN;
let isSlower = false;
console.log('| layer | ns a frame | to the loop | stored | |\n|---|--:|--:|--:|---|');
for (const [name, kind, layer] of LAYERS) {
  const time = measure(layer(), kind);
  if (name === YARDSTICK) yardstick = time;
  const ratio = time / yardstick;
  ratios[name.trim()] = Number(ratio.toFixed(2));
  const stored = baseline[name.trim()];
  const verdict = stored === undefined ? 'new' : ratio > stored * TOLERANCE ? 'slower' : '';
  if (verdict === 'slower') isSlower = true;
  console.log(`| ${name} | ${time.toFixed(0)} | ${ratio.toFixed(2)} | ${stored?.toFixed(2) ?? ''} | ${verdict} |`);
}
if (values.save) writeFileSync(BASELINE, `${JSON.stringify(ratios, null, 2)}\n`);
else if (isSlower) process.exitCode = 1;
if (sink === 0) throw new Error('nothing was done');
