/** Telling systemd that a service of `Type=notify` is ready (sd_notify(3)), by its own program: Node has no datagram sockets of that kind. */
import { spawn } from 'node:child_process';
import type { Log } from './log.ts';

/** What of the environment names the socket of systemd. */
export const NOTIFY_SOCKET: string = 'NOTIFY_SOCKET';

/** Tells it where the environment names a socket; whatever goes wrong is told in the log, and is no failure of ours. */
export async function notifyReady(environment: Readonly<Record<string, string | undefined>>, log: Log): Promise<void> {
  const socket = environment[NOTIFY_SOCKET];
  if (socket === undefined) return;
  const env = { PATH: environment.PATH, [NOTIFY_SOCKET]: socket };
  const problem = await new Promise<string | undefined>((resolve) => {
    const child = spawn('systemd-notify', ['--ready'], { stdio: 'ignore', env });
    child.once('error', () => resolve('systemd-notify cannot be run'));
    child.once('exit', (status) => resolve(status === 0 ? undefined : `systemd-notify ended with ${status}`));
  }).catch(() => 'systemd-notify cannot be run');
  if (problem !== undefined)
    log.tell('warning', 'not-notified', `systemd was not told that tapfilter is ready: ${problem}`);
}
