/** The fields that stand in place of others, whole ones with their tags, one behind the other while a frame is edited. */
import type { FieldTable } from '../dnstap/field-table.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { MAX_VARINT32_LENGTH, MAX_VARINT64_LENGTH, varintLength, writeVarint } from '../wire/varint.ts';
import { frame } from './frame.ts';

/** Every field that is replaced has a tag of one byte, and every value is shorter than 4 GiB. */
const TAG_LENGTH = 1;
const MAX_HEADER_LENGTH = TAG_LENGTH + MAX_VARINT32_LENGTH;

export class NewFields {
  readonly buffer: ByteBuffer = new ByteBuffer(4096);

  /** Puts the whole field that `field` is in place of another. */
  replace(table: FieldTable, number: number, field: DataView): void {
    const start = this.buffer.length;
    this.buffer.appendView(field, 0, field.byteLength);
    table.replace(number, start, this.buffer.length);
  }

  /** Makes the bytes from `start` to `end` the value of a field with a length. */
  replaceValue(table: FieldTable, number: number, bytes: Uint8Array, start: number, end: number): void {
    const fieldStart = this.#startField(table, number);
    this.#appendVarint(end - start);
    this.buffer.append(bytes, start, end);
    table.replace(number, fieldStart, this.buffer.length);
  }

  /** Leaves room for tag and length of a field whose value is appended to `buffer` next; returns where that starts. */
  startValue(): number {
    this.buffer.reserve(MAX_HEADER_LENGTH);
    this.buffer.length += MAX_HEADER_LENGTH;
    return this.buffer.length;
  }

  /** Makes what was appended from `valueStart` on the value of a field with a length. */
  endValue(table: FieldTable, number: number, valueStart: number): void {
    const { bytes, length } = this.buffer;
    const lengthStart = valueStart - varintLength(length - valueStart);
    writeVarint(bytes, lengthStart, length - valueStart);
    bytes[lengthStart - TAG_LENGTH] = frame.bytes[table.start(number)];
    table.replace(number, lengthStart - TAG_LENGTH, length);
  }

  /** Makes a number the value of a field without a length. */
  replaceVarint(table: FieldTable, number: number, value: number): void {
    const fieldStart = this.#startField(table, number);
    this.#appendVarint(value);
    table.replace(number, fieldStart, this.buffer.length);
  }

  /** Writes the tag of a field; returns where it stands. */
  #startField(table: FieldTable, number: number): number {
    const start = this.buffer.length;
    this.buffer.append(frame.bytes, table.start(number), table.start(number) + TAG_LENGTH);
    return start;
  }

  #appendVarint(value: number): void {
    this.buffer.reserve(MAX_VARINT64_LENGTH);
    this.buffer.length = writeVarint(this.buffer.bytes, this.buffer.length, value);
  }
}
