import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { RulesError } from '../../src/errors.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { renderRulesError } from '../../src/rules/render-error.ts';
import { findRuns } from '../leaks/search.ts';

/** What would be shown of a wrong file, in whatever way. */
function shownOf(text: string): string {
  try {
    parseRules(text);
  } catch (error) {
    expect(error).toBeInstanceOf(RulesError);
    return `${renderRulesError(error as RulesError, 'r.yml', text)}\n${inspect(error, { depth: null })}`;
  }
  throw new Error('the file was taken for right');
}

const TOP = 'version: 1\ndefault: keep\n';
const HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** Secrets as people have them; the last two look like nothing that we know. */
const secrets = [
  HEX,
  HEX.toUpperCase(),
  Buffer.from(HEX, 'hex').toString('base64'),
  'CORRECT-HORSE-BATTERY-STAPLE',
  'Tr0ub4dor-Xkcd9-Zq8',
];

/** Files in which `S` stands for a secret in the section `key`. */
const inSection: readonly string[] = [
  'key: S',
  'key: "S"',
  "key: 'S'",
  'key:\n  S',
  'key:\n\n    "S"',
  'key: |\n  S',
  'key: >-\n  x\n  S',
  'key: [S]',
  'key:\n  - S',
  'key: { S }',
  'key: { S: true }',
  'key: { value: S }',
  'key: { file: [S] }',
  'key: { file: { S: 1 } }',
  'key: { rotate: S, maps: S, ephemeral: S, colour: S }',
  'key:\n  maps: one\n  hex: S',
  'key:\n  fiel: S',
  '"key": S',
  '? key\n: S',
  'kye: S',
  'keys: S',
  'Key: S',
  'colour: red\nkey: S # or S',
  // Errors of YAML.
  'key: S\nkey: S',
  'key: "S',
  'key: { file: "x" S }',
  'key: |S',
  'key: !S x',
  'key: &S x',
  'key: *S',
  'key: *.S',
  'key: %S',
  'key: @S',
  'key: "\\xS"',
  'key:\n  "x" S',
  'key: { S: 1, S: 2 }',
  'key: [S',
  'key: S: x',
  'key:\n\tS: x',
  '"key" : "x" S',
];

describe('a secret that stands in the section "key" is shown to nobody', () => {
  test.each(inSection)('%j', (section) => {
    for (const secret of secrets) {
      const shown = shownOf(`${TOP}${section.replaceAll('S', secret)}\n`);
      expect(findRuns(secret, Buffer.from(shown), 4)).toEqual([]);
    }
  });

  test.each(['{ version: 2, default: keep, key: S }', '{ version: 1, default: keep, key: S, colour: red }', '{key: S'])(
    'nor with another error in its line: %j',
    (file) => {
      for (const secret of secrets) {
        const shown = shownOf(file.replaceAll('S', secret));
        expect(findRuns(secret, Buffer.from(shown), 4)).toEqual([]);
      }
    },
  );
});

describe('what looks like a key is shown to nobody, wherever it stands', () => {
  test.each([
    'secret: S',
    'rules: S',
    'rules:\n  - name: a\n    S: 1',
    'rules:\n  - match: { type: S }\n    action: drop',
    'rules:\n  - set: { client_address: S }',
    'rules:\n  - set: { client_address: { S: 1 } }',
    'rules:\n  - { name: S, action: drop }\n  - { name: S, action: drop }',
    'rules:\n  - name: "x" S',
    'rules:\n  - name: |S',
    'public: { addresses: [S] }',
    'S: 1\nS: 2',
    'S',
    '*.S',
  ])('%j', (section) => {
    for (const secret of secrets.slice(0, 3)) {
      const shown = shownOf(`${TOP}${section.replaceAll('S', secret)}\n`);
      expect(findRuns(secret, Buffer.from(shown), 4)).toEqual([]);
    }
  });
});

/** Places other than the section in which a pass phrase stands under `key`, or nearly so. */
const astray: readonly string[] = [
  'rules:\n  - key: S',
  'rules:\n  - name: a\n    key: "S"\n    action: drop',
  'rules:\n  - key:\n      S',
  'rules:\n  - key: |\n      S',
  'rules:\n  - { name: a, actoin: drop, key: S }',
  'rules: [{ "key": S, action: 5 }]',
  'rules:\n  - Key: S',
  'rules:\n  - keys: S',
  'rules:\n  - key: [S]',
  'rules:\n  - key: { file: S }',
  'rules:\n  - match: { key: S }\n    action: drop',
  'rules:\n  - set: { key: S }',
  'rules:\n  - set: { client_address: { crypto-pan: { key: S } } }',
  'rules:\n  - set: { client_address: { truncate: { key: S } } }',
  'public: { key: S }',
  'public: { addresses: [{ key: S }] }',
  'colour: { key: S }',
  'rules:\n  - key: "S',
  'rules:\n  - key: S\n    key: S',
];

test.each(astray)('a secret under a stray key is shown to nobody: %j', (section) => {
  for (const secret of [...secrets, 'purple giraffe umbrella']) {
    const shown = shownOf(`${TOP}${section.replaceAll('S', secret)}\n`);
    expect(findRuns(secret, Buffer.from(shown), 5)).toEqual([]);
  }
});

test('the lines around a stray key are shown as ever', () => {
  const shown = shownOf(`${TOP}rules:\n  - name: 5\n    key: S\n    action: dorp\n`);
  expect(shown).toContain('r.yml:5:5: unknown key "key"');
  expect(shown).toContain('    - name: 5\n');
  expect(shown).toContain('        action: dorp\n');
});

test.each([
  'S',
  '- S',
  'S\nS',
  '\0\0\0\0S',
  'S\u0007',
  '\u001f\ufffdS',
  'S\ufffd',
  'S\rS',
  `${' '.repeat(1 << 20)}S`,
  `S${' '.repeat(1 << 20)}`,
])('of what is no text, or of one that is nothing like a rules file, no line is shown (%#)', (text) => {
  const secret = 'www.client.example';
  expect(findRuns(secret, Buffer.from(shownOf(text.replaceAll('S', secret))), 4)).toEqual([]);
});

const CLIENT = 'www.client.example';

test.each([
  `type: MESSAGE\nidentity: "${CLIENT}"\nversion: "${CLIENT}"\nmessage:\n  socket_protocol: ${CLIENT}`,
  `identity: "${CLIENT}"\nmessage:\n  query_time: !!timestamp ${CLIENT}\n---\ntype: MESSAGE`,
  `{"type":"MESSAGE","identity":"${CLIENT}","version":"1","message":{"question":"${CLIENT}"}}`,
  `{"qname":"${CLIENT}"}\n{"qname":"${CLIENT}"}`,
  `23-Nov-2026 07:29:03.000 TQ ${CLIENT}:0 -> 172.27.53.2:53 UDP 29b ${CLIENT}/IN/A\n*${CLIENT}: 1`,
  `29-Nov-2026 05:00:00.000 client @0x7f ${CLIENT}#53 (${CLIENT}): query: ${CLIENT} IN A\n`.repeat(3),
])('of a capture or a log that was printed no line is shown (%#)', (text) => {
  const shown = shownOf(text);
  expect(findRuns(CLIENT, Buffer.from(shown), 4)).toEqual([]);
  expect(shown).toContain('this is no rules file');
});

test('a rules file that speaks of what captures hold is shown as ever', () => {
  expect(shownOf(`default: keep\nrules:\n  - set: { query_address: remove } # query: x\n`)).toContain(
    'query_address: remove',
  );
});

test('the lines around the section are shown as ever', () => {
  const shown = shownOf(`${TOP}colour: red\nkey: ${HEX}\nrules:\n  - action: dorp\n`);
  expect(shown).toContain('    colour: red\n    ^^^^^^');
  expect(shown).toContain(`    - action: dorp\n${' '.repeat(16)}^^^^`);
  expect(shown).toContain('r.yml:4:6: "key" takes no key');
});

test('a right section is shown where the rules do not agree with it', () => {
  expect(shownOf(`${TOP}key: { rotate: day }\n`)).toContain('\n    key: { rotate: day }\n');
});
