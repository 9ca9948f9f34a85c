/** The rules that the documentation shows. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

const pages = [
  ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`),
  ...['README.md', 'CONTRIBUTING.md'].filter((name) => existsSync(new URL(name, root))),
].filter((name) => name.endsWith('.md'));

/** A block of YAML in a page. */
export interface DocumentedRules {
  /** `docs/rules.md:12` */
  place: string;
  /** What stands behind the ticks: `yaml` for a whole file, `yaml part` for what stands in one rule. */
  info: string;
  text: string;
}

/** All blocks of YAML in the documentation. */
export const documentedRules: readonly DocumentedRules[] = pages.flatMap((name) => {
  const page = readFileSync(new URL(name, root), 'utf8');
  return [...page.matchAll(/^```(yaml.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    place: `${name}:${page.slice(0, match.index).split('\n').length}`,
    info: match[1] ?? '',
    text: match[2] ?? '',
  }));
});

/** The block as a rules file. */
export function asRulesFile({ info, text }: DocumentedRules): string {
  if (info === 'yaml') return text;
  const rule = text.replace(/^/gm, '    ').replace(/^ {4}/, '  - ');
  return `version: 1\ndefault: keep\nrules:\n${rule}${/^set:/m.test(text) ? '' : '\n    action: drop'}\n`;
}
