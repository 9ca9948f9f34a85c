import { expect, test } from 'vitest';
import { EndNotationError, parseEnd, renderPath } from '../../src/endpoints/end.ts';

test('a path is a file, whatever it is called', () => {
  for (const path of ['in.dnstap', '/a/b', './-', 'http://x', 'tcp', 'C:file', '--']) {
    expect(parseEnd(path)).toEqual({ kind: 'file', path });
  }
});

test('a dash is a standard stream', () => {
  expect(parseEnd('-')).toEqual({ kind: 'stdio' });
});

test('file: takes what follows as a path, so that any file can be named', () => {
  expect(parseEnd('file:unix:foo')).toEqual({ kind: 'file', path: 'unix:foo' });
  expect(parseEnd('file:-')).toEqual({ kind: 'file', path: '-' });
  expect(parseEnd('file:file:x')).toEqual({ kind: 'file', path: 'file:x' });
});

test.each(['', 'file:', 'a\0b'])('a path that names nothing is refused', (text) => {
  expect(() => parseEnd(text)).toThrow(EndNotationError);
});

test('a path that is shown cannot steer a terminal', () => {
  expect(renderPath('a\u001b[31m\nb\u009bc')).toBe('a?[31m?b?c');
});
