/**
 * Writing a scanned frame as its tables say: what stays is copied in runs, in its order; the lengths of the messages around a change
 * are written anew.
 */
import type { ByteBuffer } from '../wire/byte-buffer.ts';
import { MAX_VARINT32_LENGTH, varintLength, writeVarint } from '../wire/varint.ts';
import type { FieldTable } from './field-table.ts';
import type { FrameScan } from './scan.ts';
import { DnstapField, MessageField } from './schema.ts';

const MESSAGE = DnstapField.message;
const POLICY = MessageField.policy;
/** No field has this number. */
const NONE = 31;

/** By how much the lengths of message and policy can grow. */
const MAX_LENGTHS_GROWTH = 2 * MAX_VARINT32_LENGTH;

/** Writes one frame after the other: `measure`, then `write`. */
export class Splicer {
  #messageLength = 0;
  #policyLength = 0;

  /** The length in bytes of the frame that `write` will append. `added` are whole fields of Dnstap, tags included. */
  measure({ start, end, dnstap, message, policy }: FrameScan, added: ByteBuffer): number {
    let growth = message.growth;
    if (message.has(POLICY) && ((message.removed >>> POLICY) & 1) === 0) {
      const length = message.end[POLICY] - message.value[POLICY];
      this.#policyLength = length + policy.growth;
      growth += policy.growth + varintLength(this.#policyLength) - varintLength(length);
    }
    const length = dnstap.end[MESSAGE] - dnstap.value[MESSAGE];
    this.#messageLength = length + growth;
    growth += dnstap.growth + varintLength(this.#messageLength) - varintLength(length);
    return end - start + growth + added.length;
  }

  /** Appends the measured frame, the added fields first; `scratch` holds the new fields that the tables speak of. */
  write(frame: FrameScan, added: ByteBuffer, scratch: ByteBuffer, out: ByteBuffer): void {
    out.reserve(added.length + frame.end - frame.start + scratch.length + MAX_LENGTHS_GROWTH);
    out.appendReserved(added.view, 0, added.length);
    this.#writeLevel(frame, 0, scratch.view, out);
  }

  #writeLevel(frame: FrameScan, level: number, scratch: DataView, out: ByteBuffer): void {
    const table = tableOf(frame, level);
    const submessage = level === 0 ? MESSAGE : level === 1 ? POLICY : NONE;
    const changing = table.removed | table.replaced | (1 << submessage);
    let run = 0;
    let runStart = table.from;
    let position = table.from;
    for (let index = 0; index < table.count; index++) {
      const number = table.order[index];
      const end = number === 0 ? table.runEnd[run++] : table.end[number];
      if (((changing >>> number) & 1) === 1) {
        if (runStart < position) out.appendReserved(frame.view, runStart, position);
        runStart = end;
        if (((table.replaced >>> number) & 1) === 1) {
          out.appendReserved(scratch, table.newStart[number], table.newEnd[number]);
        } else if (((table.removed >>> number) & 1) === 0)
          this.#writeSubmessage(frame, level + 1, position, scratch, out);
      }
      position = end;
    }
    if (runStart < position) out.appendReserved(frame.view, runStart, position);
  }

  /** `tag` is where the tag of the submessage stands, which has one byte in both. */
  #writeSubmessage(frame: FrameScan, level: number, tag: number, scratch: DataView, out: ByteBuffer): void {
    out.appendReserved(frame.view, tag, tag + 1);
    out.length = writeVarint(out.bytes, out.length, level === 1 ? this.#messageLength : this.#policyLength);
    this.#writeLevel(frame, level, scratch, out);
  }
}

function tableOf(frame: FrameScan, level: number): FieldTable {
  if (level === 0) return frame.dnstap;
  return level === 1 ? frame.message : frame.policy;
}
