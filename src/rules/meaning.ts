/** What can be wrong with a rules file whose shape is right. */

import { quote } from './rules-issues.ts';
import type { Rule, RulesFile } from './schema.ts';
import type { Path } from './yaml-source.ts';

/** One thing that is wrong with the value at `path`. */
export interface MeaningProblem {
  readonly path: Path;
  readonly message: string;
}

/** Rules that can never run, and names that two rules have. */
export function checkMeaning(file: RulesFile): MeaningProblem[] {
  const rules = file.rules ?? [];
  return [...checkReached(rules), ...checkNames(rules)];
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
