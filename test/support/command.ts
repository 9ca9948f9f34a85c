/** The built command, run as a user runs it. `npm test` builds it first. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const COMMAND = join(import.meta.dirname, '../../dist/tapfilter.js');

if (!existsSync(COMMAND)) throw new Error('the command is not built: run npm test, or npm run build first');

export interface Run {
  /** The exit status, or the signal that ended it. */
  status: number | string;
  stdout: Buffer;
  /** A byte a character, so that no byte of a capture could get lost. */
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  /** What stands on standard input; nothing where it is left out. */
  stdin?: Uint8Array;
  /** Run by this command line, in which "$@" stands for the command and its arguments. */
  shell?: string;
}

/** Runs `tapfilter` with the arguments, and waits for its end. */
export function run(args: readonly string[], { cwd, stdin, shell }: RunOptions = {}): Promise<Run> {
  const command = [process.execPath, COMMAND, ...args];
  const child = shell
    ? spawn('sh', ['-c', shell, 'sh', ...command], { cwd })
    : spawn(command[0] as string, command.slice(1), { cwd });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that ends early does not read all of it.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin ?? new Uint8Array(0));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({
        status: code ?? signal ?? 'unknown',
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString('latin1'),
      });
    });
  });
}
