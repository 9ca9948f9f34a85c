/** `--metrics HOST:PORT`: where a relay tells of itself over HTTP. */
import manifest from '../../package.json' with { type: 'json' };
import { explainSocketError } from '../endpoints/socket-error.ts';
import { EndpointError } from '../errors.ts';
import type { HttpService } from '../service/http-service.ts';
import type { Log } from '../service/log.ts';
import type { RelayStatus } from './relay-status.ts';
import { UsageError } from './usage-error.ts';

const MAX_PORT = 65_535;

/** Begins to tell, if that is asked for; resolves to what ends it. Throws UsageError and EndpointError. */
export async function openMetrics(place: string | undefined, status: RelayStatus, log: Log): Promise<() => void> {
  if (place === undefined) return () => {};
  const { host, port } = parsePlace(place);
  // What a relay without it need not load.
  const { HttpService: Service } = await import('../service/http-service.ts');
  const service: HttpService = new Service(() => status.read(), host, manifest.version);
  try {
    await service.open(port);
  } catch (error) {
    service.close();
    const what = error instanceof Error ? explainSocketError(error) : 'unknown error';
    throw new EndpointError('SOCKET_UNUSABLE', `cannot listen on ${place} for --metrics: ${what}.`, { cause: error });
  }
  const warning = service.isLoopback
    ? ''
    : '; everybody who reaches this address can read how much this relay handles, and nothing else';
  log.tell(
    warning === '' ? 'info' : 'warning',
    'metrics',
    `metrics and a page for people are at ${service.url}${warning}`,
  );
  return () => service.close();
}

/** `127.0.0.1:9532`, `[::1]:9532`, `localhost:9532`, or `9532`, which is on loopback. */
function parsePlace(place: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(place) ?? [];
  const port = Number(digits ?? Number.NaN);
  if (!(port <= MAX_PORT))
    throw new UsageError(`--metrics ${place}: an address and a port are needed, as in 127.0.0.1:9532.`);
  return { host: bracketed ?? plain ?? '127.0.0.1', port };
}
