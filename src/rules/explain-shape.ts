/** Puts what the schema has to say of a file into words: which word is unknown, which one was meant, what is missing. */

import type { z } from 'zod';
import { explainKeyIssue, explainUnknownKey } from './key-section.ts';
import { MAX_COLLECTED_ISSUES, quote } from './rules-issues.ts';
import { BOTH_ACTIONS, entryMethods, FIELDS, FILE_KEYS, type FieldMethods, isEntryField } from './schema.ts';
import { suggest } from './suggest.ts';
import { explainKey } from './unknown-key.ts';
import { listHint, MAX_LISTED, orList, SPACE_MISSING, splitAtColon, unknownWord } from './unknown-word.ts';
import type { Path } from './yaml-nodes.ts';

/** One thing that is wrong: with the value at `path`, or with the key `key` of the map there. */
export interface ShapeProblem {
  readonly path: Path;
  readonly key?: string;
  readonly message: string;
  /** Whether a key, in whatever form, may stand there: nothing of it is in the message. */
  readonly mayHoldKey?: true;
}

type ZodIssue = z.core.$ZodIssue;

/** What is wrong in `value` by the schema's issues with it. */
export function explainShape(value: unknown, issues: readonly ZodIssue[]): ShapeProblem[] {
  const explainer = new Explainer(value);
  for (const issue of issues) explainer.add(issue, issue.path as Path);
  return explainer.problems();
}

class Explainer {
  readonly #root: unknown;
  readonly #problems: ShapeProblem[] = [];
  /** The unknown keys of maps, by the path of the map; what such a map lacks may be that key. */
  readonly #unknownKeys = new Map<string, readonly string[]>();
  /** What maps lack: the key `missing`, or any. */
  readonly #lacks: (ShapeProblem & { readonly missing?: string })[] = [];

  constructor(root: unknown) {
    this.#root = root;
  }

  problems(): ShapeProblem[] {
    const lacks = this.#lacks.filter(({ path, missing }) => {
      const unknown = this.#unknownKeys.get(pathKey(path)) ?? [];
      return missing === undefined
        ? unknown.length === 0
        : !unknown.some((key) => suggest(key, [missing]) !== undefined);
    });
    return [...this.#problems, ...lacks];
  }

  add(issue: ZodIssue, path: Path): void {
    if (this.#problems.length >= MAX_COLLECTED_ISSUES) return;
    const place = methodPlace(path);
    const value = valueAt(this.#root, path);
    if (place !== undefined && issue.code !== 'custom' && this.#addMethod(place, path, value)) return;
    if (path[0] === 'key') {
      this.#addKeyIssue(issue, path);
      return;
    }
    switch (issue.code) {
      case 'invalid_union':
        this.#addUnion(issue, path, value);
        break;
      case 'unrecognized_keys':
        this.#addUnknownKeys(path, issue.keys.slice(0, MAX_COLLECTED_ISSUES));
        break;
      case 'invalid_value':
        if (value === undefined) this.#addMissing(path);
        else this.#add({ path, message: explainValue(path, value, issue.values.map(String)) });
        break;
      case 'invalid_type':
        if (value === undefined) this.#addMissing(path);
        else this.#add({ path, message: explainType(issue.expected, value) + typeHint(path, value) });
        break;
      case 'too_small':
      case 'too_big':
        this.#add({ path, message: Array.isArray(value) ? EMPTY_LIST : explainRange(path) });
        break;
      default:
        // Refinements of the schema come with their own words; those of a map tell what it lacks.
        if (isMap(value) && issue.message !== BOTH_ACTIONS) this.#lacks.push({ path, message: issue.message });
        else this.#add({ path, message: issue.message + (isAddress(path) ? listHint(value) : '') });
    }
  }

  #add(problem: ShapeProblem): void {
    this.#problems.push(problem);
  }

  #addUnknownKeys(path: Path, keys: readonly string[]): void {
    this.#unknownKeys.set(pathKey(path), keys);
    for (const key of keys) {
      const isKeySection = path.length === 0 && suggest(key, FILE_KEYS) === 'key';
      this.#add({ path, key, message: explainKey(path, key), ...(isKeySection && { mayHoldKey: true }) });
    }
  }

  #addKeyIssue(issue: ZodIssue, path: Path): void {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys.slice(0, MAX_COLLECTED_ISSUES)) {
        this.#add({ path, key, message: explainUnknownKey(key), mayHoldKey: true });
      }
    } else this.#add({ path, message: explainKeyIssue(issue, path[1]?.toString()), mayHoldKey: true });
  }

  #addMissing(path: Path): void {
    const missing = String(path.at(-1));
    const message = `${quote(missing)} is missing${MISSING_HINTS[missing] ?? ''}`;
    this.#lacks.push({ path: path.slice(0, -1), message, missing });
  }

  /** Goes on with the kind that was written: one of the words, a list, or a map. */
  #addUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, value: unknown): void {
    const branch = issue.errors.find((issues) => !issues.some((inner) => isOfAnotherKind(inner, value)));
    if (branch === undefined) {
      this.#add({ path, message: explainKind(issue, path, value) });
      return;
    }
    for (const inner of branch) this.add(inner, [...path, ...(inner.path as Path)]);
  }

  /** Answers with whether that was all there is to say of the method. */
  #addMethod({ field, methods }: MethodPlace, path: Path, value: unknown): boolean {
    if (typeof value === 'string') {
      this.#add({ path, message: explainMethod(field, methods, value) });
      return true;
    }
    if (!isMap(value)) {
      const message = value === null ? `a method for ${field} is missing` : `a method is expected, ${found(value)}`;
      this.#add({ path, message: `${message}; ${listMethods(field, methods)}` });
      return true;
    }
    const [key, ...others] = Object.keys(value);
    if (key === undefined) this.#add({ path, message: `a method is missing; ${listMethods(field, methods)}` });
    else if (others.length > 0) this.#add({ path, message: 'a method is one word, or a map with one key' });
    else if (key !== methods.valued?.word) this.#add({ path, key, message: explainMethod(field, methods, key, true) });
    else return false;
    return true;
  }
}

const EMPTY_LIST = 'the list is empty: write what belongs to it, or leave it away with its key';

/** What to write where a list was expected and something else stands there, or the other way around. */
function typeHint(path: Path, value: unknown): string {
  const last = path.at(-1);
  if (path.length === 1 && isMap(value)) return ': each rule begins with "- "';
  if (last === 'set' && Array.isArray(value)) return ': the fields stand below "set" without "- "';
  if (last === 'addresses' && typeof value === 'string') return ': write it in brackets, as in [192.0.2.53]';
  if (last === 'edns' || last === 'records') return ': { other: remove }';
  if (last === 'truncate' && !isMap(value)) return ': { ipv4: 24, ipv6: 48 }';
  return '';
}

function isAddress(path: Path): boolean {
  return path.some((step) => step === 'client_address' || step === 'server_address' || step === 'addresses');
}

const MISSING_HINTS: Readonly<Record<string, string>> = {
  version: ': write "version: 1"',
  default: ': write "default: keep" or "default: remove"',
};

function explainValue(path: Path, value: unknown, known: readonly string[]): string {
  const name = path.findLast((step) => typeof step === 'string') ?? '';
  if (name === 'version') {
    return typeof value === 'number'
      ? 'this version of tapfilter knows "version: 1" only'
      : '"version" must be the number 1';
  }
  if (typeof value !== 'string') {
    return `${known.length > MAX_LISTED ? 'a word' : `the word ${orList(known)}`} is expected, ${found(value)}`;
  }
  return unknownWord(VALUE_NOUNS[name] ?? `value of ${name}`, value, known);
}

const VALUE_NOUNS: Readonly<Record<string, string>> = {
  type: 'message type',
  socket_family: 'socket family',
  socket_protocol: 'socket protocol',
  truncate: 'unit of time',
  action: 'action',
};

/** `isMap`: whether the method was written as the key of a map. */
function explainMethod(field: string, methods: FieldMethods, word: string, isMap = false): string {
  const { words, valued } = methods;
  if ((words as readonly string[]).includes(word))
    return `${quote(word)} takes no value here: write ${quote(`${field}: ${word}`)}`;
  if (!isMap && word === valued?.word) return `${quote(word)} needs a value: ${valued.example}`;
  const known = methodWords(methods);
  const [first, rest] = splitAtColon(word);
  if (rest !== undefined && known.includes(first)) return SPACE_MISSING;
  const meant = ALL_METHODS.includes(word) ? undefined : suggest(word, known);
  if (meant !== undefined) return `unknown method ${quote(word)}; did you mean ${quote(meant)}?`;
  const verdict = ALL_METHODS.includes(word)
    ? `${quote(word)} is no method of ${field}`
    : `unknown method ${quote(word)}`;
  return `${verdict}; ${listMethods(field, methods)}`;
}

const ALL_METHODS: readonly string[] = Object.values(FIELDS).flatMap((methods) => methodWords(methods as FieldMethods));

function methodWords({ words, valued }: FieldMethods): readonly string[] {
  return valued ? [...new Set([...words, valued.word])] : words;
}

function listMethods(field: string, { words, valued }: FieldMethods): string {
  return `${field} takes ${orList(valued ? [...words, valued.example] : words)}`;
}

function explainRange(path: Path): string {
  if (path.at(-1) === 'labels') return 'a name keeps from 1 to 127 labels';
  return `the length of the prefix must be from 0 to ${path.at(-1) === 'ipv4' ? 32 : 128}`;
}

function explainType(expected: string, value: unknown): string {
  if (expected === 'string') {
    const needsQuotes = typeof value === 'number' || typeof value === 'boolean';
    return `text is expected, ${found(value)}${needsQuotes ? ': write it in quotes' : ''}`;
  }
  return `${EXPECTATIONS[expected] ?? 'a whole number'} is expected, ${found(value)}`;
}

const EXPECTATIONS: Readonly<Record<string, string>> = { array: 'a list', object: 'a map', record: 'a map' };

/** Of a value of a kind that no branch of the union is for. */
function explainKind(issue: z.core.$ZodIssueInvalidUnion, path: Path, value: unknown): string {
  if (path.length === 3) return `a map of conditions, or a list of them, is expected, ${found(value)}`;
  const isText = issue.errors.flat().some((inner) => inner.code === 'invalid_type' && inner.expected === 'string');
  if (isText) return explainType('string', value);
  return `a word, or a list of words, is expected, ${found(value)}`;
}

/** What was found in place of something else; a number or a word of YAML that was meant as text needs quotes. */
function found(value: unknown): string {
  if (value === null || value === undefined) return 'and there is nothing';
  if (Array.isArray(value)) return 'not a list';
  if (isMap(value)) return 'not a map';
  if (typeof value === 'string') return `not ${quote(value)}`;
  return `not the ${typeof value} ${value}`;
}

/** Whether a branch of a union is for something else than what was written. */
function isOfAnotherKind(issue: ZodIssue, value: unknown): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof value !== 'string');
}

/** Where a method stands: what it is a method of, as people call it, and which it may be. */
interface MethodPlace {
  readonly field: string;
  readonly methods: FieldMethods;
}

function methodPlace(path: Path): MethodPlace | undefined {
  const [top, , part, field, entry] = path.map(String);
  if (top !== 'rules' || part !== 'set' || field === undefined) return undefined;
  if (isEntryField(field)) {
    return path.length === 5 ? { field: entry, methods: entryMethods(field, entry) } : undefined;
  }
  if (path.length !== 4 || !Object.hasOwn(FIELDS, field)) return undefined;
  return { field, methods: FIELDS[field as keyof typeof FIELDS] };
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pathKey(path: Path): string {
  return JSON.stringify(path);
}
