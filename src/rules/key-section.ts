/**
 * The section `key` of a rules file: where the key comes from, and how it is used. The key itself never stands in a rules file, but
 * people will try: whatever is wrong here is told without a word of what was written.
 */

import { z } from 'zod';
import { isKeyText } from '../anonymize/key.ts';
import type { Rotation } from '../anonymize/periods.ts';
import { suggest } from './suggest.ts';

/** The section `key`; it has at least one key, and at most one of the four sources. */
export interface KeySection {
  /** A path, relative to the folder of the rules file. */
  file?: string;
  /** The name of an environment variable. */
  env?: string;
  /** The name of a systemd credential. */
  credential?: string;
  /** A new random key for each run. */
  ephemeral?: true;
  /** All addresses have their pseudonyms from one map. */
  maps?: 'one';
  rotate?: Rotation;
}

/** Where a key comes from: one of these keys of the section. */
export const SOURCES = ['file', 'env', 'credential', 'ephemeral'] as const;
const ROTATIONS = ['day', 'week'] as const satisfies readonly Rotation[];

/** Whether a section says where the key comes from. */
export function hasKeySource(section: KeySection): boolean {
  return SOURCES.some((source) => section[source] !== undefined);
}

/** What a section without a source is told. */
export const NO_SOURCE = '"key" does not say where the key comes from: file, env, credential or ephemeral';

const TWO_SOURCES = 'a key comes from one place: only one of file, env, credential and ephemeral can stand here';

const NO_KEY_HERE =
  'this looks like a key, and a key never stands in a rules file: write it into a file that only you can read, and here the name of that file';

const NOT_A_MAP =
  '"key" takes no key, but where it comes from, as in "key: { file: share.key }": a key never stands in a rules file';

const EXPECTATIONS: Readonly<Record<string, string>> = {
  file: '"file" must be the path of a file, as text',
  env: '"env" must be the name of an environment variable, as text',
  credential: '"credential" must be the name of a systemd credential, as text',
  ephemeral: '"ephemeral" must be true',
  maps: '"maps" must be the word one',
  rotate: `"rotate" must be the word ${ROTATIONS.join(' or ')}`,
};

/** What the names of the sources must be. */
export const NAME_PATTERNS: Readonly<Record<'file' | 'env' | 'credential', RegExp>> = {
  file: /^\P{Cc}+$/u,
  env: /^[A-Za-z_][0-9A-Za-z_]*$/,
  // What systemd.exec(5) takes as ID: the name of a file, without a colon.
  credential: /^(?!\.{1,2}$)[^/:\p{Cc}]{1,255}$/u,
};

function name(pattern: RegExp, error: string): z.ZodExactOptional<z.ZodString> {
  const text = z.string().superRefine((value, context) => {
    if (isKeyText(value)) context.addIssue({ code: 'custom', message: NO_KEY_HERE });
    else if (!pattern.test(value)) context.addIssue({ code: 'custom', message: error });
  });
  return z.exactOptional(text);
}

const section = z
  .strictObject({
    file: name(NAME_PATTERNS.file, 'this is no path of a file'),
    env: name(NAME_PATTERNS.env, 'this is no name of an environment variable'),
    credential: name(NAME_PATTERNS.credential, 'this is no name of a systemd credential'),
    ephemeral: z.literal(true).exactOptional(),
    maps: z.literal('one').exactOptional(),
    rotate: z.enum(ROTATIONS).exactOptional(),
  })
  .refine((value) => SOURCES.filter((source) => source in value).length <= 1, {
    error: TWO_SOURCES,
    when: ({ value }) => typeof value === 'object' && value !== null,
  })
  .refine((value) => Object.keys(value).length > 0, NO_SOURCE);

/** Holds the section to the language. */
export const keySection: z.ZodType<KeySection> = section;

const KEYS: readonly string[] = Object.keys(section.shape);

/** Puts an issue of the schema with the value of `name`, or with the section itself, into words that hold nothing of the file. */
export function explainKeyIssue(issue: z.core.$ZodIssue, name: string | undefined): string {
  if (issue.code === 'custom') return issue.message;
  return (name !== undefined && EXPECTATIONS[name]) || NOT_A_MAP;
}

/** What is said of an unknown key of the section, and never the word itself: it may be what must not be shown. */
export function explainUnknownKey(word: string): string {
  const meant = suggest(word, KEYS);
  return meant === undefined ? `unknown key; known: ${KEYS.join(', ')}` : `unknown key; did you mean "${meant}"?`;
}
