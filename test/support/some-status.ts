/** What a relay tells of itself where nothing has happened yet. */
import type { ServiceStatus } from '../../src/service/status.ts';

export const NOTHING: ServiceStatus = {
  startedAt: 0,
  rulesReadAt: 0,
  key: undefined,
  reloads: { done: 0, refused: 0 },
  received: 0,
  found: 0,
  confirmed: 0,
  unconfirmed: 0,
  waiting: { queued: 0, sent: 0, spooled: 0 },
  dropped: { reasons: {}, rules: {}, codes: {} },
  framesByType: {},
  bytesReceived: 0,
  bytesFiltered: 0,
  queue: { length: 0, limit: 0 },
  spool: undefined,
  inputs: [],
  output: { name: '', isReady: true, state: '', connections: 0 },
  isStopping: false,
};
