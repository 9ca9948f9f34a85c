import { expect, test } from 'vitest';
import { EndNotationError } from '../../src/endpoints/end.ts';
import { isSocketNotation, nameSocket, parseSocketEnd } from '../../src/endpoints/socket-end.ts';

const common = { isUnidirectional: false };
const unix = { kind: 'unix', ...common, mode: 0o600, owner: undefined, group: undefined };
const tls = { kind: 'tls', ...common, cert: undefined, key: undefined, ca: undefined, serverName: undefined };

test.each([
  ['unix:/run/x.sock', { ...unix, role: 'listen', path: '/run/x.sock' }],
  ['unix:x?connect', { ...unix, role: 'connect', path: 'x' }],
  [
    'unix:/a?mode=0660&owner=7&group=bind',
    { ...unix, role: 'listen', path: '/a', mode: 0o660, owner: '7', group: 'bind' },
  ],
  ['tcp:127.0.0.1:6000', { kind: 'tcp', ...common, role: 'listen', host: '127.0.0.1', port: 6000 }],
  ['tcp:[::1]:0', { kind: 'tcp', ...common, role: 'listen', host: '::1', port: 0 }],
  [
    'tls:tap.example:6443?cert=a.pem&key=a.key&ca=ca.pem',
    { ...tls, role: 'listen', host: 'tap.example', port: 6443, cert: 'a.pem', key: 'a.key', ca: 'ca.pem' },
  ],
  ['systemd:', { kind: 'systemd', ...common, role: 'listen', name: undefined }],
  ['systemd:dnstap', { kind: 'systemd', ...common, role: 'listen', name: 'dnstap' }],
])('%s as an input', (text, expected) => {
  expect(isSocketNotation(text)).toBe(true);
  expect(parseSocketEnd(text, 'input')).toEqual(expected);
});

test.each([
  ['unix:/run/x.sock', { ...unix, role: 'connect', path: '/run/x.sock' }],
  ['unix:/run/x.sock?listen&mode=666', { ...unix, role: 'listen', path: '/run/x.sock', mode: 0o666 }],
  [
    'tcp:host.example:1?unidirectional',
    { kind: 'tcp', role: 'connect', isUnidirectional: true, host: 'host.example', port: 1 },
  ],
  ['tls:host:1?server-name=tap.example', { ...tls, role: 'connect', host: 'host', port: 1, serverName: 'tap.example' }],
])('%s as an output', (text, expected) => {
  expect(parseSocketEnd(text, 'output')).toEqual(expected);
});

test.each([
  ['unix:', 'a path is needed'],
  [`unix:/${'x'.repeat(107)}`, 'at most 107 bytes, and this one has 108'],
  ['unix:/a?mod=0660', 'no option "mod"; there are listen, connect, unidirectional, mode, owner, group'],
  ['unix:/a?mode=999', 'three octal digits'],
  ['unix:/a?mode', 'takes a value'],
  ['unix:/a?listen=1', 'takes no value'],
  ['unix:/a?listen&connect', 'exclude each other'],
  ['unix:/a?connect&mode=0660', 'mode is for a socket that is listened on'],
  ['unix:/a?unidirectional', 'takes writers of both kinds'],
  ['unix:/a?group=a&group=b', 'twice'],
  ['tcp:6000', 'a host and a port are needed'],
  ['tcp::6000', 'a host and a port are needed'],
  ['tcp:::1:6000', 'a host and a port are needed'],
  ['tcp:host:65536', 'from 1 to 65535'],
  ['tcp:host:0?connect', 'from 1 to 65535'],
  ['tls:host:1', 'a server needs a certificate'],
  ['tls:host:1?connect&cert=a', 'cert and key go together'],
  ['tls:host:1?cert=a&key=b&server-name=c', 'server-name is for a socket that connects'],
  ['systemd:x?listen', 'no option "listen"; there are none'],
])('%s is refused as an input', (text, message) => {
  expect(() => parseSocketEnd(text, 'input')).toThrow(EndNotationError);
  expect(() => parseSocketEnd(text, 'input')).toThrow(message);
});

test('systemd hands over no output', () => {
  expect(() => parseSocketEnd('systemd:', 'output')).toThrow('inputs only');
});

test('a path of 107 bytes is taken', () => {
  expect(parseSocketEnd(`unix:/${'x'.repeat(106)}`, 'input')).toMatchObject({ path: `/${'x'.repeat(106)}` });
});

test.each(['in.dnstap', '-', 'file:unix:/a', './unix:a', 'unixes', 'https://x'])('%s is no socket', (text) => {
  expect(isSocketNotation(text)).toBe(false);
});

test('a socket is named without its options, and without what could steer a terminal', () => {
  expect(nameSocket(parseSocketEnd('tls:[::1]:1?ca=x', 'output'))).toBe('tls:[::1]:1');
  expect(nameSocket(parseSocketEnd('unix:a\u001b[31m?mode=0660', 'input'))).toBe('unix:a?[31m');
  expect(nameSocket(parseSocketEnd('systemd:a', 'input'))).toBe('systemd:a');
});
