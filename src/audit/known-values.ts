/**
 * What of the original is looked for in every frame: its clients' addresses, and other values of eight octets or more. The last eight
 * octets of a value are looked for, of longer ones the last sixteen: beginnings are alike too often.
 */
import type { Address } from './address.ts';
import { FingerprintMap, fingerprint } from './fingerprint-map.ts';
import { KIND_NAMES, type KindName } from './kinds.ts';

/** Below this many octets a value turns up by chance. */
export const MIN_LENGTH = 8;
const LONG_LENGTH = 16;
/** Values of fewer different octets are not looked for: zeros are everywhere. */
const MIN_DIFFERENT = 5;

/** One bit for each of so many hashes says whether a value may end so. */
const FILTER_BITS = 22;

/** Where in some octets a value stands, and of what kind it was. */
export interface Occurrence {
  readonly kind: KindName;
  readonly start: number;
  readonly end: number;
}

export class KnownValues {
  /** Values that are not looked for since there were too many. */
  get isFull(): boolean {
    return this.#clients.isFull || this.#short.isFull || this.#long.isFull;
  }
  readonly #clients = new FingerprintMap();
  readonly #servers = new FingerprintMap();
  readonly #short = new FingerprintMap();
  readonly #long = new FingerprintMap();
  readonly #filter = new Uint8Array(1 << (FILTER_BITS - 3));

  /** Notes a client of the original. */
  addClient(address: Address): void {
    this.#clients.set(fingerprint(address), 0);
    if (address.length === LONG_LENGTH) this.addValue('client_address', address);
  }

  /** Notes a server: its address is no secret, and is not looked for. */
  addServer(address: Address): void {
    this.#servers.set(fingerprint(address), 0);
  }

  /** Whether an address is a client's, and no server's, somewhere in the original. */
  isClient(address: Address): boolean {
    const key = fingerprint(address);
    return this.#clients.get(key) !== -1 && this.#servers.get(key) === -1;
  }

  isServer(address: Address): boolean {
    return this.#servers.get(fingerprint(address)) !== -1;
  }

  /** Notes a value, an octet a character; one that is too short or too plain is passed over. */
  addValue(kind: KindName, octets: string): void {
    const length = octets.length >= LONG_LENGTH ? LONG_LENGTH : MIN_LENGTH;
    const end = octets.slice(-length);
    if (end.length < length || new Set(end).size < MIN_DIFFERENT) return;
    (length === LONG_LENGTH ? this.#long : this.#short).set(fingerprint(end), KIND_NAMES.indexOf(kind));
    const word = (at: number) =>
      (end.charCodeAt(at) << 24) |
      (end.charCodeAt(at + 1) << 16) |
      (end.charCodeAt(at + 2) << 8) |
      end.charCodeAt(at + 3);
    const bit = bitOf(word(length - 8), word(length - 4));
    this.#filter[bit >> 3] |= 1 << (bit & 7);
  }

  /** The values that stand in the octets, wherever they begin. */
  findIn(octets: Uint8Array): Occurrence[] {
    const found: Occurrence[] = [];
    let high = 0;
    let low = 0;
    for (let at = 0; at < octets.length; at++) {
      high = (high << 8) | (low >>> 24);
      low = (low << 8) | octets[at];
      if (at < MIN_LENGTH - 1) continue;
      const bit = bitOf(high, low);
      if ((this.#filter[bit >> 3] & (1 << (bit & 7))) !== 0) this.#confirm(octets, at + 1, found);
    }
    return found;
  }

  #confirm(octets: Uint8Array, end: number, found: Occurrence[]): void {
    for (const [map, length] of [
      [this.#long, LONG_LENGTH],
      [this.#short, MIN_LENGTH],
    ] as const) {
      const start = end - length;
      if (start < 0) continue;
      const value = Buffer.from(octets.buffer, octets.byteOffset + start, length).toString('latin1');
      const index = map.get(fingerprint(value));
      const kind = KIND_NAMES[index];
      if (kind === undefined) continue;
      if (kind === 'client_address' && !this.isClient(value)) continue;
      found.push({ kind, start, end });
    }
  }
}

function bitOf(high: number, low: number): number {
  return (Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca77)) >>> (32 - FILTER_BITS);
}
