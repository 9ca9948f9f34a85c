/** The options of an output that is files which follow each other. */
import process from 'node:process';
import type { RotationOptions } from '../relay/rotating-output.ts';
import { UsageError } from './usage-error.ts';

/** The arguments as the command line gave them. */
export interface RotationArguments {
  readonly mode: number;
  readonly rotateSize?: number;
  readonly rotateFrames?: number;
  readonly rotateEvery?: number;
  readonly localTime: boolean;
  readonly keepFiles?: number;
  readonly keepAge?: number;
  readonly keepSize?: number;
  readonly afterRotate?: string;
}

/** The options that are for files that follow each other, by their names in `RelayArguments`. */
const OPTIONS = {
  rotateSize: '--rotate-size',
  rotateFrames: '--rotate-frames',
  rotateEvery: '--rotate-every',
  keepFiles: '--keep-files',
  keepAge: '--keep-age',
  keepSize: '--keep-size',
  afterRotate: '--after-rotate',
} as const satisfies Partial<Record<keyof RotationArguments, string>>;

/** Throws UsageError where an option is for files that follow each other, which the output is not. */
export function refuseRotation(args: RotationArguments, why: string): void {
  for (const [name, option] of Object.entries(OPTIONS)) {
    if (args[name as keyof typeof OPTIONS] !== undefined)
      throw new UsageError(`${option} is for a relay that writes files, and ${why}.`);
  }
}

/** What of the environment is nobody's business but ours. */
const OWN_VARIABLES = /^(TAPFILTER_|LISTEN_|NOTIFY_SOCKET$|CREDENTIALS_DIRECTORY$)/;

/** What the options say of files that follow each other. */
export function rotationOptions(args: RotationArguments): RotationOptions {
  const { mode, rotateSize, rotateFrames, rotateEvery, localTime, keepFiles, keepAge, keepSize, afterRotate } = args;
  return {
    mode,
    isLocal: localTime,
    ...(rotateSize !== undefined && { size: rotateSize }),
    ...(rotateFrames !== undefined && { frames: rotateFrames }),
    ...(rotateEvery !== undefined && { period: rotateEvery }),
    retention: {
      ...(keepFiles !== undefined && { count: keepFiles }),
      ...(keepAge !== undefined && { age: keepAge }),
      ...(keepSize !== undefined && { size: keepSize }),
    },
    ...(afterRotate !== undefined && { command: afterRotate }),
    environment: Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.test(name))),
  };
}
