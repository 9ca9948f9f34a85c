/** The lines of docs/operations.md for name servers, by the programs that are to take them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentedFile, OPERATIONS } from '../support/documented-files.ts';
import { leavesOut } from '../support/installed.ts';
import { runProgram } from '../support/run-program.ts';
import { RunningProgram } from '../support/running-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FILE = 'test/operations/name-servers.test.ts';
const folder = temporaryFolder();

/** Writes what the document says of a file to one of that name. */
function written(path: string, change: (text: string) => string = (text) => text): string {
  const file = join(folder, path.replaceAll('/', '_'));
  writeFileSync(file, change(documentedFile(OPERATIONS, path)));
  return file;
}

const CHECKS = [
  {
    program: 'unbound-checkconf',
    package: 'unbound',
    path: '/etc/unbound/unbound.conf.d/tapfilter.conf',
    args: (file: string) => [file],
  },
  {
    program: 'knotc',
    package: 'knot',
    path: '/etc/knot/knot.conf',
    args: (file: string) => ['-c', file, 'conf-check'],
  },
  {
    program: 'nsd-checkconf',
    package: 'nsd',
    path: '/etc/nsd/nsd.conf.d/tapfilter.conf',
    args: (file: string) => [file],
  },
  {
    program: 'dnsdist',
    package: 'dnsdist',
    path: '/etc/dnsdist/dnsdist.conf',
    args: (file: string) => ['--check-config', '-C', file],
  },
];

for (const { program, package: name, path, args } of CHECKS) {
  test.skipIf(leavesOut(FILE, { [program]: name }))(
    `${program} takes the lines for ${path}, and no others`,
    async () => {
      expect(await runProgram(program, args(written(path)))).toMatchObject({ status: 0 });
      const spoilt = written(path, (text) => text.replaceAll(/dnstap-enable|log-queries|AllRule/g, 'nothing-such'));
      expect((await runProgram(program, args(spoilt))).status).not.toBe(0);
    },
  );
}

test.skipIf(leavesOut(FILE, { pdns_recursor: 'pdns-recursor' }))(
  'the PowerDNS Recursor connects by the line of its script',
  async () => {
    const own = join(folder, 'recursor');
    mkdirSync(own);
    const socket = join(own, 'recursor.sock');
    const server = createServer();
    const connected = new Promise<void>((resolve) => {
      server.once('connection', (connection) => {
        connection.destroy();
        resolve();
      });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const script = written('/etc/powerdns/recursor.lua', (text) =>
      text.replace('/run/tapfilter/recursor.sock', socket),
    );
    writeFileSync(
      join(own, 'recursor.conf'),
      `daemon=no\nsetuid=\nsetgid=\nlocal-address=127.0.0.1\nlocal-port=25355\nsocket-dir=${own}\nlua-config-file=${script}\nsecurity-poll-suffix=\n`,
    );
    const recursor = new RunningProgram('pdns_recursor', [`--config-dir=${own}`]);
    await connected;
    await recursor.end();
    server.close();
  },
);

const PROFILES = [
  { path: '/etc/apparmor.d/usr.sbin.named', socket: '/run/tapfilter/bind.sock' },
  { path: '/etc/apparmor.d/usr.sbin.unbound', socket: '/run/tapfilter/unbound.sock' },
];

for (const { path, socket } of PROFILES) {
  const missing = leavesOut(FILE, { apparmor_parser: 'apparmor' });
  test.skipIf(missing)(`AppArmor takes the line that is to stand beside ${path}`, async () => {
    const local = path.replace('apparmor.d/', 'apparmor.d/local/');
    const line = /^\s*(?:line )?`?(\/run\/\S+ rw,)/m.exec(OPERATIONS.slice(OPERATIONS.indexOf(`\`${local}\``)))?.[1];
    expect(line).toBe(`${socket} rw,`);
    const profile = readFileSync(path, 'utf8');
    expect(profile).toMatch(/^ *#include <local\//m);
    const file = join(folder, 'profile');
    writeFileSync(file, profile.replace(/^ *#include <local\/.*$/m, line ?? ''));
    const args = ['--skip-kernel-load', '--skip-read-cache', '--skip-cache', '--quiet'];
    expect(await runProgram('apparmor_parser', [...args, file])).toMatchObject({ status: 0 });
  });
}
