import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMAND } from '../support/command.ts';
import { documentedFile, OPERATIONS } from '../support/documented-files.ts';
import { leavesOut } from '../support/installed.ts';
import { makeRelayPlaces } from '../support/relay-places.ts';
import { runProgram } from '../support/run-program.ts';
import { RunningProgram } from '../support/running-program.ts';
import { RunningRelay } from '../support/running-relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const source = join(import.meta.dirname, '../../contrib/systemd');
const folder = temporaryFolder();
const hasSystemd = !leavesOut('test/packaging/units.test.ts', {
  'systemd-analyze': 'systemd',
  'systemd-notify': 'systemd',
});

/** The units as an instance, with the command where it is here. */
function instance(): string[] {
  const service = join(folder, 'tapfilter@x.service');
  const socket = join(folder, 'tapfilter@x.socket');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    service,
    readFileSync(join(source, 'tapfilter@.service'), 'utf8').replace('/usr/bin/tapfilter', COMMAND),
  );
  copyFileSync(join(source, 'tapfilter@.socket'), socket);
  return [service, socket];
}

test.runIf(hasSystemd)('systemd finds nothing wrong with the units', async () => {
  expect(await runProgram('systemd-analyze', ['verify', '--man=no', ...instance()])).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
});

test('a service that crashes leaves no core, in which its key would be', () => {
  expect(readFileSync(join(source, 'tapfilter@.service'), 'utf8')).toMatch(/^LimitCORE=0$/m);
});

test('nothing takes the socket from its group, and nothing ends it', () => {
  const [service, socket] = ['service', 'socket'].map((kind) =>
    readFileSync(join(source, `tapfilter@.${kind}`), 'utf8'),
  ) as [string, string];
  const path = /^ListenStream=(.*)$/m.exec(socket)?.[1] ?? '';
  expect(path).toMatch(/^\/run\//);
  // systemd gives these directories, and all that is in them, to the user of the service (systemd.exec(5)).
  const roots = { Runtime: '/run', State: '/var/lib', Cache: '/var/cache', Logs: '/var/log' };
  const given = [...service.matchAll(/^(Runtime|State|Cache|Logs)Directory=(.*)$/gm)].flatMap(([, kind, names = '']) =>
    names.split(' ').map((name) => `${roots[kind as keyof typeof roots]}/${name}/`),
  );
  expect(given.length).toBeGreaterThan(1);
  expect(given.filter((folder) => path.startsWith(folder))).toEqual([]);
  // A service that has failed too often takes its socket with it (systemd.socket(5)).
  expect(service).toMatch(/^StartLimitIntervalSec=0$/m);
  expect(service).toMatch(/^Restart=on-failure$/m);
});

test('the drop-in for a command elsewhere changes nothing but its place', () => {
  const service = readFileSync(join(source, 'tapfilter@.service'), 'utf8');
  const dropIn = documentedFile(OPERATIONS, '/etc/systemd/system/tapfilter@.service.d/opt.conf');
  const [emptied, started] = [...dropIn.matchAll(/^ExecStart=(.*)$/gm)].map(([, command]) => command);
  expect(emptied).toBe('');
  expect(started).toBe(/^ExecStart=(.*)$/m.exec(service)?.[1]?.replace('/usr/bin', '/opt/tapfilter/bin'));
});

test.runIf(hasSystemd)('the service is exposed to 1.5 at most', async () => {
  const [service = ''] = instance();
  const result = await runProgram('systemd-analyze', [
    'security',
    '--offline=true',
    '--threshold=15',
    '--no-pager',
    service,
  ]);
  expect(result.status, result.stdout).toBe(0);
  expect(result.stdout).toMatch(/Overall exposure level for tapfilter@x\.service: [01]\.\d OK/);
});

test.runIf(hasSystemd)('systemd is told that the relay is ready, when its sockets are there', async () => {
  const places = makeRelayPlaces();
  const socket = join(folder, 'notify');
  // Perl is part of every Debian, and has the datagram sockets that Node has not. It stays, since systemd-notify says another word, and
  // ends when that has been read (sd_notify_barrier(3)).
  const script =
    'use IO::Socket::UNIX; use Socket; my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]); print "ready\\n"; $s->recv(my $m, 999); print "$m\\n"; print -S $ARGV[1] ? "there\\n" : "not there\\n"; 1 while defined $s->recv($m, 999);';
  const perl = new RunningProgram('perl', ['-e', `$| = 1; ${script}`, socket, places.input]);
  await perl.said(/ready/);
  const relay = new RunningRelay([`unix:${places.input}`, `unix:${places.output}`, '--rules', places.rules], {
    NOTIFY_SOCKET: socket,
  });
  await perl.said(/READY=1[\s\S]*\nthere/);
  expect(await relay.end()).toBe(0);
  expect(relay.events).not.toContain('not-notified');
});

test('where systemd cannot be told, the log says so, and the relay goes on', async () => {
  const places = makeRelayPlaces();
  const relay = new RunningRelay([`unix:${places.input}`, `unix:${places.output}`, '--rules', places.rules], {
    NOTIFY_SOCKET: join(folder, 'nobody'),
  });
  await relay.said(/"event":"not-notified"/);
  expect(await relay.end()).toBe(0);
});
