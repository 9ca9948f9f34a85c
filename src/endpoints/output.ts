/** What all outputs have in common. */
import { EndpointError } from '../errors.ts';

/** An open output: written in order, then committed or aborted. */
export interface ByteOutput {
  /** The output as texts for people call it. */
  readonly name: string;
  /**
   * Writes all of `bytes`; resolves when they may be reused. One call at a time. Throws EndpointError, after which nothing
   * of a file is left.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Everything is written: a file is on the disk and gets its name. Throws EndpointError, and then nothing is left. */
  commit(): Promise<void>;
  /** Gives up: nothing of a file stays. Does nothing after a commit or a failure. */
  abort(): Promise<void>;
  /** The same at once, for a handler of signals after which the process ends. */
  abortSync(): void;
}

/** The error of an output that is used after it was given up. */
export function outputInterrupted(name: string): EndpointError {
  return new EndpointError('INTERRUPTED', `writing ${name} was interrupted.`);
}
