import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Listener } from '../../src/endpoints/listener.ts';
import { parseSocketEnd } from '../../src/endpoints/socket-end.ts';
import { makeCertificates } from '../support/certificates.ts';
import { leavesOut } from '../support/installed.ts';
import { until } from '../support/running-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const skips = leavesOut('test/endpoints/listener.test.ts', { openssl: 'openssl' });
if (!skips) makeCertificates(folder);

let listener: Listener;
let port = 0;
let connected: Socket[];
let refusals: string[];
const clients: Socket[] = [];

beforeEach(async () => {
  connected = [];
  refusals = [];
  const end = parseSocketEnd(`tls:127.0.0.1:0?cert=${at('server.pem')}&key=${at('server.key')}`, 'input');
  const handler = {
    connected: (socket: Socket) => {
      socket.on('error', () => {});
      connected.push(socket);
    },
    refused: (reason: string) => void refusals.push(reason),
  };
  if (skips) return;
  listener = await Listener.open(end, handler, { maxConnections: 2, descriptors: [] });
  port = Number(listener.name.split(':').at(-1));
});

afterEach(async () => {
  for (const socket of [...clients.splice(0), ...connected]) socket.destroy();
  await listener?.close();
});

/** A client that says nothing. */
async function silent(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  clients.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** A client whose handshake is done. */
async function shaken(): Promise<Socket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  clients.push(socket);
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

describe.skipIf(skips)('a TLS listener', () => {
  test('closes connections whose handshake takes too long, so that they keep nobody out', async () => {
    const before = [await silent(), await silent()];
    const closing = before.map((socket) => once(socket, 'close'));
    await Promise.all(closing);
    expect(refusals).toEqual(Array(2).fill('there is no answer to the TLS handshake (ERR_TLS_HANDSHAKE_TIMEOUT)'));
    await shaken();
    await until(() => connected.length === 1);
  });

  test('when it is closed keeps what it has handed on, and nothing that is not ready', async () => {
    const ready = await shaken();
    const late = await silent();
    await until(() => connected.length === 1);
    await listener.close();
    await once(late, 'close');
    expect(refusals).toEqual([]);
    connected[0]?.write('still there');
    expect(String(await once(ready, 'data'))).toBe('still there');
  });
});
