/** The secret of whoever runs the filter: what a file of it looks like, and the keys of the methods that come from it. */
import { hkdfSync, randomBytes } from 'node:crypto';
import { KeyError } from '../errors.ts';
import type { KeyedMethod } from './pseudonyms.ts';

/** The length of a key and of everything derived from it, in bytes. */
export const KEY_LENGTH = 32;

/** Whose address it is, or where it stands: each map has pseudonyms of its own. */
export const ADDRESS_MAPS = ['client', 'forwarder', 'server', 'subnet', 'reverse'] as const;
export type AddressMap = (typeof ADDRESS_MAPS)[number];

const HEX_DIGITS = '(?:0x)?[0-9a-fA-F]{64}';
/** The alphabet of URLs too: what is nearly a key is as secret as a key. */
const BASE64_ALPHABET = '[A-Za-z0-9+/_-]';
/** What a text looks like that is a key, white space around it or not. */
export const KEY_TEXT: RegExp = new RegExp(`^\\s*(?:${HEX_DIGITS}|${BASE64_ALPHABET}{43}=)\\s*$`);
const KEY_WITHIN = new RegExp(
  `(?<![0-9a-fA-F])${HEX_DIGITS}(?![0-9a-fA-F])|(?<!${BASE64_ALPHABET})${BASE64_ALPHABET}{43,}=`,
);

/** Whether a text is what a key looks like, so that a path or a name that is one by mistake is not shown to anybody. */
export function isKeyText(text: string): boolean {
  return KEY_TEXT.test(text);
}

/** The text with `[key]` in place of what a key looks like, for messages that repeat what somebody wrote. */
export function withoutKeyText(text: string): string {
  return text.replace(new RegExp(KEY_WITHIN, 'g'), '[key]');
}

/** Whether what a key looks like stands anywhere in a text. */
export function holdsKeyText(text: string): boolean {
  return KEY_WITHIN.test(text);
}

/** 32 secret bytes, which show in no text: as a string, as JSON and to util.inspect it is `[key]`. */
export class Key {
  readonly #bytes: Uint8Array;

  static {
    // What util.inspect, and with it console.log, asks. A method of such a name has no place in a declaration file.
    Object.defineProperty(Key.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: () => '[key]' });
  }

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * The key that a file holds: 64 hexadecimal digits or 44 characters of base64, with white space around them or not, or else,
   * unless it is `textOnly`, exactly 32 bytes that are no text. Throws KeyError, which tells no more of `bytes` than their number.
   */
  static parse(bytes: Uint8Array, { textOnly = false }: { textOnly?: boolean } = {}): Key {
    const isBinary = bytes.length === KEY_LENGTH && !textOnly && !isText(bytes);
    const key = isBinary ? Uint8Array.from(bytes) : parseText(bytes);
    const read = key ?? bytes;
    if (read.length === KEY_LENGTH && read.every((byte) => byte === read[0])) {
      throw new KeyError(`this is one byte 32 times, which anybody can guess; ${MAKE_ONE}`);
    }
    if (key === undefined) throw new KeyError(explainRefusal(bytes.length, textOnly));
    return new Key(key);
  }

  /** A new key; `random` gives as many random bytes as it is asked for. */
  static generate(random: (length: number) => Uint8Array = randomBytes): Key {
    return new Key(Uint8Array.from(random(KEY_LENGTH)));
  }

  /** A copy of the 32 bytes, for the methods only: nothing else has any use for them. */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** 32 bytes for one purpose, and where it rotates for one period: neither the key nor another subkey can be told from them. */
  subkey(purpose: string, period?: string): Uint8Array {
    const info = `tapfilter 1 ${purpose}${period === undefined ? '' : ` ${period}`}`;
    return new Uint8Array(hkdfSync('sha256', this.#bytes, new Uint8Array(0), info, KEY_LENGTH));
  }

  /**
   * The 32 bytes with which a method replaces addresses of a map, in a period where the key rotates (docs/frames.md, "Keys"). Throws
   * KeyError where the method cannot use them.
   */
  methodKey(map: AddressMap, method: KeyedMethod, period?: string): Uint8Array {
    // Only so do the pseudonyms equal those that other tools give under the same key.
    const isPublished = map === 'client' && method !== 'hmac' && period === undefined;
    if (!isPublished) return this.subkey(`${map} ${method}`, period);
    if (method === 'ipcrypt-pfx' && Buffer.compare(this.#bytes.subarray(0, 16), this.#bytes.subarray(16)) === 0) {
      throw new KeyError(`ipcrypt-pfx cannot use a key whose two halves are the same; ${MAKE_ONE}`);
    }
    return this.bytes();
  }

  /** 16 hexadecimal digits by which a key is told from others, and nothing of it can be told. */
  fingerprint(): string {
    return Buffer.from(this.subkey('fingerprint').subarray(0, 8)).toString('hex');
  }

  /** The content of a key file, for `keygen` and for other threads only: 64 hexadecimal digits and a line feed. */
  encode(): string {
    return `${Buffer.from(this.#bytes).toString('hex')}\n`;
  }

  toString(): string {
    return '[key]';
  }

  toJSON(): string {
    return '[key]';
  }
}

const MAKE_ONE = 'make a key with "tapfilter keygen FILE".';

function explainRefusal(length: number, textOnly: boolean): string {
  const binary = textOnly ? '' : ', or exactly 32 bytes that are no text';
  return (
    `these ${length} bytes are no key: a key is 64 hexadecimal digits, or 44 characters of base64${binary}. ` +
    `A pass phrase is none; ${MAKE_ONE}`
  );
}

function parseText(bytes: Uint8Array): Uint8Array | undefined {
  // A character a byte: what is no ASCII is in neither format.
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/^[\t-\r ]+|[\t-\r ]+$/g, '');
  if (/^[0-9a-f]{64}$/i.test(text)) return Uint8Array.from(Buffer.from(text, 'hex'));
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  const decoded = Buffer.from(text, 'base64');
  // The last character has two bits too many, which an encoder leaves 0: anything else is a mistake in the text.
  return decoded.toString('base64') === text ? Uint8Array.from(decoded) : undefined;
}

/** Of 32 random bytes so many are ASCII, white space or NUL less often than once in 10^8. */
const MIN_ASCII_OF_TEXT = 29;

/**
 * Whether the bytes are UTF-8 without control characters or, as in UTF-16 and Latin-1, nearly all ASCII: 32 random bytes never are, and a
 * pass phrase is.
 */
function isText(bytes: Uint8Array): boolean {
  const isAscii = (byte: number) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d) || byte === 0;
  if (bytes.filter(isAscii).length >= MIN_ASCII_OF_TEXT) return true;
  try {
    return !/[^\P{Cc}\s]/u.test(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return false;
  }
}
