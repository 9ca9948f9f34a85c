/** A frame to be shown: scanned, and where it is not canonical, its canonical form (docs/frames.md, 1). */
import { canonicalize } from '../dnstap/canonical.ts';
import type { FieldTable } from '../dnstap/field-table.ts';
import { FrameScan, NOT_CANONICAL } from '../dnstap/scan.ts';
import { DnstapField, MAX_FIELD_NUMBER, MessageField } from '../dnstap/schema.ts';
import { type FrameCode, frameErrors } from '../errors.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { FieldCursor, WireType } from '../wire/field.ts';
import { varintUint32 } from '../wire/varint.ts';

/** A field that the schema does not know, as spans of the frame. */
export interface UnknownField {
  readonly number: number;
  readonly wireType: number;
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

/** One frame at a time: `read` fills it, and it is used again. */
export class FrameView {
  readonly frame: FrameScan = new FrameScan();
  readonly #canonical = new ByteBuffer(4096);

  /** Reads the frame from `start` to `end`. Returns 0, or the number of the frame code by which it is malformed. */
  read(bytes: Uint8Array, start: number, end: number): number {
    const code = this.frame.scan(bytes, start, end);
    if (code !== NOT_CANONICAL) return code;
    this.#canonical.length = 0;
    const malformed = canonicalize(bytes, start, end, this.#canonical);
    if (malformed !== 0) return malformed;
    return this.frame.scan(this.#canonical.bytes, 0, this.#canonical.length) === 0 ? 0 : frameErrors.INTERNAL;
  }

  /** Why nobody can say whose message the frame holds, where that is so. */
  get gap(): FrameCode | undefined {
    const { dnstap, message } = this.frame;
    if (!dnstap.has(DnstapField.type)) return 'TYPE_NOT_MESSAGE';
    if (!dnstap.has(DnstapField.message)) return 'MESSAGE_MISSING';
    return message.has(MessageField.type) ? undefined : 'MESSAGE_TYPE_UNKNOWN';
  }

  /** The low 32 bits of a varint field of that table. */
  uint32(table: FieldTable, number: number): number {
    return varintUint32(this.frame.bytes, table.value(number), table.end(number));
  }

  /** All 64 bits of a varint field of that table. */
  uint64(table: FieldTable, number: number): bigint {
    let value = 0n;
    for (let position = table.end(number) - 1; position >= table.value(number); position--) {
      value = (value << 7n) | BigInt(this.frame.bytes[position] & 0x7f);
    }
    return value;
  }

  /** A fixed32 field of that table. */
  fixed32(table: FieldTable, number: number): number {
    return this.frame.view.getUint32(table.value(number), true);
  }

  /** The fields from `from` to `to` that are in no place of the table: those that the schema does not know. */
  unknownFields(table: FieldTable, from: number, to: number): UnknownField[] {
    const fields: UnknownField[] = [];
    if (!table.has(0)) return fields;
    const cursor = new FieldCursor();
    for (let start = from; start < to; start = cursor.end) {
      // A frame that was scanned is well formed.
      cursor.scan(this.frame.bytes, start, to);
      const { number, wireType, value, end } = cursor;
      if (number <= MAX_FIELD_NUMBER && table.has(number) && table.start(number) === start) continue;
      fields.push({ number, wireType, start, value, end });
    }
    return fields;
  }

  /** The number in an enum of that table, which may be one that the schema does not know; undefined where there is none. */
  enumNumber(table: FieldTable, number: number, unknown: readonly UnknownField[]): number | undefined {
    if (table.has(number)) return this.uint32(table, number);
    const field = unknown.findLast(
      (candidate) => candidate.number === number && candidate.wireType === WireType.varint,
    );
    // Enums are signed.
    return field && varintUint32(this.frame.bytes, field.value, field.end) | 0;
  }

  /** The unknown fields of each level. */
  unknownOfDnstap(): UnknownField[] {
    const { dnstap, start, end } = this.frame;
    return this.unknownFields(dnstap, start, end);
  }

  unknownOfMessage(): UnknownField[] {
    const { dnstap, message } = this.frame;
    const field = DnstapField.message;
    return dnstap.has(field) ? this.unknownFields(message, dnstap.value(field), dnstap.end(field)) : [];
  }

  unknownOfPolicy(): UnknownField[] {
    const { message, policy } = this.frame;
    const field = MessageField.policy;
    return message.has(field) ? this.unknownFields(policy, message.value(field), message.end(field)) : [];
  }
}
