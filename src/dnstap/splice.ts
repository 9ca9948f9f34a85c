/**
 * Writing a scanned frame as its tables say: what stays is copied in runs, in its order; the lengths of the messages around a change
 * are written anew.
 */
import type { ByteBuffer } from '../wire/byte-buffer.ts';
import { MAX_VARINT32_LENGTH, varintLength, writeVarint } from '../wire/varint.ts';
import { type FieldTable, SUBMESSAGE } from './field-table.ts';
import type { FrameScan } from './scan.ts';
import { DnstapField, MessageField } from './schema.ts';

const MESSAGE = DnstapField.message;
const POLICY = MessageField.policy;

/** By how much the lengths of message and policy can grow. */
const MAX_LENGTHS_GROWTH = 2 * MAX_VARINT32_LENGTH;

/**
 * Settles what the changes inside submessages mean for the messages around them, once all changes are noted. Returns the length in bytes
 * of the frame that `writeSpliced` will append. `added` are whole fields of Dnstap, tags included.
 */
export function measureSpliced({ start, end, dnstap, message, policy }: FrameScan, added: ByteBuffer): number {
  if (((message.removed >>> POLICY) & 1) === 0) rewriteSubmessage(message, POLICY, policy);
  rewriteSubmessage(dnstap, MESSAGE, message);
  return end - start + dnstap.growth + added.length;
}

function rewriteSubmessage(outer: FieldTable, number: number, inner: FieldTable): void {
  if (inner.changeCount === 0) return;
  const length = inner.to - inner.from;
  const newLength = length + inner.growth;
  outer.rewrite(number, newLength, inner.growth + varintLength(newLength) - varintLength(length));
}

/** Appends the measured frame, the added fields first; `scratch` holds the new fields that the tables speak of. */
export function writeSpliced(frame: FrameScan, added: ByteBuffer, scratch: ByteBuffer, out: ByteBuffer): void {
  out.reserve(added.length + frame.end - frame.start + scratch.length + MAX_LENGTHS_GROWTH);
  out.appendReserved(added.view, 0, added.length);
  writeLevel(frame, 0, scratch.view, out);
}

function writeLevel(frame: FrameScan, level: number, scratch: DataView, out: ByteBuffer): void {
  const table = tableOf(frame, level);
  let position = table.from;
  for (let index = 0; index < table.changeCount; index++) {
    const start = table.changeStart(index);
    if (position < start) out.appendReserved(frame.view, position, start);
    position = table.changeEnd(index);
    const newStart = table.newStart(index);
    const newEnd = table.newEnd(index);
    if (newStart === SUBMESSAGE) {
      // The tags of both submessages have one byte.
      out.appendReserved(frame.view, start, start + 1);
      out.length = writeVarint(out.bytes, out.length, newEnd);
      writeLevel(frame, level + 1, scratch, out);
    } else if (newStart < newEnd) out.appendReserved(scratch, newStart, newEnd);
  }
  if (position < table.to) out.appendReserved(frame.view, position, table.to);
}

/** How far from the start of the spliced frame the byte stands that stood at `position` of the message, in a field that stays as it is. */
export function offsetInSpliced({ start, dnstap, message }: FrameScan, added: ByteBuffer, position: number): number {
  const length = message.to - message.from;
  const lengthGrowth = varintLength(length + message.growth) - varintLength(length);
  return (
    added.length + position - start + growthBefore(dnstap, position) + lengthGrowth + growthBefore(message, position)
  );
}

/** By how many bytes the changes of this level before `position` make the message longer; one around it does not count. */
function growthBefore(table: FieldTable, position: number): number {
  let growth = 0;
  for (let index = 0; index < table.changeCount && table.changeEnd(index) <= position; index++) {
    growth += table.changeGrowth(index);
  }
  return growth;
}

function tableOf(frame: FrameScan, level: number): FieldTable {
  if (level === 0) return frame.dnstap;
  return level === 1 ? frame.message : frame.policy;
}
