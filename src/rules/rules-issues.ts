/** What is wrong with a rules file, gathered into one error. */

import { holdsKeyText } from '../anonymize/key.ts';
import { RulesError, type RulesIssue } from '../errors.ts';

/** Of a file with so many issues the rest is not looked at. */
export const MAX_COLLECTED_ISSUES = 1000;
/** More than a person reads at once. */
const MAX_ISSUES = 100;
const MAX_QUOTED_LENGTH = 60;

/** Throws all issues as one RulesError, in the order of the file; of very many the first ones. */
export function throwIssues(issues: readonly RulesIssue[]): never {
  const sorted = issues.toSorted((left, right) => left.line - right.line || left.column - right.column);
  const shown = sorted.slice(0, MAX_ISSUES);
  const next = sorted[MAX_ISSUES];
  const isWhole = sorted.length < MAX_COLLECTED_ISSUES;
  if (next !== undefined) {
    const total = isWhole ? `${sorted.length} errors in all` : `${MAX_COLLECTED_ISSUES} errors or more`;
    shown.push({ ...next, message: `this and more: ${total}` });
  }
  const [{ line, column, message }] = shown as [RulesIssue];
  const others = isWhole ? `${sorted.length - 1}` : `at least ${MAX_COLLECTED_ISSUES - 1}`;
  const more = sorted.length === 1 ? '' : ` (and ${others} more)`;
  throw new RulesError(shown, `line ${line}, column ${column}: ${message}${more}`);
}

/** A word of the file as it stands in a message: in quotes, on one line, without control characters, not too long, and no key. */
export function quote(word: string): string {
  if (holdsKeyText(word)) return '"..."';
  const cut = word.length > MAX_QUOTED_LENGTH ? `${word.slice(0, MAX_QUOTED_LENGTH)}...` : word;
  return `"${printable(cut)}"`;
}

/** Puts U+FFFD in the place of everything that a terminal would not show as a character. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
