/** The names of a message, cleaned one after the other, and the questions and records in which one changes. */
import type { MessageEdits } from '../dns/message-edits.ts';
import type { MessageScan } from '../dns/message-scan.ts';
import { MAX_POINTER_TARGET } from '../dns/name-scan.ts';
import { NameChange, type NameCleaner } from './name-cleaner.ts';

/** What is noted of an item: a name of it changes; its owner does so as a reverse name. */
const RENAMED = 1;
const REVERSED_OWNER = 2;

/** The messages are numbered from 1 to this, and then from 1 again. */
const MAX_MESSAGE = 0xffff;

export class RenamedItems {
  /** Bits of `NameChange`: everything that changed in a name of the message. */
  changes = 0;
  readonly #cleaner: NameCleaner;
  readonly #items = new Uint8Array(MAX_POINTER_TARGET + 1);
  /** By the place in the message where a name stands in its own labels: in which message it was cleaned last, and as which name. */
  readonly #messages = new Uint16Array(MAX_POINTER_TARGET + 1);
  readonly #indexes = new Int32Array(MAX_POINTER_TARGET + 1);
  readonly #changesOfName = new Uint8Array(MAX_POINTER_TARGET + 1);
  #message = 0;

  constructor(cleaner: NameCleaner) {
    this.#cleaner = cleaner;
  }

  /** Whether a name changes at all. */
  get any(): boolean {
    return this.changes !== 0;
  }

  /** Nothing changes in the next message. */
  clear(): void {
    this.changes = 0;
  }

  /** Cleans the names of a scanned message: all of them, or those alone that may be reverse names. */
  clean(scan: MessageScan, edits: MessageEdits, onlyReverseNames: boolean): void {
    this.changes = 0;
    if (this.#message === MAX_MESSAGE) {
      this.#messages.fill(0);
      this.#message = 0;
    }
    this.#message++;
    for (let item = 0; item < scan.itemCount; item++) {
      const owner = scan.firstName(item);
      const end = scan.firstName(item + 1);
      let noted = 0;
      for (let name = owner; name < end; name++) {
        if (onlyReverseNames && !scan.names.mayBeReverseName(scan.nameStart[name] - scan.start)) continue;
        const change = this.#cleanName(scan, edits, item, name);
        if (change === NameChange.none) continue;
        this.changes |= change;
        noted |= name === owner && (change & NameChange.reverse) !== 0 ? RENAMED | REVERSED_OWNER : RENAMED;
      }
      this.#items[item] = noted;
    }
  }

  isRenamed(item: number): boolean {
    return this.any && this.#items[item] !== 0;
  }

  /** Whether the owner of a record, or the name of a question, is a reverse name that changes. */
  hasReversedOwner(item: number): boolean {
    return this.any && (this.#items[item] & REVERSED_OWNER) !== 0;
  }

  #cleanName({ bytes, start, nameStart }: MessageScan, edits: MessageEdits, item: number, index: number): number {
    const place = followPointers(bytes, start, nameStart[index]) - start;
    if (place <= MAX_POINTER_TARGET && this.#messages[place] === this.#message) {
      const other = this.#indexes[place];
      if (edits.isRenamed(other)) edits.renameLike(item, index, other);
      return this.#changesOfName[other];
    }
    const cleaner = this.#cleaner;
    const change = cleaner.clean(bytes, start, nameStart[index]);
    if (change !== NameChange.none) edits.rename(item, index, cleaner.name, cleaner.length);
    if (place <= MAX_POINTER_TARGET) {
      this.#messages[place] = this.#message;
      this.#indexes[place] = index;
      this.#changesOfName[index] = change;
    }
    return change;
  }
}

function followPointers(bytes: Uint8Array, message: number, start: number): number {
  let position = start;
  while (bytes[position] >= 0xc0) position = message + (((bytes[position] & 0x3f) << 8) | bytes[position + 1]);
  return position;
}
