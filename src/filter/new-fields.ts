/** The fields that stand in place of others, whole ones with their tags, one behind the other while a frame is edited. */
import type { FieldTable } from '../dnstap/field-table.ts';
import type { FrameScan } from '../dnstap/scan.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { MAX_VARINT64_LENGTH, writeVarint } from '../wire/varint.ts';

export class NewFields {
  readonly buffer: ByteBuffer = new ByteBuffer(4096);
  readonly #frame: FrameScan;

  constructor(frame: FrameScan) {
    this.#frame = frame;
  }

  /** Puts the whole field that `field` is in place of another. */
  replace(table: FieldTable, number: number, field: Uint8Array): void {
    const start = this.buffer.length;
    this.buffer.append(field, 0, field.length);
    table.replace(number, start, this.buffer.length);
  }

  /** Makes the bytes from `start` to `end` the value of a field with a length. */
  replaceValue(table: FieldTable, number: number, bytes: Uint8Array, start: number, end: number): void {
    const fieldStart = this.#startField(table, number);
    this.#appendVarint(end - start);
    this.buffer.append(bytes, start, end);
    table.replace(number, fieldStart, this.buffer.length);
  }

  /** Makes a number the value of a field without a length. */
  replaceVarint(table: FieldTable, number: number, value: number): void {
    const fieldStart = this.#startField(table, number);
    this.#appendVarint(value);
    table.replace(number, fieldStart, this.buffer.length);
  }

  /** Writes the tag of a field; returns where it stands. Every field that is replaced has a tag of one byte. */
  #startField(table: FieldTable, number: number): number {
    const start = this.buffer.length;
    this.buffer.append(this.#frame.bytes, table.start[number], table.start[number] + 1);
    return start;
  }

  #appendVarint(value: number): void {
    this.buffer.reserve(MAX_VARINT64_LENGTH);
    this.buffer.length = writeVarint(this.buffer.bytes, this.buffer.length, value);
  }
}
