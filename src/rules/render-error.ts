/** A wrong rules file as people are shown it. */

import { holdsKeyText } from '../anonymize/key.ts';
import type { RulesError, RulesIssue } from '../errors.ts';
import { printable } from './rules-issues.ts';

const MAX_LINE_WIDTH = 100;
const TAB_WIDTH = 4;
const INDENT = '    ';
const ELLIPSIS = '...';

/**
 * For each issue a line `file:line:column: message`, the line of the file, and a line with carets under the place. `text` is
 * the one that was parsed. What a terminal would not show as a character is shown as U+FFFD, and of a long line the part
 * around the place; a line in which a key may stand is not shown.
 */
export function renderRulesError(error: RulesError, file: string, text: string): string {
  // As parse.ts counts: a byte order mark takes no column.
  const lines = (text.startsWith('\ufeff') ? text.slice(1) : text).split('\n');
  return error.issues.map((issue) => renderIssue(issue, file, lines[issue.line - 1] ?? '')).join('\n');
}

function renderIssue(issue: RulesIssue, file: string, line: string): string {
  const heading = `${printable(file)}:${issue.line}:${issue.column}: ${printable(issue.message)}`;
  if (issue.hidesLine || holdsKeyText(line)) return heading;
  const excerpt = cutLine(line.replace(/\r$/, ''), issue.column - 1, issue.length);
  if (excerpt.text.trim() === '') return heading;
  const carets = `${' '.repeat(excerpt.start)}${'^'.repeat(excerpt.end - excerpt.start)}`;
  return `${heading}\n${INDENT}${excerpt.text}\n${INDENT}${carets}`;
}

/** The part of a line around a place as it is shown, and the columns in it, from 0, that are underlined. */
function cutLine(line: string, offset: number, length: number): { text: string; start: number; end: number } {
  // More than is shown of either side: it bounds the work on a line of a megabyte.
  const from = Math.max(0, offset - MAX_LINE_WIDTH);
  const to = offset + Math.min(length, MAX_LINE_WIDTH);
  const before = expand(line.slice(from, offset), 0);
  const place = expand(line.slice(offset, to), before.length);
  const after = expand(line.slice(to, to + MAX_LINE_WIDTH), before.length + place.length);
  const cells = [...before, ...place, ...after];

  const first = before.length > MAX_LINE_WIDTH / 2 ? before.length - MAX_LINE_WIDTH / 4 : 0;
  const last = Math.min(cells.length, first + MAX_LINE_WIDTH);
  const prefix = from + first > 0 ? ELLIPSIS : '';
  const suffix = last < cells.length || to + MAX_LINE_WIDTH < line.length ? ELLIPSIS : '';
  const start = prefix.length + before.length - first;
  const end = Math.min(start + Math.max(1, place.length), prefix.length + MAX_LINE_WIDTH);
  return { text: `${prefix}${cells.slice(first, last).join('')}${suffix}`, start, end };
}

/** One string a column. `column` is where the text begins. */
function expand(text: string, column: number): string[] {
  const cells: string[] = [];
  for (const character of text) {
    if (character === '\t') {
      do cells.push(' ');
      while ((column + cells.length) % TAB_WIDTH !== 0);
    } else {
      cells.push(printable(character));
    }
  }
  return cells;
}
