/** What becomes of a scanned message: items that go, items that end earlier, names in place of others. */
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { MAX_ENTRIES, type MessageScan } from './message-scan.ts';

/** What stands for a name that stays. */
const UNCHANGED = -1;

/** The edits of one message after the other: nothing is allocated for one, and one without edits costs nothing. */
export class MessageEdits {
  /** The first item from which on the message is written anew; the number of items where nothing has to be. */
  firstItem = 0;
  readonly #scan: MessageScan;
  /** Whether there are edits; what stands below is of an earlier message where there are none. */
  #hasEdits = false;
  /** By item: 1 where it goes; where its octets end now. */
  readonly #removed = new Uint8Array(MAX_ENTRIES);
  readonly #itemEnd = new Int32Array(MAX_ENTRIES);
  readonly #newNames = new ByteBuffer(1024);
  readonly #newNameStart = new Int32Array(MAX_ENTRIES);

  constructor(scan: MessageScan) {
    this.#scan = scan;
  }

  /** Begins with the message that was scanned last: nothing of it changes. */
  begin(): void {
    this.firstItem = this.#scan.itemCount;
    this.#hasEdits = false;
  }

  /** The item goes. */
  remove(item: number): void {
    this.#edit(item);
    this.#removed[item] = 1;
  }

  /** The octets of the item from `end` on go. */
  shorten(item: number, end: number): void {
    this.#edit(item);
    this.#itemEnd[item] = end;
  }

  /** The first octets of `name`, a whole name without pointers, stand in place of a name of the item. */
  rename(item: number, index: number, name: Uint8Array, length: number): void {
    this.#edit(item);
    this.#newNameStart[index] = this.#newNames.length;
    this.#newNames.append(name, 0, length);
  }

  /** The name becomes what an equal one has become. */
  renameLike(item: number, index: number, other: number): void {
    this.#edit(item);
    this.#newNameStart[index] = this.#newNameStart[other];
  }

  isRemoved(item: number): boolean {
    return this.#hasEdits && this.#removed[item] === 1;
  }

  /** Where the octets of an item end now. What is left of its rdata stands before that. */
  itemEnd(item: number): number {
    return this.#hasEdits ? this.#itemEnd[item] : this.#scan.itemEnd(item);
  }

  /** Whether another name stands in place of this one. */
  isRenamed(index: number): boolean {
    return this.#hasEdits && this.#newNameStart[index] !== UNCHANGED;
  }

  /** The name that stands in place of this one; octets may follow it. */
  newName(index: number): Uint8Array {
    return this.#newNames.bytes.subarray(this.#newNameStart[index]);
  }

  #edit(item: number): void {
    if (!this.#hasEdits) this.#beginEdits();
    if (item < this.firstItem) this.firstItem = item;
  }

  #beginEdits(): void {
    const { itemCount, nameCount } = this.#scan;
    this.#hasEdits = true;
    this.#newNames.length = 0;
    for (let item = 0; item < itemCount; item++) {
      this.#removed[item] = 0;
      this.#itemEnd[item] = this.#scan.itemEnd(item);
    }
    for (let name = 0; name < nameCount; name++) this.#newNameStart[name] = UNCHANGED;
  }
}
