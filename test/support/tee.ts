/** Stands between a writer and a relay, and keeps what the writer has sent. */

import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { type Place, READY, START } from './frame-streams.ts';

export class Tee {
  /** By connection what its writer has sent. */
  readonly #sent: Buffer[][] = [];
  readonly #server: Server;

  private constructor(target: Place) {
    this.#server = createServer((writer) => {
      const sent: Buffer[] = [];
      this.#sent.push(sent);
      const relay = typeof target === 'string' ? connect(target) : connect(target, '127.0.0.1');
      writer.on('data', (chunk: Buffer) => {
        sent.push(Buffer.from(chunk));
        relay.write(chunk);
      });
      relay.on('data', (chunk) => writer.write(chunk));
      for (const [one, other] of [
        [writer, relay],
        [relay, writer],
      ] as const) {
        one.on('end', () => other.end());
        one.on('error', () => other.destroy());
      }
    });
  }

  static async listen(place: Place, target: Place): Promise<Tee> {
    const tee = new Tee(target);
    tee.#server.listen(typeof place === 'string' ? { path: place } : { port: place, host: '127.0.0.1' });
    await once(tee.#server, 'listening');
    return tee;
  }

  close(): void {
    this.#server.close();
  }

  /** The data frames of all connections. */
  get frames(): Buffer[] {
    return this.#sent.flatMap((chunks) => dataFrames(Buffer.concat(chunks)));
  }
}

function dataFrames(sent: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let position = sent.subarray(0, READY.length).equals(READY) ? READY.length : 0;
  if (sent.length < position + START.length) return [];
  if (!sent.subarray(position, position + START.length).equals(START)) throw new Error('there is no START');
  position += START.length;
  while (position + 4 <= sent.length) {
    const length = sent.readUInt32BE(position);
    if (length === 0 || position + 4 + length > sent.length) break;
    frames.push(sent.subarray(position + 4, position + 4 + length));
    position += 4 + length;
  }
  return frames;
}
