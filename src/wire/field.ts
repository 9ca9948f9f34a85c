/**
 * Fields of the protobuf encoding: a tag (field number << 3 | wire type, a varint of 32 bits) and a value whose length the wire
 * type tells.
 *
 *     0 VARINT   a varint            1 I64  8 bytes       2 LEN  a varint length, then as many bytes
 *     3 SGROUP   fields until ...    4 EGROUP             5 I32  4 bytes       6, 7 do not exist
 */
import { frameErrors } from '../errors.ts';
import { scanVarint32, scanVarint64, varintUint32 } from './varint.ts';

/** The wire types by name. */
export const WireType = { varint: 0, i64: 1, length: 2, groupStart: 3, groupEnd: 4, i32: 5 } as const;

/** How deep groups may nest; protobuf's own limit is 100, and nothing in dnstap has any. */
export const MAX_GROUP_DEPTH = 32;

/** Where the field at `start` lies: an instance is filled by `scan`, and used again for the next field. */
export class FieldCursor {
  number = 0;
  wireType = 0;
  /** Where the value starts: after the tag, and under LEN after the length. */
  value = 0;
  end = 0;

  /** Finds the field at `start`. Returns 0, or the number of a frame code. A group is one field, its value up to its end tag. */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const code = this.#scanTag(bytes, start, end);
    if (code !== 0) return code;
    switch (this.wireType) {
      case WireType.varint:
        this.end = scanVarint64(bytes, this.value, end);
        return this.end < 0 ? frameErrors.VARINT_INVALID : 0;
      case WireType.i64:
        this.end = this.value + 8;
        return this.end > end ? frameErrors.FIELD_TRUNCATED : 0;
      case WireType.i32:
        this.end = this.value + 4;
        return this.end > end ? frameErrors.FIELD_TRUNCATED : 0;
      case WireType.length: {
        const start = scanVarint32(bytes, this.value, end);
        if (start < 0) return frameErrors.VARINT_INVALID;
        this.end = start + varintUint32(bytes, this.value, start);
        this.value = start;
        return this.end > end ? frameErrors.FIELD_TRUNCATED : 0;
      }
      case WireType.groupStart:
        return this.#scanGroup(bytes, end);
      case WireType.groupEnd:
        return frameErrors.GROUP_INVALID;
      default:
        return frameErrors.TAG_INVALID;
    }
  }

  #scanTag(bytes: Uint8Array, start: number, end: number): number {
    this.value = scanVarint32(bytes, start, end);
    if (this.value < 0) return frameErrors.VARINT_INVALID;
    const tag = varintUint32(bytes, start, this.value);
    this.number = tag >>> 3;
    this.wireType = tag & 7;
    return this.number === 0 ? frameErrors.TAG_INVALID : 0;
  }

  #scanGroup(bytes: Uint8Array, end: number): number {
    const { number, value } = this;
    const open = [number];
    let position = value;
    while (open.length > 0) {
      if (position >= end) return frameErrors.GROUP_INVALID;
      const code = this.#scanTag(bytes, position, end);
      if (code !== 0) return code;
      if (this.wireType === WireType.groupStart) {
        if (open.length === MAX_GROUP_DEPTH) return frameErrors.GROUP_INVALID;
        open.push(this.number);
        position = this.value;
      } else if (this.wireType === WireType.groupEnd) {
        if (open.pop() !== this.number) return frameErrors.GROUP_INVALID;
        position = this.value;
      } else {
        const inner = this.scan(bytes, position, end);
        if (inner !== 0) return inner;
        position = this.end;
      }
    }
    this.number = number;
    this.wireType = WireType.groupStart;
    this.value = value;
    this.end = position;
    return 0;
  }
}
