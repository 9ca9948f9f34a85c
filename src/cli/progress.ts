/** Progress on a terminal, for runs that take long enough to wonder. */
import type { ByteInput } from '../endpoints/input.ts';

/** Runs shorter than this show none, in milliseconds. */
const QUIET_TIME = 1000;

export class Progress {
  #started = Date.now();
  #bar: import('cli-progress').SingleBar | undefined;
  #loading = false;
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Takes note of how far the input has been read. */
  update(input: ByteInput): void {
    if (Date.now() - this.#started < QUIET_TIME) return;
    if (this.#bar !== undefined) {
      this.#bar.setTotal(input.size ?? input.position);
      this.#bar.update(input.position, { name: input.name });
    } else if (!this.#loading) void this.#load(input);
  }

  /** Leaves the terminal as it was. */
  stop(): void {
    this.#started = Number.POSITIVE_INFINITY;
    this.#bar?.stop();
  }

  async #load(input: ByteInput): Promise<void> {
    this.#loading = true;
    const { SingleBar } = (await import('cli-progress')).default;
    if (this.#started === Number.POSITIVE_INFINITY) return;
    this.#bar = new SingleBar({
      stream: this.#stream,
      clearOnComplete: true,
      hideCursor: null,
      format: '{name} [{bar}] {percentage} %, {eta_formatted} to go',
    });
    this.#bar.start(input.size ?? 0, input.position, { name: input.name });
  }
}
