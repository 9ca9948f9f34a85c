/**
 * The log of a service: a line for each thing that an operator wants to know, for people or as JSON. What happens again and again, because
 * a peer tries again and again, is told a few times a minute and counted otherwise. A line never holds a byte of a frame.
 */

export type LogFormat = 'text' | 'json';

/** How bad it is: nothing is wrong; something is lost or refused; the program cannot do what it was started for. */
export type LogLevel = 'info' | 'warning' | 'error';

/** What stands in a line beside its text, for programs. */
export type LogDetails = Readonly<Record<string, unknown>>;

/** So many lines of the same kind are written until `nextMinute`. */
const MAX_LINES = 3;

export class Log {
  readonly #write: (line: string) => void;
  readonly #format: LogFormat;
  /** By event and subject: how many there were since the minute began, and the text of the last. */
  readonly #repeated = new Map<string, { count: number; level: LogLevel; event: string; message: string }>();

  /** `write` takes whole lines with their line feeds. */
  constructor(write: (line: string) => void, format: LogFormat) {
    this.#write = write;
    this.#format = format;
  }

  /** Writes a line. `event` is a word for programs that does not change. */
  tell(level: LogLevel, event: string, message: string, details: LogDetails = {}): void {
    if (this.#format === 'text') this.#write(`tapfilter: ${level === 'info' ? '' : `${level}: `}${message}\n`);
    else this.#write(`${JSON.stringify({ time: new Date().toISOString(), level, event, message, ...details })}\n`);
  }

  /** Writes a line unless there were many about the same `subject` since the minute began. */
  tellRepeated(level: LogLevel, event: string, subject: string, message: string): void {
    const key = `${event} ${subject}`;
    const entry = this.#repeated.get(key) ?? { count: 0, level, event, message };
    entry.count++;
    entry.message = message;
    this.#repeated.set(key, entry);
    if (entry.count <= MAX_LINES) this.tell(level, event, message);
  }

  /** Begins the next minute: tells how often there was what was not told. */
  nextMinute(): void {
    for (const { count, level, event, message } of this.#repeated.values()) {
      const more = count - MAX_LINES;
      if (more > 0) this.tell(level, event, `${message} (and ${more.toLocaleString('en-US')} more of these)`, { more });
    }
    this.#repeated.clear();
  }
}
