/** The captures of an audit: opened as often as it reads them, and what was wrong with them told once. */
import process from 'node:process';
import type { FrameSource } from '../audit/audit.ts';
import { type End, parseEnd } from '../endpoints/end.ts';
import { openInput } from '../endpoints/input.ts';
import { readCaptureFrames } from '../jobs/capture-frames.ts';
import type { InputProblem } from '../jobs/read-capture.ts';
import { ExitStatus } from './exit-status.ts';
import type { Progress } from './progress.ts';

export class AuditSources {
  readonly #problems = new Map<string, InputProblem>();
  readonly #oversize = new Map<string, number>();
  readonly #maxFrameLength: number;
  readonly #progress: Progress | undefined;

  constructor(maxFrameLength: number, progress: Progress | undefined) {
    this.#maxFrameLength = maxFrameLength;
    this.#progress = progress;
  }

  /** A capture as the command line names it. */
  open(name: string): FrameSource {
    const end: End = parseEnd(name);
    return () =>
      readCaptureFrames(() => openInput(end), {
        maxFrameLength: this.#maxFrameLength,
        onProgress: (input) => this.#progress?.update(input),
        onEnd: (problem, oversizeFrames) => {
          if (problem !== undefined) this.#problems.set(name, problem);
          if (oversizeFrames > 0) this.#oversize.set(name, oversizeFrames);
        },
      });
  }

  /** Tells what could not be read; returns the exit status of a run that found nothing else. */
  tell(): number {
    for (const { input, message, offset } of this.#problems.values()) {
      process.stderr.write(`tapfilter: ${input}: at byte ${offset} ${message}; what comes before was looked at.\n`);
    }
    for (const frames of this.#oversize.values()) {
      process.stderr.write(`tapfilter: frames that were too long, and not looked at: ${frames}.\n`);
    }
    return this.#problems.size + this.#oversize.size === 0 ? ExitStatus.done : ExitStatus.incomplete;
  }
}
