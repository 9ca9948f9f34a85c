/**
 * The three levels of a dnstap frame as tables, after proto/dnstap.proto. A test compares them with that file, so that
 * neither can drift.
 */

/** What the schema says of one field number. */
export type FieldSchema =
  | { name: string; wire: 'bytes' | 'fixed32' | 'uint32' | 'uint64' }
  /** The values of every enum of dnstap are 1 to `highest`. */
  | { name: string; wire: 'enum'; highest: bigint }
  | { name: string; wire: 'submessage'; level: Level };

/** The fields of one level, by field number. */
export type Level = Readonly<Record<number, FieldSchema>>;

/** Message.policy. */
export const POLICY: Level = {
  1: { name: 'type', wire: 'bytes' },
  2: { name: 'rule', wire: 'bytes' },
  3: { name: 'action', wire: 'enum', highest: 6n },
  4: { name: 'match', wire: 'enum', highest: 5n },
  5: { name: 'value', wire: 'bytes' },
};

/** Dnstap.message. */
export const MESSAGE: Level = {
  1: { name: 'type', wire: 'enum', highest: 14n },
  2: { name: 'socket_family', wire: 'enum', highest: 2n },
  3: { name: 'socket_protocol', wire: 'enum', highest: 7n },
  4: { name: 'query_address', wire: 'bytes' },
  5: { name: 'response_address', wire: 'bytes' },
  6: { name: 'query_port', wire: 'uint32' },
  7: { name: 'response_port', wire: 'uint32' },
  8: { name: 'query_time_sec', wire: 'uint64' },
  9: { name: 'query_time_nsec', wire: 'fixed32' },
  10: { name: 'query_message', wire: 'bytes' },
  11: { name: 'query_zone', wire: 'bytes' },
  12: { name: 'response_time_sec', wire: 'uint64' },
  13: { name: 'response_time_nsec', wire: 'fixed32' },
  14: { name: 'response_message', wire: 'bytes' },
  15: { name: 'policy', wire: 'submessage', level: POLICY },
  16: { name: 'http_protocol', wire: 'enum', highest: 3n },
};

/** The frame itself. */
export const DNSTAP: Level = {
  1: { name: 'identity', wire: 'bytes' },
  2: { name: 'version', wire: 'bytes' },
  3: { name: 'extra', wire: 'bytes' },
  14: { name: 'message', wire: 'submessage', level: MESSAGE },
  15: { name: 'type', wire: 'enum', highest: 1n },
};
