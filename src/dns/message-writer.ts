/** Writing a scanned message with its edits (docs/messages.md, 8). What stands before the first edit is copied. */
import type { ByteBuffer } from '../wire/byte-buffer.ts';
import { write16 } from '../wire/uint16.ts';
import { QUESTION_COUNT_OFFSET } from './header.ts';
import type { MessageEdits } from './message-edits.ts';
import { MAX_MESSAGE_LENGTH, type MessageScan, RECORD_HEADER_LENGTH } from './message-scan.ts';
import { expandName, MAX_NAME_LENGTH, nameEnd } from './name.ts';
import { NameCompressor } from './name-compressor.ts';
import { QUESTION_TAIL_LENGTH } from './question.ts';
import { Piece, RdataKind, rdataKind, rdataPieces } from './rdata-layout.ts';

const SERVICE_PIECES = Int8Array.of(2, Piece.name, Piece.rest);
const CHAOS_ADDRESS_PIECES = Int8Array.of(Piece.name, Piece.rest);

export class MessageWriter {
  readonly #names = new NameCompressor();
  readonly #name = new Uint8Array(MAX_NAME_LENGTH);
  /** The names of the message before this one are known to `#names`. */
  #knownNames = 0;
  #message = 0;

  /** Appends the message as its edits leave it; of one that becomes longer than a message may be, more octets than that. */
  write(scan: MessageScan, edits: MessageEdits, out: ByteBuffer): void {
    const first = scan.names.hasIndirectPointers ? 0 : edits.firstItem;
    this.#message = out.length;
    this.#names.begin(out, out.length);
    this.#knownNames = 0;
    const limit = out.length + MAX_MESSAGE_LENGTH;
    out.appendView(scan.view, scan.start, scan.itemStart(first));
    for (let item = first; item < scan.itemCount && out.length <= limit; item++) {
      if (!edits.isRemoved(item)) this.#writeItem(scan, edits, item, first, out);
    }
    this.#writeCounts(scan, edits, out);
  }

  #writeItem(scan: MessageScan, edits: MessageEdits, item: number, first: number, out: ByteBuffer): void {
    const { bytes, view, sectionEnd } = scan;
    const typeStart = scan.typeStart(item);
    let name = scan.firstName(item);
    if (item === scan.opt) out.appendView(view, scan.itemStart(item), typeStart);
    else {
      this.#noteCopied(scan, first);
      this.#writeName(scan, edits, name++, false);
    }
    if (item < sectionEnd[0]) {
      out.appendView(view, typeStart, typeStart + QUESTION_TAIL_LENGTH);
      return;
    }
    out.appendView(view, typeStart, typeStart + RECORD_HEADER_LENGTH);
    const rdata = out.length;
    let position = scan.rdataStart(item);
    const end = edits.itemEnd(item);
    const pieces = position < end ? namedPieces(scan, item) : undefined;
    if (pieces !== undefined) {
      for (let index = 0; index < pieces.length; index++) {
        const piece = pieces[index];
        const isName = piece === Piece.compressible || piece === Piece.name;
        if (isName) this.#writeName(scan, edits, name++, piece === Piece.name);
        const pieceEnd = isName ? nameEnd(bytes, position) : pieceEndOf(bytes, piece, position, end);
        if (!isName) out.appendView(view, position, pieceEnd);
        position = pieceEnd;
      }
    } else out.appendView(view, position, end);
    write16(out.bytes, rdata - 2, out.length - rdata);
  }

  /** Lets `#names` know, once a name is to be written, all that were copied. */
  #noteCopied(scan: MessageScan, first: number): void {
    if (this.#knownNames > 0) return;
    this.#knownNames = 1;
    for (let name = 0; name < scan.firstName(first); name++) {
      this.#names.note(this.#message + scan.nameStart[name] - scan.start);
    }
  }

  #writeName(scan: MessageScan, edits: MessageEdits, index: number, inFull: boolean): void {
    if (!edits.isRenamed(index)) expandName(scan.bytes, scan.start, scan.nameStart[index], this.#name);
    this.#names.write(edits.isRenamed(index) ? edits.newName(index) : this.#name, inFull);
  }

  #writeCounts(scan: MessageScan, edits: MessageEdits, out: ByteBuffer): void {
    for (let section = 0, item = 0; section < scan.sectionEnd.length; section++) {
      let count = 0;
      for (; item < scan.sectionEnd[section]; item++) if (!edits.isRemoved(item)) count++;
      write16(out.bytes, this.#message + QUESTION_COUNT_OFFSET + 2 * section, count);
    }
  }
}

/** The pieces of rdata in which there are names. */
function namedPieces(scan: MessageScan, item: number): Int8Array | undefined {
  switch (rdataKind(scan.itemType(item))) {
    case RdataKind.pieces:
      return rdataPieces(scan.itemType(item));
    case RdataKind.service:
      return SERVICE_PIECES;
    case RdataKind.address:
      return scan.isChaos(item) ? CHAOS_ADDRESS_PIECES : undefined;
    default:
      return undefined;
  }
}

function pieceEndOf(bytes: Uint8Array, piece: number, position: number, end: number): number {
  if (piece >= 0) return position + piece;
  return piece === Piece.string ? position + 1 + bytes[position] : end;
}
