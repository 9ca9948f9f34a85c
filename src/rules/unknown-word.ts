/** Says of a word that the language does not have which one was meant, or which ones there are. */
import { quote } from './rules-issues.ts';
import { suggest } from './suggest.ts';

/** A message names every word that is known where there are at most so many. */
export const MAX_LISTED = 21;

/** What is wrong with a word that is none of `known`; `noun` is what all of them are. */
export function unknownWord(noun: string, word: string, known: readonly string[]): string {
  const [first, rest] = splitAtColon(word);
  if (rest !== undefined && known.includes(first)) return SPACE_MISSING;
  const meant = suggest(word, known);
  if (meant !== undefined) return `unknown ${noun} ${quote(word)}; did you mean ${quote(meant)}?`;
  const hint = listHint(word);
  if (hint !== '') return `unknown ${noun} ${quote(word)}${hint}`;
  if (known.length <= MAX_LISTED) return `unknown ${noun} ${quote(word)}; known: ${known.join(', ')}`;
  return `unknown ${noun} ${quote(word)}; known are mnemonics (CQ), names (CLIENT_QUERY) and groups (client)`;
}

/** What is wrong with `remove:x` and its like. */
export const SPACE_MISSING = 'a space is missing after the colon';

/** What stands before the first colon, and behind it where there is one. */
export function splitAtColon(word: string): readonly [string, string?] {
  const colon = word.indexOf(':');
  return colon === -1 ? [word] : [word.slice(0, colon), word.slice(colon + 1)];
}

/** What to write in place of several values in one text. */
export function listHint(value: unknown): string {
  return typeof value === 'string' && /\S[,\s]+\S/.test(value) ? '; several values are a list: [a, b]' : '';
}

/** Words in a sentence: `a`, `a or b`, `a, b or c`. */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
