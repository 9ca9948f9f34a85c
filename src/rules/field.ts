/** The fields that rules name, and where in a frame each of them stands. */
import { DnstapField, MESSAGE_TYPES, MessageField, RESOLVER_QUERY, RESOLVER_RESPONSE } from '../dnstap/schema.ts';

/** The fields that rules name; a field's place in this list is its index in a plan. */
export const FIELD_NAMES = [
  'client_address',
  'server_address',
  'query_port',
  'response_port',
  'query_time',
  'response_time',
  'query_message',
  'response_message',
  'edns',
  'records',
  'names',
  'reverse_names',
  'message_id',
  'query_zone',
  'policy',
  'identity',
  'version',
  'extra',
  'socket_protocol',
  'http_protocol',
  'unknown',
] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

/** The index of each field; that of `edns` and `records` stands for what is `other` in them. */
export const FieldIndex: Readonly<Record<FieldName, number>> = Object.fromEntries(
  FIELD_NAMES.map((name, index) => [name, index]),
) as Record<FieldName, number>;

/**
 * Whether the field, by its index, stands inside of DNS messages and not in a frame: five of those above, and behind all of these each
 * EDNS option and record type that a file names.
 */
export function isInMessages(field: number): boolean {
  return (field >= FieldIndex.edns && field <= FieldIndex.message_id) || field >= FIELD_NAMES.length;
}

/** What stands in place of an index for the fields that no rule names: the types, `socket_family` and `message`. */
export const ALWAYS_KEPT = 255;

const MESSAGE_FIELDS: Partial<Record<keyof typeof MessageField, FieldName>> = {
  socketProtocol: 'socket_protocol',
  queryAddress: 'client_address',
  responseAddress: 'server_address',
  queryPort: 'query_port',
  responsePort: 'response_port',
  queryTimeSec: 'query_time',
  queryTimeNsec: 'query_time',
  queryMessage: 'query_message',
  queryZone: 'query_zone',
  responseTimeSec: 'response_time',
  responseTimeNsec: 'response_time',
  responseMessage: 'response_message',
  policy: 'policy',
  httpProtocol: 'http_protocol',
};

/** By field number of `Dnstap`: the index of its field. */
export const dnstapFieldIndexes: Uint8Array = new Uint8Array(16).fill(ALWAYS_KEPT);
dnstapFieldIndexes[0] = FieldIndex.unknown;
dnstapFieldIndexes[DnstapField.identity] = FieldIndex.identity;
dnstapFieldIndexes[DnstapField.version] = FieldIndex.version;
dnstapFieldIndexes[DnstapField.extra] = FieldIndex.extra;

/** By message type, then by field number of `Message`: the index of its field. */
export const messageFieldIndexes: readonly Uint8Array[] = [0, ...MESSAGE_TYPES.map((type) => type.number)].map(
  (type) => {
    const indexes = new Uint8Array(17).fill(ALWAYS_KEPT);
    indexes[0] = FieldIndex.unknown;
    for (const [key, name] of Object.entries(MESSAGE_FIELDS)) {
      indexes[MessageField[key as keyof typeof MessageField]] = FieldIndex[name];
    }
    // In these two the initiator is the resolver: nobody's client.
    if (type === RESOLVER_QUERY || type === RESOLVER_RESPONSE) {
      indexes[MessageField.queryAddress] = FieldIndex.server_address;
    }
    return indexes;
  },
);

/** By the index of a field: the bits of the field numbers under which it stands in `Dnstap`. */
export const dnstapFieldBits: Int32Array = fieldBits(dnstapFieldIndexes);

/** By message type, then by the index of a field: the bits of the field numbers under which it stands in `Message`. */
export const messageFieldBits: readonly Int32Array[] = messageFieldIndexes.map(fieldBits);

function fieldBits(indexes: Uint8Array): Int32Array {
  const bits = new Int32Array(FIELD_NAMES.length);
  for (const [number, index] of indexes.entries()) if (index !== ALWAYS_KEPT) bits[index] |= 1 << number;
  return bits;
}
