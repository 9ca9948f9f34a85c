/**
 * The scan of a canonical dnstap frame into spans.
 *
 *     Dnstap  { identity 1, version 2, extra 3, message 14, type 15 }
 *     Message { type 1, socket_family 2, ..., policy 15, http_protocol 16 }      in Dnstap.message
 *     Policy  { type 1, rule 2, action 3, match 4, value 5 }                     in Message.policy
 *
 * Canonical (docs/frames.md, 1): every known field at most once, every varint the shortest. The scan of any other frame stops and says
 * so; canonical.ts then writes its canonical form, which is scanned in its place.
 */
import { frameErrors } from '../errors.ts';
import { FieldCursor, WireType } from '../wire/field.ts';
import { isShortestVarint, isUint32, scanVarint32, scanVarint64, varintUint32 } from '../wire/varint.ts';
import { ascendingScan, SLACK } from './ascending.ts';
import { Changes } from './changes.ts';
import { FieldTable } from './field-table.ts';
import {
  dnstapLevel,
  FieldKind,
  isEnumValue,
  type Level,
  MAX_FIELD_NUMBER,
  messageLevel,
  policyLevel,
  wireTypeOf,
} from './schema.ts';

/** What the scan returns for a well-formed frame that is not canonical, or not so far as it was read. */
export const NOT_CANONICAL = -1;

const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);

/** A frame as spans of `bytes`. The tables of `message` and `policy` are empty where there are none. */
export class FrameScan {
  bytes: Uint8Array = NO_BYTES;
  /** The same bytes. */
  view: DataView = NO_VIEW;
  start = 0;
  end = 0;
  readonly changes: Changes = new Changes();
  readonly dnstap: FieldTable = new FieldTable(this.changes);
  readonly message: FieldTable = new FieldTable(this.changes);
  readonly policy: FieldTable = new FieldTable(this.changes);
  readonly #scanAscending = ascendingScan(this.dnstap, this.message);
  readonly #cursor = new FieldCursor();

  /** Lets go of the memory in which the frame stands. */
  release(): void {
    this.bytes = NO_BYTES;
    this.view = NO_VIEW;
  }

  /** Scans the frame from `start` to `end`. Returns 0, `NOT_CANONICAL`, or the number of a frame code. */
  scan(bytes: Uint8Array, start: number, end: number): number {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.start = start;
    this.end = end;
    this.changes.clear();
    this.policy.clear();
    if (end + SLACK <= bytes.length && this.#scanAscending(this.view, start, end)) return 0;
    this.message.clear();
    return this.#scanLevel(dnstapTags, this.dnstap, start, end);
  }

  #scanLevel(tags: LevelTags, table: FieldTable, from: number, end: number): number {
    const { bytes } = this;
    const { entries, level } = tags;
    table.clear();
    // `| 0` tells the compiler of a small integer: to it an argument, or a field of an object, may be any number.
    let position = from | 0;
    while (position < end) {
      const start = position;
      const first = bytes[start];
      // Known fields have tags of one byte, but for http_protocol (16), whose two bytes begin with 0x80.
      let entry = entries[first];
      position++;
      if (entry === 0) {
        if (first === 0x80 && position < end && bytes[position] === 0x01 && tags.sixteen !== 0) {
          entry = tags.sixteen;
          position++;
        } else {
          const code = this.#scanUnknown(table, start, end);
          if (code !== 0) return code;
          position = this.#cursor.end | 0;
          continue;
        }
      }
      const number = entry & 0x1f;
      const kind = entry >>> 5;
      let value = position;
      if (kind >= FieldKind.bytes) {
        // A length of one byte is what nearly every field has.
        const length = position < end ? bytes[position] : 0x80;
        if (length < 0x80) {
          value = position + 1;
          position = value + length;
        } else {
          value = scanVarint32(bytes, position, end);
          if (value < 0) return frameErrors.VARINT_INVALID;
          if (!isShortestVarint(bytes, position, value)) return NOT_CANONICAL;
          position = value + varintUint32(bytes, position, value);
        }
        if (position > end) return frameErrors.FIELD_TRUNCATED;
      } else if (kind === FieldKind.enum) {
        const byte = position < end ? bytes[position] : 0xff;
        if (!isEnumValue(level.values[number], byte)) {
          const code = this.#scanOtherEnumValue(level, table, number, start, value, end);
          if (code !== 0) return code;
          position = this.#cursor.end | 0;
          continue;
        }
        position++;
      } else if (kind === FieldKind.fixed32) {
        position += 4;
        if (position > end) return frameErrors.FIELD_TRUNCATED;
      } else {
        position = scanVarint64(bytes, value, end);
        if (position < 0) return frameErrors.VARINT_INVALID;
        if (!isShortestVarint(bytes, value, position)) return NOT_CANONICAL;
        if (kind === FieldKind.uint32 && !isUint32(bytes, value, position)) return NOT_CANONICAL;
      }
      if (table.has(number)) return NOT_CANONICAL;
      table.add(number, start, value, position);
      if (kind === FieldKind.message) {
        const code =
          tags === dnstapTags
            ? this.#scanLevel(messageTags, this.message, value, position)
            : this.#scanLevel(policyTags, this.policy, value, position);
        if (code !== 0) return code;
      }
    }
    return 0;
  }

  /** An enum whose value is not one known byte: not canonical, malformed, or unknown. */
  #scanOtherEnumValue(
    level: Level,
    table: FieldTable,
    number: number,
    start: number,
    value: number,
    end: number,
  ): number {
    const valueEnd = scanVarint64(this.bytes, value, end);
    if (valueEnd < 0) return frameErrors.VARINT_INVALID;
    // What a longer varint holds may be a known value by its low 32 bits: the canonical form decides.
    if (!isShortestVarint(this.bytes, value, valueEnd)) return NOT_CANONICAL;
    if (isEnumValue(level.values[number], varintUint32(this.bytes, value, valueEnd))) return NOT_CANONICAL;
    table.addUnknown(start, valueEnd);
    this.#cursor.end = valueEnd;
    return 0;
  }

  #scanUnknown(table: FieldTable, start: number, end: number): number {
    const cursor = this.#cursor;
    const code = cursor.scan(this.bytes, start, end);
    if (code !== 0) return code;
    if (!hasShortestVarints(this.bytes, start, cursor)) return NOT_CANONICAL;
    table.addUnknown(start, cursor.end);
    return 0;
  }
}

/** Whether tag, length and varint value of the field at `start` are as short as they can be; a group is not looked into. */
function hasShortestVarints(bytes: Uint8Array, start: number, field: FieldCursor): boolean {
  const tagEnd = scanVarint32(bytes, start, field.end);
  if (!isShortestVarint(bytes, start, tagEnd)) return false;
  if (field.wireType === WireType.length) return isShortestVarint(bytes, tagEnd, field.value);
  if (field.wireType === WireType.varint) return isShortestVarint(bytes, field.value, field.end);
  return true;
}

/** What a tag of one byte says on one level: kind << 5 | number of the known field, or 0. */
interface LevelTags {
  readonly level: Level;
  readonly entries: Uint8Array;
  /** The entry of the tag 0x80 0x01: field 16 as a varint. */
  readonly sixteen: number;
}

const dnstapTags = levelTags(dnstapLevel);
const messageTags = levelTags(messageLevel);
const policyTags = levelTags(policyLevel);

function levelTags(level: Level): LevelTags {
  const entries = new Uint8Array(256);
  for (let number = 1; number < MAX_FIELD_NUMBER; number++) {
    const kind = level.kinds[number];
    if (kind !== 0) entries[(number << 3) | wireTypeOf(kind)] = (kind << 5) | number;
  }
  const kind = level.kinds[MAX_FIELD_NUMBER];
  return { level, entries, sixteen: kind === 0 ? 0 : (kind << 5) | MAX_FIELD_NUMBER };
}
