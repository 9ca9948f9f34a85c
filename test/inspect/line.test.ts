import { describe, expect, test } from 'vitest';
import { dnsMessage, dnsQuestion } from '../support/dns.ts';
import { dnstapFrame, message } from '../support/frames.ts';
import { ADDRESSES, frameOf, MESSAGE_VALUES, QUERY, RESPONSE } from '../support/handmade-frame.ts';
import { hex } from '../support/hex.ts';
import { renderLines } from '../support/render-lines.ts';

const lineOf = (frame: Uint8Array) => renderLines([frame])[0];

describe('a line', () => {
  test.each([
    [
      'of a query has its time and message',
      { ...MESSAGE_VALUES, type: 5 },
      '23-Nov-2025 06:42:03.123 CQ 192.0.2.77:49152 -> 198.51.100.7:53 UDP 44b www.example.com/IN/A',
    ],
    [
      'of a response has those of the response',
      { ...MESSAGE_VALUES, type: 6 },
      '23-Nov-2025 06:42:04.987 CR 192.0.2.77:49152 <- 198.51.100.7:53 UDP 60b www.example.com/IN/A',
    ],
    ['has question marks for what is not there', { type: 5 }, '????-??-?? ??:??:??.??? CQ ? -> ? UDP 0b ?/?/?'],
    [
      'has the port 0 where there is none',
      { type: 3, query_address: ADDRESSES.ipv6, socket_protocol: 2 },
      '????-??-?? ??:??:??.??? RQ 2001:db8:1:2:3:4:5:6:0 -> ? TCP 0b ?/?/?',
    ],
  ])('%s', (_name, values, expected) => {
    expect(lineOf(dnstapFrame({ message: message(values) }))).toBe(expected);
  });

  test('has no question of a message with a malformed record, as dnstap-read has none', () => {
    const cut = RESPONSE.slice(0, -1);
    expect(lineOf(frameOf({ query_message: cut }))).toBe(`????-??-?? ??:??:??.??? CQ ? -> ? UDP ${cut.length}b ?/?/?`);
  });

  test('has names and numbers that say nothing else', () => {
    const dns = dnsMessage({ questions: [dnsQuestion(hex`04 61 1b 2e ff 01 62 00`, 65_280, 2)] });
    expect(lineOf(frameOf({ query_message: dns }))).toMatch(/ a\\027\\\.\\255\.b\/CLASS2\/TYPE65280$/);
  });
});

describe('of what dnstap-read leaves out, a line', () => {
  test.each([
    ['without question', frameOf({ query_message: dnsMessage({}) }), '????-??-?? ??:??:??.??? CQ ? -> ? UDP 12b ?/?/?'],
    [
      'with addresses that are none',
      frameOf({ query_address: hex`c0 00`, query_port: 53, response_address: new Uint8Array(17) }),
      '????-??-?? ??:??:??.??? CQ ?(2b):53 -> ?(17b):0 UDP 0b ?/?/?',
    ],
    [
      'with too many nanoseconds',
      frameOf({ query_time_sec: 5, query_time_nsec: 1_000_000_000 }),
      '01-Jan-1970 00:00:05.??? CQ ? -> ? UDP 0b ?/?/?',
    ],
    [
      'without a message',
      dnstapFrame({ identity: 'a' }),
      '????-??-?? ??:??:??.??? ?? ? -- ? UDP 0b ?/?/? (MESSAGE_MISSING)',
    ],
    [
      'of another type',
      dnstapFrame({ type: 2, message: message({ type: 5 }) }),
      '????-??-?? ??:??:??.??? CQ ? -> ? UDP 0b ?/?/? (TYPE_NOT_MESSAGE)',
    ],
    [
      'of no message type, with a query',
      dnstapFrame({ message: message({ query_time_sec: 5, query_time_nsec: 6_000_000, query_message: QUERY }) }),
      '01-Jan-1970 00:00:05.006 ?? ? -- ? UDP 44b www.example.com/IN/A (MESSAGE_TYPE_UNKNOWN)',
    ],
    [
      'of an unknown message type, with a response',
      dnstapFrame({
        message: message({
          type: 16,
          query_message: QUERY,
          response_time_sec: 5,
          response_time_nsec: 0,
          response_message: RESPONSE,
        }),
      }),
      '01-Jan-1970 00:00:05.000 ?16 ? -- ? UDP 60b www.example.com/IN/A (MESSAGE_TYPE_UNKNOWN)',
    ],
    ['of a malformed frame', hex`72 02 08`, '# frame of 3 bytes at byte 42 of in.dnstap: FIELD_TRUNCATED'],
  ])('%s says what is known', (_name, frame, expected) => {
    expect(lineOf(frame)).toBe(expected);
  });
});
