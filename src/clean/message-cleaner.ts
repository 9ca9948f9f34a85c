/** One DNS message of a frame under its methods (docs/messages.md, 1): looked into, cleaned, written anew where it must be, or removed. */
import { HEADER_LENGTH, OPCODES, readOpcode } from '../dns/header.ts';
import { MessageEdits } from '../dns/message-edits.ts';
import { MAX_MESSAGE_LENGTH, MessageScan } from '../dns/message-scan.ts';
import { MessageWriter } from '../dns/message-writer.ts';
import { scanName } from '../dns/name.ts';
import { removalErrors } from '../errors.ts';
import { FieldIndex } from '../rules/field.ts';
import { type Method, MethodKind, ZERO } from '../rules/plan.ts';
import type { ByteBuffer } from '../wire/byte-buffer.ts';
import type { FrameMethods } from './frame-methods.ts';
import { NameChange, NameCleaner } from './name-cleaner.ts';
import { OptionCleaner } from './option-cleaner.ts';
import { RecordCleaner } from './record-cleaner.ts';
import { RenamedItems } from './renamed-items.ts';

/** What becomes of a message, or of `query_zone`, that is not removed: it stays where it is, or what was appended stands in its place. */
export const STAYS = 0;
export const WRITTEN = -1;

export class MessageCleaner {
  readonly #frame: FrameMethods;
  readonly #out: ByteBuffer;
  readonly #scan = new MessageScan();
  readonly #edits: MessageEdits;
  readonly #writer = new MessageWriter();
  readonly #names: NameCleaner;
  readonly #renamed: RenamedItems;
  readonly #records: RecordCleaner;
  readonly #options: OptionCleaner;

  /** What stands in place of a message is appended to `out`. */
  constructor(frame: FrameMethods, out: ByteBuffer) {
    this.#frame = frame;
    this.#out = out;
    this.#edits = new MessageEdits(this.#scan);
    this.#names = new NameCleaner(frame);
    this.#renamed = new RenamedItems(this.#names);
    this.#records = new RecordCleaner(frame);
    this.#options = new OptionCleaner(frame);
  }

  /**
   * Cleans the message from `start` to `end`. Changes that leave its length as it is are made in `bytes`, which are of no use where it is
   * removed or written anew. Returns `STAYS`, `WRITTEN`, or the number of a removal code.
   */
  clean(bytes: Uint8Array, start: number, end: number): number {
    const frame = this.#frame;
    if (end - start < HEADER_LENGTH || end - start > MAX_MESSAGE_LENGTH) return removalErrors.DNS_MALFORMED;
    if (frame.plan.hidesClients && readOpcode(bytes, start) !== OPCODES.QUERY) return removalErrors.DNS_OPCODE;
    if (this.#isPeriodMissing()) return removalErrors.PERIOD_UNKNOWN;
    if (!this.#scan.scan(bytes, start, end)) return removalErrors.DNS_MALFORMED;
    this.#edit();
    if (frame.zeroesId) this.#zeroId(bytes, start);
    if (this.#edits.firstItem === this.#scan.itemCount) return STAYS;
    const written = this.#out.length;
    this.#writer.write(this.#scan, this.#edits, this.#out);
    return this.#out.length - written > MAX_MESSAGE_LENGTH ? removalErrors.DNS_TOO_LONG : WRITTEN;
  }

  /** Cleans `query_zone` from `start` to `end`, one name in wire format. Returns as `clean` does. */
  cleanZone(bytes: Uint8Array, start: number, end: number): number {
    // Without pointers a name needs no message before it.
    const isName = scanName(bytes, end, start, end) === end;
    if (!isName) return removalErrors.ZONE_INVALID;
    if (this.#isPeriodMissing()) return removalErrors.PERIOD_UNKNOWN;
    const change = this.#names.clean(bytes, start, start);
    this.#countNames(change);
    if (change === NameChange.none) return STAYS;
    this.#out.append(this.#names.name, 0, this.#names.length);
    return WRITTEN;
  }

  /** Whether names are to be hashed with the key of a period that nobody knows. */
  #isPeriodMissing(): boolean {
    const { names } = this.#frame;
    return names.hash !== undefined && this.#frame.inPeriod(names.hash) === undefined;
  }

  #edit(): void {
    const scan = this.#scan;
    const edits = this.#edits;
    const { names, reverseNames } = this.#frame;
    edits.begin();
    const mayReverse = scan.names.mayHoldReverseNames && reverseNames.kind !== MethodKind.keep;
    if (names.kind !== MethodKind.keep || mayReverse) {
      this.#renamed.clean(scan, edits, names.kind === MethodKind.keep);
      this.#countNames(this.#renamed.changes);
    } else this.#renamed.clear();
    this.#records.clean(scan, edits, this.#renamed);
    if (scan.optionCount > 0) this.#options.clean(scan, edits);
  }

  /** Counts what changed in the names of a message. */
  #countNames(change: number): void {
    const { names, reverseNames, counters } = this.#frame;
    if (this.#names.lostPeriod) counters.removedByCode[removalErrors.PERIOD_UNKNOWN]++;
    else if ((change & NameChange.reverse) !== 0) this.#count(FieldIndex.reverse_names, reverseNames);
    if ((change & NameChange.names) !== 0) this.#count(FieldIndex.names, names);
    this.#names.lostPeriod = false;
  }

  #zeroId(bytes: Uint8Array, start: number): void {
    bytes[start] = 0;
    bytes[start + 1] = 0;
    this.#frame.counters.countChange(FieldIndex.message_id, ZERO.index);
  }

  #count(field: number, method: Method): void {
    this.#frame.counters.countChange(field, method.index);
  }
}
