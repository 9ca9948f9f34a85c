/** Rules, key and certificates of a relay, read again; where something is wrong with them the old ones stay in force. */
import { withoutKeyText } from '../anonymize/key.ts';
import { TapfilterError } from '../errors.ts';
import type { Relay } from '../relay/relay.ts';
import { compileRules } from '../rules/compile.ts';
import type { Log } from '../service/log.ts';
import type { RelayStatus } from './relay-status.ts';
import { type KeyOptions, type RulesWithKey, readRulesAgain } from './rules-file.ts';
import { UsageError } from './usage-error.ts';

/** The arguments by which the rules were read the first time. */
export interface ReloadingArguments extends KeyOptions {
  readonly rules?: string;
}

export class Reloading {
  readonly #args: ReloadingArguments;
  readonly #relay: Relay;
  readonly #log: Log;
  readonly #status: RelayStatus;
  #current: RulesWithKey;
  #running: Promise<void> = Promise.resolve();

  constructor(args: ReloadingArguments, current: RulesWithKey, relay: Relay, log: Log, status: RelayStatus) {
    this.#status = status;
    this.#args = args;
    this.#current = current;
    this.#relay = relay;
    this.#log = log;
  }

  /** One after the other, so that the last rules are those that stay. Resolves when they are in force, or were refused. */
  reload(): Promise<void> {
    this.#running = this.#running.then(() => this.#reload()).catch((error: unknown) => this.#refuse(error));
    return this.#running;
  }

  async #reload(): Promise<void> {
    const { rules: path } = this.#args;
    if (path === undefined) throw new UsageError('no rules');
    let text = '';
    const rules = await readRulesAgain(path, this.#args, this.#current, (explanation) => {
      text = explanation;
    });
    if (rules === undefined) {
      this.#status.refused();
      this.#log.tell(
        'error',
        'reload-refused',
        `the rules are wrong, and the old ones stay in force:\n${text.trimEnd()}`,
      );
      return;
    }
    const plan = compileRules(rules.file, rules.key);
    const { output } = this.#status;
    // All is read before anything changes.
    const useCertificates = [await this.#relay.readCertificates(), await output?.readCertificates?.()];
    for (const use of useCertificates) use?.();
    this.#relay.change(plan);
    this.#current = rules;
    this.#status.reloaded(rules);
    await output?.reloaded?.();
    this.#log.tell('info', 'reloaded', 'the rules were read again, and are in force');
  }

  #refuse(error: unknown): void {
    if (!(error instanceof TapfilterError)) throw error;
    this.#status.refused();
    const message = withoutKeyText(error.message);
    this.#log.tell('error', 'reload-refused', `nothing was reloaded, and the old rules stay in force: ${message}`);
  }
}
