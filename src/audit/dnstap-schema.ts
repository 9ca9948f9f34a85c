/**
 * dnstap.proto of 2025-02-01 as protobufjs takes it: the audit's own copy of the schema, so that an error in the filter's does not
 * repeat itself here. Enums stand as their highest value: all begin at 1 and have no gaps.
 */
import protobuf from 'protobufjs/light.js';

const bytes = (id: number) => ({ type: 'bytes', id });
const uint32 = (id: number) => ({ type: 'uint32', id });

const root = protobuf.Root.fromJSON({
  nested: {
    Dnstap: {
      fields: {
        identity: bytes(1),
        version: bytes(2),
        extra: bytes(3),
        message: { type: 'Message', id: 14 },
        type: uint32(15),
      },
    },
    Message: {
      fields: {
        type: uint32(1),
        socket_family: uint32(2),
        socket_protocol: uint32(3),
        query_address: bytes(4),
        response_address: bytes(5),
        query_port: uint32(6),
        response_port: uint32(7),
        query_time_sec: { type: 'uint64', id: 8 },
        query_time_nsec: { type: 'fixed32', id: 9 },
        query_message: bytes(10),
        query_zone: bytes(11),
        response_time_sec: { type: 'uint64', id: 12 },
        response_time_nsec: { type: 'fixed32', id: 13 },
        response_message: bytes(14),
        policy: { type: 'Policy', id: 15 },
        http_protocol: uint32(16),
      },
    },
    Policy: {
      fields: { type: { type: 'string', id: 1 }, rule: bytes(2), action: uint32(3), match: uint32(4), value: bytes(5) },
    },
  },
}).resolveAll();

/** The outermost message of a frame. */
export const Dnstap: protobuf.Type = root.lookupType('Dnstap');

/** The highest value of each field that is an enum, by `message.field`. */
export const ENUM_MAXIMA: Readonly<Record<string, number>> = {
  'Dnstap.type': 1,
  'Message.type': 14,
  'Message.socket_family': 2,
  'Message.socket_protocol': 7,
  'Message.http_protocol': 3,
  'Policy.action': 6,
  'Policy.match': 5,
};

/** The message types by number, from 1. */
export const MESSAGE_TYPES = [
  '',
  'AQ',
  'AR',
  'RQ',
  'RR',
  'CQ',
  'CR',
  'FQ',
  'FR',
  'SQ',
  'SR',
  'TQ',
  'TR',
  'UQ',
  'UR',
] as const;
