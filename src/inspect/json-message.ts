/**
 * A DNS message as an object, in the shape that dns-packet gives it. dns-packet reads each record by itself, and only where its data are
 * whole: by itself it reads on behind the end of short data, and gives up a message for one record.
 */
import * as dnsPacket from 'dns-packet';
import { HEADER_LENGTH, QUESTION_COUNT_OFFSET } from '../dns/header.ts';
import { renderClass, renderType } from '../dns/record-types.ts';
import { base64Of, textOf } from './json-text.ts';
import { renderName, scanLooseName } from './name-text.ts';
import { isRdata } from './rdata.ts';

/** What dns-packet decodes with; `bytes` is the length of what it read last. */
interface Decoder {
  decode: ((buffer: Buffer, offset?: number) => unknown) & { bytes: number };
}

/** What dns-packet exports and its types do not tell. */
const {
  name: nameDecoder,
  answer: recordDecoder,
  option: optionDecoder,
} = dnsPacket as unknown as Record<'name' | 'answer' | 'option', Decoder>;

// dns-packet joins labels with dots, also those that have dots in them, and takes octets for UTF-8.
nameDecoder.decode = Object.assign(
  (buffer: Buffer, offset = 0) => {
    const end = scanLooseName(buffer, 0, offset, buffer.length);
    if (end < 0) throw new RangeError('not a name');
    nameDecoder.decode.bytes = end - offset;
    return renderName(buffer, 0, offset);
  },
  { bytes: 0 },
);

const SECTIONS = ['questions', 'answers', 'authorities', 'additionals'] as const;

const OPT = 41;
const OPTION_HEADER_LENGTH = 4;
const CLIENT_SUBNET = 8;
/** Options whose data are numbers of so many octets: TCP-KEEPALIVE, KEY-TAG. */
const DECODED_LENGTHS = new Map([
  [11, 2],
  [14, 2],
]);
const TYPE_LENGTH = 2;
/** The longest DNS message (RFC 1035, 4.2.2); what is longer would only make much of little. */
const MAX_MESSAGE_LENGTH = 65_535;
/** What a question and a record have after the name. */
const QUESTION_FIXED_LENGTH = 4;
const RECORD_FIXED_LENGTH = 10;

/** A part of a message, and where the next one starts. */
interface Part {
  readonly value: object;
  readonly end: number;
}

/**
 * The DNS message from `start` to `end`: its `length`, header, questions and records. Of one that is malformed, all before that place,
 * and an `error` that names it.
 */
export function messageObject(bytes: Uint8Array, start: number, end: number): object {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  const { length } = buffer;
  if (length < HEADER_LENGTH) return { length, error: 'the header is cut' };
  if (length > MAX_MESSAGE_LENGTH) return { length, error: 'it is longer than a DNS message can be' };
  const parts: Record<(typeof SECTIONS)[number], object[]> = {
    questions: [],
    answers: [],
    authorities: [],
    additionals: [],
  };
  const error = readSections(buffer, parts);
  return { length, ...(error !== undefined && { error }), ...headerObject(buffer), ...parts };
}

function headerObject(buffer: Buffer): object {
  const header = Buffer.alloc(HEADER_LENGTH);
  buffer.copy(header, 0, 0, QUESTION_COUNT_OFFSET);
  return dnsPacket.decode(header);
}

/** Fills the sections; returns what is wrong, if anything. */
function readSections(buffer: Buffer, parts: Record<(typeof SECTIONS)[number], object[]>): string | undefined {
  let position = HEADER_LENGTH;
  for (const [index, section] of SECTIONS.entries()) {
    const count = buffer.readUInt16BE(QUESTION_COUNT_OFFSET + 2 * index);
    const read = section === 'questions' ? readQuestion : readRecord;
    for (let item = 0; item < count; item++) {
      const part = read(buffer, position);
      if (part === undefined) return `${section}[${item}] is malformed`;
      parts[section].push(part.value);
      position = part.end;
    }
  }
  return undefined;
}

function readQuestion(buffer: Buffer, start: number): Part | undefined {
  const nameEnd = scanLooseName(buffer, 0, start, buffer.length);
  const end = nameEnd + QUESTION_FIXED_LENGTH;
  if (nameEnd < 0 || end > buffer.length) return undefined;
  const type = renderType(buffer.readUInt16BE(nameEnd));
  const dnsClass = renderClass(buffer.readUInt16BE(nameEnd + TYPE_LENGTH));
  return { value: { name: renderName(buffer, 0, start), type, class: dnsClass }, end };
}

function readRecord(buffer: Buffer, start: number): Part | undefined {
  const nameEnd = scanLooseName(buffer, 0, start, buffer.length);
  const data = nameEnd + RECORD_FIXED_LENGTH;
  if (nameEnd < 0 || data > buffer.length) return undefined;
  const end = data + buffer.readUInt16BE(data - 2);
  if (end > buffer.length) return undefined;
  const type = buffer.readUInt16BE(nameEnd);
  const dnsClass = buffer.readUInt16BE(nameEnd + TYPE_LENGTH);
  const name = renderName(buffer, 0, start);
  const rest = { base64: base64Of(buffer.subarray(data, end)) };
  if (type === OPT) {
    return { value: { ...emptyOpt(buffer, nameEnd), name, options: readOptions(buffer, data, end) ?? rest }, end };
  }
  const isWhole = isRdata(buffer, 0, type, dnsClass, data, end);
  const value = {
    name,
    type: renderType(type),
    ttl: buffer.readUInt32BE(nameEnd + 2 * TYPE_LENGTH),
    class: renderClass(dnsClass),
    // In an UPDATE there are records without.
    ...(end > data && { data: (isWhole ? decodeData(buffer, start, end) : undefined) ?? rest }),
  };
  return { value, end };
}

/** The data of the record as dns-packet decodes it; undefined where it cannot, or reads another length than the record has. */
function decodeData(buffer: Buffer, start: number, end: number): unknown {
  try {
    const { data } = recordDecoder.decode(buffer, start) as { data?: unknown };
    return recordDecoder.decode.bytes === end - start ? plain(data, 'data') : undefined;
  } catch {
    return undefined;
  }
}

/** The OPT record whose name ends there, as dns-packet decodes it, without its name and options. */
function emptyOpt(buffer: Buffer, nameEnd: number): object {
  const empty = Buffer.alloc(1 + RECORD_FIXED_LENGTH);
  buffer.copy(empty, 1, nameEnd, nameEnd + RECORD_FIXED_LENGTH - 2);
  return recordDecoder.decode(empty, 0) as object;
}

/** The options from `start` to `end`; undefined where they do not fill it. */
function readOptions(buffer: Buffer, start: number, end: number): unknown[] | undefined {
  const options: unknown[] = [];
  let position = start;
  while (position < end) {
    const data = position + OPTION_HEADER_LENGTH;
    if (data > end) return undefined;
    const code = buffer.readUInt16BE(position);
    const length = buffer.readUInt16BE(position + 2);
    if (data + length > end) return undefined;
    // Of short data dns-packet takes what stands behind them.
    const isShort = length % (DECODED_LENGTHS.get(code) ?? 1) !== 0 || (code === CLIENT_SUBNET && length < 4);
    const option = isShort
      ? { code, data: buffer.subarray(data, data + length) }
      : optionDecoder.decode(buffer, position);
    options.push(plain(option, ''));
    position = data + length;
  }
  return options;
}

/** The value with its bytes as base64, the texts of TXT as texts, and types that dns-packet does not know by their names. */
function plain(value: unknown, key: string): unknown {
  if (value instanceof Uint8Array) return { base64: base64Of(value) };
  if (Array.isArray(value)) {
    return value.map(
      (item) => (key === 'data' && item instanceof Uint8Array ? textOf(item) : undefined) ?? plain(item, key),
    );
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner, name)]));
  }
  const isType = typeof value === 'string' && (key === 'typeCovered' || key === 'rrtypes');
  return isType ? value.replace(/^UNKNOWN_(\d+)$/, (_, number) => renderType(Number(number))) : value;
}
