/** What goes over one connection of the output: where its frames come from, and what is counted when it ends. */

/** Bytes that are written together, whole frames with their lengths. */
export interface Outgoing {
  readonly bytes: Uint8Array;
  /** The kernel has taken them, or never will. */
  done(): void;
}

/** How a stream ended that the reader did not answer with FINISH. */
export interface BrokenStream {
  /** Whether everything was written, STOP included, and nothing says that any of it was left unread. */
  readonly wasStopped: boolean;
  /** Whether the reader was there all the time that an answer may take, or will never give one. */
  readonly isSilent: boolean;
  /** Whether it was the reader that closed. */
  readonly wasClosed: boolean;
}

export interface OutgoingStream {
  /** The next bytes, if there are any now. */
  take(): Outgoing | undefined;
  /** Whether nothing more comes, so that STOP is next. */
  readonly isOver: boolean;
  /** The reader has answered STOP with FINISH. */
  finished(): void;
  /** The connection ended without that; returns how many frames are unconfirmed. */
  broken(how: BrokenStream): number;
}
