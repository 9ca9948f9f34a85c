/** What becomes of a name: first of the addresses in a reverse name, then of its labels (docs/messages.md, 7). */
import { AddressKind, MAPPED_PREFIX_LENGTH } from '../anonymize/address.ts';
import { HASHED_LABEL_LENGTH, type NameHash } from '../anonymize/name-hash.ts';
import { countRegistrableLabels, MAX_REGISTRABLE_LABELS } from '../anonymize/registrable.ts';
import { expandName, foldOctet, MAX_NAME_LENGTH } from '../dns/name.ts';
import { type Method, MethodKind } from '../rules/plan.ts';
import type { FrameMethods } from './frame-methods.ts';
import { findReverseZone, ReversePrefix } from './reverse-prefix.ts';

/** What changed in a name. */
export const NameChange = { none: 0, reverse: 1, names: 2 } as const;

const MAX_LABELS = 128;

export class NameCleaner {
  /** The name that `clean` has made, in wire format without pointers, and its length. */
  readonly name: Uint8Array = new Uint8Array(MAX_NAME_LENGTH);
  length = 0;
  /** Whether a reverse name lost its labels since nobody knew the period; whoever reads it makes it false. */
  lostPeriod = false;
  readonly #frame: FrameMethods;
  readonly #original = new Uint8Array(MAX_NAME_LENGTH);
  #originalLength = 0;
  readonly #folded = Buffer.alloc(MAX_NAME_LENGTH);
  readonly #prefix = new ReversePrefix();
  /** Where each label of the name starts, the root label last; how many come before it. */
  readonly #starts = new Uint8Array(MAX_LABELS);
  #labels = 0;

  constructor(frame: FrameMethods) {
    this.#frame = frame;
  }

  /** Cleans the name at `start` of a message; returns bits of `NameChange`. */
  clean(bytes: Uint8Array, message: number, start: number): number {
    const { names, reverseNames, plan } = this.#frame;
    this.#originalLength = expandName(bytes, message, start, this.#original);
    this.#setName(this.#original, this.#originalLength);
    if (plan.publicNames?.has(this.#original, 0, 0)) return NameChange.none;
    let change: number = NameChange.none;
    let zone = -1;
    if (reverseNames.kind !== MethodKind.keep) {
      this.#split();
      zone = findReverseZone(this.name, this.#starts, this.#labels);
      if (zone >= 0) this.#cleanReverseName(zone, reverseNames);
      if (this.#differs()) change = NameChange.reverse;
    }
    if (names.kind === MethodKind.keep) return change;
    this.#split();
    if (findReverseZone(this.name, this.#starts, this.#labels) === this.#labels - 2 && this.#labels >= 2) return change;
    const before = this.name.slice(0, this.length);
    this.#cleanLabels(names);
    return differ(before, before.length, this.name, this.length) ? change | NameChange.names : change;
  }

  /** `zone` is the index of the label `in-addr` or `ip6`. */
  #cleanReverseName(zone: number, method: Method): void {
    const prefix = this.#prefix;
    const isLast = zone === this.#labels - 2;
    const labels = isLast ? prefix.read(this.name, this.#starts, zone) : 0;
    this.#cut(zone - labels);
    if (labels === 0 || this.#frame.plan.publicAddresses?.hasPrefix(prefix.address, prefix.length, prefix.bits)) return;
    if (method.kind === MethodKind.remove) {
      this.#cut(labels);
      return;
    }
    if (method.hash !== undefined) {
      const hash = this.#frame.inPeriod(method.hash);
      if (hash === undefined) this.#lose(labels);
      else this.#hash(hash, labels);
      return;
    }
    const address = method.maps && this.#frame.inPeriod(method.maps.reverse);
    if (address === undefined) {
      this.#lose(labels);
      return;
    }
    if (prefix.kind === AddressKind.ipv6) address.ipv6(prefix.address, 0);
    else address.ipv4(prefix.address, prefix.kind === AddressKind.mapped ? MAPPED_PREFIX_LENGTH : 0);
    const written = prefix.write(labels, this.#folded);
    const zoneStart = this.#starts[labels];
    this.name.copyWithin(written, zoneStart, this.length);
    for (let index = 0; index < written; index++) this.name[index] = this.#folded[index];
    this.length += written - zoneStart;
  }

  #lose(labels: number): void {
    this.lostPeriod = true;
    this.#cut(labels);
  }

  #cleanLabels(method: Method): void {
    switch (method.kind) {
      case MethodKind.labels:
        this.#keepLast(method.labels);
        return;
      case MethodKind.registrable:
        this.#keepLast(countRegistrableLabels(this.#text()));
        return;
      case MethodKind.hash: {
        const hash = method.hash && this.#frame.inPeriod(method.hash);
        if (hash === undefined) throw new Error('a message of no period was to be removed');
        this.#hash(hash, this.#labels);
        return;
      }
      default:
        throw new Error('no method of names');
    }
  }

  /** Hashes the first `count` labels; where the name would be too long, the first of them become one. */
  #hash(hash: NameHash, count: number): void {
    const kept = this.length - this.#starts[count];
    const most = Math.floor((MAX_NAME_LENGTH - kept) / (HASHED_LABEL_LENGTH + 1));
    const hashed = Math.min(count, most);
    const { length } = this;
    for (let index = 0; index < length; index++) this.#folded[index] = foldOctet(this.name[index]);
    const restStart = hashed * (1 + HASHED_LABEL_LENGTH);
    this.name.copyWithin(restStart, this.#starts[count], length);
    for (let index = 0, position = 0; index < hashed; index++) {
      // The last labels each by itself, and the whole name for all before.
      const label = hashed < count && index === 0 ? 0 : count - hashed + index;
      this.name[position++] = HASHED_LABEL_LENGTH;
      hash.writeLabel(this.#folded, this.#starts[label], length, this.name, position);
      position += HASHED_LABEL_LENGTH;
    }
    this.length = restStart + kept;
  }

  /** The last labels of the name as tldts reads them: whatever is no letter, digit or hyphen cannot be in a public suffix. */
  #text(): string {
    const first = Math.max(0, this.#labels - MAX_REGISTRABLE_LABELS);
    const start = this.#starts[first] + 1;
    const end = this.#starts[this.#labels];
    for (let position = start; position < end; position++) this.#folded[position] = toHostOctet(this.name[position]);
    for (let label = first + 1; label < this.#labels; label++) this.#folded[this.#starts[label]] = DOT;
    return this.#folded.toString('latin1', start, end);
  }

  #keepLast(count: number): void {
    if (count < this.#labels) this.#cut(this.#labels - count);
  }

  /** Takes away the first labels. */
  #cut(count: number): void {
    if (count === 0) return;
    const from = this.#starts[count];
    this.name.copyWithin(0, from, this.length);
    this.length -= from;
    this.#split();
  }

  #setName(octets: Uint8Array, length: number): void {
    for (let index = 0; index < length; index++) this.name[index] = octets[index];
    this.length = length;
  }

  #split(): void {
    this.#labels = 0;
    let position = 0;
    for (; this.name[position] !== 0; position += this.name[position] + 1) this.#starts[this.#labels++] = position;
    this.#starts[this.#labels] = position;
  }

  #differs(): boolean {
    return differ(this.#original, this.#originalLength, this.name, this.length);
  }
}

function differ(one: Uint8Array, oneLength: number, other: Uint8Array, otherLength: number): boolean {
  if (oneLength !== otherLength) return true;
  for (let index = 0; index < oneLength; index++) if (one[index] !== other[index]) return true;
  return false;
}

const DOT = 0x2e;
const UNDERSCORE = 0x5f;

function toHostOctet(octet: number): number {
  const folded = foldOctet(octet);
  const isLetter = folded >= 0x61 && folded <= 0x7a;
  const isDigit = folded >= 0x30 && folded <= 0x39;
  return isLetter || isDigit || folded === 0x2d ? folded : UNDERSCORE;
}
