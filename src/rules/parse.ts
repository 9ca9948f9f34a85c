/** The text of a rules file to its value, or to everything that is wrong with it (docs/rules.md). */

import type { RulesIssue } from '../errors.ts';
import { explainShape, type ShapeProblem } from './explain-shape.ts';
import { checkMeaning, type MeaningOptions } from './meaning.ts';
import { throwIssues } from './rules-issues.ts';
import { type RulesFile, rulesFileSchema } from './schema.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/**
 * Reads a rules file. Throws RulesError with all that is wrong with its YAML; where that is right, with its words and values;
 * and where those are right, with what they mean. No message holds anything of a section `key` that is wrong.
 */
export function parseRules(text: string, options: MeaningOptions = {}): RulesFile {
  const source = readYaml(text);
  checkTop(source);
  const result = rulesFileSchema.safeParse(source.value);
  if (!result.success) throwShapeProblems(explainShape(source.value, result.error.issues), source);
  const problems = checkMeaning(result.data, options);
  if (problems.length > 0) throwIssues(problems.map(({ path, message }) => ({ ...source.place(path), message })));
  return result.data;
}

function throwShapeProblems(problems: readonly ShapeProblem[], source: YamlSource): never {
  const secrets = problems
    .filter(({ mayHoldKey }) => mayHoldKey)
    .map(({ path, key }) => source.lines(String(path[0] ?? key)));
  throwIssues(
    problems.map(({ path, key, message }): RulesIssue => {
      const place = key === undefined ? source.place(path) : source.keyPlace(path, key);
      // Another problem may stand in the same line.
      const isSecret = secrets.some(({ first, last }) => first <= place.line && place.line <= last);
      return { ...place, message, ...(isSecret && { hidesLine: true }) };
    }),
  );
}

const TOP = 'a rules file is a map that begins with "version: 1"';

function checkTop({ value, place }: YamlSource): void {
  if (value === null || value === undefined) throwIssues([{ ...place([]), message: `the file is empty: ${TOP}` }]);
  if (Array.isArray(value)) throwIssues([{ ...place([]), message: `this is a list: ${TOP}` }]);
  if (typeof value !== 'object') throwIssues([{ ...place([]), message: `this is no rules file: ${TOP}` }]);
}
