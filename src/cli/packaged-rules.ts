/** The rules files that come with the package, and how a name leads to one of them. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileExists } from '../endpoints/descriptor.ts';
import { renderPath } from '../endpoints/end.ts';
import { UsageError } from './usage-error.ts';

/** Beside dist/, in which the chunks of the command have a folder of their own. */
const FOLDER = new URL('../../rules/', import.meta.url);

const ENDING = '.yml';

/** Where rules lie, and the folder to which the key file that they name is relative. */
export interface RulesPlace {
  readonly path: string;
  readonly folder: string;
}

/** One of the files: its name without its ending, and what it is for. */
export interface PackagedRules {
  readonly name: string;
  readonly purpose: string;
}

/**
 * The rules file that is meant: a path, or where there is no such file and it is a plain word, the packaged file of that name, whose key
 * is looked for in the working folder. Throws UsageError where a plain word is neither.
 */
export async function findRules(text: string): Promise<RulesPlace> {
  const isWord = /^[a-z][a-z0-9-]*$/.test(text);
  if (!isWord || (await fileExists(text))) return { path: text, folder: dirname(text) };
  const names = await packagedNames();
  if (names.includes(text)) return { path: pathOf(text), folder: '.' };
  throw new UsageError(
    `there is no file ${renderPath(text)}, and no rules of that name come with tapfilter: ${names.join(', ')} do.`,
  );
}

/** The packaged files, by name. */
export async function listPackagedRules(): Promise<PackagedRules[]> {
  return Promise.all(
    (await packagedNames()).map(async (name) => ({ name, purpose: purposeOf(await readPackagedRules(name)) })),
  );
}

/** The text of a packaged file; throws UsageError where none has that name. */
export async function readPackagedRules(name: string): Promise<string> {
  const names = await packagedNames();
  if (names.includes(name)) return readFile(pathOf(name), 'utf8');
  throw new UsageError(`no rules called ${renderPath(name)} come with tapfilter: ${names.join(', ')} do.`);
}

async function packagedNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort();
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`${name}${ENDING}`, FOLDER));
}

/** Every packaged file begins with a comment of one sentence. */
function purposeOf(text: string): string {
  return text.split('\n', 1)[0]?.replace(/^#\s*/, '') ?? '';
}
