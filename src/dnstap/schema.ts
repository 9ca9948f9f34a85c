/** The dnstap schema of 2025-02-01 (dnstap.info, dnstap.proto): numbers and names of fields, types and enum values. */

/** Field numbers of `Dnstap`. */
export const DnstapField = { identity: 1, version: 2, extra: 3, message: 14, type: 15 } as const;

/** Field numbers of `Message`. */
export const MessageField = {
  type: 1,
  socketFamily: 2,
  socketProtocol: 3,
  queryAddress: 4,
  responseAddress: 5,
  queryPort: 6,
  responsePort: 7,
  queryTimeSec: 8,
  queryTimeNsec: 9,
  queryMessage: 10,
  queryZone: 11,
  responseTimeSec: 12,
  responseTimeNsec: 13,
  responseMessage: 14,
  policy: 15,
  httpProtocol: 16,
} as const;

/** Field numbers of `Policy`. */
export const PolicyField = { type: 1, rule: 2, action: 3, match: 4, value: 5 } as const;

/** `Message.Type`: names and mnemonics by number. */
export const MESSAGE_TYPES = [
  { number: 1, name: 'AUTH_QUERY', mnemonic: 'AQ' },
  { number: 2, name: 'AUTH_RESPONSE', mnemonic: 'AR' },
  { number: 3, name: 'RESOLVER_QUERY', mnemonic: 'RQ' },
  { number: 4, name: 'RESOLVER_RESPONSE', mnemonic: 'RR' },
  { number: 5, name: 'CLIENT_QUERY', mnemonic: 'CQ' },
  { number: 6, name: 'CLIENT_RESPONSE', mnemonic: 'CR' },
  { number: 7, name: 'FORWARDER_QUERY', mnemonic: 'FQ' },
  { number: 8, name: 'FORWARDER_RESPONSE', mnemonic: 'FR' },
  { number: 9, name: 'STUB_QUERY', mnemonic: 'SQ' },
  { number: 10, name: 'STUB_RESPONSE', mnemonic: 'SR' },
  { number: 11, name: 'TOOL_QUERY', mnemonic: 'TQ' },
  { number: 12, name: 'TOOL_RESPONSE', mnemonic: 'TR' },
  { number: 13, name: 'UPDATE_QUERY', mnemonic: 'UQ' },
  { number: 14, name: 'UPDATE_RESPONSE', mnemonic: 'UR' },
] as const;

/** The two message types in which `query_address` is the server's own: a resolver that asks others. */
export const RESOLVER_QUERY = 3;
export const RESOLVER_RESPONSE = 4;

/** The two in which it is that of a forwarder, which some programs leave to its client. */
export const FORWARDER_QUERY = 7;
export const FORWARDER_RESPONSE = 8;

/** `SocketFamily`. */
export const SocketFamily = { INET: 1, INET6: 2 } as const;

/** `SocketProtocol`. */
export const SocketProtocol = {
  UDP: 1,
  TCP: 2,
  DOT: 3,
  DOH: 4,
  DNSCryptUDP: 5,
  DNSCryptTCP: 6,
  DOQ: 7,
} as const;

/** What the value of a known field is; `uint32` and `enum` are varints of 32 bits. */
export const FieldKind = { enum: 1, uint32: 2, uint64: 3, fixed32: 4, bytes: 5, message: 6 } as const;
export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

const { enum: enumeration, uint32, uint64, fixed32, bytes, message } = FieldKind;

/** One kind of message of the schema: the kind of each field by its number, and the values of its enums as bits. */
export interface Level {
  /** By field number; 0 where the schema has no such field. */
  readonly kinds: Uint8Array;
  /** By field number: bit v stands for the value v. No enum of dnstap has a value above 31. */
  readonly values: Int32Array;
  /** By field number: the level of a submessage. */
  readonly levels: readonly (Level | undefined)[];
}

/** The highest field number of any level. */
export const MAX_FIELD_NUMBER = 16;

export const policyLevel: Level = level({
  1: [bytes],
  2: [bytes],
  3: [enumeration, 6],
  4: [enumeration, 5],
  5: [bytes],
});

export const messageLevel: Level = level({
  1: [enumeration, 14],
  2: [enumeration, 2],
  3: [enumeration, 7],
  4: [bytes],
  5: [bytes],
  6: [uint32],
  7: [uint32],
  8: [uint64],
  9: [fixed32],
  10: [bytes],
  11: [bytes],
  12: [uint64],
  13: [fixed32],
  14: [bytes],
  15: [message, policyLevel],
  16: [enumeration, 3],
});

export const dnstapLevel: Level = level({
  1: [bytes],
  2: [bytes],
  3: [bytes],
  14: [message, messageLevel],
  15: [enumeration, 1],
});

/** `fields`: by number the kind, and for an enum its highest value (every enum of dnstap runs from 1), for a message its level. */
function level(fields: Record<number, [FieldKind, (number | Level)?]>): Level {
  const kinds = new Uint8Array(MAX_FIELD_NUMBER + 1);
  const values = new Int32Array(MAX_FIELD_NUMBER + 1);
  const levels = new Array<Level | undefined>(MAX_FIELD_NUMBER + 1).fill(undefined);
  for (const [key, [kind, more]] of Object.entries(fields)) {
    const number = Number(key);
    kinds[number] = kind;
    if (typeof more === 'number') values[number] = 2 ** (more + 1) - 2;
    else levels[number] = more;
  }
  return { kinds, values, levels };
}

/** The wire type that a field of that kind must have. */
export function wireTypeOf(kind: number): number {
  if (kind === fixed32) return 5;
  return kind === bytes || kind === message ? 2 : 0;
}

/** Whether `value` (unsigned, 32 bits) is among those of an enum: its bits in `Level.values`. */
export const isEnumValue = (values: number, value: number): boolean => {
  return value < 32 && ((values >>> value) & 1) === 1;
};
