/** A rules file as the commands take it: read, parsed, its key found, compiled. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { Key } from '../anonymize/key.ts';
import { renderPath } from '../endpoints/end.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { RulesError } from '../errors.ts';
import { readKeyFile } from '../keys/key-file.ts';
import { resolveKey } from '../keys/resolve-key.ts';
import { compileRules } from '../rules/compile.ts';
import { parseRules } from '../rules/parse.ts';
import type { Plan } from '../rules/plan.ts';
import { renderRulesError } from '../rules/render-error.ts';
import type { RulesFile } from '../rules/schema.ts';
import { UsageError } from './usage-error.ts';

/** The options that stand in place of the key source of a rules file. */
export interface KeyOptions {
  readonly keyFile?: string;
  readonly ephemeralKey?: boolean;
}

/** A rules file and the key that goes with it, if it or the command line names one. */
export interface RulesWithKey {
  readonly file: RulesFile;
  readonly key: Key | undefined;
}

/**
 * Reads a rules file and its key; undefined where the rules are wrong, which is then told. Throws UsageError where there is no such file,
 * and KeyError where the key cannot be used.
 */
export async function readRules(path: string | undefined, options: KeyOptions): Promise<RulesWithKey | undefined> {
  if (path === undefined) {
    throw new UsageError(
      'no rules: name a rules file with --rules; rules/share.yml of the package is one to start from.',
    );
  }
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the rules ${renderPath(path)}: ${explainSystemError(error)}.`);
  }
  const given = await readKey(options);
  try {
    const file = parseRules(text, { keyIsGiven: given !== undefined });
    return { file, key: given ?? (await keyOfFile(file, path)) };
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    process.stderr.write(`${renderRulesError(error, renderPath(path), text)}\n`);
    return undefined;
  }
}

/** Reads and compiles a rules file; undefined where the rules are wrong, which is then told. */
export async function readPlan(path: string | undefined, options: KeyOptions): Promise<Plan | undefined> {
  const rules = await readRules(path, options);
  return rules && compileRules(rules.file, rules.key);
}

/** The key that the command line itself names, if it does. Throws KeyError where it cannot be used. */
export async function readKey({ keyFile, ephemeralKey }: KeyOptions): Promise<Key | undefined> {
  if (keyFile !== undefined && ephemeralKey) throw new UsageError('--key-file and --ephemeral-key exclude each other.');
  if (ephemeralKey) return Key.generate();
  return keyFile === undefined ? undefined : readKeyFile(keyFile);
}

async function keyOfFile({ key }: RulesFile, path: string): Promise<Key | undefined> {
  if (key === undefined) return undefined;
  return resolveKey(key, {
    folder: dirname(path),
    environment: process.env,
    credentialsDirectory: process.env.CREDENTIALS_DIRECTORY,
  });
}
