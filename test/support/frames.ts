/**
 * Builders for protobuf fields and dnstap frames. They write what they are told, so that a test can have what no server
 * sends: lengths of varints, wire types, order and repetition are the caller's.
 */

/** A field number that no level of the schema has. */
export const UNKNOWN_NUMBER = 100;

/** All parts in one array. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A varint, with zero bits behind it up to `length` bytes if that is more than it needs. */
export function varint(value: bigint | number, length = 1): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    bytes.push(Number(rest & 0x7fn));
    rest >>= 7n;
  } while (rest > 0n || bytes.length < length);
  return Uint8Array.from(bytes, (byte, index) => (index < bytes.length - 1 ? byte | 0x80 : byte));
}

/** How many bytes the varints of a field take, where that is more than they need. */
export interface VarintLengths {
  tagLength?: number;
  /** Of the value or the length behind the tag. */
  valueLength?: number;
}

/** A tag alone. */
export function tag(number: number, wireType: number, length = 1): Uint8Array {
  return varint((BigInt(number) << 3n) | BigInt(wireType), length);
}

/** A varint field; a negative value is written as protobuf writes it, in 64 bits. */
export function field(number: number, value: bigint | number, lengths: VarintLengths = {}): Uint8Array {
  return concat(tag(number, 0, lengths.tagLength), varint(BigInt.asUintN(64, BigInt(value)), lengths.valueLength));
}

/** A length-delimited field; a text is written as UTF-8. */
export function bytesField(number: number, content: Uint8Array | string, lengths: VarintLengths = {}): Uint8Array {
  const bytes = typeof content === 'string' ? new Uint8Array(Buffer.from(content, 'utf8')) : content;
  return concat(tag(number, 2, lengths.tagLength), varint(bytes.length, lengths.valueLength), bytes);
}

/** A fixed32 field. */
export function fixed32Field(number: number, value: number, lengths: VarintLengths = {}): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return concat(tag(number, 5, lengths.tagLength), bytes);
}

/** A fixed64 field. */
export function fixed64Field(number: number, value: bigint, lengths: VarintLengths = {}): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return concat(tag(number, 1, lengths.tagLength), bytes);
}

/** A group around a content that is put in as it is. */
export function group(number: number, content: Uint8Array = new Uint8Array(), endNumber = number): Uint8Array {
  return concat(tag(number, 3), content, tag(endNumber, 4));
}

/** A field of that number with a wire type of one's choice and some well formed content. */
export function fieldOfWireType(number: number, wireType: 0 | 1 | 2 | 3 | 5): Uint8Array {
  switch (wireType) {
    case 0:
      return field(number, 1);
    case 1:
      return fixed64Field(number, 1n);
    case 2:
      return bytesField(number, Uint8Array.of(1, 2, 3));
    case 3:
      return group(number, field(1, 1));
    case 5:
      return fixed32Field(number, 1);
  }
}

const POLICY_NUMBERS = { type: 1, rule: 2, action: 3, match: 4, value: 5 } as const;

const MESSAGE_NUMBERS = {
  type: 1,
  socket_family: 2,
  socket_protocol: 3,
  query_address: 4,
  response_address: 5,
  query_port: 6,
  response_port: 7,
  query_time_sec: 8,
  query_time_nsec: 9,
  query_message: 10,
  query_zone: 11,
  response_time_sec: 12,
  response_time_nsec: 13,
  response_message: 14,
  policy: 15,
  http_protocol: 16,
} as const;

const DNSTAP_NUMBERS = { identity: 1, version: 2, extra: 3, message: 14, type: 15 } as const;

/** Message types by mnemonic. */
export const MESSAGE_TYPES = {
  AQ: 1,
  AR: 2,
  RQ: 3,
  RR: 4,
  CQ: 5,
  CR: 6,
  FQ: 7,
  FR: 8,
  SQ: 9,
  SR: 10,
  TQ: 11,
  TR: 12,
  UQ: 13,
  UR: 14,
} as const;

/** A number makes a varint (nanoseconds a fixed32), bytes and texts a length-delimited field, a list one for each. */
export type FieldValue = number | bigint | Uint8Array | string | (number | bigint | Uint8Array | string)[];

/** Where fields stand: the numbers named come first, the others after them, ascending. */
export interface Order {
  order?: readonly number[];
  /** Bytes put behind the fields as they are. */
  rest?: Uint8Array;
}

type Values<Numbers> = { [Name in keyof Numbers]?: FieldValue };

function build(numbers: Readonly<Record<string, number>>, values: Values<Record<string, number>>, options: Order) {
  const { order = [], rest = new Uint8Array() } = options;
  const place = (number: number) => (order.includes(number) ? order.indexOf(number) - order.length : number);
  const entries = Object.entries(values)
    .flatMap(([name, value]) => (value === undefined ? [] : [{ name, value, number: numbers[name] }]))
    .sort((a, b) => place(a.number) - place(b.number));
  const parts = entries.flatMap(({ name, value, number }) =>
    [value].flat().map((one) => {
      if (typeof one === 'string' || one instanceof Uint8Array) return bytesField(number, one);
      return name.endsWith('_nsec') ? fixed32Field(number, Number(one)) : field(number, one);
    }),
  );
  return concat(...parts, rest);
}

/** The content of a Policy. */
export function policy(values: Values<typeof POLICY_NUMBERS>, options: Order = {}): Uint8Array {
  return build(POLICY_NUMBERS, values, options);
}

/** The content of a Message. */
export function message(values: Values<typeof MESSAGE_NUMBERS>, options: Order = {}): Uint8Array {
  return build(MESSAGE_NUMBERS, values, options);
}

/** A frame; it has the type MESSAGE unless the values say otherwise (an empty list leaves it out). */
export function dnstapFrame(values: Values<typeof DNSTAP_NUMBERS>, options: Order = {}): Uint8Array {
  return build(DNSTAP_NUMBERS, { type: 1, ...values }, options);
}
