/** Programs that run until they are ended, as servers do. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { afterEach } from 'vitest';

const running = new Set<RunningProgram>();

// What a test leaves behind would disturb the next one.
afterEach(async () => {
  await Promise.all([...running].map((program) => program.end('SIGKILL')));
});

/** A program that was started. All waiting here is for something to happen, never for a time to pass. */
export class RunningProgram {
  /** What it has written on standard error and standard output so far. */
  output = '';
  readonly child: ChildProcess;
  readonly #ended: Promise<number | string>;
  #changed: () => void = () => {};
  #hasEnded = false;

  constructor(program: string, args: readonly string[], options: SpawnOptions = {}) {
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString('latin1');
        this.#changed();
      });
    }
    running.add(this);
    this.#ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        this.#hasEnded = true;
        running.delete(this);
        this.#changed();
        resolve(code ?? signal ?? 'unknown');
      });
    });
  }

  /** Waits until it has written what the pattern finds. Throws where it ends before that. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.#hasEnded) throw new Error(`it ended without ${pattern}: ${this.output}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal and waits for its end. Resolves to the exit status or the signal. */
  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    this.child.kill(signal);
    return this.#ended;
  }

  /** Waits for its end. */
  get ended(): Promise<number | string> {
    return this.#ended;
  }
}

/** Waits until `isSo`, which is asked again and again. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
