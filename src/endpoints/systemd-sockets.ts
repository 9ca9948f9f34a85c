/** Sockets that systemd has opened for us (sd_listen_fds(3)): descriptors from 3 on, told by three environment variables. */
import { EndpointError } from '../errors.ts';
import { nameSocket, type SystemdEnd } from './socket-end.ts';

const FIRST_DESCRIPTOR = 3;

/** The environment, as far as it tells of sockets. */
export interface SystemdEnvironment {
  LISTEN_FDS?: string | undefined;
  LISTEN_PID?: string | undefined;
  LISTEN_FDNAMES?: string | undefined;
}

/** The descriptors that an end stands for, one at least. `pid` is this process's. Throws EndpointError where there are none. */
export function systemdDescriptors(end: SystemdEnd, environment: SystemdEnvironment, pid: number): number[] {
  const { LISTEN_FDS: count, LISTEN_PID: owner, LISTEN_FDNAMES: names } = environment;
  if (!(Number(count) > 0) || owner !== String(pid)) {
    throw unusable(end, 'systemd has handed no sockets to this process; start it by a .socket unit');
  }
  const all = Array.from({ length: Number(count) }, (_, index) => FIRST_DESCRIPTOR + index);
  if (end.name === undefined) return all;
  const wanted = all.filter((_, index) => names?.split(':')[index] === end.name);
  if (wanted.length === 0) throw unusable(end, 'no socket of that name is among those that systemd has handed over');
  return wanted;
}

function unusable(end: SystemdEnd, what: string): EndpointError {
  return new EndpointError('SOCKET_UNUSABLE', `cannot listen on ${nameSocket(end)}: ${what}.`);
}
