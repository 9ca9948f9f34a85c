/** What comes of waiting for the other side (listener.ts), or of going there (dialer.ts). */
import type { Socket } from 'node:net';

export interface ConnectionHandler {
  /** There is a connection. Whoever takes it listens to its errors. */
  connected(socket: Socket): void;
  /** There was none, for a reason that a line of the log can end with. */
  refused(reason: string): void;
}
