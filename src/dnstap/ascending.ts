/**
 * The scan of the frames that most servers send: known fields in ascending order, with lengths and numbers of the usual size. It goes
 * straight on, without a loop, from each field to those that may come next, at a third of the price of the scan that expects anything
 * (scan.ts). That one has the last word: nothing is refused here, only left to it.
 */
import { WireType } from '../wire/field.ts';
import { type FieldTable, placeField } from './field-table.ts';
import { DnstapField, dnstapLevel, isEnumValue, MessageField, messageLevel } from './schema.ts';

/** How many bytes have to be in memory behind a frame. Some 25 are looked at before the end is noticed. */
export const SLACK = 64;

/** Longer than any frame that is looked at here. */
const NO_LENGTH = 2 ** 30;

const { length: LENGTH, i32: I32 } = WireType;

const dnstapTypes = dnstapLevel.values[DnstapField.type];
const types = messageLevel.values[MessageField.type];
const families = messageLevel.values[MessageField.socketFamily];
const protocols = messageLevel.values[MessageField.socketProtocol];

// A field is known by its first two bytes, read as one little-endian number: the tag, and what comes behind it.

/** The tag of one byte, and the top bit of the byte behind it, which is not set in a length of one byte. */
const TAG_AND_SHORT_LENGTH = 0x80ff;
const TAG = 0xff;

/** The top bits of four bytes of a varint that goes on. */
const CONTINUED = 0x80808080 | 0;

// Constants, as are `placeField` and `isEnumValue`: at each call of a function declaration the compiler asks whether it still is that one.

/** The length, of one byte or two, of the field that begins with these two bytes at `start`, or one that no frame has. */
const shortLength = (view: DataView, start: number, word: number): number => {
  const low = word >>> 8;
  if (low < 0x80) return low;
  const high = view.getUint8(start + 2);
  return high > 0 && high < 0x80 ? (low & 0x7f) | (high << 7) : NO_LENGTH;
};

/** The end of the field that begins with these two bytes at `start`, a shortest varint of at most three bytes, or one behind the frame. */
const portEnd = (view: DataView, start: number, word: number): number => {
  if (word < 0x8000) return start + 2;
  const rest = view.getUint16(start + 2, true);
  const second = rest & 0xff;
  if (second < 0x80) return second > 0 ? start + 3 : start + NO_LENGTH;
  const third = rest >>> 8;
  return third > 0 && third < 0x80 ? start + 4 : start + NO_LENGTH;
};

/** Whether the value of the field at `start` is a shortest varint of five bytes: the seconds from 1978 to 3058. */
const isTime = (view: DataView, start: number): boolean => {
  const last = view.getUint8(start + 5);
  return (view.getInt32(start + 1, true) & CONTINUED) === CONTINUED && last > 0 && last < 0x80;
};

/** The scan of frames into these tables. */
export function ascendingScan(
  dnstap: FieldTable,
  message: FieldTable,
): (view: DataView, start: number, end: number) => boolean {
  // Where there is one scan in a thread, the compiler takes these for constants.
  const dnstapSpans = dnstap.spans;
  const messageSpans = message.spans;
  return scanFrame;

  /**
   * Scans the frame from `start` to `end`, with `SLACK` bytes of memory behind it, into the tables, which it clears. Returns whether it is
   * such a frame, which is then canonical; where it is not, the tables hold nothing of use.
   */
  function scanFrame(view: DataView, start: number, end: number): boolean {
    // Where memory is longer than that, no length would be beyond every frame.
    if (end >= NO_LENGTH) return false;
    dnstap.clear();
    let present = 0;
    // `| 0` tells the compiler of a small integer.
    let at = start | 0;
    let word = view.getUint16(at, true);
    if ((word & TAG_AND_SHORT_LENGTH) === ((DnstapField.identity << 3) | LENGTH)) {
      at = placeField(dnstapSpans, DnstapField.identity, at, at + 2, at + 2 + (word >>> 8));
      if (at > end) return false;
      present |= 1 << DnstapField.identity;
      word = view.getUint16(at, true);
    }
    if ((word & TAG_AND_SHORT_LENGTH) === ((DnstapField.version << 3) | LENGTH)) {
      at = placeField(dnstapSpans, DnstapField.version, at, at + 2, at + 2 + (word >>> 8));
      if (at > end) return false;
      present |= 1 << DnstapField.version;
      word = view.getUint16(at, true);
    }
    if ((word & TAG_AND_SHORT_LENGTH) === ((DnstapField.extra << 3) | LENGTH)) {
      at = placeField(dnstapSpans, DnstapField.extra, at, at + 2, at + 2 + (word >>> 8));
      if (at > end) return false;
      present |= 1 << DnstapField.extra;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) !== ((DnstapField.message << 3) | LENGTH)) return false;
    const length = shortLength(view, at, word);
    const value = length < 0x80 ? at + 2 : at + 3;
    const valueEnd = placeField(dnstapSpans, DnstapField.message, at, value, value + length);
    if (valueEnd > end) return false;
    at = scanSocket(view, value, valueEnd);
    if (at > valueEnd) return false;
    at = scanContent(view, at, valueEnd);
    if (at !== valueEnd) return false;
    present |= 1 << DnstapField.message;
    word = view.getUint16(at, true);
    if ((word & TAG) === DnstapField.type << 3 && isEnumValue(dnstapTypes, word >>> 8)) {
      at = placeField(dnstapSpans, DnstapField.type, at, at + 1, at + 2);
      present |= 1 << DnstapField.type;
    }
    dnstap.present = present;
    return at === end;
  }

  /** Scans the first fields of a message, which tell who spoke with whom. Returns where they end, or a place behind `end`. */
  function scanSocket(view: DataView, start: number, end: number): number {
    message.clear();
    let present = 0;
    let at = start | 0;
    let word = view.getUint16(at, true);
    if ((word & TAG) === MessageField.type << 3 && isEnumValue(types, word >>> 8)) {
      at = placeField(messageSpans, MessageField.type, at, at + 1, at + 2);
      present |= 1 << MessageField.type;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) === MessageField.socketFamily << 3 && isEnumValue(families, word >>> 8)) {
      at = placeField(messageSpans, MessageField.socketFamily, at, at + 1, at + 2);
      present |= 1 << MessageField.socketFamily;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) === MessageField.socketProtocol << 3 && isEnumValue(protocols, word >>> 8)) {
      at = placeField(messageSpans, MessageField.socketProtocol, at, at + 1, at + 2);
      present |= 1 << MessageField.socketProtocol;
      word = view.getUint16(at, true);
    }
    if ((word & TAG_AND_SHORT_LENGTH) === ((MessageField.queryAddress << 3) | LENGTH)) {
      at = placeField(messageSpans, MessageField.queryAddress, at, at + 2, at + 2 + (word >>> 8));
      if (at > end) return at;
      present |= 1 << MessageField.queryAddress;
      word = view.getUint16(at, true);
    }
    if ((word & TAG_AND_SHORT_LENGTH) === ((MessageField.responseAddress << 3) | LENGTH)) {
      at = placeField(messageSpans, MessageField.responseAddress, at, at + 2, at + 2 + (word >>> 8));
      if (at > end) return at;
      present |= 1 << MessageField.responseAddress;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) === MessageField.queryPort << 3) {
      at = placeField(messageSpans, MessageField.queryPort, at, at + 1, portEnd(view, at, word));
      if (at > end) return at;
      present |= 1 << MessageField.queryPort;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) === MessageField.responsePort << 3) {
      at = placeField(messageSpans, MessageField.responsePort, at, at + 1, portEnd(view, at, word));
      if (at > end) return at;
      present |= 1 << MessageField.responsePort;
    }
    message.present = present;
    return at;
  }

  /**
   * Scans the other fields, which tell what was said and when. Returns where they end, or a place behind `end`. Query and response have like
   * fields; one function for both, called twice, makes the whole scan a sixth dearer, since their numbers are then no constants.
   */
  function scanContent(view: DataView, start: number, end: number): number {
    let present = 0;
    let at = start | 0;
    let word = view.getUint16(at, true);
    if ((word & TAG) === MessageField.queryTimeSec << 3 && isTime(view, at)) {
      at = placeField(messageSpans, MessageField.queryTimeSec, at, at + 1, at + 6);
      present |= 1 << MessageField.queryTimeSec;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) === ((MessageField.queryTimeNsec << 3) | I32)) {
      at = placeField(messageSpans, MessageField.queryTimeNsec, at, at + 1, at + 5);
      present |= 1 << MessageField.queryTimeNsec;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) === ((MessageField.queryMessage << 3) | LENGTH)) {
      const length = shortLength(view, at, word);
      const value = length < 0x80 ? at + 2 : at + 3;
      at = placeField(messageSpans, MessageField.queryMessage, at, value, value + length);
      if (at > end) return at;
      present |= 1 << MessageField.queryMessage;
      word = view.getUint16(at, true);
    }
    if ((word & TAG_AND_SHORT_LENGTH) === ((MessageField.queryZone << 3) | LENGTH)) {
      at = placeField(messageSpans, MessageField.queryZone, at, at + 2, at + 2 + (word >>> 8));
      if (at > end) return at;
      present |= 1 << MessageField.queryZone;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) === MessageField.responseTimeSec << 3 && isTime(view, at)) {
      at = placeField(messageSpans, MessageField.responseTimeSec, at, at + 1, at + 6);
      present |= 1 << MessageField.responseTimeSec;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) === ((MessageField.responseTimeNsec << 3) | I32)) {
      at = placeField(messageSpans, MessageField.responseTimeNsec, at, at + 1, at + 5);
      present |= 1 << MessageField.responseTimeNsec;
      word = view.getUint16(at, true);
    }
    if ((word & TAG) === ((MessageField.responseMessage << 3) | LENGTH)) {
      const length = shortLength(view, at, word);
      const value = length < 0x80 ? at + 2 : at + 3;
      at = placeField(messageSpans, MessageField.responseMessage, at, value, value + length);
      present |= 1 << MessageField.responseMessage;
    }
    message.present |= present;
    return at;
  }
}
