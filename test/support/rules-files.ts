/** Rules as files: those of the tests, written as YAML, and those in rules/. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import type { PlainRule, PlainRules } from '../reference/rules.ts';
import { filterFor, filterFrame, unframed } from './run-filter.ts';
import { someRules } from './some-rules.ts';

/** A rules file: its text, and what the text says. */
export interface RulesText {
  name: string;
  text: string;
  rules: PlainRules;
}

const folder = new URL('../../rules/', import.meta.url);

/** The files in rules/. */
export const shippedRules: readonly RulesText[] = readdirSync(folder)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    return { name: `rules/${name}`, text, rules: parse(text) as PlainRules };
  });

/** What a rule may say, and what it may not, of the fields that a file closes when it hides clients. */
const rulesAboutHiding: Readonly<Record<string, PlainRules>> = {
  'keep what hiding closes': {
    version: 1,
    default: 'keep',
    rules: [
      {
        set: {
          client_address: 'truncate',
          query_message: 'keep',
          response_message: 'question',
          query_zone: 'keep',
          policy: 'keep',
          extra: 'keep',
        },
      },
    ],
  },
  'hide one kind of client': {
    version: 1,
    default: 'keep',
    rules: [
      { set: { query_message: 'question' } },
      { match: { type: 'CQ' }, set: { client_address: 'remove', response_message: 'keep' } },
    ],
  },
};

/** The files in rules/, and all that are tried in tests. */
export const allRules: readonly RulesText[] = [
  ...shippedRules,
  ...Object.entries({ ...someRules, ...rulesAboutHiding }).map(([name, rules]) => ({
    name,
    text: stringify(rules),
    rules,
  })),
];

/** Of all rules, those that hide every client, by their default or by a rule without conditions. */
export const hidingRules: readonly RulesText[] = allRules.filter(({ rules }) => {
  const hides = ({ match, unless, set }: PlainRule) =>
    match === undefined && unless === undefined && (set?.client_address ?? 'keep') !== 'keep';
  return rules.default === 'remove' || (rules.rules ?? []).some(hides);
});

/** What the engine makes of each frame; undefined where it drops it. */
export function filterFrames(frames: readonly Uint8Array[], rules: PlainRules): (Uint8Array | undefined)[] {
  const filter = filterFor(rules);
  const out = new ByteBuffer(1024);
  return frames.map((frame) => {
    out.length = 0;
    filterFrame(filter, frame, out);
    return unframed(out.written())[0];
  });
}
