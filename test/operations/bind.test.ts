/**
 * The walk-through of docs/operations.md for BIND, by what stands in it: its files, its commands, the units. What systemd does as the first
 * process of a machine is done here by hand: making the socket with its mode and group, and starting the service by it as another user.
 */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dnsPacket from 'dns-packet';
import { expect, test } from 'vitest';
import { decodeCapture } from '../support/captures.ts';
import { documentedFile, OPERATIONS } from '../support/documented-files.ts';
import { leavesOut } from '../support/installed.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { runProgram } from '../support/run-program.ts';
import { RunningProgram } from '../support/running-program.ts';

const FILE = 'test/operations/bind.test.ts';
const isLeftOut = leavesOut(FILE, { named: 'bind9', 'systemd-socket-activate': 'systemd', setpriv: 'util-linux' });
const isRoot = process.getuid?.() === 0;
if (!isRoot) {
  if (process.env.CI !== undefined) throw new Error('CI has to run as root');
  console.warn(`Left out of ${FILE}: all of it, since only root can start servers as other users.`);
}

const root = join(import.meta.dirname, '../..');
const PORT = 25_353;

function idOf(kind: '-u' | '-g', name: string): number {
  return Number(execFileSync('id', [kind, name], { encoding: 'utf8' }));
}

/** The value of a setting in the units, the later file first. */
function setting(name: string, ...texts: string[]): string {
  for (const text of texts) {
    const value = new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];
    if (value !== undefined) return value;
  }
  throw new Error(`there is no ${name}`);
}

/** Asks until there is an answer. */
async function ask(name: string): Promise<void> {
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve) => {
      socket.once('message', () => resolve());
      const send = () =>
        socket.send(dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'A', name }] }), PORT, '127.0.0.1');
      send();
      const timer = setInterval(send, 500);
      socket.once('close', () => clearInterval(timer));
    });
  } finally {
    socket.close();
  }
}

test.skipIf(isLeftOut || !isRoot)('a fresh machine gets clean captures of its BIND', async () => {
  // Not below a folder that only root may enter.
  const machine = join(tmpdir(), `tapfilter-machine-${process.pid}`);
  rmSync(machine, { recursive: true, force: true });
  try {
    const at = (path: string) => join(machine, path);
    const here = (text: string) => text.replaceAll(/\/(?:etc|var\/log|run)\/tapfilter/g, (path) => at(path));
    for (const folder of [
      'etc/tapfilter',
      'var/log/tapfilter',
      'run/tapfilter',
      'usr/lib/tapfilter',
      'named',
      'credentials',
    ]) {
      mkdirSync(at(folder), { recursive: true });
    }
    for (const name of ['dist', 'rules', 'package.json'])
      cpSync(join(root, name), at(`usr/lib/tapfilter/${name}`), { recursive: true });
    const command = at('usr/lib/tapfilter/dist/tapfilter.js');
    const nobody = { uid: idOf('-u', 'nobody'), gid: idOf('-g', 'nobody') };
    chownSync(at('var/log/tapfilter'), nobody.uid, nobody.gid);

    // 1 and 2: rules, key, arguments.
    writeFileSync(at('etc/tapfilter/bind.yml'), documentedFile(OPERATIONS, '/etc/tapfilter/bind.yml'));
    const args = here(documentedFile(OPERATIONS, '/etc/tapfilter/bind.args'));
    const commands =
      /```sh\n([\s\S]*?)```/.exec(OPERATIONS.slice(OPERATIONS.indexOf('## BIND, step by step')))?.[1] ?? '';
    expect(commands).toContain('keygen');
    const steps = await runProgram('sh', [
      '-ec',
      here(commands).replaceAll(/^\s*tapfilter/gm, `${process.execPath} ${command}`),
    ]);
    expect(steps).toMatchObject({ status: 0, stdout: expect.stringContaining('crypto-pan') });

    // 3: the socket, as systemd makes it.
    const units = ['socket', 'service'].map((kind) =>
      readFileSync(join(root, `contrib/systemd/tapfilter@.${kind}`), 'utf8').replaceAll('%i', 'bind'),
    );
    const [socketUnit = '', serviceUnit = ''] = units;
    const dropIn = documentedFile(OPERATIONS, '/etc/systemd/system/tapfilter@bind.socket.d/group.conf');
    const socket = here(setting('ListenStream', socketUnit));
    cpSync(at('etc/tapfilter/bind.key'), at('credentials/tapfilter.key'));
    chownSync(at('credentials/tapfilter.key'), nobody.uid, nobody.gid);
    chmodSync(at('credentials/tapfilter.key'), 0o400);

    // 4: the service, as systemd starts it.
    const [, ...words] = here(setting('ExecStart', serviceUnit))
      .replace('$OUTPUT', setting('OUTPUT', args))
      .replace('$OPTIONS', setting('OPTIONS', args))
      .split(' ');
    const service = new RunningProgram('systemd-socket-activate', [
      ...[
        '-l',
        socket,
        `--fdname=${setting('FileDescriptorName', socketUnit)}`,
        '-E',
        `CREDENTIALS_DIRECTORY=${at('credentials')}`,
      ],
      ...['setpriv', `--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups', '--no-new-privs'],
      ...[process.execPath, command, ...words],
    ]);
    await service.said(/Listening on/);
    chmodSync(socket, Number.parseInt(setting('SocketMode', dropIn, socketUnit), 8));
    chownSync(socket, 0, idOf('-g', setting('SocketGroup', dropIn, socketUnit)));

    // 5: named, as its own user.
    const lines =
      /within `options`:\n\n([\s\S]*?```[\s\S]*?```)/.exec(OPERATIONS)?.[1]?.replaceAll(/^\s*```\w*$/gm, '') ?? '';
    expect(lines).toContain('dnstap-output unix');
    writeFileSync(
      at('named/zone'),
      '$TTL 60\n@ SOA ns root 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.80\n',
    );
    writeFileSync(
      at('named/named.conf'),
      `options { directory "${at('named')}"; pid-file none; session-keyfile none; lock-file none; listen-on port ${PORT} { 127.0.0.1; };
listen-on-v6 { none; }; recursion no; notify no; dnssec-validation no;\n${here(lines)}\n};\ncontrols { };
zone "test" { type primary; file "zone"; };\n`,
    );
    execFileSync('chown', ['-R', 'bind:bind', at('named')]);
    const named = new RunningProgram('named', ['-g', '-u', 'bind', '-c', at('named/named.conf')]);
    await named.said(/running/);
    await ask('www.test');
    await service.said(/a writer has begun/);
    for (let count = 0; count < 5; count++) await ask('www.test');

    // 6: it is seen.
    expect(await (await fetch('http://127.0.0.1:9532/readyz')).text()).toBe('ready\n');
    expect(await named.end()).toBe(0);
    expect(await service.end()).toBe(0);
    const names = readdirSync(at('var/log/tapfilter')).filter((name) => !name.startsWith('.'));
    expect(names).toEqual([expect.stringMatching(/^bind-\d{8}-\d{6}\.dnstap$/)]);
    const capture = at(`var/log/tapfilter/${names[0]}`);
    const frames = decodeCapture(readFileSync(capture)).map(decodeWithProtobufjs);
    expect(frames.length).toBeGreaterThan(5);
    for (const frame of frames) {
      expect(frame.identity).toBeUndefined();
      expect(frame.message?.query_port).toBeUndefined();
      expect(frame.message?.query_address?.join('.')).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(frame.message?.query_address?.join('.')).not.toBe('127.0.0.1');
    }
  } finally {
    rmSync(machine, { recursive: true, force: true });
  }
});
