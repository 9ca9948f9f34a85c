/**
 * The language of a rules file as a JSON Schema (draft-07), for editors: made of the schema that validates, so that it has the same words,
 * and of what zod cannot tell of it: refinements, and descriptions. What a file means (a keyed method without a key) no JSON Schema holds.
 */
import { z } from 'zod';
import { KEY_TEXT } from '../anonymize/key.ts';
import { OPTION_NAMES, OptionCode } from '../dns/edns.ts';
import { TYPE_NAMES } from '../dns/record-types.ts';
import { NAME_PATTERNS, SOURCES } from './key-section.ts';
import {
  type EntryFieldName,
  entryMethods,
  type FieldMethods,
  isEntryField,
  MAX_NAME_LENGTH,
  MAX_REPLACEMENT_LENGTH,
  methodSchema,
  OTHER,
  rulesFileSchema,
} from './schema.ts';
import { DESCRIPTIONS } from './schema-descriptions.ts';
import { NAME, OPTION_NUMBER, PREFIX, portable, SAMPLE, SET_TYPE_NUMBER, TYPE_NUMBER } from './schema-patterns.ts';

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The JSON Schema of a rules file. */
export function createJsonSchema(): JsonSchema {
  const { $schema, ...plain } = z.toJSONSchema(rulesFileSchema, { io: 'input', target: 'draft-7' });
  const refiner = new Refiner();
  const { definitions, ...file } = { ...refiner.refine(plain, []), definitions: refiner.definitions };
  return { $schema, title: 'A rules file of tapfilter, version 1', ...file, definitions };
}

/** The JSON Schema as text, as it lies beside the rules files that come with the package. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(createJsonSchema(), undefined, 2)}\n`;
}

/** The keys that lead to a part of a rules file: those of maps, and nothing for places in lists. */
type Path = readonly string[];

class Refiner {
  /** What stands in several places, by its name. */
  readonly definitions: Record<string, JsonSchema> = {};

  /** Adds to a part, and to all parts of it, what zod leaves out. */
  refine(part: JsonSchema, path: Path): JsonSchema {
    const field = path.at(-1) ?? '';
    if (path[1] === 'set' && isEntryField(field)) return this.#refineEntries(field, path);
    const { anyOf, items, properties, ...rest } = part;
    const refined = {
      ...rest,
      ...(Array.isArray(anyOf) && { anyOf: anyOf.map((inner) => this.refine(inner, path)) }),
      ...(isPart(items) && { items: this.refine(items, path) }),
      ...(isPart(properties) && { properties: this.#refineProperties(properties, path) }),
      ...refinementsOf(part.type, path),
    };
    const name = definitionOf(part.type, path);
    if (name === undefined) return refined;
    this.definitions[name] = refined;
    return { $ref: `#/definitions/${name}` };
  }

  /** A map of entries: each has a name or a number, and the methods of its kind. */
  #refineEntries(field: EntryFieldName, path: Path): JsonSchema {
    const presence = entryMethodSchema(entryMethods(field, OTHER));
    const entries = { type: 'object', minProperties: 1, additionalProperties: false };
    if (field === 'records') {
      const names = TYPE_NAMES.filter((name) => name !== 'OPT');
      return {
        ...entries,
        patternProperties: { [`^(?:${[...names, OTHER].join('|')})$`]: presence, [SET_TYPE_NUMBER]: presence },
      };
    }
    const subnet = entryMethodSchema(entryMethods('edns', 'client_subnet'));
    const { client_subnet } = this.#refineProperties({ client_subnet: subnet }, path);
    const options = OPTION_NAMES.map((name) => [
      name,
      { description: `EDNS option ${OptionCode[name]}: keep or remove.`, ...presence },
    ]);
    const other = { description: 'Every option that no applying rule names: keep or remove.', ...presence };
    return {
      ...entries,
      properties: { ...Object.fromEntries(options), client_subnet, other },
      patternProperties: { '^8$': client_subnet, [OPTION_NUMBER]: presence },
    };
  }

  #refineProperties(properties: JsonSchema, path: Path): JsonSchema {
    const entries = Object.entries(properties).map(([name, part]) => {
      const inner = [...path, name];
      const description = DESCRIPTIONS[descriptionKey(inner)];
      return [name, { ...(description !== undefined && { description }), ...this.refine(part as JsonSchema, inner) }];
    });
    return Object.fromEntries(entries);
  }
}

function isPart(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

/** The place of a description: conditions are the same in `match` and in `unless`, and methods with a value in every field. */
function descriptionKey(path: Path): string {
  const [top, second, ...rest] = path;
  if (top === 'rules' && rest.length > 0 && (second === 'match' || second === 'unless')) {
    return ['conditions', ...rest].join('.');
  }
  if (top === 'rules' && second === 'set' && rest.length > 1) {
    const isTime = rest[0].endsWith('_time');
    // A client subnet has the methods of an address.
    const inner = isEntryField(rest[0]) && rest.length > 2 ? rest.slice(2) : rest.slice(1);
    return ['methods', isTime ? 'time' : 'field', ...inner].join('.');
  }
  return path.join('.');
}

/** The name of what stands in several places. */
function definitionOf(type: unknown, path: Path): string | undefined {
  if (isPrefix(type, path)) return 'prefix';
  if (type === 'string' && isName(path)) return 'name';
  if (type === 'string' && isCondition(path, 'qtype')) return 'record_type';
  const isConditions = type === 'object' && path.length === 2 && (path[1] === 'match' || path[1] === 'unless');
  return isConditions ? 'conditions' : undefined;
}

function isCondition([, part, name]: Path, wanted: string): boolean {
  return (part === 'match' || part === 'unless') && name === wanted;
}

function isName(path: Path): boolean {
  return isCondition(path, 'qname') || path.join('.') === 'public.names';
}

function isPrefix(type: unknown, path: Path): boolean {
  return type === 'string' && path[1] !== 'set' && /address(es)?$/.test(path.at(-1) ?? '');
}

/** What the refinements of the schema are as keywords, as far as there are any for them. */
function refinementsOf(type: unknown, path: Path): JsonSchema {
  const name = path.at(-1) ?? '';
  if (isPrefix(type, path)) return { pattern: PREFIX };
  if (type === 'string') {
    if (isName(path)) return { pattern: NAME };
    if (isCondition(path, 'sample')) return { pattern: SAMPLE };
    if (isCondition(path, 'qtype')) return { anyOf: [{ enum: TYPE_NAMES }, { pattern: TYPE_NUMBER }] };
    if (name === 'replace') return { minLength: 1, maxLength: MAX_REPLACEMENT_LENGTH };
    if (path.join('.') === 'rules.name') {
      return { minLength: 1, maxLength: MAX_NAME_LENGTH, pattern: portable(/^\P{Cc}*$/u) };
    }
    if (path[0] === 'key' && name in NAME_PATTERNS) {
      const pattern = portable(NAME_PATTERNS[name as keyof typeof NAME_PATTERNS]);
      return { pattern, not: { pattern: KEY_TEXT.source } };
    }
  }
  if (type === 'object') {
    if (path.join('.') === 'rules') return { oneOf: [{ required: ['action'] }, { required: ['set'] }] };
    if (path.join('.') === 'key') return { minProperties: 1, not: { anyOf: pairs(SOURCES) } };
    if (['public', 'match', 'unless', 'set', 'truncate'].includes(name)) return { minProperties: 1 };
  }
  return {};
}

function entryMethodSchema(methods: FieldMethods): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(methodSchema(methods), { io: 'input', target: 'draft-7' });
  return schema;
}

function pairs(names: readonly string[]): JsonSchema[] {
  return names.flatMap((one, index) => names.slice(index + 1).map((other) => ({ required: [one, other] })));
}
