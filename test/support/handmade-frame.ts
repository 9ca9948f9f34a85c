/** What the hand-made frames are made of: their type, and an ordinary frame that has every field. */
import type { FrameCode } from '../../src/errors.ts';
import { dnsMessage, dnsName, dnsQuestion, dnsRecord } from './dns.ts';
import { dnstapFrame, MESSAGE_TYPES, message, policy } from './frames.ts';
import { hex } from './hex.ts';

/**
 * A frame that no server sends. `drop` is the code by which section 1 of docs/frames.md drops it whatever the rules
 * say; `canonical` means nothing then, and is false.
 */
export interface HandmadeFrame {
  name: string;
  bytes: Uint8Array;
  canonical: boolean;
  drop?: FrameCode;
}

/** A frame that is passed with its bytes as they are. */
export function canonicalFrame(name: string, bytes: Uint8Array): HandmadeFrame {
  return { name, bytes, canonical: true };
}

/** A frame that is rebuilt before anything else is done to it. */
export function rebuiltFrame(name: string, bytes: Uint8Array): HandmadeFrame {
  return { name, bytes, canonical: false };
}

/** A frame that is dropped under any rules. */
export function droppedFrame(name: string, drop: FrameCode, bytes: Uint8Array): HandmadeFrame {
  return { name, bytes, canonical: false, drop };
}

/** Addresses from the ranges for documentation, in every shape. */
export const ADDRESSES = {
  ipv4: hex`c0 00 02 4d`,
  otherIpv4: hex`c6 33 64 07`,
  ipv6: hex`20 01 0d b8 00 01 00 02 00 03 00 04 00 05 00 06`,
  otherIpv6: hex`20 01 0d b8 ff ff 00 00 00 00 00 00 00 00 00 35`,
  mapped: hex`00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 4d`,
  sixToFour: hex`20 02 c0 00 02 4d 00 01 00 00 00 00 00 00 00 01`,
} as const;

/** A query with EDNS, and the response to it. */
export const QUERY = dnsMessage({
  header: { id: 0x1234, flags: 0x0120 },
  questions: [dnsQuestion('www.example.com')],
  additionals: [dnsRecord('', 41, new Uint8Array(), 1232)],
});
export const RESPONSE = dnsMessage({
  header: { id: 0x1234, flags: 0x8180 },
  questions: [dnsQuestion('www.example.com')],
  answers: [dnsRecord(hex`c0 0c`, 1, hex`c0 00 02 01`)],
  additionals: [dnsRecord('', 41, new Uint8Array(), 1232)],
});

/** Every field of a Policy. */
export const POLICY_VALUES = {
  type: 'RPZ',
  rule: dnsName('32.77.2.0.192.rpz-client-ip.rpz.example'),
  action: 1,
  match: 2,
  value: ADDRESSES.ipv4,
};

/** Every field of a Message: a client's query of DNS over HTTPS that has its response with it. */
export const MESSAGE_VALUES = {
  type: MESSAGE_TYPES.CR,
  socket_family: 1,
  socket_protocol: 4,
  query_address: ADDRESSES.ipv4,
  response_address: ADDRESSES.otherIpv4,
  query_port: 49_152,
  response_port: 53,
  query_time_sec: 1_763_880_123,
  query_time_nsec: 123_456_789,
  query_message: QUERY,
  query_zone: dnsName('example.com'),
  response_time_sec: 1_763_880_124,
  response_time_nsec: 987_654_321,
  response_message: RESPONSE,
  policy: policy(POLICY_VALUES),
  http_protocol: 2,
};

/** Every field of the frame itself but `message`. */
export const FRAME_VALUES = { identity: 'ns1.example.com', version: 'server 1.2.3', extra: 'rack 7', type: 1 };

/** An ordinary frame around these fields of a Message, whose type is CLIENT_QUERY unless they say otherwise. */
export function frameOf(values: Parameters<typeof message>[0], rest?: Uint8Array): Uint8Array {
  return dnstapFrame({
    identity: 'ns1.example.com',
    message: message({ type: MESSAGE_TYPES.CQ, ...values }, rest === undefined ? {} : { rest }),
  });
}

/** The values without one field. */
export function without<Values extends object>(values: Values, name: string): Partial<Values> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== name)) as Partial<Values>;
}
