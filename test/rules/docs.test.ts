import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RulesError } from '../../src/errors.ts';
import { FIELD_NAMES } from '../../src/rules/field.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { renderRulesError } from '../../src/rules/render-error.ts';
import { CONDITION_NAMES, FIELDS, FILE_KEYS, type FieldMethods, TYPE_WORDS } from '../../src/rules/schema.ts';
import { MAX_TEXT_LENGTH, readYaml } from '../../src/rules/yaml-source.ts';
import { asRulesFile, documentedRules } from '../support/documented-rules.ts';

const root = new URL('../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), 'utf8');

describe('every rules file in the documentation is right', () => {
  test.each(documentedRules)('$place', (block) => {
    expect(['yaml', 'yaml part']).toContain(block.info);
    // What stands in one rule may need a key, which stands elsewhere in a file.
    expect(() => parseRules(asRulesFile(block), { keyIsGiven: block.info === 'yaml part' })).not.toThrow();
  });

  test('none of docs/rules.md is overlooked', () => {
    const ours = documentedRules.filter(({ place }) => place.startsWith('docs/rules.md'));
    expect(ours.filter(({ info }) => info === 'yaml')).toHaveLength(5);
    expect(ours.filter(({ info }) => info === 'yaml part')).toHaveLength(24);
  });
});

test('docs/rules.md says how large a file may be', () => {
  const [, characters, prefixes] =
    /at most ([\d,]+) characters, and is at most so complex as a list of about ([\d,]+) prefixes/.exec(
      read('docs/rules.md').replaceAll('\n', ' '),
    ) ?? [];
  expect(characters).toBe(MAX_TEXT_LENGTH.toLocaleString('en'));
  const count = Number(prefixes?.replaceAll(',', ''));
  const list = (length: number) => `a:\n${'  - 192.0.2.0/24\n'.repeat(length)}`;
  expect(() => readYaml(list(count * 0.99))).not.toThrow();
  expect(() => readYaml(list(count * 1.01))).toThrow(/too large/);
});

const allMethods = Object.values(FIELDS) as FieldMethods[];

describe('docs/rules.md names', () => {
  const page = read('docs/rules.md');
  const methods = allMethods.flatMap(({ words, valued }) => [...words, valued?.word ?? 'keep']);

  test.each([...new Set([...FILE_KEYS, ...CONDITION_NAMES, ...FIELD_NAMES, ...TYPE_WORDS, ...methods])])(
    '%s',
    (word) => {
      expect(page).toMatch(new RegExp(`\`${word}\`|\`\\{ ${word}:`));
    },
  );
});

describe('docs/rules.md has an example of', () => {
  const rules = documentedRules
    .filter(({ place }) => place.startsWith('docs/rules.md'))
    .flatMap((block) => parseRules(asRulesFile(block), { keyIsGiven: true }).rules ?? []);
  const conditions = rules.flatMap(({ match = [], unless = [] }) => [...match, ...unless].flatMap(Object.keys));
  const methods = rules.flatMap(({ set = {} }) => Object.values(set));

  test.each(CONDITION_NAMES)('the condition %s', (name) => {
    expect(conditions).toContain(name);
  });

  test.each(FIELD_NAMES)('the field %s', (name) => {
    expect(rules.flatMap(({ set = {} }) => Object.keys(set))).toContain(name);
  });

  test.each([...new Set(allMethods.flatMap(({ words }) => words))].filter((word) => word !== 'truncate'))(
    'the method %s',
    (word) => {
      expect(methods).toContain(word);
    },
  );

  test.each(['truncate', 'replace'])('the method %s with its value', (word) => {
    expect(methods.flatMap((method) => (typeof method === 'object' ? Object.keys(method) : []))).toContain(word);
  });
});

test('docs/rules.md shows errors as they are', () => {
  const wrong = `version: 1
default: keep
rules:
  - match: { tpye: update }
    action: drop
  - match:
      client_address: 10.0.0.1/8
    action: drop
`;
  let rendered = '';
  try {
    parseRules(wrong);
  } catch (error) {
    rendered = renderRulesError(error as RulesError, 'share.yml', wrong);
  }
  expect(read('docs/rules.md')).toContain(`\`\`\`text\n${rendered}\n\`\`\``);
});
