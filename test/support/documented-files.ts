/** What a document tells an operator to write into files, and to run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const OPERATIONS: string = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');

/** The block of code that follows the first mention of `path` in the text. */
export function documentedFile(text: string, path: string): string {
  const at = text.indexOf(`\`${path}\``);
  const block = at < 0 ? undefined : /```\w*\n([\s\S]*?)```/.exec(text.slice(at))?.[1];
  if (block === undefined) throw new Error(`the document has no content for ${path}`);
  return block.replace(/^ {3}/gm, '');
}
