/** The text of a rules file to its value, or to everything that is wrong with it (docs/rules.md). */

import { RulesError, type RulesIssue } from '../errors.ts';
import { explainShape, type ShapeProblem } from './explain-shape.ts';
import { checkMeaning, type MeaningOptions } from './meaning.ts';
import { throwIssues } from './rules-issues.ts';
import { type RulesFile, rulesFileSchema } from './schema.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/**
 * Reads a rules file. Throws RulesError with all that is wrong with its YAML; where that is right, with its words and values;
 * and where those are right, with what they mean. No message holds anything of a section `key` that is wrong, and
 * no line is to be shown where a key may stand, or where the text may be something else than rules.
 */
export function parseRules(text: string, options: MeaningOptions = {}): RulesFile {
  try {
    return readRules(text, options);
  } catch (error) {
    if (!(error instanceof RulesError && looksPrinted(text))) throw error;
    throwIssues([{ line: 1, column: 1, length: 1, hidesLine: true, message: NO_RULES }]);
  }
}

function readRules(text: string, options: MeaningOptions): RulesFile {
  const source = readYaml(text);
  checkTop(source);
  const result = rulesFileSchema.safeParse(source.value);
  const shapeProblems = [
    ...checkVersion(source),
    ...(result.success ? [] : explainShape(source.value, result.error.issues)),
  ];
  if (!result.success || shapeProblems.length > 0) throwShapeProblems(shapeProblems, source);
  const problems = checkMeaning(result.data, options);
  if (problems.length > 0) throwIssues(problems.map(({ path, message }) => ({ ...source.place(path), message })));
  return result.data;
}

function throwShapeProblems(problems: readonly ShapeProblem[], source: YamlSource): never {
  const sections = new Set(
    problems.filter(({ mayHoldKey }) => mayHoldKey).map(({ path, key }) => String(path[0] ?? key)),
  );
  const secretLines = new Set<number>();
  for (const { first, last } of [...[...sections].map((section) => source.lines(section)), ...source.strayKeyLines()]) {
    for (let line = first; line <= last; line += 1) secretLines.add(line);
  }
  throwIssues(
    problems.map(({ path, key, message }): RulesIssue => {
      const place = key === undefined ? source.place(path) : source.keyPlace(path, key);
      // Another problem may stand in the same line.
      return { ...place, message, ...(secretLines.has(place.line) && { hidesLine: true }) };
    }),
  );
}

/** `1.0` is the number 1 to YAML. Whoever writes it means a version with parts, which rules do not have. */
function checkVersion({ value, written }: YamlSource): ShapeProblem[] {
  if ((value as { version?: unknown }).version !== 1 || written(['version']) === '1') return [];
  return [{ path: ['version'], message: 'the version of the language is a whole number: write "version: 1"' }];
}

const TOP = 'a rules file is a map that begins with "version: 1"';
const NO_RULES = `this is no rules file: ${TOP}`;

/** What begins a rules file, whatever else is wrong with it. */
const RULES_SIGN = /^(?:default|key|public|rules)[ \t]*:|(?:^|[{,])[ \t]*["']?version["']?[ \t]*:[ \t]*1\b/m;

/** A frame as dnstap-read, dnstap and `read` print it, as YAML, JSON or a line; a line of a server's log of queries. */
const PRINTED_SIGN =
  /["']?type["']?[ \t]*:[ \t]*["']?MESSAGE\b|\bquery(?:_address|_message|_time)?["']?[ \t]*:|\bq(?:uery[-_]?ip|name)["']?[ \t]*:|[ \t][ACFRSTU][QR][ \t]/;

/** Whether the text is hardly rules but a capture or a log that was printed, which is YAML too, and which no message may repeat. */
function looksPrinted(text: string): boolean {
  return PRINTED_SIGN.test(text) && !RULES_SIGN.test(text);
}

function checkTop({ value, place }: YamlSource): void {
  if (value === null || value === undefined) throwIssues([{ ...place([]), message: `the file is empty: ${TOP}` }]);
  // It may be any file: a log with the names of clients, a file with a pass phrase.
  const hidden = { ...place([]), hidesLine: true } as const;
  if (Array.isArray(value)) throwIssues([{ ...hidden, message: `this is a list: ${TOP}` }]);
  if (typeof value !== 'object') throwIssues([{ ...hidden, message: NO_RULES }]);
}
