import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Dialer } from '../../src/endpoints/dialer.ts';
import { Listener } from '../../src/endpoints/listener.ts';
import { parseSocketEnd, type TlsEnd } from '../../src/endpoints/socket-end.ts';
import { makeCertificates } from '../support/certificates.ts';
import { leavesOut } from '../support/installed.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const skips = leavesOut('test/endpoints/dialer.test.ts', { openssl: 'openssl' });
if (!skips) makeCertificates(folder);

const dialers: Dialer[] = [];

afterEach(() => {
  vi.unstubAllEnvs();
  for (const dialer of dialers) dialer.close();
});

describe.skipIf(skips)('a TLS dialer', () => {
  test('goes to nobody whose certificate it does not trust, whatever the environment of Node says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const server = parseSocketEnd(`tls:127.0.0.1:0?cert=${at('stranger.pem')}&key=${at('stranger.key')}`, 'input');
    const handler = { connected: (socket: Socket) => void socket.on('error', () => {}), refused: () => {} };
    const listener = await Listener.open(server, handler, { maxConnections: 9, descriptors: [] });
    const end = parseSocketEnd(`${listener.name}?ca=${at('ca.pem')}&server-name=tap.example`, 'output') as TlsEnd;
    const reason = await new Promise((resolve) => {
      const dialer = new Dialer(end, { connected: () => resolve('connected'), refused: resolve });
      dialer.open().catch(resolve);
      dialers.push(dialer);
    });
    expect(reason).toContain('is not trusted');
    await listener.close();
  });

  test.each([
    ['that is not there', () => `ca=${at('nowhere.pem')}`, 'cannot read'],
    ['that holds no certificate', () => `ca=${at('ca.key')}`, 'there is no certificate in'],
    ['whose key is another one', () => `cert=${at('client.pem')}&key=${at('server.key')}`, 'the key is not that of'],
  ])('refuses a file %s before it goes anywhere, and at a reload', async (_name, options, message) => {
    const end = parseSocketEnd(`tls:127.0.0.1:1?${options()}`, 'output') as TlsEnd;
    const handler = { connected: vi.fn(), refused: vi.fn() };
    const dialer = new Dialer(end, handler);
    await expect(dialer.open()).rejects.toThrow(message);
    await expect(dialer.readCertificates()).rejects.toThrow(message);
    expect(handler.refused).not.toHaveBeenCalled();
  });
});
