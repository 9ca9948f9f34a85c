/** The built command as a relay, and what it says of its frames. */
import { expect } from 'vitest';
import { COMMAND } from './command.ts';
import { RunningProgram } from './running-program.ts';

/** The numbers of a summary. */
export interface RelayNumbers {
  received: number;
  /** What an earlier process had spooled. */
  found: number;
  confirmed: number;
  unconfirmed: number;
  waiting: { queued: number; sent: number; spooled: number };
  dropped: {
    queue: number;
    spool: number;
    refused: number;
    reload: number;
    stop: number;
    rules: Record<string, number>;
    codes: Record<string, number>;
  };
}

export interface LogLine {
  level: string;
  event: string;
  message: string;
  frames?: RelayNumbers;
}

export class RunningRelay extends RunningProgram {
  constructor(args: readonly string[], environment: Record<string, string> = {}) {
    const options = { env: { ...process.env, ...environment } };
    super(process.execPath, [COMMAND, ...args, '--log', 'json'], options);
  }

  /** Starts a relay, and waits until its first `listeners` sockets are there. */
  static async start(args: readonly string[], listeners = 1): Promise<RunningRelay> {
    const relay = new RunningRelay(args);
    await relay.said(new RegExp(`("event":"(listening|dialling)"[\\s\\S]*){${listeners}}`));
    return relay;
  }

  get log(): LogLine[] {
    return linesIn(this.output);
  }

  /** The events of the log in their order. */
  get events(): string[] {
    return this.log.map(({ event }) => event);
  }

  /** What it says at its end; the numbers add up. */
  get numbers(): RelayNumbers {
    return numbersIn(this.output);
  }

  /** The port that it got where port 0 was asked for. */
  get port(): number {
    const port = /listening on t(?:cp|ls):[^"]*:(\d+)/.exec(this.output)?.[1];
    if (port === undefined) throw new Error(`it listens on no port: ${this.output}`);
    return Number(port);
  }
}

/** The numbers of the last summary in a log; they add up. */
export function numbersIn(log: string): RelayNumbers {
  const numbers = linesIn(log).findLast(({ event }) => event === 'summary')?.frames;
  if (numbers === undefined) throw new Error(`there is no summary: ${log}`);
  const { received, found, confirmed, unconfirmed } = numbers;
  expect(received + found).toBe(confirmed + unconfirmed + droppedIn(numbers) + waitingIn(numbers));
  return numbers;
}

function linesIn(log: string): LogLine[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

/** All frames that were dropped. */
export function droppedIn({ dropped }: RelayNumbers): number {
  const { rules, codes, ...byReason } = dropped;
  return [rules, codes, byReason].flatMap((drops) => Object.values(drops)).reduce((sum, count) => sum + count, 0);
}

function waitingIn({ waiting }: RelayNumbers): number {
  return waiting.queued + waiting.sent + waiting.spooled;
}
