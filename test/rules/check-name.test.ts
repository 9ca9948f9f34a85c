import { expect, test } from 'vitest';
import { checkName } from '../../src/rules/check-name.ts';
import { checkType } from '../../src/rules/check-type.ts';

const label = 'x'.repeat(63);

test.each([
  '.',
  'com',
  'example.com.',
  '*.example.com',
  '*.',
  '\\*',
  '\\*.example.com',
  'a\\*.example.com',
  '_dns.resolver.arpa',
  '\\000.a',
  'a\\.b',
  'a\\.',
  'a\\\\.',
  'a b'.replace(' ', '\\032'),
])('%s is a name', (text) => {
  expect(checkName(text)).toBeUndefined();
});

test.each([
  '',
  '..',
  'a..com',
  'com..',
  '*..',
  'a b.com',
  `${label}x.com`,
  [label, label, label, label].join('.'),
  '\\',
  'a\\',
  '\\256.com',
  'a.com\\',
  'a\n.com',
])('%j is none', (text) => {
  expect(checkName(text)).toMatch(/no name such as example.com/);
});

test.each(['*', '*corp.example', 'corp.*', '*.*.corp.example', 'www.*.example', '*..', '**.example'])(
  '%s is refused, and no name with an asterisk in it',
  (text) => {
    expect(checkName(text)).toBeDefined();
  },
);

test('an asterisk in another place is told where it may stand', () => {
  expect(checkName('*corp.example')).toContain('"*.example.com" is everything below example.com');
});

test('a dot in front is answered with the wildcard that is meant', () => {
  expect(checkName('.corp.example')).toContain('"*.corp.example" is everything below corp.example');
});

test('a name that is no ASCII is asked for in its other form', () => {
  expect(checkName('bücher.example')).toContain('xn--');
});

test.each(['A', 'AAAA', 'NSAP-PTR', 'TYPE0', 'TYPE65535', 'ANY'])('%s is a record type', (text) => {
  expect(checkType(text)).toBeUndefined();
});

test.each(['', 'B', 'TYPE', 'TYPE65536', 'TYPE01', 'TYPE-1', 'toString'])('%j is none', (text) => {
  expect(checkType(text)).toMatch(/no record type/);
});

test('a record type in small letters is told as it should be', () => {
  expect(checkType('aaaa')).toContain('AAAA');
});
