/** A rules file as the commands take it: read, parsed, its key found, compiled. */
import { resolve } from 'node:path';
import process from 'node:process';
import { Key } from '../anonymize/key.ts';
import { recognizeCompression } from '../endpoints/decompress.ts';
import {
  closeDescriptor,
  hasErrorCode,
  openForReading,
  readDescriptor,
  renderKind,
  statDescriptor,
} from '../endpoints/descriptor.ts';
import { renderPath } from '../endpoints/end.ts';
import { describeForeign } from '../endpoints/recognize.ts';
import { type ByteSource, FileSource, StreamSource } from '../endpoints/source.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { RulesError } from '../errors.ts';
import { readKeyFile } from '../keys/key-file.ts';
import { resolveKey } from '../keys/resolve-key.ts';
import { parseRules } from '../rules/parse.ts';
import { renderRulesError } from '../rules/render-error.ts';
import type { RulesFile } from '../rules/schema.ts';
import { MAX_TEXT_LENGTH } from '../rules/yaml-source.ts';
import { findRules } from './packaged-rules.ts';
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
  const text = await readText(path);
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

/**
 * The most bytes that are read of a rules file: where there are so many, they are more characters than the parser takes, however
 * many bytes a character has, and it says so.
 */
const MAX_LENGTH = 3 * (MAX_TEXT_LENGTH + 1) + 1;

/** Throws UsageError. */
async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readStart(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw unreadable(path, explainSystemError(error));
  }
  const foreign = describeNoRules(bytes);
  if (foreign !== undefined) {
    throw new UsageError(`cannot use the rules ${renderPath(path)}: this is ${foreign}, not a rules file.`);
  }
  return bytes.toString('utf8');
}

async function readStart(path: string): Promise<Buffer> {
  const fd = await openForReading(path);
  const chunks: Uint8Array[] = [];
  let source: ByteSource | undefined;
  try {
    const stat = await statDescriptor(fd);
    if (!stat.isFile() && !stat.isFIFO()) throw unreadable(path, `it is ${renderKind(stat)}; name a file`);
    if (stat.isFIFO()) chunks.push(await readFirst(fd, path));
    source = stat.isFIFO() ? new StreamSource(fd) : new FileSource(fd, true);
    while (source.position < MAX_LENGTH) {
      const chunk = await source.read();
      if (chunk === undefined) break;
      // It is ours until the next read only.
      chunks.push(Uint8Array.from(chunk));
    }
  } finally {
    await (source === undefined ? closeDescriptor(fd) : source.close());
  }
  return Buffer.concat(chunks).subarray(0, MAX_LENGTH);
}

/** How long a FIFO may be without somebody who writes into it, in milliseconds. That of `<(command)` never is. */
const WRITER_TIMEOUT = 3000;
const WRITER_INTERVAL = 50;

/** The first bytes of a FIFO; none where somebody is there to write them later. Throws UsageError where nobody is. */
async function readFirst(fd: number, path: string): Promise<Uint8Array> {
  const buffer = new Uint8Array(4096);
  for (let waited = 0; waited < WRITER_TIMEOUT; waited += WRITER_INTERVAL) {
    try {
      const length = await readDescriptor(fd, buffer);
      if (length > 0) return buffer.subarray(0, length);
    } catch (error) {
      if (hasErrorCode(error, 'EAGAIN')) return new Uint8Array(0);
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, WRITER_INTERVAL));
  }
  throw unreadable(path, 'it is a pipe, and nobody writes into it');
}

function unreadable(path: string, reason: string): UsageError {
  return new UsageError(`cannot read the rules ${renderPath(path)}: ${reason}.`);
}

/** What says of bytes no more than the parser does, which knows the place too. */
const PERHAPS_RULES = /text|unknown format/;

/** What a file is that cannot be a rules file, as a phrase with its article; undefined where it may be one. */
function describeNoRules(bytes: Uint8Array): string | undefined {
  const compression = recognizeCompression(bytes);
  if (compression !== undefined) return `${compression} data`;
  if (bytes.length === 0) return undefined;
  // Only Frame Streams have no name there: a capture must not be called anything else.
  const phrase = describeForeign(bytes) ?? 'a capture';
  if (!PERHAPS_RULES.test(phrase)) return phrase;
  return bytes.length >= 4 && bytes.subarray(0, 4).every((byte) => byte === 0) ? 'a capture' : undefined;
}
