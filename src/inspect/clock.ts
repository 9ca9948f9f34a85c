/** Times as text. Frames come nearly in order, so each clock remembers the last second. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The seconds from 1970 to the end of the year 9999, the last one that RFC 3339 has. */
const MAX_SECONDS = 253_402_300_799;

/** The largest number of nanoseconds in a second. */
export const MAX_NANOSECONDS = 999_999_999;

/** Times of the time zone of this process, as dnstap-read writes them. */
export class LocalClock {
  #seconds = Number.NaN;
  #text = '';

  /** Day, month, year and time with milliseconds, which are question marks where there are too many nanoseconds. */
  render(seconds: number, nanoseconds: number): string {
    if (seconds !== this.#seconds) {
      const date = new Date(seconds * 1000);
      this.#seconds = seconds;
      this.#text =
        `${two(date.getDate())}-${MONTHS[date.getMonth()]}-${date.getFullYear()} ` +
        `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.`;
    }
    return this.#text + (nanoseconds > MAX_NANOSECONDS ? '???' : padded(Math.floor(nanoseconds / 1_000_000), 3));
  }
}

/** Times as RFC 3339 has them, in UTC. */
export class UtcClock {
  #seconds = Number.NaN;
  #text = '';

  /** The time with as many nanoseconds, or without a fraction; undefined where RFC 3339 has no such time. */
  render(seconds: number, nanoseconds: number | undefined): string | undefined {
    if (seconds > MAX_SECONDS || (nanoseconds ?? 0) > MAX_NANOSECONDS) return undefined;
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      this.#text = new Date(seconds * 1000).toISOString().slice(0, 19);
    }
    return nanoseconds === undefined ? `${this.#text}Z` : `${this.#text}.${padded(nanoseconds, 9)}Z`;
  }
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

function padded(number: number, length: number): string {
  return String(number).padStart(length, '0');
}

/**
 * Whether the times of this process are those of the zone that `TZ` names. Places and plain offsets are known; rules of daylight saving
 * (POSIX, 8.3), as `CET-1CEST` has them, mostly are not, and the times are then in another zone.
 */
export function isTimeZoneKnown(TZ: string): boolean {
  const rule = /^:?(?:<[^>]*>|[a-z]{3,})([-+]?)(\d{1,2})(?::(\d\d))?(?::\d\d)?(.*)$/i.exec(TZ);
  if (rule === null) return true;
  const [, sign, hours, minutes = 0, daylight] = rule;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const offsets = [0, 6].map((month) => new Date(2026, month, 1).getTimezoneOffset());
  return offsets.includes(offset) && (daylight === '' || offsets[0] !== offsets[1]);
}
