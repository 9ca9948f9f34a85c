import { describe, expect, test } from 'vitest';
import { type Around, clean } from '../support/clean-message.ts';
import { dnsMessage, dnsName, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { concat } from '../support/frames.ts';
import { hex, renderHex } from '../support/hex.ts';

const CLIENT = hex`18 05 00 50`;
const RESPONSE = hex`
  12 34 81 80 00 01 00 03 00 00 00 01
  03 77 77 77 07 65 78 61 6d 70 6c 65 03 63 6f 6d 00 00 01 00 01
  c0 0c 00 05 00 01 00 00 00 3c 00 07 04 68 6f 73 74 c0 10
  c0 2d 00 01 00 01 00 00 00 3c 00 04 18 05 00 50
  c0 2d 00 01 00 01 00 00 00 3c 00 04 c0 00 02 09
  00 00 29 04 d0 00 00 00 00 00 17
  00 08 00 07 00 01 18 00 18 05 00
  00 0a 00 08 01 02 03 04 05 06 07 08`;

describe('the examples of docs/messages.md:', () => {
  test('a response to a client with a pseudonym', () => {
    const { message } = clean(RESPONSE, { set: { client_address: 'crypto-pan' }, client: CLIENT }) ?? {};
    expect(renderHex(message ?? hex``)).toBe(
      renderHex(hex`
        12 34 81 80 00 01 00 02 00 00 00 01
        03 77 77 77 07 65 78 61 6d 70 6c 65 03 63 6f 6d 00 00 01 00 01
        c0 0c 00 05 00 01 00 00 00 3c 00 07 04 68 6f 73 74 c0 10
        c0 2d 00 01 00 01 00 00 00 3c 00 04 c0 00 02 09
        00 00 29 04 d0 00 00 00 00 00 0b
        00 08 00 07 00 01 18 00 64 09 0f`),
    );
  });

  test('the same with two labels of each name', () => {
    const { message } = clean(RESPONSE, { set: { names: { labels: 2 } }, client: CLIENT }) ?? {};
    expect(renderHex(message ?? hex``)).toBe(
      renderHex(hex`
        12 34 81 80 00 01 00 03 00 00 00 01
        07 65 78 61 6d 70 6c 65 03 63 6f 6d 00 00 01 00 01
        c0 0c 00 05 00 01 00 00 00 3c 00 02 c0 0c
        c0 0c 00 01 00 01 00 00 00 3c 00 04 18 05 00 50
        c0 0c 00 01 00 01 00 00 00 3c 00 04 c0 00 02 09
        00 00 29 04 d0 00 00 00 00 00 0b
        00 08 00 07 00 01 18 00 18 05 00`),
    );
  });

  const SUBNET = hex`00 08 00 07 00 01 18 00 18 05 00`;
  test.each<[string, Uint8Array, Around, Uint8Array]>([
    [
      'of its own client',
      SUBNET,
      { set: { client_address: 'crypto-pan' }, client: CLIENT },
      hex`0008 0007 0001 18 00 64 09 0f`,
    ],
    ['of another', SUBNET, { set: { client_address: 'crypto-pan' } }, hex`0008 0007 0001 18 00 f8 64 05`],
    [
      'truncated',
      hex`0008 0007 0001 18 20 c0 00 02`,
      { set: { client_address: { truncate: { ipv4: 20 } } } },
      hex`0008 0007 0001 14 14 c0 00 00`,
    ],
  ])('a subnet %s', (_what, option, around, expected) => {
    const query = (bytes: Uint8Array) => dnsMessage({ additionals: [dnsRecord('', 41, bytes)] });
    expect(renderHex(clean(query(option), around)?.message ?? hex``)).toBe(renderHex(query(expected)));
  });

  test.each<[string, string, object]>([
    ['7.2.0.192.in-addr.arpa', '241.45.238.223.in-addr.arpa', { reverse_names: 'crypto-pan' }],
    ['64/26.2.0.192.IN-ADDR.arpa', '45.238.223.IN-ADDR.arpa', { reverse_names: 'crypto-pan' }],
    ['7.2.0.192.in-addr.arpa', '0.2.0.192.in-addr.arpa', { reverse_names: 'truncate' }],
    ['7.2.0.192.in-addr.arpa', 'cijiwjfc.cbmu3vwi.2kknnmit.3zu5o7le.in-addr.arpa', { reverse_names: 'hmac' }],
    ['8.b.d.0.1.0.0.2.ip6.arpa', '4.4.3.3.f.e.8.1.ip6.arpa', { reverse_names: 'crypto-pan' }],
    ['7.2.0.192.in-addr.arpa.corp.example', 'in-addr.arpa.corp.example', { reverse_names: 'truncate' }],
    ['7.2.0.192.in-addr.arpa', 'in-addr.arpa', { reverse_names: 'remove' }],
    ['WWW.Example.com', 'ucrorl4t.vrrn57bw.osk32puh', { names: 'hash' }],
    ['www.example.co.uk', 'example.co.uk', { names: 'registrable' }],
    ['x.phone.home.arpa', 'home.arpa', { names: 'registrable' }],
    ['phone.lan', '', { names: 'registrable' }],
  ])('%s becomes %s by %j', (name, expected, set) => {
    const query = (text: string) => dnsMessage({ questions: [dnsQuestion(text)] });
    expect(renderHex(clean(query(name), { set })?.message ?? hex``)).toBe(renderHex(query(expected)));
  });

  test('a name of 29 labels has 28 that are hashed', () => {
    const query = dnsMessage({ questions: [dnsQuestion('a.'.repeat(29))] });
    const { message = hex`` } = clean(query, { set: { names: 'hash' } }) ?? {};
    expect(message).toHaveLength(12 + 28 * 9 + 1 + 4);
    expect(renderHex(message.subarray(12, 39))).toBe(renderHex(dnsName('4vner2xg.cl425gbg.tzochfjg').subarray(0, 27)));
  });

  test('an address in a text', () => {
    const texts = (text: string) =>
      dnsMessage({ answers: [dnsRecord('a', 16, concat(Uint8Array.of(text.length), Buffer.from(text)))] });
    const { message = hex`` } =
      clean(texts('v=1 a=192.0.2.7;b 12:34:56 std::x'), { set: { client_address: 'remove' } }) ?? {};
    expect(renderHex(message)).toBe(renderHex(texts('v=1 a=xxxxxxxxx;b 12:34:56 stxxxx')));
  });

  test.each<[object, boolean]>([
    [{ sample: '1/2' }, true],
    [{ sample: '1/3' }, false],
  ])('%j of the client 192.0.2.7', (match, isIn) => {
    const frame = clean(RESPONSE, { rules: [{ match, action: 'drop' }], client: hex`c0 00 02 07` });
    expect(frame === undefined).toBe(isIn);
  });

  test.each<[object, boolean]>([
    [{ sample: '1/2' }, true],
    [{ sample: '1/3' }, false],
  ])('%j of the question www.example.com in RQ', (match, isIn) => {
    const query = dnsMessage({ questions: [dnsQuestion('www.example.com')] });
    const frame = clean(query, { rules: [{ match, action: 'drop' }], type: 'RQ', client: hex`c0 00 02 07` });
    expect(frame === undefined).toBe(isIn);
  });
});
