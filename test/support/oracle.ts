/**
 * The second opinion on protobuf: protobufjs reads frames by proto/dnstap.proto. Unknown fields are left out of what it
 * returns.
 */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

// protobufjs asks every copy of a submessage for its required fields, protobuf the whole into which they are merged. So
// nothing is required of the copies, and decodeWithProtobufjs asks the whole.
const protoText = readFileSync(new URL('../../proto/dnstap.proto', import.meta.url), 'utf8');
const withoutRequired = protoText.replaceAll(/^( *)required /gm, '$1optional ');

/** The schema as protobufjs read it, with no field required. */
export const dnstapSchema: protobuf.Root = protobuf.parse(withoutRequired, { keepCase: true }).root;

const Dnstap = dnstapSchema.lookupType('dnstap.Dnstap');

/** A decoded Policy, enums by name. */
export interface DecodedPolicy {
  type?: string;
  rule?: Uint8Array;
  action?: string;
  match?: string;
  value?: Uint8Array;
}

/** A decoded Message, enums by name. */
export interface DecodedMessage {
  type: string;
  socket_family?: string;
  socket_protocol?: string;
  query_address?: Uint8Array;
  response_address?: Uint8Array;
  query_port?: number;
  response_port?: number;
  query_time_sec?: bigint;
  query_time_nsec?: number;
  query_message?: Uint8Array;
  query_zone?: Uint8Array;
  response_time_sec?: bigint;
  response_time_nsec?: number;
  response_message?: Uint8Array;
  policy?: DecodedPolicy;
  http_protocol?: string;
}

/** A decoded frame, enums by name; a field that the frame does not have is no property of it. */
export interface DecodedFrame {
  identity?: Uint8Array;
  version?: Uint8Array;
  extra?: Uint8Array;
  message?: DecodedMessage;
  type: string;
}

/** The known fields of a frame as protobufjs reads them; throws where it refuses the frame or a type is missing. */
export function decodeWithProtobufjs(frame: Uint8Array): DecodedFrame {
  const decoded = Dnstap.toObject(Dnstap.decode(frame), { enums: String, longs: BigInt });
  const plain = withPlainBytes(decoded) as Partial<DecodedFrame>;
  if (plain.type === undefined) throw new Error('Dnstap.type is missing');
  if (plain.message !== undefined && plain.message.type === undefined) throw new Error('Message.type is missing');
  return plain as DecodedFrame;
}

/** Copies every Buffer into a Uint8Array, so that results compare by their bytes alone. */
function withPlainBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withPlainBytes(inner)]));
}
