/** Puts things back into filtered frames: they are decoded with protobufjs, changed, and written again. */
import type protobuf from 'protobufjs';
import { wireOf } from '../reference/dns-message.ts';
import { dnsMessage, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { concat, dnstapFrame, MESSAGE_TYPES, message, policy } from '../support/frames.ts';
import { hex } from '../support/hex.ts';
import { dnstapSchema } from '../support/oracle.ts';

const Dnstap: protobuf.Type = dnstapSchema.lookupType('dnstap.Dnstap');

/** The fields of a frame, by their names in dnstap.proto; enums are numbers. */
export interface Fields {
  identity?: Uint8Array;
  version?: Uint8Array;
  extra?: Uint8Array;
  message: Record<string, unknown> & {
    query_address?: Uint8Array;
    response_address?: Uint8Array;
    query_message?: Uint8Array;
    response_message?: Uint8Array;
    query_zone?: Uint8Array;
    policy?: Record<string, unknown>;
  };
}

/** The filtered frame with what `edit` makes of its fields; `original` is there to take things from. */
export function damaged(
  filtered: Uint8Array,
  original: Uint8Array,
  edit: (fields: Fields, original: Fields) => void,
): Uint8Array {
  const [fields, source] = [filtered, original].map((frame) => Dnstap.toObject(Dnstap.decode(frame)) as Fields);
  edit(fields as Fields, source as Fields);
  return Uint8Array.from(Dnstap.encode(Dnstap.fromObject(fields as Fields)).finish());
}

/** A client of each family, who stands nowhere else. */
export const CLIENT: Uint8Array = hex`3d ac cb 59`;
export const CLIENT_V6: Uint8Array = hex`2a0e 97c3 51b8 6d24 f19a 07e5 bc4d 8360`;
/** Eight octets, and a word, that stand nowhere else. */
export const VALUE: Uint8Array = hex`9d41 f7a2 c8b6 530e`;
export const WORD = 'kx7qzw3vn9';

const FLAGS = 0x8180;
const QUESTION = dnsQuestion('www.example.com');

/** A response with these parts. */
export function response(parts: Parameters<typeof dnsMessage>[0]): Uint8Array {
  return dnsMessage({ header: { flags: FLAGS, id: 0x7a31 }, questions: [QUESTION], ...parts });
}

/** The same as the filter leaves it: without its id. */
export function cleaned(parts: Parameters<typeof dnsMessage>[0]): Uint8Array {
  return dnsMessage({ header: { flags: FLAGS }, questions: [QUESTION], ...parts });
}

export const opt = (...options: Uint8Array[]): Uint8Array => dnsRecord('', 41, concat(...options));
export const option = (code: number, data: Uint8Array): Uint8Array =>
  concat(Uint8Array.of(code >> 8, code & 255, data.length >> 8, data.length & 255), data);
export const text = (words: string): Uint8Array => concat(Uint8Array.of(words.length), Buffer.from(words));
export const wire = (name: string): Uint8Array => wireOf(name.split('.'));

/** The reverse name of an address. */
export function reverse(address: Uint8Array): string {
  const digits = [...Buffer.from(address).toString('hex')].reverse().join('.');
  return address.length === 4 ? `${[...address].reverse().join('.')}.in-addr.arpa` : `${digits}.ip6.arpa`;
}

/** A frame with everything in its fields that rules hide. */
export function frame(
  type: keyof typeof MESSAGE_TYPES,
  client: Uint8Array,
  messages: { query_message?: Uint8Array; response_message?: Uint8Array },
): Uint8Array {
  const isV6 = client.length === 16;
  return dnstapFrame({
    identity: 'ns1.internal.example',
    version: 'named 9.18',
    extra: `client ${WORD} rtt=1234`,
    message: message({
      type: MESSAGE_TYPES[type],
      socket_family: isV6 ? 2 : 1,
      socket_protocol: 1,
      query_address: client,
      response_address: isV6 ? hex`2001 0db8 0000 0000 0000 0000 0000 0053` : hex`c0 00 02 35`,
      query_port: 47_113,
      response_port: 53,
      query_time_sec: 1_763_800_123,
      query_time_nsec: 123_456_789,
      query_zone: wire('example.com'),
      policy: policy({ type: 'RPZ', match: 2, value: client, rule: wire('32.89.203.172.61.rpz-client-ip') }),
      ...messages,
    }),
  });
}
