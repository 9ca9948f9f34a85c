/** The values of options as the command line has them: each function takes the text, and throws InvalidArgumentError where it is wrong. */
import { InvalidArgumentError } from 'commander';

/** Permissions, as octal digits. */
export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError('Three octal digits are needed, as in 0640.');
  return Number.parseInt(text, 8);
}

/** A whole number of some unit, as digits. */
export function parseCount(
  unit: string,
  maximum: number = Number.MAX_SAFE_INTEGER,
  minimum = 1,
): (text: string) => number {
  return (text) => {
    const count = /^\d+$/.test(text) ? Number(text) : 0;
    if (count < minimum || count > maximum) {
      throw new InvalidArgumentError(`A whole number of ${unit} from ${minimum} to ${maximum} is needed.`);
    }
    return count;
  };
}

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A number of bytes, as digits, with K, M, G or T for powers of 1,024. */
export function parseSize(maximum: number = Number.MAX_SAFE_INTEGER, minimum = 1): (text: string) => number {
  return (text) => {
    const [, digits, unit = ''] = /^(\d+)([KMGT]?)$/.exec(text) ?? [];
    const size = digits === undefined ? 0 : Number(digits) * (SIZE_UNITS[unit] ?? 0);
    if (size < minimum || size > maximum) {
      throw new InvalidArgumentError(
        `A number of bytes from ${minimum} to ${maximum} is needed, or of K, M, G or T, as in 512M.`,
      );
    }
    return size;
  };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A time as digits and a unit, in seconds. */
export function parseDuration(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  const seconds = digits === undefined ? 0 : Number(digits) * (SECONDS[unit] ?? 0);
  if (seconds > 0 && Number.isSafeInteger(seconds)) return seconds;
  throw new InvalidArgumentError('A number and a unit are needed: s, m, h, d or w, as in 15m.');
}
