/**
 * The scan of a whole DNS message into spans, strict (docs/messages.md, 2): header, as many questions and records as the counts say, nothing
 * after the end.
 *
 *     item         question: name, QTYPE (2), QCLASS (2)
 *                  record:   name, TYPE (2), CLASS (2), TTL (4), RDLENGTH (2), rdata
 *     option       of OPT (RFC 6891, 6.1.2): code (2), length (2), data
 */
import { read16 } from '../wire/uint16.ts';
import { HEADER_LENGTH, QUESTION_COUNT_OFFSET } from './header.ts';
import { NameScan } from './name-scan.ts';
import { QUESTION_TAIL_LENGTH } from './question.ts';
import { Piece, RdataKind, rdataKind, rdataPieces } from './rdata-layout.ts';
import { typeNumber } from './record-types.ts';

/** The longest message, in octets (RFC 1035, 4.2.2). */
export const MAX_MESSAGE_LENGTH = 0xffff;

/** TYPE, CLASS, TTL and RDLENGTH of a record, in octets; of an option its code and length. */
export const RECORD_HEADER_LENGTH = 10;
export const OPTION_HEADER_LENGTH = 4;

/** A question takes 5 octets, a name in RP (13 octets for three) 4.3 and an option 4, at least. */
export const MAX_ENTRIES: number = Math.ceil(MAX_MESSAGE_LENGTH / 4);

// An item in `#items`: where it starts, where TYPE or QTYPE stands, where it ends, its TYPE or QTYPE, its first name. Side by side, since
// columns that begin at the same place of their pages push each other out of the cache.
const ITEM_SHIFT = 3;
const TYPE_START = 1;
const ITEM_END = 2;
const ITEM_TYPE = 3;
const FIRST_NAME = 4;

const SECTIONS = 4;
const ADDITIONAL = 3;
const TYPE_OPT = typeNumber('OPT');
const TYPE_SIG = typeNumber('SIG');
const TYPE_RRSIG = typeNumber('RRSIG');
const CLASS_CH = 3;
/** The keys of SvcParams that are lists: by key how many octets each entry has (RFC 9460, 7.3 and 8). */
const SERVICE_ENTRY_LENGTHS: readonly (number | undefined)[] = [2, undefined, undefined, undefined, 4, undefined, 16];

/** A message as spans of `bytes`, good until the next scan: nothing is allocated for one. */
export class MessageScan {
  bytes: Uint8Array = new Uint8Array(0);
  /** The same bytes. */
  view: DataView = new DataView(new ArrayBuffer(0));
  start = 0;
  end = 0;
  /** How many items there are, and by section how many come before its end. */
  itemCount = 0;
  readonly sectionEnd: Int32Array = new Int32Array(SECTIONS);
  readonly #items = new Int32Array((MAX_ENTRIES + 1) << ITEM_SHIFT);
  /** The names in their order; that of OPT is none of them. */
  nameCount = 0;
  readonly nameStart: Int32Array = new Int32Array(MAX_ENTRIES);
  /** The item that is OPT, or -1; where its options start. */
  opt = -1;
  optionCount = 0;
  readonly optionStart: Int32Array = new Int32Array(MAX_ENTRIES);
  /** Whether there is RRSIG or SIG. */
  hasSignatures = false;
  readonly names: NameScan = new NameScan();

  /** Scans the message from `start` to `end`, of at most 65,535 octets. Returns whether it is one. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.start = start;
    this.end = end;
    this.itemCount = 0;
    this.nameCount = 0;
    this.opt = -1;
    this.optionCount = 0;
    this.hasSignatures = false;
    this.names.begin();
    if (end - start < HEADER_LENGTH) return false;
    let position = start + HEADER_LENGTH;
    for (let section = 0; section < SECTIONS; section++) {
      const count = read16(bytes, start + QUESTION_COUNT_OFFSET + 2 * section);
      for (let index = 0; index < count; index++) {
        position = section === 0 ? this.#scanQuestion(position) : this.#scanRecord(position, section);
        if (position < 0) return false;
      }
      this.sectionEnd[section] = this.itemCount;
    }
    this.#items[(this.itemCount << ITEM_SHIFT) + FIRST_NAME] = this.nameCount;
    return position === end;
  }

  /** Where an item starts, with its name. */
  itemStart(item: number): number {
    return this.#items[item << ITEM_SHIFT];
  }

  /** Where TYPE or QTYPE of an item stands. */
  typeStart(item: number): number {
    return this.#items[(item << ITEM_SHIFT) + TYPE_START];
  }

  /** Where an item ends. */
  itemEnd(item: number): number {
    return this.#items[(item << ITEM_SHIFT) + ITEM_END];
  }

  /** TYPE or QTYPE of an item. */
  itemType(item: number): number {
    return this.#items[(item << ITEM_SHIFT) + ITEM_TYPE];
  }

  /** Where the rdata of a record starts. */
  rdataStart(item: number): number {
    return this.typeStart(item) + RECORD_HEADER_LENGTH;
  }

  /** The index of the first name of an item; of the number of items, the number of names. */
  firstName(item: number): number {
    return this.#items[(item << ITEM_SHIFT) + FIRST_NAME];
  }

  /** Whether the record is of the class CH. */
  isChaos(item: number): boolean {
    return read16(this.bytes, this.typeStart(item) + 2) === CLASS_CH;
  }

  #scanQuestion(start: number): number {
    const typeStart = this.names.scan(this.bytes, this.start, start, this.end);
    const end = typeStart + QUESTION_TAIL_LENGTH;
    if (typeStart < 0 || end > this.end) return -1;
    this.#addItem(start, typeStart, end);
    this.nameStart[this.nameCount++] = start;
    return end;
  }

  #scanRecord(start: number, section: number): number {
    const { bytes } = this;
    const typeStart = this.names.scan(bytes, this.start, start, this.end);
    const rdata = typeStart + RECORD_HEADER_LENGTH;
    if (typeStart < 0 || rdata > this.end) return -1;
    const end = rdata + read16(bytes, rdata - 2);
    if (end > this.end) return -1;
    const item = this.itemCount;
    const type = this.#addItem(start, typeStart, end);
    if (type === TYPE_OPT) {
      if (section !== ADDITIONAL || this.opt >= 0 || bytes[start] !== 0) return -1;
      this.opt = item;
      return this.#scanOptions(rdata, end) ? end : -1;
    }
    if (type === TYPE_RRSIG || type === TYPE_SIG) this.hasSignatures = true;
    this.nameStart[this.nameCount++] = start;
    if (rdata === end) return end;
    switch (rdataKind(type)) {
      case RdataKind.address:
        return this.#scanAddress(item, rdata, end);
      case RdataKind.pieces:
        return this.#scanPieces(rdataPieces(type), rdata, end) === end ? end : -1;
      case RdataKind.text:
        return scanStrings(bytes, rdata, end);
      case RdataKind.service:
        return this.#scanService(rdata, end) ? end : -1;
      default:
        return end;
    }
  }

  /** Adds an item; returns its TYPE or QTYPE. */
  #addItem(start: number, typeStart: number, end: number): number {
    const items = this.#items;
    const at = this.itemCount++ << ITEM_SHIFT;
    const type = read16(this.bytes, typeStart);
    items[at] = start;
    items[at + TYPE_START] = typeStart;
    items[at + ITEM_END] = end;
    items[at + ITEM_TYPE] = type;
    items[at + FIRST_NAME] = this.nameCount;
    return type;
  }

  #scanName(start: number, end: number): number {
    this.nameStart[this.nameCount++] = start;
    return this.names.scan(this.bytes, this.start, start, end);
  }

  #scanAddress(item: number, rdata: number, end: number): number {
    // In the class CH a name and two octets (RFC 1035, 3.4.1, is of IN alone).
    if (!this.isChaos(item)) return end - rdata === 4 ? end : -1;
    const nameEnd = this.#scanName(rdata, end);
    return nameEnd >= 0 && nameEnd + 2 === end ? end : -1;
  }

  /** Where the pieces end, or -1. */
  #scanPieces(pieces: Int8Array, start: number, end: number): number {
    let position = start;
    for (let index = 0; index < pieces.length; index++) {
      const piece = pieces[index];
      if (piece >= 0) position += piece;
      else if (piece === Piece.rest) position = Math.max(position, end);
      else if (piece === Piece.string) position += position < end ? 1 + this.bytes[position] : 1;
      else {
        position = this.#scanName(position, end);
        if (position < 0) return -1;
      }
    }
    return position;
  }

  #scanService(start: number, end: number): boolean {
    if (start + 2 > end) return false;
    let position = this.#scanName(start + 2, end);
    if (position < 0) return false;
    while (position < end) {
      if (position + OPTION_HEADER_LENGTH > end) return false;
      const entryLength = SERVICE_ENTRY_LENGTHS[read16(this.bytes, position)];
      const length = read16(this.bytes, position + 2);
      if (entryLength !== undefined && length % entryLength !== 0) return false;
      position += OPTION_HEADER_LENGTH + length;
    }
    return position === end;
  }

  #scanOptions(start: number, end: number): boolean {
    let position = start;
    while (position < end) {
      if (position + OPTION_HEADER_LENGTH > end) return false;
      this.optionStart[this.optionCount++] = position;
      position += OPTION_HEADER_LENGTH + read16(this.bytes, position + 2);
    }
    return position === end;
  }
}

function scanStrings(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  while (position < end) position += 1 + bytes[position];
  return position === end ? end : -1;
}
