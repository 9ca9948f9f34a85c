import { expect, test } from 'vitest';
import { RulesError, type RulesIssue } from '../../src/errors.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { renderRulesError } from '../../src/rules/render-error.ts';

function render(text: string, ...issues: Partial<RulesIssue>[]): string {
  const whole = issues.map((issue) => ({ message: 'no', line: 1, column: 1, length: 1, ...issue }));
  return renderRulesError(new RulesError(whole, 'no'), 'r.yml', text);
}

test('each error is shown with its place, its line and carets', () => {
  const text = 'version: 1\ndefault: Keep\nrules:\n  - match: { tpye: CQ }\n    action: drop\n';
  let rendered = '';
  try {
    parseRules(text);
  } catch (error) {
    rendered = renderRulesError(error as RulesError, 'share.yml', text);
  }
  expect(rendered).toBe(`share.yml:2:10: unknown value of default "Keep"; did you mean "keep"?
    default: Keep
             ^^^^
share.yml:4:14: unknown condition "tpye"; did you mean "type"?
      - match: { tpye: CQ }
                 ^^^^`);
});

test('tabs are shown as spaces, and the carets stand under the place all the same', () => {
  expect(render('a:\t\tb\tc', { column: 5, length: 3 })).toBe('r.yml:1:5: no\n    a:      b   c\n            ^^^^^');
});

test('a byte order mark and a carriage return are not shown', () => {
  expect(render('\ufeffab\r\ncd\r\n', { column: 2 }, { line: 2 })).toBe(
    'r.yml:1:2: no\n    ab\n     ^\nr.yml:2:1: no\n    cd\n    ^',
  );
});

test('a place behind the last line is shown without a line', () => {
  expect(render('a\n', { line: 2 }, { line: 9 })).toBe('r.yml:2:1: no\nr.yml:9:1: no');
});

test('nothing that a terminal obeys is shown, neither of the file, nor of its name, nor of a message', () => {
  const hostile = '\u001b[2Ja\u202eb\u009bc\u0007\u2028d\ud800';
  const issue = { line: 1, column: 1, length: 2, message: hostile };
  const rendered = renderRulesError(new RulesError([issue], 'no'), hostile, hostile);
  expect(rendered.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(rendered.split('\n')[1]).toBe('    \ufffd[2Ja\ufffdb\ufffdc\ufffd\ufffdd\ufffd');
});

test('of a long line the part around the place is shown', () => {
  const line = `${'a'.repeat(500)}XYZ${'b'.repeat(500)}`;
  expect(render(line, { column: 501, length: 3 })).toBe(
    `r.yml:1:501: no\n    ...${'a'.repeat(25)}XYZ${'b'.repeat(72)}...\n    ${' '.repeat(28)}^^^`,
  );
  expect(render(line, { column: 2 })).toBe(`r.yml:1:2: no\n    ${'a'.repeat(100)}...\n     ^`);
  expect(render(line, { column: 1003 })).toBe(`r.yml:1:1003: no\n    ...${'b'.repeat(26)}\n    ${' '.repeat(28)}^`);
});

test('a place of the length of a megabyte is underlined as far as it is shown', () => {
  const line = 'a'.repeat(1 << 20);
  expect(render(line, { length: 1 << 20 })).toBe(`r.yml:1:1: no\n    ${'a'.repeat(100)}...\n    ${'^'.repeat(100)}`);
});

test('a surrogate pair before the place moves the carets by one', () => {
  expect(render('\u{1f600} ab', { column: 4, length: 2 })).toBe('r.yml:1:4: no\n    \u{1f600} ab\n      ^^');
});
