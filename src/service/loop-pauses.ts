/** How long the event loop was kept from its work: the longest pause of the last minutes. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the loop is looked at, and for how long a pause is remembered at least, in milliseconds. */
const RESOLUTION = 20;
const WINDOW = 60_000;

export class LoopPauses {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #timer: NodeJS.Timeout;
  #last = 0;

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => {
      this.#last = this.#longest();
      this.#histogram.reset();
    }, WINDOW);
    this.#timer.unref();
  }

  /** The longest pause of the last one to two minutes, in seconds. */
  get longest(): number {
    return Math.max(this.#last, this.#longest()) / 1000;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  /** In milliseconds; what it takes to look is no pause. */
  #longest(): number {
    return Math.max(0, this.#histogram.max / 1e6 - RESOLUTION);
  }
}
