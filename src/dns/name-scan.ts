/**
 * Names of one message after the other, each looked at once: what a pointer leads to was looked at before, and what was seen there is kept.
 * So the time for a message goes with its length, whatever its pointers are.
 */
import { MAX_NAME_LENGTH, MAX_POINTERS } from './name.ts';

/** How far a pointer reaches. */
export const MAX_POINTER_TARGET = 0x3fff;

/**
 * What is kept of the place where a label, a root label or a pointer of a name starts: bit 0, whether that is a label `arpa`; 14 bits, which
 * name; 15 bits, which message.
 */
const ARPA = 1;
const NAME_SHIFT = 1;
const MESSAGE_SHIFT = 15;
const MAX_MESSAGE = 0x7fff;
const OF_MESSAGE = (1 << MESSAGE_SHIFT) - 1;
const MAX_NAMES = 1 << (MESSAGE_SHIFT - NAME_SHIFT);

/** What stands for an octet behind the end: none that a name may have. */
const END = 0x40;

export class NameScan {
  /** Whether a pointer of the message leads to another pointer or to a root label. */
  hasIndirectPointers = false;
  /** Whether two neighbouring labels of a name may be `in-addr` `arpa` or `ip6` `arpa`; if not, none are. */
  mayHoldReverseNames = false;
  readonly #kept = new Int32Array(MAX_POINTER_TARGET + 1);
  #message = 0;
  /** The names of the message so far, and of each: where it starts in the message; how many octets it has without pointers; its pointers. */
  #count = 0;
  readonly #start = new Uint16Array(MAX_NAMES);
  readonly #length = new Uint8Array(MAX_NAMES);
  readonly #pointers = new Uint8Array(MAX_NAMES);
  /** By name: 1 where it, or one that it leads into, may be a reverse name. */
  readonly #reverse = new Uint8Array(MAX_NAMES);

  /** Begins with the next message. */
  begin(): void {
    this.hasIndirectPointers = false;
    this.mayHoldReverseNames = false;
    this.#count = 0;
    if (this.#message++ < MAX_MESSAGE) return;
    this.#kept.fill(0);
    this.#message = 1;
  }

  /**
   * The end of the name at `start` (where its root label or its pointer ends), or -1 where it is none that ends within `end`. `message` is
   * where the message starts. A pointer leads to where a label, a root label or a pointer of an earlier name starts, and to nothing else.
   */
  scan(bytes: Uint8Array, message: number, start: number, end: number): number {
    const kept = this.#kept;
    const name = this.#count;
    if (name === MAX_NAMES) return -1;
    const keep = (this.#message << MESSAGE_SHIFT) | (name << NAME_SHIFT);
    let position = start;
    let isZone = false;
    let isReverse = 0;
    let octet = position < end ? bytes[position] : END;
    while (octet !== 0 && octet < 0x40) {
      let arpa = 0;
      if (octet === 4) {
        if (isArpa(bytes, position)) arpa = ARPA;
        if (isZone) isReverse |= arpa;
        isZone = false;
      } else isZone = (octet === 7 || octet === 3) && isReverseZone(bytes, position);
      if (position - message <= MAX_POINTER_TARGET) kept[position - message] = keep | arpa;
      position += octet + 1;
      octet = position < end ? bytes[position] : END;
    }
    let length = position - start + 1;
    let pointers = 0;
    let arpa = 0;
    const labelsEnd = position++;
    if (octet !== 0) {
      if (octet < 0xc0 || position >= end) return -1;
      const target = ((octet & 0x3f) << 8) | bytes[position++];
      const there = kept[target];
      const other = (there & OF_MESSAGE) >>> NAME_SHIFT;
      if (there >>> MESSAGE_SHIFT !== this.#message || other === name) return -1;
      pointers = this.#pointers[other] + 1;
      if (pointers > MAX_POINTERS) return -1;
      const first = bytes[message + target];
      if (first === 0 || first >= 0xc0) this.hasIndirectPointers = true;
      arpa = there & ARPA;
      if (isZone) isReverse |= arpa;
      isReverse |= this.#reverse[other];
      length += this.#length[other] - (target - this.#start[other]) - 1;
    }
    if (length > MAX_NAME_LENGTH) return -1;
    // Where a pointer stands, the name goes on with what that leads to, through however many more.
    if (labelsEnd - message <= MAX_POINTER_TARGET) kept[labelsEnd - message] = keep | arpa;
    if (isReverse !== 0) this.mayHoldReverseNames = true;
    this.#start[name] = start - message;
    this.#length[name] = length;
    this.#pointers[name] = pointers;
    this.#reverse[name] = isReverse;
    this.#count++;
    return position;
  }

  /** Whether the name that `scan` has seen at `place`, from the start of the message, may be a reverse name; if not, it is none. */
  mayBeReverseName(place: number): boolean {
    return place > MAX_POINTER_TARGET || this.#reverse[(this.#kept[place] & OF_MESSAGE) >>> NAME_SHIFT] === 1;
  }
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
