import { describe, expect, test } from 'vitest';
import { NameSet } from '../../src/rules/name-set.ts';

function wire(...labels: (string | Uint8Array)[]): Uint8Array {
  const parts = labels.map((label) => (typeof label === 'string' ? Buffer.from(label, 'latin1') : label));
  return Buffer.concat([
    ...parts.map((label) => Buffer.concat([Uint8Array.of(label.length), label])),
    Uint8Array.of(0),
  ]);
}

function holds(texts: readonly string[], ...labels: (string | Uint8Array)[]): boolean {
  const set = new NameSet();
  for (const text of texts) set.add(text);
  // A message begins with a header; the name stands behind it.
  return set.has(Buffer.concat([new Uint8Array(12), wire(...labels)]), 0, 12);
}

describe('a set of names', () => {
  test.each([
    ['a name', ['example.com'], ['example', 'com'], true],
    ['with a dot at its end', ['example.com.'], ['example', 'com'], true],
    ['whatever the case', ['Example.COM'], ['eXAMPLE', 'cOm'], true],
    ['but only letters have a case', ['a[.com'], ['a{', 'com'], false],
    ['and nothing below it', ['example.com'], ['www', 'example', 'com'], false],
    ['nor above it', ['example.com'], ['com'], false],
    ['nor what ends alike', ['ample.com'], ['example', 'com'], false],
    ['the root', ['.'], [], true],
    ['the root alone', ['.'], ['com'], false],
    ['below a wildcard', ['*.example.com'], ['a', 'example', 'com'], true],
    ['far below a wildcard', ['*.example.com'], ['a', 'b', 'c', 'example', 'com'], true],
    ['but not the name of a wildcard', ['*.example.com'], ['example', 'com'], false],
    ['nor what only ends alike', ['*.example.com'], ['a', 'badexample', 'com'], false],
    ['all but the root', ['*.'], ['com'], true],
    ['which is not the root', ['*.'], [], false],
    ['a dot within a label', ['a\\.b.com'], ['a.b', 'com'], true],
    ['which is no other label', ['a\\.b.com'], ['a', 'b', 'com'], false],
    ['an octet by its number', ['\\255\\000x.com'], [Uint8Array.of(255, 0, 0x78), 'com'], true],
    ['a letter by its number', ['\\065.com'], ['a', 'com'], true],
    ['an asterisk elsewhere is a character', ['a.*.com'], ['a', '*', 'com'], true],
    ['any of several', ['a.com', 'b.com', '*.c.com'], ['b', 'com'], true],
  ])('holds %s', (_title, texts, labels, expected) => {
    expect(holds(texts, ...labels)).toBe(expected);
  });

  test('follows pointers', () => {
    const set = new NameSet();
    set.add('*.example.com');
    const message = Buffer.concat([new Uint8Array(12), wire('example', 'com'), Uint8Array.of(1, 0x57, 0xc0, 12)]);
    expect(set.has(message, 0, 12 + 13)).toBe(true);
    expect(set.has(message, 0, 12)).toBe(false);
    // The message may stand anywhere in a frame.
    expect(set.has(Buffer.concat([new Uint8Array(7), message]), 7, 7 + 12 + 13)).toBe(true);
  });

  test('holds thousands of names, and tells all of them apart', () => {
    const texts = Array.from({ length: 5000 }, (_, index) => `host-${index}.example`);
    expect(holds(texts, 'host-4999', 'example')).toBe(true);
    expect(holds(texts, 'host-5000', 'example')).toBe(false);
  });

  test('takes names of 255 octets', () => {
    const label = 'x'.repeat(63);
    const longest = [label, label, label, 'x'.repeat(61)];
    expect(holds([longest.join('.')], ...longest)).toBe(true);
  });
});
