import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsKeyText, isKeyText, Key } from '../../src/anonymize/key.ts';
import { KeyError } from '../../src/errors.ts';
import { findRuns } from '../leaks/search.ts';

const bytes = Uint8Array.from({ length: 32 }, (_, index) => index);
const key = Key.parse(bytes);
const hexOf = (some: Uint8Array) => Buffer.from(some).toString('hex');
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const utf8 = (text: string) => new TextEncoder().encode(text);
const HEX = hexOf(bytes);
const BASE64 = Buffer.from(bytes).toString('base64');
const random = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('a key is read', () => {
  test.each([
    ['64 digits', HEX],
    ['digits in upper case', HEX.toUpperCase()],
    ['base64', BASE64],
    ['digits and a line feed', `${HEX}\n`],
    ['digits and CR LF', `${HEX}\r\n`],
    ['white space around digits', ` \t\r\n\v\f${HEX}\f\v\n\r\t `],
    ['white space around base64', `\n ${BASE64} \n`],
  ])('from %s', (_title, text) => {
    expect(hexOf(Key.parse(ascii(text)).bytes())).toBe(HEX);
    expect(hexOf(Key.parse(ascii(text), { textOnly: true }).bytes())).toBe(HEX);
  });

  test('from 32 bytes, whatever they begin and end with', () => {
    const blank = Uint8Array.from(bytes).fill(0x20, 0, 4).fill(0x0a, 28);
    for (const some of [bytes, blank]) {
      expect(Key.parse(some).bytes()).toEqual(some);
    }
  });

  test('from whatever form random bytes are written in', () => {
    fc.assert(
      fc.property(random, (some) => {
        // Else it could be taken for text.
        fc.pre(some.some((byte) => byte < 9));
        for (const form of [some, ascii(hexOf(some)), ascii(`${Buffer.from(some).toString('base64')}\n`)]) {
          expect(Key.parse(form).bytes()).toEqual(some);
        }
      }),
    );
  });

  test('as what it writes, and what it writes is digits and a line feed', () => {
    expect(key.encode()).toBe(`${HEX}\n`);
    expect(Key.parse(utf8(Key.generate().encode()))).toBeInstanceOf(Key);
  });
});

const wrongKeys: readonly (readonly [title: string, bytes: Uint8Array])[] = [
  ['nothing', ascii('')],
  ['a pass phrase', ascii('CORRECT HORSE BATTERY STAPLE')],
  ['a pass phrase of 32 characters', ascii('ZEBRAS MUNCH QUILTED JAM AT DUSK')],
  ['a pass phrase of 31 characters and a line feed', ascii('ZEBRAS MUNCH QUILTED JAM AT DUS\n')],
  ['a pass phrase of 32 bytes that is no ASCII', utf8('ZWÖLF BOXKÄMPFER JAGEN VIKTOR!')],
  ['a pass phrase of 32 characters in Latin-1', ascii('ZW\xd6LF BOXK\xc4MPFER JAGEN EMIL 1926')],
  ['a pass phrase of 16 characters in UTF-16', Buffer.from('BATTERY STAPLE 7', 'utf16le')],
  ['a pass phrase in UTF-16 with a byte order mark and CR LF', Buffer.from('\ufeffHORSE BATTERY\r\n', 'utf16le')],
  ['63 digits', ascii(HEX.slice(1))],
  ['65 digits', ascii(`${HEX}0`)],
  ['digits with white space in them', ascii(`${HEX.slice(0, 32)} ${HEX.slice(32)}`)],
  ['digits with 0x before', ascii(`0x${HEX}`)],
  ['digits behind a byte order mark', utf8(`\ufeff${HEX}`)],
  ['digits behind another kind of space', utf8(`\u00a0${HEX}`)],
  ['two keys', ascii(`${HEX}\n${HEX}\n`)],
  ['base64 without =', ascii(BASE64.slice(0, 43))],
  ['base64 of 31 bytes', ascii(Buffer.from(bytes.subarray(1)).toString('base64'))],
  ['base64 in the alphabet of URLs', ascii(`${'A'.repeat(21)}-_${'A'.repeat(20)}=`)],
  ['base64 with bits after its end', ascii(`${BASE64.slice(0, 42)}9=`)],
  ['31 bytes', bytes.subarray(1)],
  ['33 bytes', Uint8Array.of(...bytes, 0)],
];

describe('no key', () => {
  test.each(wrongKeys)('is %s, and the error tells nothing of it', (_title, wrong) => {
    let error: unknown;
    try {
      Key.parse(wrong);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(KeyError);
    const { code, message } = error as KeyError;
    expect(code).toBe('KEY_INVALID');
    expect(message).toContain('64 hexadecimal digits');
    expect(message).toContain('44 characters of base64');
    expect(message).toContain('exactly 32 bytes');
    expect(message).toContain('"tapfilter keygen FILE"');
    expect(findRuns(Buffer.from(wrong).toString('latin1'), Buffer.from(inspect(error), 'latin1'), 4)).toEqual([]);
  });

  test.each([0, 7, 255])('is the byte %i, 32 times', (byte) => {
    const same = new Uint8Array(32).fill(byte);
    expect(() => Key.parse(ascii(hexOf(same)))).toThrow(KeyError);
    expect(() => Key.parse(ascii(hexOf(same)))).toThrow('one byte 32 times');
    expect(() => Key.parse(same)).toThrow('one byte 32 times');
  });

  test('are 32 bytes where a text is needed', () => {
    expect(() => Key.parse(bytes, { textOnly: true })).toThrow(KeyError);
    expect(() => Key.parse(bytes, { textOnly: true })).not.toThrow('32 bytes that are no text');
  });
});

describe('a new key', () => {
  test('is made of the random bytes that it asks for', () => {
    const asked: number[] = [];
    const made = Key.generate((length) => {
      asked.push(length);
      return bytes;
    });
    expect(asked).toEqual([32]);
    expect(made.bytes()).toEqual(bytes);
  });

  test('is another one each time', () => {
    expect(Key.generate().encode()).not.toBe(Key.generate().encode());
  });
});

test('nobody who has the bytes can change the key', () => {
  const given = Uint8Array.from(bytes);
  const made = Key.parse(given);
  given.fill(7);
  made.bytes().fill(8);
  made.methodKey('client', 'crypto-pan').fill(9);
  expect(made.bytes()).toEqual(bytes);
});

describe('no byte of a key shows', () => {
  const secret = Key.parse(ascii('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'));
  const plain = secret.bytes();
  /** Every form in which a byte is written: numbers too. */
  const forms = [hexOf(plain), Buffer.from(plain).toString('base64'), [...plain].join(', '), [...plain].join(',')];
  const nested = { plan: { keys: [secret], byName: new Map([['client', secret]]) } };

  test.each([
    ['as a string', String(secret), '[key]'],
    ['in a template', `${secret}`, '[key]'],
    ['as JSON', JSON.stringify(secret), '"[key]"'],
    ['as JSON of something around it', JSON.stringify({ secret }), '{"secret":"[key]"}'],
    ['to util.inspect', inspect(secret), '[key]'],
    ['to util.inspect that shows what is hidden', inspect(secret, { showHidden: true, getters: true }), '[key]'],
  ])('%s', (_title, shown, expected) => {
    expect(shown).toBe(expected);
  });

  test.each([
    ['nested', inspect(nested, { depth: null, showHidden: true, getters: true })],
    ['without its own word', inspect(nested, { depth: null, showHidden: true, getters: true, customInspect: false })],
    ['as a copy', inspect(structuredClone(secret), { showHidden: true })],
    ['in its own properties', inspect(Object.getOwnPropertyDescriptors(secret))],
  ])('%s', (_title, shown) => {
    for (const form of forms) expect(findRuns(form, Buffer.from(shown), 8)).toEqual([]);
    expect(Reflect.ownKeys(secret)).toEqual([]);
  });
});

/** Computed with the Python package cryptography 48.0.0. The key is the bytes 00 01 02 ... 1f. */
const subkeys: readonly (readonly [info: string, subkey: string])[] = [
  ['client crypto-pan 2026-11-23', '745961d955a3aedb1c3ba87074308d63cfa3570501d963921517751ac171d640'],
  ['client crypto-pan 2026-W48', 'ad41954bdac6277a9c1ea8281dfa35f2030f03e1574aafe5ec3e86c0c3cb235a'],
  ['client ipcrypt-pfx 2026-11-23', '11ac5773b842df1682db8686b92d1b4f4f5ab5ee67ae4e3780d940e068a994d8'],
  ['client ipcrypt-pfx 2026-W48', '84815f77315e8b366661d14293ed41f134a9020b1b28a3ef4625c3287466c5ca'],
  ['client hmac', '42f8efed9b0ff98e980da016e75d2c92f2871a74deb7ae7fc8213071073bf199'],
  ['client hmac 2026-11-23', 'b833616899baa46b6d32beb13936c833d85804d99b929773d266145422d0db5e'],
  ['client hmac 2026-W48', '0f9e95f69c65d16903ac1fadacc8263a21046d28abb5c3de3d7d2a745f72a8ee'],
  ['server crypto-pan', '2532ca11ae93b74f06071ef39f36a605a663011ffdeb7875a9931012be95302e'],
  ['server ipcrypt-pfx', '2005f8a9b73ef5b2c53790b2468c28896b2d3e6c982f2831e614a198bbfc9772'],
  ['server hmac', '0f6530c60449ef1fef5dc3fb75036ff67f95c437a308bc683305169bdb15453f'],
  ['server hmac 2026-11-23', '880a63531f22767d7fc234dda21fb8e92c7530c580892cde80c33dc374088606'],
  ['server hmac 2026-W48', '3e9b69d18b8cb48a81b1da1b9a38dfa00b3860735ba59dfb33c822d5a4affb96'],
  ['subnet crypto-pan', '11f3411d5c0e46eafd3cceaa777d781f89d514f2eb1b26316c502ba22902b471'],
  ['subnet ipcrypt-pfx', '52d97a37685c89b1fef8c3b55f0c04a923032d43fcd41f7409643b2e37b2be0c'],
  ['subnet hmac', 'f58546375c26921fb541ade3d8cec86824831d96f2fad893d21f41f0829828f2'],
  ['reverse crypto-pan', '8aa167847241be44525ff261ace4853700e0b3caf23b8e93ab288fff08569097'],
  ['reverse ipcrypt-pfx', 'e9165dca8afe1e5d92d14063f2bfc4c3c71403bbdd5efc024c2acb5b5fd69bcb'],
  ['reverse hmac', '437dd4c7746bc66999761f12396d4c0c174184e748a760728ab2f0283260a1b6'],
];

describe('the key of a method', () => {
  test.each(subkeys)('%s is a subkey of its own', (info, expected) => {
    const [map, method, period] = info.split(' ') as Parameters<Key['methodKey']>;
    expect(hexOf(key.methodKey(map, method, period))).toBe(expected);
    expect(hexOf(key.subkey(`${map} ${method}`, period))).toBe(expected);
  });

  test.each(['crypto-pan', 'ipcrypt-pfx'] as const)('client %s is the key itself', (method) => {
    expect(hexOf(key.methodKey('client', method))).toBe(HEX);
  });

  test('cannot be a key with two equal halves for ipcrypt-pfx, where it is the key itself', () => {
    const twice = Key.parse(ascii('0123456789abcdef'.repeat(4)));
    expect(() => twice.methodKey('client', 'ipcrypt-pfx')).toThrow(KeyError);
    expect(twice.methodKey('client', 'crypto-pan')).toHaveLength(32);
    expect(twice.methodKey('server', 'ipcrypt-pfx')).toHaveLength(32);
    expect(twice.methodKey('client', 'ipcrypt-pfx', '2026-11-23')).toHaveLength(32);
  });
});

test.each([
  ['names', 'ee44221c589135d8f239b933b3ab15562d87cdee4b53cefb35f5c608caaff43f'],
  ['sample', '4a8d4374dac9a484dc7805ab7fdd14f87b03e8b64ec362acda2fb3827d45757d'],
  ['fingerprint', '6d02f7c452a5dd3cb79df1ed1192d38d5cd23259b4220c36746daca838393eae'],
  ['input', '8fbca5d8b0c6c177f465ec55636f90cbb3c1fd75e89f9928747b2fef35831c7c'],
])('the subkey for %s is as published in the test', (purpose, expected) => {
  expect(hexOf(key.subkey(purpose))).toBe(expected);
});

test('the fingerprint is the beginning of its subkey, and another one for another key', () => {
  expect(key.fingerprint()).toBe('6d02f7c452a5dd3c');
  expect(Key.generate().fingerprint()).not.toBe(key.fingerprint());
});

describe('what looks like a key', () => {
  const ones = [HEX, HEX.toUpperCase(), `0x${HEX}`, BASE64, `${'a-_'.repeat(14)}a=`];

  test.each(ones)('is %s, alone and within a text', (text) => {
    expect(isKeyText(text)).toBe(true);
    expect(isKeyText(` ${text}\n`)).toBe(true);
    expect(isKeyText(`./${text}`)).toBe(false);
    for (const around of [`key: ${text}`, `"${text}"`, `{a: ${text}, b: 1}`, `a=${text}`]) {
      expect(holdsKeyText(around)).toBe(true);
    }
  });

  test.each(['share.key', HEX.slice(1), `${HEX}0`, '/etc/tapfilter/keys/of-the-year-2026-for-us'])(
    'is not %s',
    (text) => {
      expect(isKeyText(text)).toBe(false);
      expect(holdsKeyText(`key: ${text} # so`)).toBe(false);
    },
  );

  test('is looked for in very long texts in no time', () => {
    const started = performance.now();
    for (const text of ['a', '0', '-', ' ', 'a=', '0x']) expect(holdsKeyText(text.repeat(1 << 20))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
