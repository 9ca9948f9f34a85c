/** Runs one endpoint with the standard streams of a real process, and reports as one line of JSON on standard error. */
import { createHash } from 'node:crypto';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { identifyInputs } from '../../src/endpoints/identify.ts';
import { openInput } from '../../src/endpoints/input.ts';
import type { ByteOutput } from '../../src/endpoints/output.ts';
import { createOutputFile } from '../../src/endpoints/output-file.ts';
import { createOutputStream } from '../../src/endpoints/output-stream.ts';
import { TapfilterError } from '../../src/errors.ts';

function report(values: object): void {
  process.stderr.write(`${JSON.stringify(values)}\n`);
}

async function readInput(path: string | undefined): Promise<void> {
  process.once('SIGINT', () => process.exit(130));
  const input = await openInput(path === undefined ? { kind: 'stdio' } : { kind: 'file', path });
  const hash = createHash('sha256');
  let length = 0;
  for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) {
    hash.update(chunk);
    length += chunk.length;
  }
  report({ length, hash: hash.digest('hex'), size: input.size });
  await input.close();
}

/** Writes numbered chunks from one buffer that is overwritten as soon as it may be. */
async function writeChunks(output: ByteOutput, count: number, length: number): Promise<void> {
  const buffer = Buffer.alloc(length);
  for (let index = 0; index < count; index++) {
    buffer.fill(index);
    await output.write(buffer);
    buffer.fill(0xee);
  }
}

async function writeStream(count: number, length: number): Promise<void> {
  // The command line asks this too, which makes a second stream on the descriptor.
  const isTTY = process.stdout.isTTY;
  const output = await createOutputStream(1, { isTTY, inputs: await identifyInputs([{ kind: 'stdio' }]) });
  let ticks = 0;
  const ticker = setInterval(() => ticks++, 10);
  try {
    await writeChunks(output, count, length);
    await output.commit();
  } finally {
    clearInterval(ticker);
  }
  report({ ticks });
}

async function writeFile(path: string, count: number, length: number, hold: boolean): Promise<void> {
  const output = await createOutputFile(path, { force: mode === 'replace', mode: 0o600, inputs: [] });
  process.once('SIGINT', () => {
    output.abortSync();
    process.exit(130);
  });
  await writeChunks(output, count, length);
  if (hold) {
    process.stdout.write('written\n');
    await wait(60_000);
  }
  await output.commit();
  report({ code: 'DONE' });
}

const [mode, ...rest] = process.argv.slice(2);
const numbers = rest.slice(-2).map(Number);
try {
  if (mode === 'read') await readInput(rest[0]);
  else if (mode === 'write') await writeStream(numbers[0]!, numbers[1]!);
  else await writeFile(rest[0]!, numbers[0]!, numbers[1]!, mode === 'hold');
} catch (error) {
  if (!(error instanceof TapfilterError)) throw error;
  report({ name: error.name, code: error.code, message: error.message });
  process.exitCode = 1;
}
