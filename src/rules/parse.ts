/** The text of a rules file to its value, or to everything that is wrong with it (docs/rules.md). */

import type { RulesIssue } from '../errors.ts';
import { explainShape } from './explain-shape.ts';
import { checkMeaning } from './meaning.ts';
import { throwIssues } from './rules-issues.ts';
import { type RulesFile, rulesFileSchema } from './schema.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/**
 * Reads a rules file. Throws RulesError with all that is wrong with its YAML; where that is right, with its words and values;
 * and where those are right, with what they mean.
 */
export function parseRules(text: string): RulesFile {
  const source = readYaml(text);
  checkTop(source);
  const result = rulesFileSchema.safeParse(source.value);
  if (!result.success) {
    const problems = explainShape(source.value, result.error.issues);
    throwIssues(
      problems.map(({ path, key, message }): RulesIssue => {
        return { ...(key === undefined ? source.place(path) : source.keyPlace(path, key)), message };
      }),
    );
  }
  const problems = checkMeaning(result.data);
  if (problems.length > 0) throwIssues(problems.map(({ path, message }) => ({ ...source.place(path), message })));
  return result.data;
}

const TOP = 'a rules file is a map that begins with "version: 1"';

function checkTop({ value, place }: YamlSource): void {
  if (value === null || value === undefined) throwIssues([{ ...place([]), message: `the file is empty: ${TOP}` }]);
  if (Array.isArray(value)) throwIssues([{ ...place([]), message: `this is a list: ${TOP}` }]);
  if (typeof value !== 'object') throwIssues([{ ...place([]), message: `this is no rules file: ${TOP}` }]);
}
