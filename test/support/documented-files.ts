/** What a document tells an operator to write into files, and to run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const OPERATIONS: string = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');

/** The block of code that follows the first mention of `path` in the text. */
export function documentedFile(text: string, path: string): string {
  const at = text.indexOf(`\`${path}\``);
  const [, indent = '', block] = (at < 0 ? null : /^( *)```\w*\n([\s\S]*?)^ *```/m.exec(text.slice(at))) ?? [];
  if (block === undefined) throw new Error(`the document has no content for ${path}`);
  return block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}
