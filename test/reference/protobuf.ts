/**
 * Protobuf for the reference: bytes to lists of fields and back (docs/frames.md, section 1). Written to be read, with
 * bigint for every number on the wire and a new array for every step.
 */
import type { FrameCode } from '../../src/errors.ts';
import type { FieldSchema, Level } from './schema.ts';

/** What stands behind a tag; `bytes` never holds the tag or the length. */
export type Value =
  | { wire: 'varint'; value: bigint }
  | { wire: 'fixed64' | 'bytes' | 'fixed32'; bytes: Uint8Array }
  /** `bytes` is all between the start tag and the end tag. */
  | { wire: 'group'; bytes: Uint8Array }
  | { wire: 'submessage'; fields: Field[] };

/** One field; it has a name if it is a known field. */
export interface Field {
  number: number;
  name?: string;
  value: Value;
}

/** Ends the reading of a frame from any depth; readers outside this folder see its code only. */
export class Malformed extends Error {
  readonly code: FrameCode;

  constructor(code: FrameCode) {
    super(code);
    this.code = code;
  }
}

const DEEPEST_GROUP = 32;

interface Varint {
  value: bigint;
  end: number;
  shortest: boolean;
}

function readVarint(bytes: Uint8Array, start: number, longest: number, bits: number): Varint {
  let value = 0n;
  for (let index = 0; index < longest; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) throw new Malformed('VARINT_INVALID');
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) {
      if (value >> BigInt(bits) !== 0n) throw new Malformed('VARINT_INVALID');
      return { value, end: start + index + 1, shortest: index === 0 || byte !== 0 };
    }
  }
  throw new Malformed('VARINT_INVALID');
}

interface Tag {
  number: number;
  wireType: number;
  end: number;
  shortest: boolean;
}

function readTag(bytes: Uint8Array, start: number): Tag {
  const { value, end, shortest } = readVarint(bytes, start, 5, 32);
  const number = Number(value >> 3n);
  const wireType = Number(value & 7n);
  if (number === 0 || wireType > 5) throw new Malformed('TAG_INVALID');
  return { number, wireType, end, shortest };
}

function take(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > bytes.length) throw new Malformed('FIELD_TRUNCATED');
  return bytes.slice(start, start + length);
}

interface RawField extends Field {
  end: number;
  shortest: boolean;
}

/** Reads the field at `start`, without asking the schema; `depth` is that of the group in which it stands. */
function readField(bytes: Uint8Array, start: number, depth: number): RawField {
  const tag = readTag(bytes, start);
  const { number } = tag;
  switch (tag.wireType) {
    case 0: {
      const { value, end, shortest } = readVarint(bytes, tag.end, 10, 64);
      return { number, value: { wire: 'varint', value }, end, shortest: tag.shortest && shortest };
    }
    case 1: {
      const content = take(bytes, tag.end, 8);
      return { number, value: { wire: 'fixed64', bytes: content }, end: tag.end + 8, shortest: tag.shortest };
    }
    case 2: {
      const length = readVarint(bytes, tag.end, 5, 32);
      const content = take(bytes, length.end, Number(length.value));
      const shortest = tag.shortest && length.shortest;
      return { number, value: { wire: 'bytes', bytes: content }, end: length.end + content.length, shortest };
    }
    case 3:
      return readGroup(bytes, tag, depth + 1);
    case 5: {
      const content = take(bytes, tag.end, 4);
      return { number, value: { wire: 'fixed32', bytes: content }, end: tag.end + 4, shortest: tag.shortest };
    }
    default:
      throw new Malformed('GROUP_INVALID');
  }
}

/** The end tag counts as content: it stays as it is, however it is written. */
function readGroup(bytes: Uint8Array, start: Tag, depth: number): RawField {
  if (depth > DEEPEST_GROUP) throw new Malformed('GROUP_INVALID');
  let at = start.end;
  while (at < bytes.length) {
    const tag = readTag(bytes, at);
    if (tag.wireType === 4) {
      if (tag.number !== start.number) throw new Malformed('GROUP_INVALID');
      const content = bytes.slice(start.end, tag.end);
      return { number: start.number, value: { wire: 'group', bytes: content }, end: tag.end, shortest: start.shortest };
    }
    at = readField(bytes, at, depth).end;
  }
  throw new Malformed('GROUP_INVALID');
}

/** Reads one level and all below it; throws Malformed at the first thing that is wrong. */
export function decodeLevel(bytes: Uint8Array, level: Level): { fields: Field[]; canonical: boolean } {
  const fields: Field[] = [];
  const seen = new Set<number>();
  let canonical = true;
  let at = 0;
  while (at < bytes.length) {
    const raw = readField(bytes, at, 0);
    const typed = giveType(raw, level[raw.number]);
    if (!raw.shortest || !typed.canonical) canonical = false;
    if (typed.field.name !== undefined) {
      if (seen.has(raw.number)) canonical = false;
      seen.add(raw.number);
    }
    fields.push(typed.field);
    at = raw.end;
  }
  return { fields, canonical };
}

function giveType({ number, value }: RawField, schema: FieldSchema | undefined): { field: Field; canonical: boolean } {
  const unknown = { field: { number, value }, canonical: true };
  if (schema === undefined) return unknown;
  const { name } = schema;
  if (schema.wire === 'submessage' && value.wire === 'bytes') {
    const { fields, canonical } = decodeLevel(value.bytes, schema.level);
    return { field: { number, name, value: { wire: 'submessage', fields } }, canonical };
  }
  if (schema.wire === 'enum' && value.wire === 'varint') {
    const low = BigInt.asUintN(32, value.value);
    if (low < 1n || low > schema.highest) return unknown;
    return { field: { number, name, value: { wire: 'varint', value: low } }, canonical: low === value.value };
  }
  if (schema.wire === 'uint32' && value.wire === 'varint') {
    const low = BigInt.asUintN(32, value.value);
    return { field: { number, name, value: { wire: 'varint', value: low } }, canonical: low === value.value };
  }
  const wire = schema.wire === 'uint64' ? 'varint' : schema.wire;
  return wire === value.wire ? { field: { number, name, value }, canonical: true } : unknown;
}

/** The fields in canonical order: known ones once and ascending, then the unknown ones as they stood. */
export function rebuild(fields: readonly Field[]): Field[] {
  const known = new Map<number, Field>();
  const unknown: Field[] = [];
  for (const field of fields) {
    if (field.name === undefined) {
      unknown.push(field);
      continue;
    }
    const before = known.get(field.number);
    known.set(field.number, before === undefined ? field : later(before, field));
  }
  const ascending = [...known.values()].sort((a, b) => a.number - b.number);
  return [...ascending.map(rebuildBelow), ...unknown];
}

function later(before: Field, field: Field): Field {
  if (before.value.wire !== 'submessage' || field.value.wire !== 'submessage') return field;
  return { ...field, value: { wire: 'submessage', fields: [...before.value.fields, ...field.value.fields] } };
}

function rebuildBelow(field: Field): Field {
  if (field.value.wire !== 'submessage') return field;
  return { ...field, value: { wire: 'submessage', fields: rebuild(field.value.fields) } };
}

function encodeVarint(value: bigint): number[] {
  return value < 0x80n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...encodeVarint(value >> 7n)];
}

function encodeTag(number: number, wireType: number): number[] {
  return encodeVarint((BigInt(number) << 3n) | BigInt(wireType));
}

function encodeDelimited(number: number, bytes: Uint8Array): Uint8Array[] {
  return [Uint8Array.from([...encodeTag(number, 2), ...encodeVarint(BigInt(bytes.length))]), bytes];
}

function encodeField({ number, value }: Field): Uint8Array[] {
  switch (value.wire) {
    case 'varint':
      return [Uint8Array.from([...encodeTag(number, 0), ...encodeVarint(value.value)])];
    case 'fixed64':
      return [Uint8Array.from(encodeTag(number, 1)), value.bytes];
    case 'bytes':
      return encodeDelimited(number, value.bytes);
    case 'submessage':
      return encodeDelimited(number, encodeFields(value.fields));
    case 'group':
      return [Uint8Array.from(encodeTag(number, 3)), value.bytes];
    case 'fixed32':
      return [Uint8Array.from(encodeTag(number, 5)), value.bytes];
  }
}

/** The bytes of one level, its fields in the order given, with the shortest varints. */
export function encodeFields(fields: readonly Field[]): Uint8Array {
  return new Uint8Array(Buffer.concat(fields.flatMap(encodeField)));
}
