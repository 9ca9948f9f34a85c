import { expect, test } from 'vitest';
import { parseSocketEnd, type SystemdEnd } from '../../src/endpoints/socket-end.ts';
import { systemdDescriptors } from '../../src/endpoints/systemd-sockets.ts';

const PID = 77;
const descriptors = (text: string, environment: Record<string, string>) =>
  systemdDescriptors(parseSocketEnd(text, 'input') as SystemdEnd, { LISTEN_PID: String(PID), ...environment }, PID);

test('an end stands for all sockets, or for those of its name', () => {
  const environment = { LISTEN_FDS: '3', LISTEN_FDNAMES: 'a:b:a' };
  expect(descriptors('systemd:', environment)).toEqual([3, 4, 5]);
  expect(descriptors('systemd:a', environment)).toEqual([3, 5]);
  expect(() => descriptors('systemd:c', environment)).toThrow('no socket of that name');
  expect(() => descriptors('systemd:a', { LISTEN_FDS: '3' })).toThrow('no socket of that name');
});

test.each([{}, { LISTEN_FDS: '0' }, { LISTEN_FDS: '' }, { LISTEN_FDS: 'x' }, { LISTEN_FDS: '1', LISTEN_PID: '78' }])(
  'an environment that hands nothing to this process is told: %o',
  (environment) => {
    expect(() => descriptors('systemd:', environment)).toThrow('systemd has handed no sockets to this process');
  },
);
