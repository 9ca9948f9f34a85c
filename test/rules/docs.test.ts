import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RulesError } from '../../src/errors.ts';
import { FIELD_NAMES } from '../../src/rules/field.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { renderRulesError } from '../../src/rules/render-error.ts';
import { CONDITION_NAMES, FIELDS, FILE_KEYS, TYPE_WORDS } from '../../src/rules/schema.ts';

const root = new URL('../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), 'utf8');
const pages = [
  ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`),
  ...['README.md', 'CONTRIBUTING.md'].filter((name) => existsSync(new URL(name, root))),
].filter((name) => name.endsWith('.md'));

interface Block {
  place: string;
  info: string;
  text: string;
}

function blocksOf(name: string): Block[] {
  const page = read(name);
  return [...page.matchAll(/^```(yaml.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    place: `${name}:${page.slice(0, match.index).split('\n').length}`,
    info: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

/** A block that is marked as part is what stands in one rule. */
function asFile({ info, text }: Block): string {
  if (info === 'yaml') return text;
  const rule = text.replace(/^/gm, '    ').replace(/^ {4}/, '  - ');
  return `version: 1\ndefault: keep\nrules:\n${rule}${/^set:/m.test(text) ? '' : '\n    action: drop'}\n`;
}

const blocks = pages.flatMap(blocksOf);

describe('every rules file in the documentation is right', () => {
  test.each(blocks)('$place', (block) => {
    expect(['yaml', 'yaml part']).toContain(block.info);
    // What stands in one rule may need a key, which stands elsewhere in a file.
    expect(() => parseRules(asFile(block), { keyIsGiven: block.info === 'yaml part' })).not.toThrow();
  });

  test('none of docs/rules.md is overlooked', () => {
    const ours = blocks.filter(({ place }) => place.startsWith('docs/rules.md'));
    expect(ours.filter(({ info }) => info === 'yaml')).toHaveLength(5);
    expect(ours.filter(({ info }) => info === 'yaml part')).toHaveLength(13);
  });
});

describe('docs/rules.md names', () => {
  const page = read('docs/rules.md');
  const methods = FIELD_NAMES.flatMap((field) => [...FIELDS[field].words, FIELDS[field].valued?.word ?? 'keep']);

  test.each([...new Set([...FILE_KEYS, ...CONDITION_NAMES, ...FIELD_NAMES, ...TYPE_WORDS, ...methods])])(
    '%s',
    (word) => {
      expect(page).toMatch(new RegExp(`\`${word}\`|\`\\{ ${word}:`));
    },
  );
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
