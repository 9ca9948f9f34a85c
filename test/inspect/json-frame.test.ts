import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { captures } from '../support/captures.ts';
import { dnsName } from '../support/dns.ts';
import { dnstapFrame, field, group, message, policy } from '../support/frames.ts';
import { handmadeFrames } from '../support/handmade.ts';
import { ADDRESSES, frameOf, QUERY } from '../support/handmade-frame.ts';
import { hex } from '../support/hex.ts';
import { type DecodedFrame, decodeWithProtobufjs } from '../support/oracle.ts';
import { renderObjects } from '../support/render-lines.ts';

type JsonObject = Record<string, unknown>;

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const fromBase64 = (text: unknown) => new Uint8Array(Buffer.from(text as string, 'base64'));

/** By way of a URL, whose IPv6 addresses have no dots: ipaddr.js takes ::192.0.2.1 for ::ffff:192.0.2.1. */
function addressBytes(text: unknown): Uint8Array {
  const host = new URL(`http://${String(text).includes(':') ? `[${text}]` : text}/`).hostname;
  return Uint8Array.from(ipaddr.parse(host.replace(/[[\]]/g, '')).toByteArray());
}

/** The bytes of a field, from its text by `parse` or from base64; undefined where the object has neither. */
function bytesIn(object: JsonObject, key: string, parse: (text: unknown) => Uint8Array): Uint8Array | undefined {
  expect(Object.keys(object).filter((name) => name === key || name === `${key}_base64`).length).toBeLessThan(2);
  if (object[key] !== undefined) return parse(object[key]);
  return object[`${key}_base64`] === undefined ? undefined : fromBase64(object[`${key}_base64`]);
}

const utf8 = (text: unknown) => new Uint8Array(Buffer.from(text as string, 'utf8'));
/** Escaped octets of a name apart, which no frame here has. */
const wireName = (text: unknown) => dnsName(text as string);

/** Seconds and nanoseconds, back from RFC 3339 or from numbers. */
function timeIn(object: JsonObject, key: string): { sec: bigint | undefined; nsec: number | undefined } {
  const parts = /^(.*:\d\d)(?:\.(\d{9}))?Z$/.exec((object[key] as string | undefined) ?? '');
  const [sec, nsec] = [object[`${key}_sec`], object[`${key}_nsec`]];
  if (parts === null) {
    return { sec: sec === undefined ? undefined : BigInt(sec as string), nsec: nsec as number | undefined };
  }
  expect([sec, nsec]).toEqual([undefined, undefined]);
  const [, whole, fraction] = parts;
  return { sec: BigInt(Date.parse(`${whole}Z`) / 1000), nsec: fraction === undefined ? undefined : Number(fraction) };
}

/** What protobufjs decodes, out of the object. */
function decodedFrom(object: JsonObject): object {
  const inner = object.message as JsonObject | undefined;
  return withoutUndefined({
    identity: bytesIn(object, 'identity', utf8),
    version: bytesIn(object, 'version', utf8),
    extra: bytesIn(object, 'extra', utf8),
    type: known(object.type),
    message: inner && messageFrom(inner),
  });
}

function messageFrom(object: JsonObject): object {
  const [query, response] = [timeIn(object, 'query_time'), timeIn(object, 'response_time')];
  const policyObject = object.policy as JsonObject | undefined;
  return withoutUndefined({
    type: known(object.type),
    socket_family: known(object.socket_family),
    socket_protocol: known(object.socket_protocol),
    query_address: bytesIn(object, 'query_address', addressBytes),
    response_address: bytesIn(object, 'response_address', addressBytes),
    query_port: object.query_port as number | undefined,
    response_port: object.response_port as number | undefined,
    query_time_sec: query.sec,
    query_time_nsec: query.nsec,
    query_message: messageBytes(object, 'query_message'),
    query_zone: bytesIn(object, 'query_zone', wireName),
    response_time_sec: response.sec,
    response_time_nsec: response.nsec,
    response_message: messageBytes(object, 'response_message'),
    policy: policyObject && policyFrom(policyObject),
    http_protocol: known(object.http_protocol),
  });
}

function policyFrom(object: JsonObject): object {
  const isAddress = ['CLIENT_IP', 'RESPONSE_IP', 'NS_IP'].includes(object.match as string);
  return withoutUndefined({
    type: object.type as string | undefined,
    rule: bytesIn(object, 'rule', object.type === 'RPZ' ? wireName : utf8),
    action: known(object.action),
    match: known(object.match),
    value: bytesIn(object, 'value', isAddress ? addressBytes : wireName),
  });
}

/** An enum by name; a number is one that protobufjs does not know. */
const known = (value: unknown) => (typeof value === 'string' ? value : undefined);

function messageBytes(object: JsonObject, key: string): Uint8Array | undefined {
  if (object[key] === undefined) return undefined;
  const bytes = fromBase64(object[`${key}_base64`]);
  expect(object[key]).toMatchObject({ length: bytes.length });
  return bytes;
}

function withoutUndefined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Value;
}

/** Without enums whose value is not in the schema, which protobufjs gives as numbers. */
function withKnownEnums(frame: DecodedFrame): object {
  return Object.fromEntries(
    Object.entries(frame).flatMap(([key, value]) => {
      const isEnum = ['type', 'socket_family', 'socket_protocol', 'http_protocol', 'action', 'match'].includes(key);
      if (isEnum && typeof value === 'number') return [];
      return [[key, key === 'message' || key === 'policy' ? withKnownEnums(value) : value]];
    }),
  );
}

const decodable = handmadeFrames.filter(({ name, drop, canonical }) => {
  // protobufjs takes a field of another wire type for its own, an unknown value of an enum for the last one, and any bytes for UTF-8.
  return drop === undefined && canonical && !/wire type|unknown|type is no UTF-8/.test(name);
});

describe('an object has what protobufjs decodes', () => {
  test.each(captures.slice(0, -1))('of every frame of $name', ({ frames }) => {
    const objects = renderObjects(frames, true) as JsonObject[];
    expect(objects.map(decodedFrom)).toEqual(frames.map(decodeWithProtobufjs));
  });

  test.each(decodable)('of the hand-made frame: $name', ({ bytes }) => {
    const [object] = renderObjects([bytes], true) as [JsonObject];
    expect(decodedFrom(object)).toEqual(withKnownEnums(decodeWithProtobufjs(bytes)));
  });
});

describe('an object', () => {
  test('says where the frame is, and names what the schema names', () => {
    const values = {
      socket_family: 1,
      socket_protocol: 7,
      query_address: ADDRESSES.ipv4,
      response_address: ADDRESSES.mapped,
      query_port: 49_152,
      query_time_sec: 1_763_880_123,
      query_time_nsec: 5,
      query_zone: dnsName('example.com'),
      policy: policy({ type: 'RPZ', rule: dnsName('x.rpz.example'), action: 6, match: 2, value: ADDRESSES.ipv4 }),
      http_protocol: 3,
    };
    expect(renderObjects([frameOf(values)])).toEqual([
      {
        input: 'in.dnstap',
        offset: 42,
        type: 'MESSAGE',
        identity: 'ns1.example.com',
        message: {
          type: 'CLIENT_QUERY',
          socket_family: 'INET',
          socket_protocol: 'DOQ',
          query_address: '192.0.2.77',
          response_address: '::ffff:192.0.2.77',
          query_port: 49_152,
          query_time: '2025-11-23T06:42:03.000000005Z',
          query_zone: 'example.com',
          policy: { type: 'RPZ', rule: 'x.rpz.example', action: 'LOCAL_DATA', match: 'CLIENT_IP', value: '192.0.2.77' },
          http_protocol: 'HTTP3',
        },
      },
    ]);
  });

  const only = (values: Parameters<typeof message>[0]) =>
    ((renderObjects([dnstapFrame({ message: message({ type: 5, ...values }) })]) as JsonObject[])[0] as JsonObject)
      .message;

  test.each([
    [{ query_time_sec: 0, query_time_nsec: 0 }, { query_time: '1970-01-01T00:00:00.000000000Z' }],
    [{ query_time_sec: 1_763_880_123 }, { query_time: '2025-11-23T06:42:03Z' }],
    [{ query_time_nsec: 7 }, { query_time_nsec: 7 }],
    [
      { query_time_sec: 253_402_300_799, query_time_nsec: 999_999_999 },
      { query_time: '9999-12-31T23:59:59.999999999Z' },
    ],
    [
      { query_time_sec: 253_402_300_800, query_time_nsec: 1 },
      { query_time_sec: '253402300800', query_time_nsec: 1 },
    ],
    [{ query_time_sec: 2n ** 53n + 1n }, { query_time_sec: '9007199254740993' }],
    [{ response_time_sec: 2n ** 64n - 1n }, { response_time_sec: '18446744073709551615' }],
    [
      { query_time_sec: 5, query_time_nsec: 1_000_000_000 },
      { query_time_sec: '5', query_time_nsec: 1_000_000_000 },
    ],
  ])('gives the time %o as it is', (values, expected) => {
    expect(only(values)).toEqual({ type: 'CLIENT_QUERY', ...expected });
  });

  test.each([
    ['Zürich \u{1f300}', undefined],
    ['rtt=12345\n', undefined],
    ['', undefined],
    ['\x1b[2J', 'G1sySg=='],
    ['a\x7f', 'YX8='],
    ['a\u009b31m', 'YcKbMzFt'],
    ['a\u202eb', 'YeKArmI='],
    [hex`ff fe 00`, '//4A'],
  ])('gives the text %o as text where it can be seen, or else as base64', (value, inBase64) => {
    const frame = dnstapFrame({ identity: value, version: value, extra: value, message: message({ type: 5 }) });
    const [object] = renderObjects([frame]);
    const expected =
      inBase64 === undefined
        ? { identity: value, version: value, extra: value }
        : { identity_base64: inBase64, version_base64: inBase64, extra_base64: inBase64 };
    expect(object).toEqual({
      input: 'in.dnstap',
      offset: 42,
      type: 'MESSAGE',
      ...expected,
      message: { type: 'CLIENT_QUERY' },
    });
  });

  test('gives what is no address or name as base64', () => {
    const odd = hex`c0 00 02`;
    expect(
      only({ query_address: odd, response_address: '', query_zone: odd, policy: policy({ type: 'RPZ', rule: odd }) }),
    ).toEqual({
      type: 'CLIENT_QUERY',
      query_address_base64: 'wAAC',
      response_address_base64: '',
      query_zone_base64: 'wAAC',
      policy: { type: 'RPZ', rule_base64: 'wAAC' },
    });
    expect(only({ policy: policy({ type: odd }) })).toMatchObject({ policy: { type_base64: 'wAAC' } });
    expect(only({ query_zone: hex`01 61 00 00` })).toMatchObject({ query_zone_base64: 'AWEAAA==' });
    expect(only({ query_zone: hex`03 61 2e 1b 00` })).toMatchObject({ query_zone: 'a\\.\\027' });
  });

  test('gives a value of an enum that the schema does not have as a number, and counts it', () => {
    expect(only({ socket_protocol: 99, socket_family: -1, http_protocol: [3, 4] })).toEqual({
      type: 'CLIENT_QUERY',
      socket_family: -1,
      socket_protocol: 99,
      http_protocol: 'HTTP3',
      unknown_fields: { count: 3, bytes: 2 + 11 + 3 },
    });
  });

  test('counts unknown fields on every level, and shows them with base64', () => {
    const rest = group(20, field(1, 1));
    const inner = message({ type: 5, policy: policy({ action: 1 }, { rest }) }, { rest: field(90, 1) });
    const frame = dnstapFrame({ message: inner }, { rest: field(91, 300) });
    const [without] = renderObjects([frame]);
    expect(without).toMatchObject({
      message: { policy: { unknown_fields: { count: 1, bytes: 6 } }, unknown_fields: { count: 1, bytes: 3 } },
      unknown_fields: { count: 1, bytes: 4 },
    });
    expect(JSON.stringify(without)).not.toContain('base64');
    const [object] = renderObjects([frame], true) as [JsonObject];
    expect(object.unknown_fields).toEqual({ count: 1, bytes: 4, base64: base64(field(91, 300)) });
    expect((object.message as JsonObject).unknown_fields).toEqual({ count: 1, bytes: 3, base64: base64(field(90, 1)) });
  });

  test('of a frame that is not canonical is that of its canonical form', () => {
    const halves = [message({ type: 5, query_port: 53 }), message({ query_port: 54, response_port: 853 })];
    expect(renderObjects([dnstapFrame({ message: halves })])).toMatchObject([
      { message: { type: 'CLIENT_QUERY', query_port: 54, response_port: 853 } },
    ]);
  });

  test.each([
    [
      'TYPE_NOT_MESSAGE',
      dnstapFrame({ type: 2, identity: 'a', message: message({ type: 5 }) }),
      { type: 2, message: { type: 'CLIENT_QUERY' } },
    ],
    ['TYPE_NOT_MESSAGE', dnstapFrame({ type: [], identity: 'a' }), {}],
    ['MESSAGE_MISSING', dnstapFrame({ identity: 'a' }), { type: 'MESSAGE' }],
    [
      'MESSAGE_TYPE_UNKNOWN',
      dnstapFrame({ identity: 'a', message: message({ type: 15, query_port: 53 }) }),
      { type: 'MESSAGE', message: { type: 15, query_port: 53 } },
    ],
    [
      'MESSAGE_TYPE_UNKNOWN',
      dnstapFrame({ identity: 'a', message: message({ query_port: 53 }) }),
      { message: { query_port: 53 } },
    ],
  ])('of a frame with the gap %s has what there is', (error, bytes, expected) => {
    const [object] = renderObjects([bytes]) as [JsonObject];
    expect(object).toMatchObject({ input: 'in.dnstap', offset: 42, error, identity: 'a', ...expected });
    expect(Object.hasOwn(object, 'type')).toBe('type' in expected || error !== 'TYPE_NOT_MESSAGE');
  });

  test('of a malformed frame has its place, code and length, and its bytes with base64', () => {
    const bytes = hex`72 02 08`;
    const expected = { input: 'in.dnstap', offset: 42, error: 'FIELD_TRUNCATED', length: 3 };
    expect(renderObjects([bytes])).toEqual([expected]);
    expect(renderObjects([bytes], true)).toEqual([{ ...expected, base64: base64(bytes) }]);
  });

  test('has the DNS message byte by byte only with base64', () => {
    const frame = frameOf({ query_message: QUERY, response_message: QUERY });
    expect(JSON.stringify(renderObjects([frame]))).not.toContain('base64');
    expect(renderObjects([frame], true)).toMatchObject([
      { message: { query_message_base64: base64(QUERY), response_message_base64: base64(QUERY) } },
    ]);
  });
});
