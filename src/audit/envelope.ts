/**
 * A frame as the audit sees it: every copy of every field, and what the schema does not know. Where a reader takes the last copy of a
 * field, something may stand in the first.
 */
import protobuf from 'protobufjs/light.js';
import { Dnstap, ENUM_MAXIMA } from './dnstap-schema.ts';

/** A DNS message of a frame. */
export interface MessageBytes {
  readonly side: 'query' | 'response';
  readonly bytes: Uint8Array;
}

/** What stands in a frame. Of a field that stands more than once each list has all copies, in order. */
export interface Envelope {
  readonly identity: readonly Uint8Array[];
  readonly version: readonly Uint8Array[];
  readonly extra: readonly Uint8Array[];
  /** Message.type; 0 where it is missing or not in the schema. */
  readonly type: number;
  readonly family: number;
  readonly protocol: number;
  readonly http: number;
  readonly queryAddresses: readonly Uint8Array[];
  readonly responseAddresses: readonly Uint8Array[];
  readonly queryPorts: readonly number[];
  readonly responsePorts: readonly number[];
  /** Seconds since 1970, and nanoseconds. */
  readonly querySeconds: readonly number[];
  readonly queryNanoseconds: readonly number[];
  readonly responseSeconds: readonly number[];
  readonly responseNanoseconds: readonly number[];
  readonly messages: readonly MessageBytes[];
  readonly zones: readonly Uint8Array[];
  readonly policyRules: readonly Uint8Array[];
  readonly policyValues: readonly Uint8Array[];
  /** The fields that the schema does not know, with their tags. */
  readonly unknown: readonly Uint8Array[];
  /** How many copies of known fields there are beside the first ones. */
  readonly repeated: number;
  /** Whether the bytes are not what protobuf writes; what comes before is here all the same. */
  readonly isMalformed: boolean;
}

type Value = number | Uint8Array;

const { Reader } = protobuf;

/** Collects the fields of one message and of all below it by their full names; submessages that stand twice are merged. */
class Walk {
  readonly values = new Map<string, Value[]>();
  readonly unknown: Uint8Array[] = [];
  isMalformed = false;
  readonly #frame: Uint8Array;

  constructor(frame: Uint8Array) {
    this.#frame = frame;
    try {
      this.#walk(Dnstap, 0, frame.length);
    } catch {
      // Reader throws errors of several classes where the bytes end too early or are of no wire type.
      this.isMalformed = true;
    }
  }

  #walk(type: protobuf.Type, start: number, end: number): void {
    const reader = Reader.create(this.#frame.subarray(start, end));
    while (reader.pos < reader.len) {
      const fieldStart = reader.pos;
      const tag = reader.uint32();
      const field = type.fieldsById[tag >>> 3];
      if (field === undefined || WIRE_TYPES[field.type] !== (tag & 7)) {
        reader.skipType(tag & 7);
        this.unknown.push(this.#frame.subarray(start + fieldStart, start + reader.pos));
        continue;
      }
      const name = `${type.name}.${field.name}`;
      if (field.resolvedType !== null) {
        const length = reader.uint32();
        if (reader.pos + length > reader.len) throw new RangeError('a field is longer than its message');
        this.#walk(field.resolvedType as protobuf.Type, start + reader.pos, start + reader.pos + length);
        reader.pos += length;
        this.#note(`${name}#`, 1);
        continue;
      }
      const value = read(reader, field.type);
      const maximum = ENUM_MAXIMA[name];
      if (maximum !== undefined && ((value as number) < 1 || (value as number) > maximum)) {
        this.unknown.push(this.#frame.subarray(start + fieldStart, start + reader.pos));
      } else this.#note(name, value);
    }
  }

  #note(name: string, value: Value): void {
    const list = this.values.get(name);
    if (list === undefined) this.values.set(name, [value]);
    else list.push(value);
  }
}

/** By the types of the schema: how protobuf writes them. */
const WIRE_TYPES: Readonly<Record<string, number>> = {
  uint32: 0,
  uint64: 0,
  fixed32: 5,
  bytes: 2,
  string: 2,
  Message: 2,
  Policy: 2,
};

function read(reader: protobuf.Reader, type: string): Value {
  if (type === 'uint32') return reader.uint32();
  if (type === 'fixed32') return reader.fixed32();
  if (type === 'uint64') return Number(reader.uint64());
  const length = reader.uint32();
  const start = reader.pos;
  reader.skip(length);
  return reader.buf.subarray(start, start + length);
}

/** Reads a frame; never throws, whatever its bytes. */
export function readEnvelope(frame: Uint8Array): Envelope {
  const { values, unknown, isMalformed } = new Walk(frame);
  const bytes = (name: string) => (values.get(name) ?? NONE) as readonly Uint8Array[];
  const numbers = (name: string) => (values.get(name) ?? NONE) as readonly number[];
  const last = (name: string) => numbers(name).at(-1) ?? 0;
  let repeated = 0;
  for (const list of values.values()) repeated += list.length - 1;
  return {
    identity: bytes('Dnstap.identity'),
    version: bytes('Dnstap.version'),
    extra: bytes('Dnstap.extra'),
    type: last('Message.type'),
    family: last('Message.socket_family'),
    protocol: last('Message.socket_protocol'),
    http: last('Message.http_protocol'),
    queryAddresses: bytes('Message.query_address'),
    responseAddresses: bytes('Message.response_address'),
    queryPorts: numbers('Message.query_port'),
    responsePorts: numbers('Message.response_port'),
    querySeconds: numbers('Message.query_time_sec'),
    queryNanoseconds: numbers('Message.query_time_nsec'),
    responseSeconds: numbers('Message.response_time_sec'),
    responseNanoseconds: numbers('Message.response_time_nsec'),
    messages: [
      ...bytes('Message.query_message').map((one) => ({ side: 'query' as const, bytes: one })),
      ...bytes('Message.response_message').map((one) => ({ side: 'response' as const, bytes: one })),
    ],
    zones: bytes('Message.query_zone'),
    policyRules: bytes('Policy.rule'),
    policyValues: bytes('Policy.value'),
    unknown,
    repeated,
    isMalformed,
  };
}

const NONE: readonly Value[] = [];

const RESOLVER_TYPES = [3, 4];

/** The addresses of who asked: those in query_address, but in RESOLVER_QUERY and RESOLVER_RESPONSE, where a server asks. */
export function clientsOf({ type, queryAddresses }: Envelope): readonly Uint8Array[] {
  return RESOLVER_TYPES.includes(type) ? [] : queryAddresses;
}

/** The addresses of servers. */
export function serversOf({ type, queryAddresses, responseAddresses }: Envelope): readonly Uint8Array[] {
  return RESOLVER_TYPES.includes(type) ? [...queryAddresses, ...responseAddresses] : responseAddresses;
}
