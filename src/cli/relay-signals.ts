/** What signals do to a relay. */
import process from 'node:process';

const ENDING_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface SignalActions {
  end(): void;
  reload(): void;
  rotate(): void;
}

/** Two signals end a relay, at once where they come twice; SIGHUP reloads; SIGUSR2 begins another file. */
export class Signals {
  /** Whether a signal has come that ends the relay. */
  isEnding = false;
  readonly #actions: SignalActions;

  constructor(actions: SignalActions) {
    this.#actions = actions;
    for (const signal of ENDING_SIGNALS) process.on(signal, this.#ended);
    process.on('SIGHUP', actions.reload);
    process.on('SIGUSR2', actions.rotate);
  }

  remove(): void {
    for (const signal of ENDING_SIGNALS) process.off(signal, this.#ended);
    process.off('SIGHUP', this.#actions.reload);
    process.off('SIGUSR2', this.#actions.rotate);
  }

  readonly #ended = (signal: NodeJS.Signals): void => {
    if (this.isEnding) {
      this.remove();
      process.kill(process.pid, signal);
    }
    this.isEnding = true;
    this.#actions.end();
  };
}
