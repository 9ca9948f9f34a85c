/**
 * Writing a scanned frame as its tables say: what stays is copied in its order, in runs that go on from frame to frame; the lengths of the
 * messages around a change are written anew.
 */
import type { ByteBuffer } from '../wire/byte-buffer.ts';
import { MAX_VARINT32_LENGTH, varintLength, writeVarint } from '../wire/varint.ts';
import { type FieldTable, SUBMESSAGE } from './field-table.ts';
import type { FrameScan } from './scan.ts';
import { DnstapField, MessageField } from './schema.ts';

const MESSAGE = DnstapField.message;
const POLICY = MessageField.policy;

/**
 * Settles what the changes inside submessages mean for the messages around them, once all changes are noted. Returns the length in bytes
 * of the frame that `spliceChanges` will make. `added` are whole fields of Dnstap, tags included.
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

/**
 * Appends the measured frame up to its last change, the added fields first, with all before it that was not copied yet: from `runStart` on,
 * in the bytes of the frame. Returns from where on the rest has to be copied, together with what follows the frame. `scratch` holds the new
 * fields that the tables speak of. Lengths that take as many bytes as before are written over the old ones.
 */
export function spliceChanges(
  frame: FrameScan,
  added: ByteBuffer,
  scratch: ByteBuffer,
  runStart: number,
  out: ByteBuffer,
): number {
  let run = runStart;
  if (added.length > 0) {
    out.appendView(frame.view, run, frame.start);
    out.appendView(added.view, 0, added.length);
    run = frame.start;
  }
  return spliceLevel(frame, 0, scratch.view, run, out);
}

function spliceLevel(frame: FrameScan, level: number, scratch: DataView, runStart: number, out: ByteBuffer): number {
  const table = tableOf(frame, level);
  let run = runStart;
  for (let index = 0; index < table.changeCount; index++) {
    const start = table.changeStart(index);
    const newStart = table.newStart(index);
    const newEnd = table.newEnd(index);
    if (newStart === SUBMESSAGE) {
      // The tags of both submessages have one byte.
      const lengthStart = start + 1;
      const { from } = tableOf(frame, level + 1);
      if (varintLength(newEnd) === from - lengthStart) writeVarint(frame.bytes, lengthStart, newEnd);
      else {
        out.appendView(frame.view, run, lengthStart);
        out.reserve(MAX_VARINT32_LENGTH);
        out.length = writeVarint(out.bytes, out.length, newEnd);
        run = from;
      }
      run = spliceLevel(frame, level + 1, scratch, run, out);
    } else {
      out.appendView(frame.view, run, start);
      if (newStart < newEnd) out.appendView(scratch, newStart, newEnd);
      run = table.changeEnd(index);
    }
  }
  return run;
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
