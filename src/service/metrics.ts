/** A relay in the terms of Prometheus. All is collected when somebody asks. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { LoopPauses } from './loop-pauses.ts';
import { findObstacles, type ServiceStatus } from './status.ts';

/** So many rules have a label of their own, each no longer than this; what others dropped is counted together. */
const MAX_RULE_LABELS = 100;
const MAX_LABEL_LENGTH = 64;
const OTHER_RULES = 'other rules';

/** Gauges of prom-client whose names are those of counters, at which promtool complains. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export class Metrics {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #status: () => ServiceStatus;

  constructor(status: () => ServiceStatus, pauses: LoopPauses, version: string) {
    this.#status = status;
    this.contentType = this.#registry.contentType;
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    this.#gauge('build_info', 'The version of tapfilter; always 1', () => 1, { version });
    this.#counter('frames_received_total', 'Data frames that came whole', ({ received }) => received);
    this.#counter('frames_found_total', 'Frames that an earlier process had spooled', ({ found }) => found);
    this.#counter(
      'frames_confirmed_total',
      'Frames that the reader has confirmed, or that are in a whole file',
      ({ confirmed }) => confirmed,
    );
    this.#counter(
      'frames_unconfirmed_total',
      'Frames handed to a connection that ended without FINISH',
      ({ unconfirmed }) => unconfirmed,
    );
    this.#labelled(
      Counter,
      'frames_dropped_total',
      'Frames that the relay dropped',
      'reason',
      ({ dropped }) => dropped.reasons,
    );
    this.#labelled(Counter, 'frames_dropped_by_rule_total', 'Frames that a rule dropped', 'rule', ({ dropped }) =>
      byRule(dropped.rules),
    );
    this.#labelled(
      Counter,
      'frames_malformed_total',
      'Frames that could not be read or written',
      'code',
      ({ dropped }) => dropped.codes,
    );
    this.#labelled(Counter, 'frames_by_type_total', 'Frames received', 'type', ({ framesByType }) => framesByType);
    this.#labelled(
      Gauge,
      'frames_waiting',
      'Frames that are neither confirmed nor lost',
      'where',
      ({ waiting }) => waiting,
    );
    this.#counter(
      'received_bytes_total',
      'Bytes of the frames received, with their lengths',
      ({ bytesReceived }) => bytesReceived,
    );
    this.#counter(
      'filtered_bytes_total',
      'Bytes of what the filter left of them',
      ({ bytesFiltered }) => bytesFiltered,
    );
    this.#gauge('queue_bytes', 'Bytes that wait in memory', ({ queue }) => queue.length);
    this.#gauge('queue_limit_bytes', 'Bytes that may wait in memory', ({ queue }) => queue.limit);
    this.#gauge('spool_bytes', 'Bytes on disk', ({ spool }) => spool?.length ?? 0);
    this.#gauge(
      'spool_limit_bytes',
      'Bytes that may wait on disk; 0 without a spool',
      ({ spool }) => spool?.limit ?? 0,
    );
    this.#labelled(Gauge, 'input_connections', 'Writers that are connected', 'input', ({ inputs }) =>
      entries(inputs, 'connections'),
    );
    this.#labelled(Counter, 'input_streams_total', 'Streams that writers have begun', 'input', ({ inputs }) =>
      entries(inputs, 'started'),
    );
    this.#gauge('output_ready', 'Whether frames can go out', ({ output }) => Number(output.isReady));
    this.#counter('output_connections_total', 'Connections to the reader', ({ output }) => output.connections);
    this.#gauge('ready', 'What /readyz says', (current) => Number(findObstacles(current).length === 0));
    this.#labelled(Counter, 'reloads_total', 'Reloads of the rules', 'result', ({ reloads }) => ({ ...reloads }));
    this.#gauge('rules_read_timestamp_seconds', 'When the rules in force were read', ({ rulesReadAt }) => rulesReadAt);
    this.#labelled(
      Gauge,
      'key_read_timestamp_seconds',
      'When the key in force was first used by this process',
      'fingerprint',
      ({ key }) => (key === undefined ? {} : { [key.fingerprint]: key.readAt }),
    );
    this.#gauge(
      'loop_pause_seconds',
      'The longest pause of the event loop in the last one to two minutes',
      () => pauses.longest,
    );
  }

  /** All of them, in the text format of Prometheus. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter(name: string, help: string, value: (status: ServiceStatus) => number): void {
    const status = this.#status;
    new Counter({
      name: `tapfilter_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(value(status()));
      },
    });
  }

  #gauge(
    name: string,
    help: string,
    value: (status: ServiceStatus) => number,
    labels: Record<string, string> = {},
  ): void {
    const status = this.#status;
    new Gauge({
      name: `tapfilter_${name}`,
      help,
      labelNames: Object.keys(labels),
      registers: [this.#registry],
      collect() {
        this.set(labels, value(status()));
      },
    });
  }

  #labelled(
    Kind: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    label: string,
    values: (status: ServiceStatus) => Readonly<Record<string, number>>,
  ): void {
    const status = this.#status;
    new Kind({
      name: `tapfilter_${name}`,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect(this: Counter | Gauge) {
        this.reset();
        for (const [text, value] of Object.entries(values(status()))) this.inc({ [label]: text }, value);
      },
    });
  }
}

function entries<Key extends 'connections' | 'started'>(
  inputs: ServiceStatus['inputs'],
  key: Key,
): Record<string, number> {
  return Object.fromEntries(inputs.map((input) => [input.name, input[key]]));
}

function byRule(rules: Readonly<Record<string, number>>): Record<string, number> {
  const labels: Record<string, number> = Object.create(null);
  for (const [index, [name, count]] of Object.entries(rules).entries()) {
    const label = index < MAX_RULE_LABELS ? name.slice(0, MAX_LABEL_LENGTH) : OTHER_RULES;
    labels[label] = (labels[label] ?? 0) + count;
  }
  return labels;
}
