/**
 * What is told over HTTP: metrics, health, readiness, and a page for people. Nothing can be changed this way, and no client, however slow or
 * strange, is in the way of the relay.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LoopPauses } from './loop-pauses.ts';
import { Metrics } from './metrics.ts';
import { PAGE_SCRIPT, PAGE_STYLE, renderPage } from './page.ts';
import { findObstacles, type ServiceStatus } from './status.ts';

/**
 * Limits of what others may ask: connections at a time, octets of a request's head, milliseconds until it must be there, and how often that is
 * looked at.
 */
const MAX_CONNECTIONS = 32;
const MAX_HEADER_LENGTH = 8192;
const REQUEST_TIMEOUT = 10_000;
const CHECK_INTERVAL = 5000;

/** An answer: its status, what it is, and the text. */
type Answer = readonly [status: number, type: string, body: string];

const TEXT = 'text/plain; charset=utf-8';
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  `style-src '${digest(PAGE_STYLE)}'`,
  `script-src '${digest(PAGE_SCRIPT)}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export class HttpService {
  /** Where it is, once it listens, and whether only this machine reaches it. */
  url = '';
  isLoopback = false;
  readonly #status: () => ServiceStatus;
  readonly #pauses = new LoopPauses();
  readonly #metrics: Metrics;
  readonly #server: Server;
  readonly #host: string;
  #names: readonly string[] = [];
  readonly #version: string;

  constructor(status: () => ServiceStatus, host: string, version: string) {
    this.#status = status;
    this.#host = host;
    this.#version = version;
    this.#metrics = new Metrics(status, this.#pauses, version);
    const limits = {
      maxHeaderSize: MAX_HEADER_LENGTH,
      headersTimeout: REQUEST_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      keepAliveTimeout: REQUEST_TIMEOUT,
      connectionsCheckingInterval: CHECK_INTERVAL,
    };
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
    // A connection on which nothing goes on, in whatever state, is not kept.
    this.#server.setTimeout(2 * REQUEST_TIMEOUT);
  }

  /** Listens; rejects with the error of the system. */
  async open(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      // Later ones are of connections that could not be accepted, and end nothing.
      this.#server.on('error', reject);
      this.#server.listen({ host: this.#host, port }, resolve);
    });
    const { address, family, port: bound } = this.#server.address() as AddressInfo;
    this.isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address);
    this.url = `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}/`;
    this.#names = [...LOOPBACK, this.#host.toLowerCase(), new URL(this.url).hostname];
    this.#server.unref();
  }

  /** Ends at once, whoever is being answered. */
  close(): void {
    this.#pauses.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [status, type, body] = await this.#find(request).catch((): Answer => [500, TEXT, 'This failed.\n']);
    response.writeHead(status, {
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      ...(status === 405 && { Allow: 'GET, HEAD' }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #find({ method, url = '/', headers }: IncomingMessage): Promise<Answer> {
    if (!this.#isOurName(headers.host)) return [421, TEXT, 'This is not the name of this service.\n'];
    const path = url.split('?', 1)[0];
    if (method !== 'GET' && method !== 'HEAD') return [405, TEXT, 'Only GET and HEAD are answered.\n'];
    switch (path) {
      case '/':
        return [200, 'text/html; charset=utf-8', renderPage(this.#snapshot())];
      case '/status.json':
        return [200, 'application/json', JSON.stringify(this.#snapshot())];
      case '/metrics':
        return [200, this.#metrics.contentType, await this.#metrics.render()];
      case '/healthz':
        return [200, TEXT, 'alive\n'];
      case '/readyz': {
        const obstacles = findObstacles(this.#status());
        return obstacles.length === 0 ? [200, TEXT, 'ready\n'] : [503, TEXT, `${obstacles.join('\n')}\n`];
      }
      default:
        return [404, TEXT, 'There are /, /metrics, /healthz, /readyz and /status.json.\n'];
    }
  }

  #snapshot(): PageStatus {
    const status = this.#status();
    return {
      ...status,
      version: this.#version,
      now: Date.now() / 1000,
      pause: this.#pauses.longest,
      obstacles: findObstacles(status),
    };
  }

  /** On loopback a page of somebody else could otherwise lead a browser here under a name of its own (DNS rebinding). */
  #isOurName(host: string | undefined): boolean {
    const name = host?.replace(/:\d+$/, '').toLowerCase() ?? '';
    return !this.isLoopback || this.#names.includes(name);
  }
}

/** What the page shows. */
export interface PageStatus extends ServiceStatus {
  readonly version: string;
  /** The time, in seconds since 1970; the longest pause of the loop, in seconds; what keeps the relay from its work. */
  readonly now: number;
  readonly pause: number;
  readonly obstacles: readonly string[];
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
