/** Which file an output's path stands for, and whether it may be written. */

import type { BigIntStats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EndpointError } from '../errors.ts';
import { type FileIdentity, hasErrorCode, isOneOf, renderKind } from './descriptor.ts';
import { renderPath } from './end.ts';
import { explainSystemError } from './system-error.ts';

/** What may become of an existing file. */
export interface TargetRules {
  /** Whether a regular file that exists is replaced. */
  force: boolean;
  /** The files that are being read, which are never replaced. */
  inputs: readonly FileIdentity[];
}

/** As many symbolic links in a row as Linux follows. */
const MAX_LINKS = 40;

/**
 * The file that `path` stands for, behind all symbolic links, whether it exists or not; throws EndpointError where it must
 * not be written.
 */
export async function findTarget(path: string, rules: TargetRules): Promise<string> {
  const name = renderPath(path);
  try {
    const existing = await statOf(path, stat);
    if (existing !== undefined) {
      checkExisting(name, existing, rules);
      return await realpath(path);
    }
    return await findNewName(path, name);
  } catch (error) {
    throw unwritable(name, error);
  }
}

/** Looks again, just before `target` gets its new content: it must still be what it may be. */
export async function checkTarget(name: string, target: string, rules: TargetRules): Promise<void> {
  const existing = await statOf(target, lstat);
  if (existing !== undefined) checkExisting(name, existing, rules);
}

/** The EndpointError of a system error in writing. */
export function unwritable(name: string, error: unknown): EndpointError {
  if (error instanceof EndpointError) return error;
  return new EndpointError('OUTPUT_UNWRITABLE', `cannot write ${name}: ${explainSystemError(error)}.`, {
    cause: error,
  });
}

/** The EndpointError of an output that is there already. */
export function outputExists(name: string): EndpointError {
  return new EndpointError('OUTPUT_EXISTS', `cannot write ${name}: it exists; --force replaces it.`);
}

function checkExisting(name: string, existing: BigIntStats, { force, inputs }: TargetRules): void {
  if (!existing.isFile()) throw notRegular(name, `it is ${renderKind(existing)}`);
  if (isOneOf(existing, inputs)) {
    throw new EndpointError(
      'OUTPUT_IS_INPUT',
      `cannot write ${name}: it is the same file as an input, the rules or the key; give the output a name of its own.`,
    );
  }
  if (!force) throw outputExists(name);
}

function notRegular(name: string, what: string): EndpointError {
  return new EndpointError(
    'OUTPUT_NOT_REGULAR',
    `cannot write ${name}: ${what}, and an output is a new file or replaces a regular one (- is standard output).`,
  );
}

/** Follows links that lead to no file yet, down to the name that is free. */
async function findNewName(path: string, name: string): Promise<string> {
  let current = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    if (current.endsWith('/')) throw notRegular(name, 'it names a directory');
    const directory = dirname(current);
    const entry = await statOf(current, lstat);
    if (entry?.isSymbolicLink() !== true) return join(await realDirectory(directory, name), basename(current));
    const link = await readlink(current);
    current = link.startsWith('/') ? link : `${directory}/${link}`;
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
}

async function realDirectory(directory: string, name: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
    const message = `cannot write ${name}: the directory ${renderPath(directory)} does not exist; create it first.`;
    throw new EndpointError('OUTPUT_UNWRITABLE', message, { cause: error });
  }
}

async function statOf(path: string, statFunction: typeof stat): Promise<BigIntStats | undefined> {
  try {
    return await statFunction(path, { bigint: true });
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
