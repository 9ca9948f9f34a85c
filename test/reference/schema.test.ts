import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { dnstapSchema } from '../support/oracle.ts';
import { DNSTAP, type FieldSchema, type Level, MESSAGE, POLICY } from './schema.ts';

function fromProto(typeName: string): Record<number, { name: string; wire: string }> {
  const type = dnstapSchema.lookupType(typeName);
  return Object.fromEntries(type.fieldsArray.map((field) => [field.id, { name: field.name, wire: wireOf(field) }]));
}

function wireOf(field: protobuf.Field): string {
  const { resolvedType, type } = field.resolve();
  if (resolvedType instanceof protobuf.Enum) return `enum of ${Object.values(resolvedType.values).join(' ')}`;
  if (resolvedType !== null) return 'submessage';
  return type === 'string' ? 'bytes' : type;
}

function fromTable(level: Level): Record<number, { name: string; wire: string }> {
  const wire = (schema: FieldSchema) => {
    if (schema.wire !== 'enum') return schema.wire;
    return `enum of ${Array.from({ length: Number(schema.highest) }, (_, index) => index + 1).join(' ')}`;
  };
  return Object.fromEntries(
    Object.entries(level).map(([number, schema]) => [number, { name: schema.name, wire: wire(schema) }]),
  );
}

describe("the reference's tables", () => {
  test.each([
    ['dnstap.Dnstap', DNSTAP],
    ['dnstap.Message', MESSAGE],
    ['dnstap.Policy', POLICY],
  ])('say of %s what proto/dnstap.proto says', (typeName, level) => {
    expect(fromTable(level)).toEqual(fromProto(typeName));
  });
});
