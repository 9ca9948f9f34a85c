/** What a relay tells of itself, put together from its parts. */
import { FRAME_CODES } from '../errors.ts';
import type { RelayOutput } from '../relay/output.ts';
import type { Relay } from '../relay/relay.ts';
import type { OutputStatus, ServiceStatus } from '../service/status.ts';
import type { RulesWithKey } from './rules-file.ts';

const NO_OUTPUT: OutputStatus = { name: '', isReady: false, state: 'it is not there yet', connections: 0 };

/** A counter that is not there before its first frame has no rate that shows it. */
const NO_CODES = Object.fromEntries(FRAME_CODES.map((code) => [code, 0]));

export class RelayStatus {
  output: RelayOutput | undefined;
  readonly #relay: Relay;
  readonly #startedAt = now();
  readonly #reloads = { done: 0, refused: 0 };
  #rulesReadAt = now();
  #key: ServiceStatus['key'];

  constructor(relay: Relay, { key }: RulesWithKey) {
    this.#relay = relay;
    this.#key = key && { fingerprint: key.fingerprint(), readAt: now() };
  }

  /** Other rules are in force. */
  reloaded({ key }: RulesWithKey): void {
    this.#reloads.done++;
    this.#rulesReadAt = now();
    const fingerprint = key?.fingerprint();
    if (fingerprint === this.#key?.fingerprint) return;
    this.#key = fingerprint === undefined ? undefined : { fingerprint, readAt: now() };
  }

  /** The old rules stay in force, since something is wrong with others. */
  refused(): void {
    this.#reloads.refused++;
  }

  /** Everything, as it is now. */
  read(): ServiceStatus {
    const { accounting, queue, inputs, isStopping } = this.#relay;
    const { received, found, confirmed, unconfirmed, queued, sent, spooled, dropped } = accounting;
    return {
      startedAt: this.#startedAt,
      rulesReadAt: this.#rulesReadAt,
      key: this.#key,
      reloads: { ...this.#reloads },
      received,
      found,
      confirmed,
      unconfirmed,
      waiting: { queued, sent, spooled },
      dropped: {
        reasons: { ...dropped },
        rules: accounting.droppedByRule,
        codes: { ...NO_CODES, ...accounting.droppedByCode },
      },
      framesByType: accounting.framesByType,
      bytesReceived: accounting.bytesReceived,
      bytesFiltered: accounting.bytesFiltered,
      queue: { length: queue.length, limit: queue.limit },
      spool: this.output?.spool,
      inputs,
      output: this.output?.status ?? NO_OUTPUT,
      isStopping,
    };
  }
}

function now(): number {
  return Date.now() / 1000;
}
