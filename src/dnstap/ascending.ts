/**
 * The scan of the frames that most servers send: known fields in ascending order, with lengths and numbers of the usual size. It goes
 * straight on, without a loop, from each field to those that may come next, at half of the price of the scan that expects anything
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

// Constants, as are `placeField` and `isEnumValue`: at each call of a function declaration the compiler asks whether it still is that one.

/** A length of one byte or two, or one that no frame has. */
const shortLength = (bytes: Uint8Array, start: number): number => {
  const low = bytes[start];
  if (low < 0x80) return low;
  const high = bytes[start + 1];
  return high > 0 && high < 0x80 ? (low & 0x7f) | (high << 7) : NO_LENGTH;
};

/** The end of a shortest varint of at most three bytes, which hold 16 bits, or one behind the frame. */
const portEnd = (bytes: Uint8Array, start: number): number => {
  if (bytes[start] < 0x80) return start + 1;
  const last = bytes[start + 1] < 0x80 ? start + 1 : start + 2;
  return bytes[last] > 0 && bytes[last] < 0x80 ? last + 1 : start + NO_LENGTH;
};

/** Whether there is a shortest varint of five bytes: the seconds from 1978 to 3058. */
const isTime = (bytes: Uint8Array, start: number): boolean => {
  const first = bytes[start] & bytes[start + 1] & bytes[start + 2] & bytes[start + 3];
  return first >= 0x80 && bytes[start + 4] > 0 && bytes[start + 4] < 0x80;
};

export function makeAscendingScan(dnstap: FieldTable, message: FieldTable): (bytes: Uint8Array, start: number, end: number) => boolean {
const dnstapSpans = dnstap.spans;
const messageSpans=message.spans;
return scan;
/**
 * Scans the frame from `start` to `end` into the tables, which it clears. Returns whether it is such a frame, which is then canonical;
 * where it is not, the tables hold nothing of use.
 */
function scan(bytes: Uint8Array, start: number, end: number): boolean {
  // Where memory is longer than that, no length would be beyond every frame.
  if (end + SLACK > bytes.length || end >= NO_LENGTH) return false;
  dnstap.clear();
  let present = 0;
  // `| 0` tells the compiler of a small integer.
  let at = start | 0;
  if (bytes[at] === ((DnstapField.identity << 3) | LENGTH) && bytes[at + 1] < 0x80) {
    at = placeField(dnstapSpans, DnstapField.identity, at, at + 2, at + 2 + bytes[at + 1]);
    if (at > end) return false;
    present |= 1 << DnstapField.identity;
  }
  if (bytes[at] === ((DnstapField.version << 3) | LENGTH) && bytes[at + 1] < 0x80) {
    at = placeField(dnstapSpans, DnstapField.version, at, at + 2, at + 2 + bytes[at + 1]);
    if (at > end) return false;
    present |= 1 << DnstapField.version;
  }
  if (bytes[at] === ((DnstapField.extra << 3) | LENGTH) && bytes[at + 1] < 0x80) {
    at = placeField(dnstapSpans, DnstapField.extra, at, at + 2, at + 2 + bytes[at + 1]);
    if (at > end) return false;
    present |= 1 << DnstapField.extra;
  }
  if (bytes[at] !== ((DnstapField.message << 3) | LENGTH)) return false;
  const length = shortLength(bytes, at + 1);
  const value = length < 0x80 ? at + 2 : at + 3;
  const valueEnd = placeField(dnstapSpans, DnstapField.message, at, value, value + length);
  if (valueEnd > end) return false;
  at = scanSocket(bytes, value, valueEnd);
  if (at > valueEnd) return false;
  at = scanContent(bytes, at, valueEnd);
  if (at !== valueEnd) return false;
  present |= 1 << DnstapField.message;
  if (bytes[at] === DnstapField.type << 3 && isEnumValue(dnstapTypes, bytes[at + 1])) {
    at = placeField(dnstapSpans, DnstapField.type, at, at + 1, at + 2);
    present |= 1 << DnstapField.type;
  }
  dnstap.present = present;
  return at === end;
}

/** Scans the first fields of a message, which tell who spoke with whom. Returns where they end, or a place behind `end`. */
function scanSocket(bytes: Uint8Array, start: number, end: number): number {
  message.clear();
  let present = 0;
  let at = start | 0;
  if (bytes[at] === MessageField.type << 3 && isEnumValue(types, bytes[at + 1])) {
    at = placeField(messageSpans, MessageField.type, at, at + 1, at + 2);
    present |= 1 << MessageField.type;
  }
  if (bytes[at] === MessageField.socketFamily << 3 && isEnumValue(families, bytes[at + 1])) {
    at = placeField(messageSpans, MessageField.socketFamily, at, at + 1, at + 2);
    present |= 1 << MessageField.socketFamily;
  }
  if (bytes[at] === MessageField.socketProtocol << 3 && isEnumValue(protocols, bytes[at + 1])) {
    at = placeField(messageSpans, MessageField.socketProtocol, at, at + 1, at + 2);
    present |= 1 << MessageField.socketProtocol;
  }
  if (bytes[at] === ((MessageField.queryAddress << 3) | LENGTH) && bytes[at + 1] < 0x80) {
    at = placeField(messageSpans, MessageField.queryAddress, at, at + 2, at + 2 + bytes[at + 1]);
    if (at > end) return at;
    present |= 1 << MessageField.queryAddress;
  }
  if (bytes[at] === ((MessageField.responseAddress << 3) | LENGTH) && bytes[at + 1] < 0x80) {
    at = placeField(messageSpans, MessageField.responseAddress, at, at + 2, at + 2 + bytes[at + 1]);
    if (at > end) return at;
    present |= 1 << MessageField.responseAddress;
  }
  if (bytes[at] === MessageField.queryPort << 3) {
    at = placeField(messageSpans, MessageField.queryPort, at, at + 1, portEnd(bytes, at + 1));
    if (at > end) return at;
    present |= 1 << MessageField.queryPort;
  }
  if (bytes[at] === MessageField.responsePort << 3) {
    at = placeField(messageSpans, MessageField.responsePort, at, at + 1, portEnd(bytes, at + 1));
    if (at > end) return at;
    present |= 1 << MessageField.responsePort;
  }
  message.present = present;
  return at;
}

/**
 * Scans the other fields, which tell what was said and when. Returns where they end, or a place behind `end`. Query and response have like
 * fields; one function for both, called twice, makes the whole scan a seventh dearer, since their numbers are then no constants.
 */
function scanContent(bytes: Uint8Array, start: number, end: number): number {
  let present = 0;
  let at = start | 0;
  if (bytes[at] === MessageField.queryTimeSec << 3 && isTime(bytes, at + 1)) {
    at = placeField(messageSpans, MessageField.queryTimeSec, at, at + 1, at + 6);
    present |= 1 << MessageField.queryTimeSec;
  }
  if (bytes[at] === ((MessageField.queryTimeNsec << 3) | I32)) {
    at = placeField(messageSpans, MessageField.queryTimeNsec, at, at + 1, at + 5);
    present |= 1 << MessageField.queryTimeNsec;
  }
  if (bytes[at] === ((MessageField.queryMessage << 3) | LENGTH)) {
    const length = shortLength(bytes, at + 1);
    const value = length < 0x80 ? at + 2 : at + 3;
    at = placeField(messageSpans, MessageField.queryMessage, at, value, value + length);
    if (at > end) return at;
    present |= 1 << MessageField.queryMessage;
  }
  if (bytes[at] === ((MessageField.queryZone << 3) | LENGTH) && bytes[at + 1] < 0x80) {
    at = placeField(messageSpans, MessageField.queryZone, at, at + 2, at + 2 + bytes[at + 1]);
    if (at > end) return at;
    present |= 1 << MessageField.queryZone;
  }
  if (bytes[at] === MessageField.responseTimeSec << 3 && isTime(bytes, at + 1)) {
    at = placeField(messageSpans, MessageField.responseTimeSec, at, at + 1, at + 6);
    present |= 1 << MessageField.responseTimeSec;
  }
  if (bytes[at] === ((MessageField.responseTimeNsec << 3) | I32)) {
    at = placeField(messageSpans, MessageField.responseTimeNsec, at, at + 1, at + 5);
    present |= 1 << MessageField.responseTimeNsec;
  }
  if (bytes[at] === ((MessageField.responseMessage << 3) | LENGTH)) {
    const length = shortLength(bytes, at + 1);
    const value = length < 0x80 ? at + 2 : at + 3;
    at = placeField(messageSpans, MessageField.responseMessage, at, value, value + length);
    present |= 1 << MessageField.responseMessage;
  }
  message.present |= present;
  return at;
}
}
