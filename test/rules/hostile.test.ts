import { describe, expect, test } from 'vitest';
import { RulesError } from '../../src/errors.ts';
import { Filter } from '../../src/filter/filter-chunk.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import { data } from '../support/frame-streams.ts';
import { dnstapFrame, message } from '../support/frames.ts';
import { hex } from '../support/hex.ts';

const MIB = 1 << 20;

function issuesOf(text: string): RulesError['issues'] {
  try {
    parseRules(text);
  } catch (error) {
    if (error instanceof RulesError) return error.issues;
    throw error;
  }
  throw new Error('the file was taken for right');
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}

/** A hostile file, and the message that it must end with, or a part of it. */
type HostileFile = readonly [title: string, text: string, message: string];

const DEEP = 'lists and maps are nested too deep';
const LARGE = 'the rules file is too large';

const hostile: readonly HostileFile[] = [
  ['lists in lists', '['.repeat(10_000), DEEP],
  ['lists in lists, each with its end', '['.repeat(10_000) + ']'.repeat(10_000), DEEP],
  ['maps in maps', '{a: '.repeat(10_000), DEEP],
  ['block lists in block lists', '- '.repeat(10_000), DEEP],
  ['keys in keys', '? '.repeat(10_000), DEEP],
  ['maps on one line', 'a: '.repeat(10_000), DEEP],
  ['lines that are indented ever deeper', lines(1_000, (index) => `${' '.repeat(index)}a:`), DEEP],
  ['empty lines', '\n'.repeat(MIB), LARGE],
  ['comments', '#\n'.repeat(MIB / 2), LARGE],
  ['commas', `[${','.repeat(MIB - 1)}`, LARGE],
  ['ends without a beginning', ']'.repeat(MIB), LARGE],
  ['escapes that are none', `"${'\\x'.repeat(MIB / 2 - 1)}"`, LARGE],
  ['more than two MiB', ' '.repeat(2 * MIB + 1), 'a rules file has at most 2097152 characters'],
  ['one long text', 'a'.repeat(MIB), 'this is no rules file'],
  ['a quoted text without end', `"${'a'.repeat(MIB - 1)}`, 'this text in quotes does not end'],
  ['a long key', `${'k'.repeat(MIB - 1)}:`, 'a key has at most 1024 characters'],
  ['a long number', `version: ${'1'.repeat(MIB - 9)}`, 'this version of tapfilter knows "version: 1" only'],
  ['a long word', `version: 1\ndefault: ${'k'.repeat(MIB - 20)}`, 'unknown value of default "kkkkkkkkkk'],
  ['keys', lines(60_000, (index) => `k${index}:`), 'unknown key "k0"'],
  ['one key again and again', lines(30_000, () => 'a: 1'), 'the key "a" stands twice'],
  ['wrong values', `public:\n  addresses:\n${lines(40_000, () => '  - 1')}`, 'text is expected, not the number 1'],
  ['wrong rules', `version: 1\ndefault: keep\nrules:\n${lines(30_000, () => '  - drop')}`, 'a map is expected'],
  ['documents', '---\n'.repeat(MIB / 4), 'a rules file is one document'],
  ['aliases', '*a '.repeat(MIB / 3), 'aliases are not allowed'],
  ['anchors', '&a '.repeat(MIB / 3), 'anchors are not allowed'],
  ['tags', '! '.repeat(MIB / 2), 'tags are not allowed'],
  ['lists that double', `a: &a [1]\n${lines(30, (index) => `b${index}: [*a, *a]`)}`, 'anchors are not allowed'],
  ['as many errors as are read', `[${','.repeat(200_000)}`, 'there is nothing before this comma'],
  ['as many wrong escapes as are read', `"${'\\x'.repeat(24_000)}"`, 'in double quotes a \\ begins an escape'],
  ['values that are none', 'b: @x\n'.repeat(34_000), 'text that begins with @ needs quotes'],
  [
    'values that are none, each below a key that stands twice',
    'a: 1\nb: @x\n'.repeat(16_000),
    'the key "b" stands twice',
  ],
  [
    'keys that stand twice, then wrong escapes',
    `${'a: 1\n'.repeat(12_000)}${'b: "\\q"\n'.repeat(8_000)}`,
    'the key "a" stands twice',
  ],
  [
    'keys in place of rules',
    `version: 1\ndefault: keep\nrules:\n${lines(20_000, () => '  - key: a')}`,
    'unknown key "key"',
  ],
  ['as many comments as are read', `a:\n  b: 1\n${lines(80_000, () => '  #')}\nc: 2`, 'unknown key "a"'],
];

describe('a hostile file of very many or very long things ends soon, in a RulesError', () => {
  test.each(hostile)('%s', (_title, text, message) => {
    const issues = issuesOf(text);
    expect(issues.some((issue) => issue.message.includes(message))).toBe(true);
    expect(issues.length).toBeLessThanOrEqual(101);
    for (const issue of issues) expect(issue.message.length).toBeLessThan(500);
  });
});

test('of very many errors the first ones are told, and how many there are', () => {
  const issues = issuesOf(`version: 1\ndefault: keep\nrules:\n${lines(300, () => '  - drop')}`);
  expect(issues).toHaveLength(101);
  expect(issues.slice(0, 100).map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, index) => index + 4));
  expect(issues.at(-1)?.message).toBe('this and more: 300 errors in all');
});

test('of so many errors that not all are looked at nobody is told a number', () => {
  const issues = issuesOf('b: @x\n'.repeat(2_000));
  // The second key of a line comes after the value of the line before.
  expect(issues.slice(0, 4).map(({ line, column }) => [line, column])).toEqual([
    [1, 4],
    [2, 1],
    [2, 4],
    [3, 1],
  ]);
  expect(issues).toHaveLength(101);
  expect(issues.at(-1)?.message).toBe('this and more: 1000 errors or more');
});

test('what follows from an error is not told, however many there are, and in whatever order', () => {
  const text = `version: 1\n? [1, @a]\n: @b\n${lines(300, () => '? [1, @a]\n: 1')}\nc: @d\n`;
  const messages = issuesOf(text).map(({ line, column, message }) => `${line}:${column} ${message}`);
  expect(messages.slice(0, 3)).toEqual([
    '2:3 a key must be one word, with its value behind a colon',
    '3:3 text that begins with @ needs quotes',
    '4:3 a key must be one word, with its value behind a colon',
  ]);
  expect(messages.at(-1)).toBe('200:3 this and more: 303 errors in all');
});

test('a file of 20,000 rules is read, and its plan decides about each', () => {
  const rules = lines(
    20_000,
    (index) => `  - match: { client_address: 10.${index >> 8}.${index & 255}.0/24 }\n    action: drop`,
  );
  const file = parseRules(`version: 1\ndefault: keep\nrules:\n${rules}\n`);
  const plan = compileRules(file, undefined);
  expect(plan.ruleNames).toHaveLength(20_000);
  const filter = new Filter(plan);
  const frame = dnstapFrame({ message: message({ type: 5, socket_family: 1, query_address: hex`0a 4e 1f 07` }) });
  const bytes = Uint8Array.from(data([frame]));
  filter.filterChunk(bytes, 0, bytes.length, new ByteBuffer(1024));
  // 78 * 256 + 31.
  expect(filter.counters.droppedByRule.findIndex((count) => count > 0)).toBe(19_999);
});

test('a file of 40,000 prefixes is read', () => {
  const prefixes = lines(40_000, (index) => `    - 10.${index >> 8}.${index & 255}.0/24`);
  expect(parseRules(`version: 1\ndefault: keep\npublic:\n  addresses:\n${prefixes}\n`).public?.addresses).toHaveLength(
    40_000,
  );
});
