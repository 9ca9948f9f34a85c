/** Writing a scanned frame as its changes say: what stays is copied in its order, in runs that go on from frame to frame. */
import type { ByteBuffer } from '../wire/byte-buffer.ts';
import { MAX_VARINT32_LENGTH, varintLength, writeVarint } from '../wire/varint.ts';
import type { FieldTable } from './field-table.ts';
import type { FrameScan } from './scan.ts';
import { DnstapField, MessageField } from './schema.ts';

/** The tags of both submessages have one byte. */
const TAG_LENGTH = 1;

/**
 * Settles what the changes inside submessages mean for the lengths of these, once all changes are noted. A new length is written over the old
 * one, of which the bytes that are left go; where it takes more bytes, it is a change itself, with its bytes in `scratch`. Afterwards the growth
 * of `dnstap` is that of the frame.
 */
export function settleLengths(frame: FrameScan, scratch: ByteBuffer): void {
  if (frame.policy.growth !== 0) settleLength(frame, frame.message, MessageField.policy, frame.policy.growth, scratch);
  if (frame.message.growth !== 0) settleLength(frame, frame.dnstap, DnstapField.message, frame.message.growth, scratch);
}

function settleLength(frame: FrameScan, outer: FieldTable, number: number, growth: number, scratch: ByteBuffer): void {
  outer.growth += growth;
  const lengthStart = outer.start(number) + TAG_LENGTH;
  const value = outer.value(number);
  const newLength = outer.end(number) - value + growth;
  if (varintLength(newLength) <= value - lengthStart) {
    const newEnd = writeVarint(frame.bytes, lengthStart, newLength);
    if (newEnd < value) outer.change(newEnd, value, 0, 0);
  } else {
    scratch.reserve(MAX_VARINT32_LENGTH);
    const newEnd = writeVarint(scratch.bytes, scratch.length, newLength);
    outer.change(lengthStart, value, scratch.length, newEnd);
    scratch.length = newEnd;
  }
}

/**
 * Appends the frame, whose lengths are settled, up to its last change, the added fields first, with all before it that was not copied yet:
 * from `runStart` on, in the bytes of the frame. Returns from where on the rest has to be copied, together with what follows the frame.
 * `added` are whole fields of Dnstap, tags included; `scratch` holds the new bytes of the changes.
 */
export function spliceChanges(
  { view, start, changes }: FrameScan,
  added: ByteBuffer,
  scratch: ByteBuffer,
  runStart: number,
  out: ByteBuffer,
): number {
  let run = runStart;
  if (added.length > 0) {
    out.appendView(view, run, start);
    out.appendView(added.view, 0, added.length);
    run = start;
  }
  return changes.write(view, run, scratch.view, out);
}

/** How far from the start of the spliced frame the byte stands that stood at `position` of it, in a field that stays as it is. */
export function offsetInSpliced({ start, changes }: FrameScan, added: ByteBuffer, position: number): number {
  return added.length + position - start + changes.growthBefore(position);
}
