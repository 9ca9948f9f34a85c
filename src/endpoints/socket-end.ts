/**
 * The notation of sockets as inputs and outputs, each with options after `?`, joined with `&`:
 *
 *     unix:PATH        listen, connect, unidirectional, mode=, owner=, group=
 *     tcp:HOST:PORT    listen, connect, unidirectional
 *     tls:HOST:PORT    listen, connect, unidirectional, cert=, key=, ca=, server-name=
 *     systemd:[NAME]   -
 */
import { EndNotationError, renderPath } from './end.ts';

/** Whether tapfilter waits for the other side or goes to it. */
export type Role = 'listen' | 'connect';

interface SocketOptions {
  readonly role: Role;
  /** Whether the reader of an output never answers. Inputs tell by what the writer sends first. */
  readonly isUnidirectional: boolean;
}

export interface UnixEnd extends SocketOptions {
  readonly kind: 'unix';
  readonly path: string;
  /** Of the socket that is listened on: its permissions; the names or numbers of its owner and group, where they are not our own. */
  readonly mode: number;
  readonly owner: string | undefined;
  readonly group: string | undefined;
}

export interface TcpEnd extends SocketOptions {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

export interface TlsEnd extends SocketOptions {
  readonly kind: 'tls';
  readonly host: string;
  readonly port: number;
  /** Paths of PEM files: our certificate with its chain, its key, and the authorities that the other side's must come from. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  /** The name that the server's certificate must have; `host` where there is none. */
  readonly serverName: string | undefined;
}

/** Sockets that systemd handed over (sd_listen_fds(3)): those of that name, or all. */
export interface SystemdEnd {
  readonly kind: 'systemd';
  readonly role: 'listen';
  readonly isUnidirectional: false;
  readonly name: string | undefined;
}

export type SocketEnd = UnixEnd | TcpEnd | TlsEnd | SystemdEnd;

/** What Linux takes as the path of a socket, in bytes: 108 with the zero at its end (unix(7)); Node 20 cuts a longer one silently. */
export const MAX_SOCKET_PATH_LENGTH = 107;

const ROLES = ['listen', 'connect', 'unidirectional'];
const OPTIONS: Readonly<Record<SocketEnd['kind'], readonly string[]>> = {
  unix: [...ROLES, 'mode', 'owner', 'group'],
  tcp: ROLES,
  tls: [...ROLES, 'cert', 'key', 'ca', 'server-name'],
  systemd: [],
};

/** Whether the text has the notation of a socket, be it a right or a wrong one. */
export function isSocketNotation(text: string): boolean {
  return /^(unix|tcp|tls|systemd):/.test(text);
}

/** Parses a socket as the command line has it; throws EndNotationError. Inputs listen and outputs connect where no option says otherwise. */
export function parseSocketEnd(text: string, place: 'input' | 'output'): SocketEnd {
  const kind = text.slice(0, text.indexOf(':')) as SocketEnd['kind'];
  const [where = '', ...rest] = text.slice(kind.length + 1).split('?');
  const options = parseOptions(text, kind, rest.join('?'));
  const fail = failing(text);
  if (options.has('listen') && options.has('connect')) throw fail('listen and connect exclude each other');
  if (options.has('unidirectional') && place === 'input') {
    throw fail('an input needs no option unidirectional: it takes writers of both kinds');
  }
  const isListening = options.has('listen') || (place === 'input' && !options.has('connect'));
  const common: SocketOptions = {
    role: isListening ? 'listen' : 'connect',
    isUnidirectional: options.has('unidirectional'),
  };
  const foreign = isListening ? ['server-name'] : ['mode', 'owner', 'group'];
  for (const name of foreign) {
    if (options.has(name)) throw fail(`${name} is for a socket that ${isListening ? 'connects' : 'is listened on'}`);
  }
  switch (kind) {
    case 'unix':
      checkSocketPath(where, fail);
      return {
        kind,
        ...common,
        path: where,
        mode: parseMode(options.get('mode') ?? '0600', fail),
        owner: options.get('owner'),
        group: options.get('group'),
      };
    case 'tcp':
      return { kind, ...common, ...parseHostAndPort(where, isListening, fail) };
    case 'tls': {
      const [cert, key, ca] = ['cert', 'key', 'ca'].map((name) => options.get(name));
      if ((cert === undefined) !== (key === undefined)) throw fail('cert and key go together');
      if (isListening && cert === undefined) throw fail('a server needs a certificate: cert=FILE and key=FILE');
      const serverName = options.get('server-name');
      return { kind, ...common, ...parseHostAndPort(where, isListening, fail), cert, key, ca, serverName };
    }
    case 'systemd':
      if (place === 'output') throw fail('systemd hands over inputs only');
      return { kind, role: 'listen', isUnidirectional: false, name: where === '' ? undefined : where };
  }
}

/** A socket as texts for people call it. */
export function nameSocket(end: SocketEnd): string {
  switch (end.kind) {
    case 'unix':
      return `unix:${renderPath(end.path)}`;
    case 'systemd':
      return `systemd:${renderPath(end.name ?? '')}`;
    default:
      return `${end.kind}:${end.host.includes(':') ? `[${end.host}]` : end.host}:${end.port}`;
  }
}

type Fail = (what: string) => EndNotationError;

function failing(text: string): Fail {
  return (what) => new EndNotationError(`${renderPath(text)}: ${what}.`);
}

function parseOptions(text: string, kind: SocketEnd['kind'], query: string): Map<string, string> {
  const fail = failing(text);
  const options = new Map<string, string>();
  for (const option of query === '' ? [] : query.split('&')) {
    const equals = option.indexOf('=');
    const name = equals < 0 ? option : option.slice(0, equals);
    const value = equals < 0 ? '' : option.slice(equals + 1);
    if (!OPTIONS[kind].includes(name)) {
      const known = OPTIONS[kind].length === 0 ? 'there are none' : `there are ${OPTIONS[kind].join(', ')}`;
      throw fail(`${kind}: sockets have no option "${renderPath(name)}"; ${known}`);
    }
    if (options.has(name)) throw fail(`the option ${name} stands there twice`);
    const takesValue = !ROLES.includes(name);
    if (takesValue === (value === '')) throw fail(`the option ${name} takes ${takesValue ? 'a' : 'no'} value`);
    options.set(name, value);
  }
  return options;
}

function checkSocketPath(path: string, fail: Fail): void {
  if (path === '') throw fail('a path is needed, as in unix:/run/tapfilter/dnstap.sock');
  if (path.includes('\0')) throw fail('a path has a zero byte in it, which no file has');
  const length = Buffer.byteLength(path);
  if (length > MAX_SOCKET_PATH_LENGTH) {
    throw fail(`the path of a socket has at most ${MAX_SOCKET_PATH_LENGTH} bytes, and this one has ${length}`);
  }
}

function parseMode(text: string, fail: Fail): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw fail('mode takes three octal digits, as in mode=0660');
  return Number.parseInt(text, 8);
}

/** Port 0 is one that the system chooses, for whoever listens. */
function parseHostAndPort(text: string, isListening: boolean, fail: Fail): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  if (digits === undefined || host === '') {
    throw fail('a host and a port are needed, as in tcp:127.0.0.1:6000 or tcp:[::1]:6000');
  }
  if (port > 65_535 || (port === 0 && !isListening)) throw fail('a port is a number from 1 to 65535');
  return { host, port };
}
