import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BrokenStream, OutgoingStream } from '../../src/relay/outgoing-stream.ts';
import { ReaderConnection, type ReaderEnding } from '../../src/relay/reader-connection.ts';
import { data, type Peer, PeerServer } from '../support/frame-streams.ts';
import { numberedFrames } from '../support/numbered-frames.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = join(temporaryFolder(), 'reader.sock');

let reader: PeerServer;
beforeAll(async () => {
  reader = await PeerServer.listen(path);
});
afterAll(() => reader.close());

/** Sends a frame, and then lets `happen` what ends the connection; resolves to what the stream was told of that. */
async function broken(happen: (peer: Peer, connection: ReaderConnection) => void): Promise<BrokenStream> {
  const bytes = [data(numberedFrames(0, 1))];
  let how: BrokenStream | undefined;
  const stream: OutgoingStream = {
    isOver: false,
    take: () => {
      const next = bytes.pop();
      return next && { bytes: next, done: () => {} };
    },
    finished: () => expect.fail('nobody has answered STOP'),
    broken: (told) => {
      how = told;
      return 0;
    },
  };
  const index = reader.peers.length;
  const socket = connect(path);
  await once(socket, 'connect');
  const ended = new Promise<ReaderEnding>((resolve) => {
    const handler = { opened: () => {}, drained: () => {}, ended: resolve };
    const connection = new ReaderConnection(socket, stream, false, handler);
    connection.begin();
    void reader.handshaken(index).then((peer) => happen(peer, connection));
  });
  await ended;
  return how ?? expect.fail('the stream was told nothing');
}

test('it is known whether the reader has ended a connection, or we have', async () => {
  expect(await broken((peer) => peer.socket.end())).toMatchObject({ wasClosed: true, wasStopped: false });
  expect(await broken((_peer, connection) => connection.destroy())).toMatchObject({ wasClosed: false });
  // Frames are no answer.
  expect(await broken((peer) => peer.send(data(numberedFrames(0, 1))))).toMatchObject({ wasClosed: false });
});
