/** Real name servers, from Debian's packages, on ports of loopback; each logs by dnstap to a socket, and answers for the zone `test`. */
import { createSocket } from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import dnsPacket from 'dns-packet';
import { RunningProgram } from './running-program.ts';

/** The programs, and the packages of Debian that have them. */
export const SERVER_PACKAGES: Readonly<Record<string, string>> = {
  named: 'bind9',
  unbound: 'unbound',
  knotd: 'knot (with knot-module-dnstap)',
  nsd: 'nsd',
  dnsdist: 'dnsdist',
  pdns_recursor: 'pdns-recursor',
};

const ZONE = `$TTL 300
@ SOA ns.test. alice.test. 1 3600 900 604800 60
@ NS ns.test.
ns A 127.0.0.1
www A 192.0.2.80
www AAAA 2001:db8::80
text TXT "served to 198.51.100.7"
mail MX 10 www
1.2.0.192.in-addr.arpa PTR www
`;

/** Where a server logs to: the path of a unix socket, or a port on loopback. */
export interface DnstapTarget {
  readonly path: string;
  readonly port?: number;
  /** The files of a TLS client, and of the authority. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string; readonly name: string };
  readonly isUnidirectional?: boolean;
}

export class DnsServer {
  readonly port: number;
  readonly program: RunningProgram;

  private constructor(port: number, program: RunningProgram) {
    this.port = port;
    this.program = program;
  }

  static async named(folder: string, { path }: DnstapTarget): Promise<DnsServer> {
    const port = await freePort();
    const own = prepare(folder, 'named');
    const config = `options {
  directory "${own}"; pid-file "named.pid"; session-keyfile "session.key"; lock-file none;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; notify no;
  dnstap { all; }; dnstap-output unix "${path}"; dnstap-identity "named.example";
};
controls { };
zone "test" { type primary; file "test.zone"; };
`;
    writeFileSync(join(own, 'named.conf'), config);
    return DnsServer.#start(port, 'named', ['-g', '-c', join(own, 'named.conf')], /running/);
  }

  /** Asks the server on `authority`. */
  static async unbound(folder: string, target: DnstapTarget, authority: number): Promise<DnsServer> {
    const port = await freePort();
    const own = prepare(folder, 'unbound');
    const { tls } = target;
    const sink =
      target.port === undefined ? `dnstap-socket-path: "${target.path}"` : `dnstap-ip: "127.0.0.1@${target.port}"`;
    const config = `server:
  interface: 127.0.0.1
  port: ${port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${own}"
  pidfile: "unbound.pid"
  logfile: ""
  use-syslog: no
  verbosity: 1
  access-control: 127.0.0.0/8 allow
  module-config: "subnetcache iterator"
  send-client-subnet: 127.0.0.1
  client-subnet-always-forward: yes
  do-not-query-localhost: no
  local-zone: "test." nodefault
stub-zone:
  name: "test"
  stub-addr: 127.0.0.1@${authority}
dnstap:
  dnstap-enable: yes
  dnstap-bidirectional: ${target.isUnidirectional ? 'no' : 'yes'}
  ${sink}
  dnstap-tls: ${tls ? 'yes' : 'no'}
${tls ? `  dnstap-tls-server-name: "${tls.name}"\n  dnstap-tls-cert-bundle: "${tls.ca}"\n  dnstap-tls-client-key-file: "${tls.key}"\n  dnstap-tls-client-cert-file: "${tls.cert}"` : ''}
  dnstap-send-identity: yes
  dnstap-identity: "unbound.example"
  dnstap-log-resolver-query-messages: yes
  dnstap-log-resolver-response-messages: yes
  dnstap-log-client-query-messages: yes
  dnstap-log-client-response-messages: yes
`;
    writeFileSync(join(own, 'unbound.conf'), config);
    return DnsServer.#start(port, 'unbound', ['-d', '-c', join(own, 'unbound.conf')], /start of service/);
  }

  static async knot(folder: string, { path }: DnstapTarget): Promise<DnsServer> {
    const port = await freePort();
    const own = prepare(folder, 'knot');
    const config = `server:
    rundir: "${own}"
    listen: [ 127.0.0.1@${port} ]
log:
  - target: stderr
    any: info
database:
    storage: "${own}"
control:
    listen: "${own}/knot.sock"
mod-dnstap:
  - id: tap
    sink: "unix:${path}"
    identity: "knot.example"
    log-queries: on
    log-responses: on
template:
  - id: default
    storage: "${own}"
    global-module: mod-dnstap/tap
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: test.
    file: test.zone
`;
    writeFileSync(join(own, 'knot.conf'), config);
    return DnsServer.#start(port, 'knotd', ['-c', join(own, 'knot.conf')], /server started/);
  }

  static async nsd(folder: string, { path }: DnstapTarget): Promise<DnsServer> {
    const port = await freePort();
    const own = prepare(folder, 'nsd');
    const config = `server:
  ip-address: 127.0.0.1
  port: ${port}
  username: root
  chroot: ""
  zonesdir: "${own}"
  database: ""
  pidfile: "${own}/nsd.pid"
  xfrdfile: "${own}/xfrd.state"
  zonelistfile: "${own}/zone.list"
  xfrdir: "${own}"
  server-count: 2
  verbosity: 2
  rrl-ratelimit: 0
remote-control:
  control-enable: no
dnstap:
  dnstap-enable: yes
  dnstap-socket-path: "${path}"
  dnstap-send-identity: yes
  dnstap-identity: "nsd.example"
  dnstap-log-auth-query-messages: yes
  dnstap-log-auth-response-messages: yes
zone:
  name: test
  zonefile: test.zone
`;
    writeFileSync(join(own, 'nsd.conf'), config);
    return DnsServer.#start(port, 'nsd', ['-d', '-c', join(own, 'nsd.conf')], /nsd started/);
  }

  /** Asks the server on `authority`. */
  static async dnsdist(folder: string, target: DnstapTarget, authority: number): Promise<DnsServer> {
    const port = await freePort();
    const own = prepare(folder, 'dnsdist');
    const logger =
      target.port === undefined
        ? `newFrameStreamUnixLogger("${target.path}")`
        : `newFrameStreamTcpLogger("127.0.0.1:${target.port}")`;
    const config = `setSecurityPollSuffix("")
setLocal("127.0.0.1:${port}")
newServer{address="127.0.0.1:${authority}", useClientSubnet=true, healthCheckMode="up"}
fl = ${logger}
function alter(dq, tap) tap:setExtra("client=" .. dq.remoteaddr:toString()) end
addAction(AllRule(), DnstapLogAction("dnsdist.example", fl, alter))
addResponseAction(AllRule(), DnstapLogResponseAction("dnsdist.example", fl))
`;
    writeFileSync(join(own, 'dnsdist.conf'), config);
    const args = ['-C', join(own, 'dnsdist.conf'), '--supervised', '--disable-syslog'];
    return DnsServer.#start(port, 'dnsdist', args, /Listening on/);
  }

  /** Asks the server on `authority`, and logs what it asks. */
  static async recursor(folder: string, { path }: DnstapTarget, authority: number): Promise<DnsServer> {
    const port = await freePort();
    const own = prepare(folder, 'recursor');
    const config = `daemon=no
setuid=
setgid=
local-address=127.0.0.1
local-port=${port}
allow-from=127.0.0.0/8
dont-query=
forward-zones=test=127.0.0.1:${authority}
dnssec=off
socket-dir=${own}
threads=2
lua-config-file=${own}/recursor.lua
security-poll-suffix=
`;
    writeFileSync(join(own, 'recursor.conf'), config);
    writeFileSync(
      join(own, 'recursor.lua'),
      `dnstapFrameStreamServer({"${path}"}, {logQueries=true, logResponses=true})\n`,
    );
    return DnsServer.#start(
      port,
      'pdns_recursor',
      [`--config-dir=${own}`],
      /Enabled multiplexer|Done priming|Listening/,
    );
  }

  static async #start(port: number, program: string, args: string[], started: RegExp): Promise<DnsServer> {
    const server = new DnsServer(port, new RunningProgram(program, args));
    await server.program.said(started);
    return server;
  }

  /** Asks what a few clients would; resolves when every query was answered, to how many there were. */
  async ask(rounds = 10): Promise<number> {
    const socket = createSocket('udp4');
    const waiting = new Map<number, Uint8Array>();
    let answered: () => void = () => {};
    socket.on('message', (message) => {
      waiting.delete(message.readUInt16BE(0));
      answered();
    });
    let id = 0;
    for (let round = 0; round < rounds; round++) {
      for (const [type, name] of QUESTIONS) {
        id++;
        waiting.set(id, query(id, type, name.replace('*', `nobody-${round}`), round));
      }
    }
    const count = waiting.size;
    while (waiting.size > 0) {
      // A server may be slow in beginning, or a datagram be lost.
      for (const message of waiting.values()) socket.send(message, this.port, '127.0.0.1');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        answered = () => {
          if (waiting.size > 0) return;
          clearTimeout(timer);
          resolve();
        };
      });
    }
    socket.close();
    return count;
  }
}

const QUESTIONS = [
  ['A', 'www.test'],
  ['AAAA', 'www.test'],
  ['TXT', 'text.test'],
  ['MX', 'mail.test'],
  ['PTR', '1.2.0.192.in-addr.arpa.test'],
  ['A', '*.test'],
] as const;

function query(id: number, type: (typeof QUESTIONS)[number][0], name: string, round: number): Uint8Array {
  const options = [
    { code: 8, ip: `203.0.113.${round}`, sourcePrefixLength: 24 },
    { code: 10, data: Buffer.from([1, 2, 3, 4, 5, 6, 7, round]) },
    { code: 65_001, data: Buffer.from([2, 0, 0x5e, 0, 0x53, round]) },
  ];
  return dnsPacket.encode({
    type: 'query',
    id,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type, name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        flags: 0,
        options: options as never,
      } as never,
    ],
  });
}

function prepare(folder: string, name: string): string {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'test.zone'), ZONE);
  return own;
}

/** Below the ports that Linux chooses for connections, one of which may begin at any time. */
const FREE_PORTS = { first: 10_000, count: 20_000 };

/** A port on loopback that nobody had a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const port = FREE_PORTS.first + Math.floor(Math.random() * FREE_PORTS.count);
    const server = createServer();
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(freePort());
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}
