/** What can be wrong with a rules file whose shape is right. */

import { KEYED_METHODS, type KeyedMethod } from '../anonymize/pseudonyms.ts';
import { hasKeySource, NO_SOURCE } from './key-section.ts';
import { quote } from './rules-issues.ts';
import type { Rule, RulesFile } from './schema.ts';
import type { Path } from './yaml-nodes.ts';

/** One thing that is wrong with the value at `path`. */
export interface MeaningProblem {
  readonly path: Path;
  readonly message: string;
}

/** What a rules file cannot know of itself. */
export interface MeaningOptions {
  /** Whether the key comes from elsewhere, wherever the file would take it from. Default: false. */
  keyIsGiven?: boolean;
}

/** Keyed methods without a key, more than one keyed method, rules that can never run, and names that two rules have. */
export function checkMeaning(file: RulesFile, { keyIsGiven = false }: MeaningOptions = {}): MeaningProblem[] {
  const rules = file.rules ?? [];
  const uses = findKeyedMethods(rules);
  return [
    ...(keyIsGiven
      ? []
      : checkKey(file, [...uses.map(({ path, method }) => ({ path, word: method })), ...findOtherUses(rules)])),
    ...checkOneMethod(uses),
    ...checkReached(rules),
    ...checkNames(rules),
  ];
}

/** A keyed method where a rule names it. */
interface KeyedUse {
  readonly path: Path;
  readonly rule: number;
  readonly method: KeyedMethod;
}

function findKeyedMethods(rules: readonly Rule[]): KeyedUse[] {
  return rules.flatMap(({ set }, rule) => {
    const methods: [Path, unknown][] = ADDRESS_FIELDS.map((field) => [['rules', rule, 'set', field], set?.[field]]);
    for (const [word, method] of Object.entries(set?.edns ?? {}))
      methods.push([['rules', rule, 'set', 'edns', word], method]);
    return methods.flatMap(([path, word]) => {
      const method = KEYED_METHODS.find((known) => known === word);
      return method === undefined ? [] : [{ path, rule, method }];
    });
  });
}

const ADDRESS_FIELDS = ['client_address', 'server_address', 'reverse_names'] as const;

/** Everything else that needs a key. */
function findOtherUses(rules: readonly Rule[]): { path: Path; word: string }[] {
  return rules.flatMap((rule, index) => [
    ...(['match', 'unless'] as const).flatMap((part) =>
      (rule[part] ?? []).flatMap(({ sample }) => {
        return sample === undefined ? [] : [{ path: ['rules', index, part], word: 'sample' }];
      }),
    ),
    ...(rule.set?.names === 'hash' ? [{ path: ['rules', index, 'set', 'names'], word: 'hash' }] : []),
  ]);
}

function checkKey({ key }: RulesFile, [use]: readonly { path: Path; word: string }[]): MeaningProblem[] {
  if (key !== undefined) return hasKeySource(key) ? [] : [{ path: ['key'], message: NO_SOURCE }];
  if (use === undefined) return [];
  const where = 'say where it is, as in "key: { file: share.key }"; "tapfilter keygen share.key" makes one';
  return [{ path: use.path, message: `${quote(use.word)} needs a key: ${where}` }];
}

/** Two pseudonyms of one address tell more of it together than each alone. */
function checkOneMethod([first, ...others]: readonly KeyedUse[]): MeaningProblem[] {
  if (first === undefined) return [];
  return others
    .filter(({ method }) => method !== first.method)
    .map(({ path, method }) => ({
      path,
      message: `${quote(method)} cannot stand beside ${quote(first.method)} of rule ${first.rule + 1}: a file has one keyed method`,
    }));
}

function checkReached(rules: readonly Rule[]): MeaningProblem[] {
  const end = rules.findIndex((rule) => rule.action === 'drop' && !rule.match && !rule.unless);
  if (end === -1 || end === rules.length - 1) return [];
  return [{ path: ['rules', end + 1], message: `this rule never runs: ${ruleTitle(rules, end)} drops every frame` }];
}

function checkNames(rules: readonly Rule[]): MeaningProblem[] {
  const problems: MeaningProblem[] = [];
  const indexes = new Map<string, number>();
  for (const [index, { name }] of rules.entries()) {
    if (name === undefined) continue;
    const first = indexes.get(name);
    if (first === undefined) indexes.set(name, index);
    else
      problems.push({
        path: ['rules', index, 'name'],
        message: `rule ${first + 1} has the name ${quote(name)} already`,
      });
  }
  return problems;
}

function ruleTitle(rules: readonly Rule[], index: number): string {
  const name = rules[index]?.name;
  return name === undefined ? `rule ${index + 1}` : `rule ${index + 1}, ${quote(name)},`;
}
