/** A rules file as the commands take it: read, parsed, its key found, compiled. */
import { resolve } from 'node:path';
import process from 'node:process';
import { Key } from '../anonymize/key.ts';
import { renderPath } from '../endpoints/end.ts';
import { RulesError } from '../errors.ts';
import { readKeyFile } from '../keys/key-file.ts';
import { resolveKey } from '../keys/resolve-key.ts';
import { parseRules } from '../rules/parse.ts';
import { renderRulesError } from '../rules/render-error.ts';
import type { RulesFile } from '../rules/schema.ts';
import { findRules } from './packaged-rules.ts';
import { readRulesText } from './rules-text.ts';
import { UsageError } from './usage-error.ts';

/** The options that stand in place of the key source of a rules file. */
export interface KeyOptions {
  readonly keyFile?: string;
  readonly ephemeralKey?: boolean;
  /** A key that is there already. */
  readonly key?: Key | undefined;
}

/** Tells people what is wrong in rules: one text of several lines. */
export type RulesErrorTeller = (text: string) => void;

type KeyRules = NonNullable<RulesFile['key']>;

/** A rules file and the key that goes with it, if it or the command line names one. */
export interface RulesWithKey {
  readonly file: RulesFile;
  readonly key: Key | undefined;
}

/** A rules file, and the key that the command line names in place of the file's own, if it does. */
export interface RulesWithGivenKey {
  readonly file: RulesFile;
  readonly given: Key | undefined;
}

/**
 * Reads a rules file, and no key that the file itself names; undefined where the rules are wrong, which is then told. `name` is what
 * messages call the file. Throws UsageError where there is no such file or it is one of another kind, and KeyError where the key of the
 * command line cannot be used.
 */
export async function readRulesFile(
  path: string,
  options: KeyOptions,
  name: string = path,
  tell: RulesErrorTeller = (text) => process.stderr.write(text),
): Promise<RulesWithGivenKey | undefined> {
  const text = await readRulesText(path);
  const given = await readKey(options);
  try {
    const file = parseRules(text, { keyIsGiven: given !== undefined });
    // A key that is not read either has no more business in the environment.
    if (given !== undefined && file.key?.env !== undefined) delete process.env[file.key.env];
    return { file, given };
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    tell(`${renderRulesError(error, renderPath(name), text)}\n`);
    return undefined;
  }
}

/** As readRulesFile, and with the key of the file. Throws KeyError where that cannot be used. */
export async function readRules(path: string | undefined, options: KeyOptions): Promise<RulesWithKey | undefined> {
  if (path === undefined) {
    throw new UsageError(
      'no rules: name a rules file with --rules; "tapfilter rules" lists those that come with tapfilter.',
    );
  }
  const place = await findRules(path);
  const rules = await readRulesFile(place.path, options, path);
  return rules && { file: rules.file, key: rules.given ?? (await readKeyOfFile(rules.file, place.folder)) };
}

/** The files that readRules reads: the rules, and the key where it is in a file. */
export async function pathsOfRules(path: string, options: KeyOptions, { key }: RulesFile): Promise<string[]> {
  const place = await findRules(path);
  if (options.keyFile !== undefined) return [place.path, options.keyFile];
  return options.ephemeralKey || key?.file === undefined ? [place.path] : [place.path, resolve(place.folder, key.file)];
}

/**
 * As readRules, for a program that has been running with `current`: a key that cannot be read twice, from the environment or ephemeral,
 * stays the same one.
 */
export async function readRulesAgain(
  path: string,
  options: KeyOptions,
  current: RulesWithKey,
  tell: RulesErrorTeller,
): Promise<RulesWithKey | undefined> {
  const place = await findRules(path);
  const keyOptions = options.ephemeralKey ? { key: current.key } : options;
  const rules = await readRulesFile(place.path, keyOptions, path, tell);
  if (rules === undefined) return undefined;
  const { file, given } = rules;
  const isKept = file.key !== undefined && isSameLastingSource(file.key, current.file.key);
  return { file, key: given ?? (isKept ? current.key : await readKeyOfFile(file, place.folder)) };
}

function isSameLastingSource(key: KeyRules, before: KeyRules | undefined): boolean {
  if (before === undefined) return false;
  return (key.ephemeral ?? false) ? before.ephemeral === true : key.env !== undefined && key.env === before.env;
}

/** The key that the command line itself names, if it does. Throws KeyError where it cannot be used. */
export async function readKey({ keyFile, ephemeralKey, key }: KeyOptions): Promise<Key | undefined> {
  if (key !== undefined) return key;
  if (keyFile !== undefined && ephemeralKey) throw new UsageError('--key-file and --ephemeral-key exclude each other.');
  if (ephemeralKey) return Key.generate();
  return keyFile === undefined ? undefined : readKeyFile(keyFile);
}

/** The key that a rules file names, if it does; a key file is relative to `folder`. Throws KeyError where it cannot be used. */
export async function readKeyOfFile({ key }: RulesFile, folder: string): Promise<Key | undefined> {
  if (key === undefined) return undefined;
  return resolveKey(key, {
    folder,
    environment: process.env,
    credentialsDirectory: process.env.CREDENTIALS_DIRECTORY,
  });
}
