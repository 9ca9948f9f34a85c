import { once } from 'node:events';
import { lstatSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nameSocket, parseSocketEnd, type UnixEnd } from '../../src/endpoints/socket-end.ts';
import { listenOnUnixSocket } from '../../src/endpoints/unix-listener.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
let path = '';
let count = 0;
const servers: Server[] = [];

beforeEach(() => {
  path = join(folder, `${count++}.sock`);
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function listen(options = '', place = path): Promise<() => Promise<void>> {
  const server = createServer();
  servers.push(server);
  return listenOnUnixSocket(server, parseSocketEnd(`unix:${place}${options}`, 'input') as UnixEnd);
}

async function canConnect(place = path): Promise<boolean> {
  const socket = connect(place);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Everything in the folder but the sockets of other tests. */
const left = () => readdirSync(folder).filter((name) => !/^\d+\.sock$/.test(name));

describe('a unix socket', () => {
  test('has its mode, owner and group, and nothing else is left', async () => {
    await listen('?mode=0640');
    const stat = lstatSync(path);
    expect(stat.isSocket()).toBe(true);
    expect(stat.mode & 0o777).toBe(0o640);
    expect(await canConnect()).toBe(true);
    expect(left()).toEqual([]);
  });

  test('can be reached by its owner alone, where nothing is said', async () => {
    await listen();
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });

  test.runIf(process.getuid?.() === 0)('is given away by names and numbers', async () => {
    await listen('?owner=daemon&group=12345');
    const [, , uid] = /^daemon:.*$/m.exec(readFileSync('/etc/passwd', 'latin1'))?.[0].split(':') ?? [];
    expect(lstatSync(path)).toMatchObject({ uid: Number(uid), gid: 12_345 });
  });

  test('of a group that does not exist is refused before anything is there', async () => {
    await expect(listen('?group=nobody-has-this')).rejects.toThrow('no group nobody-has-this in /etc/group');
    expect(() => lstatSync(path)).toThrow('ENOENT');
    expect(left()).toEqual([]);
  });

  test('of somebody who has died is replaced', async () => {
    const server = createServer();
    server.listen({ path });
    await once(server, 'listening');
    // Whoever closes a server takes the name away; whoever dies does not.
    renameSync(path, `${path}.moved`);
    server.close();
    renameSync(`${path}.moved`, path);
    expect(await canConnect()).toBe(false);
    await listen();
    expect(await canConnect()).toBe(true);
  });

  test('of somebody who lives is not touched', async () => {
    await listen();
    const { ino } = lstatSync(path);
    await expect(listen()).rejects.toThrow('another process listens on it');
    expect(lstatSync(path).ino).toBe(ino);
    expect(await canConnect()).toBe(true);
    expect(left()).toEqual([]);
  });

  test.each(['a regular file', 'a directory', 'a symbolic link'])('never takes the place of %s', async (kind) => {
    const place = kind === 'a directory' ? folder : path;
    if (kind === 'a regular file') writeFileSync(path, 'kept');
    if (kind === 'a symbolic link') symlinkSync('nowhere', path);
    await expect(listen('', place)).rejects.toThrow(`${kind} has that name`);
    if (kind === 'a regular file') expect(readFileSync(path, 'utf8')).toBe('kept');
    if (kind === 'a symbolic link') expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  test('is gone at the end, if it is still ours', async () => {
    const release = await listen();
    await release();
    expect(() => lstatSync(path)).toThrow('ENOENT');
    const releaseOther = await listen();
    renameSync(path, `${path}.old`);
    await listen();
    await releaseOther();
    expect(lstatSync(path).isSocket()).toBe(true);
    renameSync(`${path}.old`, join(folder, `${count++}.sock`));
  });

  test('in a directory that is not there is told', async () => {
    await expect(listen('', join(folder, 'nowhere/a.sock'))).rejects.toThrow('its directory does not exist');
  });

  test('whose hidden place would be too long is told, and one that just fits works', async () => {
    const room = 107 - Buffer.byteLength(`${folder}/`);
    const fitting = join(folder, 'x'.repeat(room));
    await listen('', fitting);
    expect(await canConnect(fitting)).toBe(true);
    expect(nameSocket(parseSocketEnd(`unix:${fitting}`, 'input'))).toContain('xxx');
  });
});
