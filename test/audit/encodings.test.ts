import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress, renderAddress, reversePrefixOf } from '../../src/audit/address.ts';
import { AddressForms, decodings } from '../../src/audit/encoded.ts';
import { KnownValues } from '../../src/audit/known-values.ts';
import { reverseNamesOf, textsOf } from '../leaks/secrets.ts';
import { concat } from '../support/frames.ts';
import { hex } from '../support/hex.ts';
import { CLIENT, CLIENT_V6, reverse, VALUE } from './damage.ts';

const latin1 = (octets: Uint8Array) => Buffer.from(octets).toString('latin1');
const base64 = (octets: Uint8Array) => Buffer.from(octets).toString('base64').replaceAll('=', '');

describe.each([
  ['IPv4', CLIENT],
  ['IPv6', CLIENT_V6],
])('an address of %s', (_family, address) => {
  const forms = new AddressForms(latin1(address));
  // The secrets of the leak tests are in lower case, which base64 is not.
  const texts = textsOf(address).filter((text) => text !== base64(address).toLowerCase());
  const all = [...texts, base64(address), reverseNamesOf(address)[0]?.slice(0, -1) ?? ''];

  test.each(all)('is found as %s, and not in the middle of a longer word', (text) => {
    expect(forms.isIn(`client=${text}, and more`)).toBe(true);
    expect(forms.isIn(`x${text}`)).toBe(false);
    expect(forms.isIn(`${text}7`)).toBe(false);
  });

  test('is found in its reverse name', () => {
    const labels = reverse(address).split('.');
    expect(reversePrefixOf(labels)).toEqual({ address: latin1(address), bits: 8 * address.length });
    expect(reversePrefixOf(['x', ...labels, 'corp', 'example'])?.address).toBe(latin1(address));
  });
});

test('reads the addresses that it writes', () => {
  for (const length of [4, 16]) {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (octets) => {
        const address = latin1(octets);
        fc.pre(!address.startsWith('\0'.repeat(10)));
        expect(parseAddress(renderAddress(address))).toBe(address);
      }),
    );
  }
});

describe('a value of eight octets, and an address of sixteen', () => {
  const values = new KnownValues();
  values.addClient(latin1(CLIENT_V6));
  values.addValue('cookie', latin1(VALUE));
  const kindsIn = (octets: Uint8Array) => values.findIn(octets).map(({ kind }) => kind);

  test('are found wherever they begin', () => {
    for (let shift = 0; shift < 9; shift++) {
      const padding = new Uint8Array(shift).fill(0x41);
      expect(kindsIn(concat(padding, VALUE, padding, CLIENT_V6, padding))).toEqual(['cookie', 'client_address']);
    }
  });

  test('are found as hexadecimal digits and in base64, with anything before them', () => {
    for (const prefix of ['', 'a', 'ab', 'abc', 'id=', 'X-']) {
      for (const text of [
        Buffer.from(VALUE).toString('hex'),
        base64(VALUE),
        Buffer.from(VALUE).toString('base64url'),
      ]) {
        const found = decodings(`${prefix}${text}`).flatMap(kindsIn);
        expect([prefix, text, found.includes('cookie')]).toEqual([prefix, text, true]);
      }
    }
  });

  test('are not found where one octet is another', () => {
    for (let place = 0; place < 8; place++) expect(kindsIn(VALUE.with(place, VALUE[place] ^ 1))).toEqual([]);
  });

  test('are not looked for where they are too plain, nor where a server has the address', () => {
    values.addValue('cookie', latin1(hex`00 00 00 00 00 00 00 01`));
    expect(kindsIn(new Uint8Array(64).fill(0).with(40, 1))).toEqual([]);
    values.addServer(latin1(CLIENT_V6));
    expect(kindsIn(CLIENT_V6)).toEqual([]);
  });
});
