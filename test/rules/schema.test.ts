import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FIELD_NAMES } from '../../src/rules/field.ts';
import { ENTRY_FIELDS, FIELDS, rulesFileSchema, TYPE_WORDS } from '../../src/rules/schema.ts';
import { suggest } from '../../src/rules/suggest.ts';

test('every field that rules can name has its methods', () => {
  expect([...Object.keys(FIELDS), ...Object.keys(ENTRY_FIELDS)].sort()).toEqual([...FIELD_NAMES].sort());
});

test('every message type has a mnemonic and a name, and no word stands twice', () => {
  expect(TYPE_WORDS).toHaveLength(14 + 14 + 9);
  expect(new Set(TYPE_WORDS).size).toBe(TYPE_WORDS.length);
});

test('the schema can be written as JSON Schema', () => {
  const schema = z.toJSONSchema(rulesFileSchema, { io: 'input', target: 'draft-7' });
  expect(schema.required).toEqual(['version', 'default']);
  expect(schema.additionalProperties).toBe(false);
  expect(JSON.stringify(schema)).toContain('"client_address":{"anyOf":[{"type":"string"},{"minItems":1,"type":"array"');
  const key = schema.properties?.key as z.core.JSONSchema.BaseSchema | undefined;
  expect(Object.keys(key?.properties ?? {})).toEqual(['file', 'env', 'credential', 'ephemeral', 'maps', 'rotate']);
  expect(key?.properties?.rotate).toEqual({ type: 'string', enum: ['day', 'week'] });
});

describe('a suggestion', () => {
  const known = ['query_time', 'query_zone', 'CQ', 'CR', 'DNSCryptUDP', 'DNSCryptTCP', 'truncate', 'inet6'];

  test.each([
    ['a letter too few', 'query_tme', 'query_time'],
    ['a letter too many', 'query_zonee', 'query_zone'],
    ['another letter', 'query_zome', 'query_zone'],
    ['two letters swapped', 'qurey_zone', 'query_zone'],
    ['upper and lower case', 'dnscryptudp', 'DNSCryptUDP'],
    ['a dash', 'query-time', 'query_time'],
    ['the beginning only', 'trunc', 'truncate'],
  ])('is given for %s', (_title, word, meant) => {
    expect(suggest(word, known)).toBe(meant);
  });

  test.each([
    ['is like none', 'colour'],
    ['begins two of them', 'DNSC'],
    ['is another word of two letters', 'CX'],
    ['is empty', ''],
    ['is longer than any word', 'query_time'.repeat(10)],
  ])('is not given for what %s', (_title, word) => {
    expect(suggest(word, known)).toBeUndefined();
  });
});
