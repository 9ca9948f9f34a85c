/** Runs other projects' programs and waits for them. */
import { execFile } from 'node:child_process';

/** How a program ended, and what it wrote, a byte a character. */
export interface ProgramResult {
  /** The exit status, or the name of the signal that ended it. */
  status: number | string;
  stdout: string;
  stderr: string;
}

const MAX_OUTPUT_LENGTH = 256 * 1024 * 1024;

/** Longer than any run here takes; a program that hangs is ended by SIGTERM. */
const TIMEOUT_MS = 120_000;

/**
 * Resolves however the program ends; rejects where it cannot be started. Ends it as soon as it says on standard error
 * what `endWhen` looks for.
 */
export function runProgram(program: string, args: readonly string[], endWhen?: RegExp): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'latin1', maxBuffer: MAX_OUTPUT_LENGTH, timeout: TIMEOUT_MS } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'string') reject(error);
      else resolve({ status: error?.signal ?? code ?? 'unknown', stdout, stderr });
    });
    child.stderr?.on('data', (text: string) => {
      if (endWhen?.test(text)) child.kill();
    });
  });
}
