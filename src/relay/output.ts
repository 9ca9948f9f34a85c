/** What all outputs of a relay have in common: they take batches from a queue, and account for their frames. */

import type { OutputStatus } from '../service/status.ts';

export interface RelayOutput {
  /** The output as texts for people call it. */
  readonly name: string;
  /** Whether frames can go out, and what there is to say of that; how many connections there were; what is on disk of it, in bytes. */
  readonly status: OutputStatus;
  readonly spool?: { readonly length: number; readonly limit: number } | undefined;
  /** Begins; an output that is down is no failure. Throws EndpointError where it could never work. */
  open(): Promise<void>;
  /** Ends the file that is being written and begins another one, where the output is files that follow each other. */
  rotate?(): void;
  /** Reads its certificates again, where it has any; resolves to what puts them in force. Throws EndpointError. */
  readCertificates?(): Promise<() => void>;
  /** The rules are others from now on. */
  reloaded?(): Promise<void>;
  /**
   * Writes what is queued, ends the stream, and resolves when that is done or `deadline` (as performance.now() has it) is past. What is
   * queued then stays so.
   */
  close(deadline: number): Promise<void>;
}
