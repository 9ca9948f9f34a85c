import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Key } from '../../src/anonymize/key.ts';
import { plain } from '../../src/check/paint.ts';
import { checkRules } from '../../src/check/report.ts';
import { renderJsonReport } from '../../src/check/report-json.ts';
import { renderTextReport } from '../../src/check/report-text.ts';
import { WARNING_CODES } from '../../src/check/warning.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { rulesFileSchema } from '../../src/rules/schema.ts';
import { allRules } from '../support/rules-files.ts';
import { someKey } from '../support/some-rules.ts';

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

test('docs/check.md names every effect that the JSON has of rules that are tried everywhere', () => {
  const effects = new Set<string>();
  for (const { rules } of allRules) {
    const { types } = checkRules(rulesFileSchema.parse(rules), Key.parse(someKey));
    const text = JSON.stringify(types.map(({ cells }) => cells));
    for (const [, effect] of text.matchAll(/"effect":"([^"]+)"/g)) effects.add(effect);
  }
  expect(effects.size).toBeGreaterThan(15);
  const section = page.slice(page.indexOf('\n## JSON\n'));
  for (const effect of effects) expect(section).toMatch(new RegExp(`^\\| [^|]*\`${effect}\`[^|]*\\| [^|]*\\|$`, 'm'));
});
