import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { plain } from '../../src/check/paint.ts';
import { checkRules } from '../../src/check/report.ts';
import { renderJsonReport } from '../../src/check/report-json.ts';
import { renderTextReport } from '../../src/check/report-text.ts';
import { WARNING_CODES } from '../../src/check/warning.ts';
import { parseRules } from '../../src/rules/parse.ts';

const page = readFileSync(new URL('../../docs/check.md', import.meta.url), 'utf8');

function block(info: string): string {
  return new RegExp(`^\`\`\`${info}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
}

const report = checkRules(parseRules(block('yaml')));

test('docs/check.md shows what the command says of the rules that it shows', () => {
  expect(block('text')).toBe(renderTextReport(report, 'mine.yml', 100, plain));
});

test('docs/check.md names every warning, and no other', () => {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(rows.sort()).toEqual([...WARNING_CODES].sort());
});

test('docs/check.md names every key of the JSON', () => {
  const keys = Object.keys(JSON.parse(renderJsonReport(report, 'mine.yml')));
  for (const key of keys) expect(page).toContain(`| \`${key}\` |`);
});
