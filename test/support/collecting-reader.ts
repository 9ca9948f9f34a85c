/** A reader that takes stream after stream, answers as it should, and keeps what came over each. */
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { ACCEPT, FINISH, READY, START, STOP } from './frame-streams.ts';
import { numbersOf } from './numbered-frames.ts';

const HEAD = READY.length + START.length;

export class CollectingReader {
  /** By connection: the bytes of its data frames, and whether STOP came. */
  readonly streams: { data: Buffer; isWhole: boolean }[] = [];
  readonly #path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #answers: boolean;

  /** Without `answers` it closes where it should say FINISH. */
  constructor(path: string, answers = true) {
    this.#path = path;
    this.#answers = answers;
    rmSync(path, { force: true });
    this.#server = createServer((socket) => this.#take(socket));
    this.#server.listen({ path });
  }

  /** The numbers of all frames that came whole, by connection. */
  get numbers(): number[][] {
    return this.streams.map(({ data }) => numbersOf(framesIn(data)));
  }

  /** Breaks all connections, and takes no more. */
  kill(): void {
    this.#server.close();
    rmSync(this.#path, { force: true });
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    const stream = { data: Buffer.alloc(0), isWhole: false };
    const chunks: Buffer[] = [];
    this.streams.push(stream);
    let hasAccepted = false;
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (!hasAccepted) socket.write(ACCEPT);
      hasAccepted = true;
      const tail = Buffer.concat(chunks.slice(-3));
      const isStopped = tail.subarray(-STOP.length).equals(STOP);
      stream.data = Buffer.concat(chunks).subarray(HEAD);
      chunks.splice(0, chunks.length, Buffer.concat(chunks));
      if (!isStopped) return;
      stream.isWhole = true;
      stream.data = stream.data.subarray(0, stream.data.length - STOP.length);
      if (this.#answers) socket.end(FINISH);
      else socket.destroy();
    });
  }
}

/** The whole data frames at the start of some bytes. */
export function framesIn(data: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let position = 0; position + 4 <= data.length; ) {
    const length = data.readUInt32BE(position);
    const end = position + 4 + length;
    if (length === 0 || end > data.length) break;
    frames.push(data.subarray(position + 4, end));
    position = end;
  }
  return frames;
}
