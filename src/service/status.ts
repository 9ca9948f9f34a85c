/** What a relay tells of itself to metrics, health checks and people: numbers, names from its command line and rules, and nothing of a frame. */

export interface ServiceStatus {
  /** When the process began, and when the rules that are in force were read, in seconds since 1970. */
  readonly startedAt: number;
  readonly rulesReadAt: number;
  /** The key in force: which one that is, and since when this process uses it. */
  readonly key: { readonly fingerprint: string; readonly readAt: number } | undefined;
  readonly reloads: { readonly done: number; readonly refused: number };
  /** Frames; bytes count with the four of each length. `dropped` has what the relay dropped by reasons, and the filter by rules and codes. */
  readonly received: number;
  readonly found: number;
  readonly confirmed: number;
  readonly unconfirmed: number;
  readonly waiting: { readonly queued: number; readonly sent: number; readonly spooled: number };
  readonly dropped: {
    readonly reasons: Readonly<Record<string, number>>;
    readonly rules: Readonly<Record<string, number>>;
    readonly codes: Readonly<Record<string, number>>;
  };
  readonly framesByType: Readonly<Record<string, number>>;
  readonly bytesReceived: number;
  readonly bytesFiltered: number;
  /** Bytes, and how many there may be. */
  readonly queue: { readonly length: number; readonly limit: number };
  readonly spool: { readonly length: number; readonly limit: number } | undefined;
  readonly inputs: readonly { readonly name: string; readonly connections: number; readonly started: number }[];
  readonly output: OutputStatus;
  readonly isStopping: boolean;
}

/** Whether frames can go out, why not if they cannot, and how many connections were made for it so far. */
export interface OutputStatus {
  readonly name: string;
  readonly isReady: boolean;
  readonly state: string;
  readonly connections: number;
}

/** What keeps a relay from its work, in sentences; none where it is ready. */
export function findObstacles({ isStopping, output }: ServiceStatus): string[] {
  const obstacles: string[] = [];
  if (isStopping) obstacles.push('the relay is ending');
  if (!output.isReady) obstacles.push(`the output is not ready: ${output.state}`);
  return obstacles;
}
