/**
 * Names of one message after the other, each looked at once: what a pointer leads to was looked at before, and what was seen there is kept.
 * So the time for a message goes with its length, whatever its pointers are.
 */
import { MAX_NAME_LENGTH, MAX_POINTERS } from './name.ts';

/** How far a pointer reaches. */
export const MAX_POINTER_TARGET = 0x3fff;

/**
 * What is kept of the place where a label, a root label or a pointer of a name starts: bit 0, a label `arpa`; bit 1, a name that may be a
 * reverse name; 7 bits, the pointers from there to the root; 8 bits, the octets to the root without pointers; 15 bits, which message.
 */
const ARPA = 1;
const REVERSE = 2;
const POINTERS_SHIFT = 2;
const LENGTH_SHIFT = 9;
const MESSAGE_SHIFT = 17;
const MAX_MESSAGE = 0x7fff;
/** What is kept of a place, without which message it was kept in. */
const OF_NAME = (1 << MESSAGE_SHIFT) - 1;

export class NameScan {
  /** Whether a pointer of the message leads to another pointer or to a root label. */
  hasIndirectPointers = false;
  /** Whether two neighbouring labels of a name may be `in-addr` `arpa` or `ip6` `arpa`; if not, none are. */
  mayHoldReverseNames = false;
  readonly #kept = new Int32Array(MAX_POINTER_TARGET + 1);
  #message = 0;

  /** Begins with the next message. */
  begin(): void {
    this.hasIndirectPointers = false;
    this.mayHoldReverseNames = false;
    if (this.#message++ < MAX_MESSAGE) return;
    this.#kept.fill(0);
    this.#message = 1;
  }

  /**
   * The end of the name at `start` (where its root label or its pointer ends), or -1 where it is none that ends within `end`. `message` is
   * where the message starts. A pointer leads to where a label, a root label or a pointer of an earlier name starts, and to nothing else.
   */
  scan(bytes: Uint8Array, message: number, start: number, end: number): number {
    let position = start;
    let isZone = false;
    let flags = 0;
    let octet = position < end ? bytes[position] : 0x40;
    while (octet !== 0 && octet < 0x40) {
      if (octet === 4 || octet === 7 || octet === 3) {
        if (isZone && isArpa(bytes, position)) flags = REVERSE;
        isZone = isReverseZone(bytes, position);
      } else isZone = false;
      position += octet + 1;
      octet = position < end ? bytes[position] : 0x40;
    }
    const labelsEnd = position;
    let tail: number;
    if (octet === 0) {
      position++;
      tail = 1 << LENGTH_SHIFT;
    } else {
      if (octet < 0xc0 || position + 1 >= end) return -1;
      const target = ((octet & 0x3f) << 8) | bytes[position + 1];
      const kept = this.#kept[target];
      if (kept >>> MESSAGE_SHIFT !== this.#message || pointersOf(kept) === MAX_POINTERS) return -1;
      const first = bytes[message + target];
      if (first === 0 || first >= 0xc0) this.hasIndirectPointers = true;
      if (isZone && (kept & ARPA) !== 0) flags = REVERSE;
      tail = (kept & OF_NAME) + (1 << POINTERS_SHIFT);
      position += 2;
    }
    const length = labelsEnd - start + (tail >>> LENGTH_SHIFT);
    if (length > MAX_NAME_LENGTH) return -1;
    flags |= tail & REVERSE;
    if (flags !== 0) this.mayHoldReverseNames = true;
    this.#keep(bytes, message, start, labelsEnd, tail, flags);
    return position;
  }

  /** Whether the name that `scan` has seen at `place`, from the start of the message, may be a reverse name; if not, it is none. */
  mayBeReverseName(place: number): boolean {
    return place > MAX_POINTER_TARGET || (this.#kept[place] & REVERSE) !== 0;
  }

  #keep(bytes: Uint8Array, message: number, start: number, labelsEnd: number, tail: number, flags: number): void {
    const kept = this.#kept;
    const common = (this.#message << MESSAGE_SHIFT) | (tail & (MAX_POINTERS << POINTERS_SHIFT)) | flags;
    const tailLength = tail >>> LENGTH_SHIFT;
    for (let position = start; position <= labelsEnd; ) {
      if (position - message > MAX_POINTER_TARGET) return;
      const length = labelsEnd - position + tailLength;
      // Where a pointer stands, the name goes on with what that leads to, through however many more.
      const arpa = position === labelsEnd ? tail & ARPA : isArpa(bytes, position) ? ARPA : 0;
      kept[position - message] = common | (length << LENGTH_SHIFT) | arpa;
      if (position === labelsEnd) return;
      position += bytes[position] + 1;
    }
  }
}

function pointersOf(kept: number): number {
  return (kept >>> POINTERS_SHIFT) & MAX_POINTERS;
}

function isArpa(bytes: Uint8Array, label: number): boolean {
  return (
    bytes[label] === 4 &&
    (bytes[label + 1] | 0x20) === 0x61 &&
    (bytes[label + 2] | 0x20) === 0x72 &&
    (bytes[label + 3] | 0x20) === 0x70 &&
    (bytes[label + 4] | 0x20) === 0x61
  );
}

/** Whether the label may be `in-addr` or `ip6`: by its first octet, which is enough to look closer. */
function isReverseZone(bytes: Uint8Array, label: number): boolean {
  const length = bytes[label];
  return (length === 7 || length === 3) && (bytes[label + 1] | 0x20) === 0x69;
}
