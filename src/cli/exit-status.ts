/** The exit statuses, as docs and --help tell them. */
export const ExitStatus = {
  /** Done. */
  done: 0,
  /** Failed: the message says what, and what was written. */
  failed: 1,
  /** Wrong usage or wrong rules: nothing was read. */
  usage: 2,
  /** Done, but some of the input could not be read; what was written is complete and safe. */
  incomplete: 3,
  /** An audit has found what is to be hidden. */
  found: 4,
} as const;
