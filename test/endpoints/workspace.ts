/** A directory of its own for each test file, and programs that run the code under test with real standard streams. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'rolldown';
import { afterAll } from 'vitest';
import type { ByteInput } from '../../src/endpoints/input.ts';

/** A new directory that goes away after the tests of the file that asked for it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'endpoints-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes a file and gives its path. */
export function makeFile(directory: string, name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** Makes a FIFO and gives its path. */
export function makeFifo(directory: string, name: string): string {
  const path = join(directory, name);
  execFileSync('mkfifo', [path]);
  return path;
}

/** Whether file systems can be mounted in a namespace of their own, which is for root, and not in every container. */
export function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', tmpdir()], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** All that an input still gives, in one piece. */
export async function readAll(input: ByteInput): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await readInto(input, chunks);
  return Buffer.concat(chunks);
}

/** Collects copies of the chunks of an input, also those before a failure. */
export async function readInto(input: ByteInput, chunks: Uint8Array[]): Promise<void> {
  for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) {
    chunks.push(Uint8Array.from(chunk));
    // What is given out belongs to the caller: whoever still needs it would be caught here.
    chunk.fill(0xee);
  }
}

/** Bytes that are the same in each run and that no compression shrinks to nothing. */
export function sampleBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = index % 4 === 0 ? state >>> 24 : (state >>> 28) + 97;
  }
  return bytes;
}

/** Bundles program.ts, which Node 20 cannot run as it is; gives the path of what it can. */
export async function buildProgram(directory: string): Promise<string> {
  const dir = join(directory, 'program');
  const input = join(import.meta.dirname, 'program.ts');
  await build({
    input,
    platform: 'node',
    output: { dir, format: 'esm', entryFileNames: '[name].mjs' },
    logLevel: 'warn',
  });
  return join(dir, 'program.mjs');
}

/** What a program has said and how it ended. */
export interface Outcome {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  /** What program.ts reported, as the last line of standard error. */
  report: { code?: string; message?: string; ticks?: number };
}

/** Runs a shell command to its end; `onStart` gets it meanwhile, and its standard input, which is a socket, to write and end. */
export function runShell(command: string, onStart?: (child: ChildProcessWithoutNullStreams) => void): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-c', command]);
    const stdout: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('close', (status, signal) => {
      const line = stderr.trim().split('\n').at(-1) ?? '';
      const report = line.startsWith('{') ? JSON.parse(line) : { message: stderr };
      resolve({ status, signal, stdout: Buffer.concat(stdout), report });
    });
    if (onStart === undefined) child.stdin.end();
    else onStart(child);
  });
}

/** The content of a file. */
export function contentOf(path: string): Buffer {
  return readFileSync(path);
}
