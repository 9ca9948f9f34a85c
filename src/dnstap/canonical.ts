/**
 * The canonical form of a frame that is not canonical (docs/frames.md, 1): what protobuf makes of duplicates, over-long varints and
 * submessages in pieces, written once. Seldom needed, so clear rather than fast; still without an exception for any bytes.
 */
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { FieldCursor, WireType } from '../wire/field.ts';
import { MAX_VARINT64_LENGTH, varintUint32, writeVarint } from '../wire/varint.ts';
import { dnstapLevel, FieldKind, isEnumValue, type Level, MAX_FIELD_NUMBER, wireTypeOf } from './schema.ts';

/** A field as spans of the frame: `start` is that of the value, after a length. */
interface Field {
  number: number;
  wireType: number;
  start: number;
  end: number;
}

/**
 * One message as parsed: of each known field the last occurrence, its submessages merged, and the unknown fields as they will be
 * written: there may be as many as fit into a frame, so none of them is an object.
 */
interface Parsed {
  known: (Field | undefined)[];
  submessages: (Parsed | undefined)[];
  unknown: ByteBuffer;
}

/** Writes the canonical form of the frame to `out`. Returns 0, or the number of a frame code (and nothing of use in `out`). */
export function canonicalize(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): number {
  const frame = emptyMessage();
  const code = parseMessage(bytes, start, end, dnstapLevel, frame);
  if (code === 0) writeMessage(bytes, frame, dnstapLevel, out);
  return code;
}

function emptyMessage(): Parsed {
  return { known: [], submessages: [], unknown: new ByteBuffer(0) };
}

/** Parses one piece of a message into `parsed`, after the pieces that are there. */
function parseMessage(bytes: Uint8Array, start: number, end: number, level: Level, parsed: Parsed): number {
  const cursor = new FieldCursor();
  for (let position = start; position < end; position = cursor.end) {
    const code = cursor.scan(bytes, position, end);
    if (code !== 0) return code;
    const { number, wireType, value } = cursor;
    const field = { number, wireType, start: value, end: cursor.end };
    if (!isKnown(bytes, field, level)) {
      writeField(bytes, field, parsed.unknown);
      continue;
    }
    parsed.known[number] = field;
    const sublevel = level.levels[number];
    if (sublevel === undefined) continue;
    parsed.submessages[number] ??= emptyMessage();
    const inner = parseMessage(bytes, field.start, field.end, sublevel, parsed.submessages[number]);
    if (inner !== 0) return inner;
  }
  return 0;
}

function isKnown(bytes: Uint8Array, field: Field, level: Level): boolean {
  const { number, wireType, start, end } = field;
  const kind = number <= MAX_FIELD_NUMBER ? level.kinds[number] : 0;
  if (kind === 0 || wireType !== wireTypeOf(kind)) return false;
  return kind !== FieldKind.enum || isEnumValue(level.values[number], varintUint32(bytes, start, end));
}

function writeMessage(bytes: Uint8Array, parsed: Parsed, level: Level, out: ByteBuffer): void {
  for (const field of parsed.known) {
    if (field === undefined) continue;
    const kind = level.kinds[field.number];
    const submessage = parsed.submessages[field.number];
    if (submessage !== undefined) {
      const content = new ByteBuffer(field.end - field.start);
      writeMessage(bytes, submessage, level.levels[field.number] as Level, content);
      writeField(content.bytes, { ...field, start: 0, end: content.length }, out);
    } else if (kind === FieldKind.enum || kind === FieldKind.uint32) {
      writeTag(field, out);
      writeNumber(varintUint32(bytes, field.start, field.end), out);
    } else writeField(bytes, field, out);
  }
  out.append(parsed.unknown.bytes, 0, parsed.unknown.length);
}

/** Writes a field whose value are the bytes from `field.start` to `field.end`, with shortest varints. */
function writeField(bytes: Uint8Array, field: Field, out: ByteBuffer): void {
  writeTag(field, out);
  if (field.wireType === WireType.varint) {
    writeShortest(bytes, field.start, field.end, out);
    return;
  }
  if (field.wireType === WireType.length) writeNumber(field.end - field.start, out);
  out.append(bytes, field.start, field.end);
}

function writeTag(field: Field, out: ByteBuffer): void {
  writeNumber(field.number * 8 + field.wireType, out);
}

function writeNumber(value: number, out: ByteBuffer): void {
  out.reserve(MAX_VARINT64_LENGTH);
  out.length = writeVarint(out.bytes, out.length, value);
}

/** Writes the varint of that span without the zero groups at its end: exact for 64 bits, which a number is not. */
function writeShortest(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
  let last = end - 1;
  while (last > start && (bytes[last] & 0x7f) === 0) last--;
  out.append(bytes, start, last + 1);
  out.bytes[out.length - 1] &= 0x7f;
}
