/**
 * The name of files that follow each other, with fields as strftime(3) has them: what one is called that began at a time, and which files are
 * such ones.
 */
import { basename, dirname, join } from 'node:path';
import { EndpointError } from '../errors.ts';

/** What stands for a field: how it is written, and which texts it may be. */
interface Field {
  readonly digits: string;
  write(time: DateParts): string;
}

interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly dayOfYear: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly seconds: number;
}

const two = (value: number): string => String(value).padStart(2, '0');

const FIELDS: Readonly<Record<string, Field>> = {
  Y: { digits: '\\d{4,}', write: ({ year }) => String(year).padStart(4, '0') },
  y: { digits: '\\d\\d', write: ({ year }) => two(year % 100) },
  m: { digits: '\\d\\d', write: ({ month }) => two(month) },
  d: { digits: '\\d\\d', write: ({ day }) => two(day) },
  j: { digits: '\\d{3}', write: ({ dayOfYear }) => String(dayOfYear).padStart(3, '0') },
  H: { digits: '\\d\\d', write: ({ hour }) => two(hour) },
  M: { digits: '\\d\\d', write: ({ minute }) => two(minute) },
  S: { digits: '\\d\\d', write: ({ second }) => two(second) },
  s: { digits: '\\d+', write: ({ seconds }) => String(seconds) },
  F: { digits: '\\d{4,}-\\d\\d-\\d\\d', write: ({ year, month, day }) => `${year}-${two(month)}-${two(day)}` },
  T: { digits: '\\d\\d:\\d\\d:\\d\\d', write: ({ hour, minute, second }) => [hour, minute, second].map(two).join(':') },
};

/** The endings of names that say how a finished file is compressed. */
const COMPRESSION = /\.(gz|zst)$/i;
/** Where the number goes that tells two files of the same name apart: before the ending. */
const ENDING = /\.[^.]*$/;

/** Whether a path has fields in it. */
export function hasFields(path: string): boolean {
  return path.includes('%');
}

/** Where one file is written, and what it is called then. */
export interface FilePlace {
  readonly partPath: string;
  /** What comes after its name once it is compressed; nothing has that name either. */
  readonly compression: string;
  /** The first name that it may have, and from number 2 on the next ones, where those are taken. */
  path(number: number): string;
}

export class FilePattern {
  readonly directory: string;
  /** Where the file is written until it is finished. */
  readonly partPath: string;
  /** `.gz`, `.zst`, or nothing: how finished files are compressed, which comes after their names. */
  readonly compression: string;
  readonly #pieces: readonly (string | Field)[];
  readonly #ending: string;
  readonly #isLocal: boolean;
  readonly #names: RegExp;

  /** Throws EndpointError where the path cannot be a pattern. Times are in UTC unless `isLocal`. */
  constructor(path: string, isLocal: boolean) {
    this.directory = dirname(path);
    const name = basename(path);
    if (hasFields(this.directory))
      throw invalid('fields such as %Y may stand in the name of the file, and not in its directories');
    this.partPath = join(this.directory, `${name}.part`);
    this.compression = COMPRESSION.exec(name)?.[0] ?? '';
    const plain = name.slice(0, name.length - this.compression.length);
    const ending = ENDING.exec(plain)?.[0] ?? '';
    this.#ending = hasFields(ending) || ending === plain ? '' : ending;
    this.#pieces = parsePieces(plain.slice(0, plain.length - this.#ending.length));
    this.#isLocal = isLocal;
    const body = this.#pieces.map((piece) => (typeof piece === 'string' ? escapeText(piece) : piece.digits)).join('');
    this.#names = new RegExp(`^${body}(_\\d{3,})?${escapeText(this.#ending)}(${escapeText(this.compression)})?$`);
  }

  /** The place of a file that begins at `time`. */
  place(time: Date): FilePlace {
    return { partPath: this.partPath, compression: this.compression, path: (number) => this.#path(time, number) };
  }

  /** Whether a file of that name may be a finished one of these, compressed or not. */
  matches(name: string): boolean {
    return this.#names.test(name);
  }

  #path(time: Date, number: number): string {
    const parts = this.#isLocal ? localParts(time) : utcParts(time);
    const body = this.#pieces.map((piece) => (typeof piece === 'string' ? piece : piece.write(parts))).join('');
    return join(this.directory, `${body}${number > 1 ? `_${String(number).padStart(3, '0')}` : ''}${this.#ending}`);
  }
}

function parsePieces(text: string): (string | Field)[] {
  return [...text.matchAll(/%(.?)|[^%]+/gs)].map(([piece, letter]) => {
    if (letter === undefined) return piece;
    if (letter === '%') return '%';
    const field = FIELDS[letter];
    if (field !== undefined) return field;
    throw invalid(`${piece} is no field; there are %${Object.keys(FIELDS).join(' %')}, and %% for a percent sign`);
  });
}

function utcParts(time: Date): DateParts {
  return {
    year: time.getUTCFullYear(),
    month: time.getUTCMonth() + 1,
    day: time.getUTCDate(),
    dayOfYear: dayOfYear(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()),
    hour: time.getUTCHours(),
    minute: time.getUTCMinutes(),
    second: time.getUTCSeconds(),
    seconds: Math.floor(time.getTime() / 1000),
  };
}

function localParts(time: Date): DateParts {
  return {
    year: time.getFullYear(),
    month: time.getMonth() + 1,
    day: time.getDate(),
    dayOfYear: dayOfYear(time.getFullYear(), time.getMonth(), time.getDate()),
    hour: time.getHours(),
    minute: time.getMinutes(),
    second: time.getSeconds(),
    seconds: Math.floor(time.getTime() / 1000),
  };
}

function dayOfYear(year: number, month: number, day: number): number {
  return (Date.UTC(year, month, day) - Date.UTC(year, 0, 0)) / 86_400_000;
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function invalid(what: string): EndpointError {
  return new EndpointError('OUTPUT_UNWRITABLE', `the output's name cannot be used: ${what}.`);
}
