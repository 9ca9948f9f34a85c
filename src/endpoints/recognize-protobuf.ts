/** Protobuf messages without Frame Streams around them: dumps of dnstap, and streams with other length prefixes. */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** The wire type of each field of a `Dnstap` message: identity, version, extra, message, type. */
const DNSTAP_FIELDS: ReadonlyMap<number, number> = new Map([
  [1, BYTES],
  [2, BYTES],
  [3, BYTES],
  [14, BYTES],
  [15, VARINT],
]);

/** Length prefixes that programs put before a message, big-endian: where the message starts, and how long it is. */
const PREFIXES: readonly { phrase: string; start: number; length: (view: DataView) => number }[] = [
  { phrase: '4-byte length prefixes', start: 4, length: (view) => view.getUint32(0) },
  { phrase: '2-byte length prefixes', start: 2, length: (view) => view.getUint16(0) },
];

/** Fewer fields than this may be chance. */
const MIN_FIELDS = 3;

/** Says which kind of protobuf without Frame Streams the first bytes of a file look like, if any. */
export function describeProtobuf(bytes: Uint8Array): string | undefined {
  if (bytes.length < 8) return undefined;
  if (countFields(bytes, 0, Number.POSITIVE_INFINITY, DNSTAP_FIELDS) >= MIN_FIELDS) {
    return 'raw dnstap messages (protobuf) without Frame Streams around them';
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const prefixes = [...PREFIXES, delimitedPrefix(bytes)];
  const frames = prefixes.map(({ phrase, start, length }) => ({ phrase, start, end: start + length(view) }));
  for (const { phrase, start, end } of frames) {
    if (countFields(bytes, start, end, DNSTAP_FIELDS) >= MIN_FIELDS) {
      return `dnstap messages with ${phrase}, without the START of Frame Streams`;
    }
  }
  for (const { phrase, start, end } of frames) {
    // PowerDNS's own protobuf log begins each message with its type, and has 2-byte prefixes.
    if (bytes[start] === 0x08 && countFields(bytes, start, end) >= MIN_FIELDS) {
      return `protobuf messages with ${phrase}, such as the log of PowerDNS, and no dnstap`;
    }
  }
  return undefined;
}

function delimitedPrefix(bytes: Uint8Array): (typeof PREFIXES)[number] {
  const [length, start] = readVarint(bytes, 0) ?? [0, bytes.length];
  return { phrase: 'varint length prefixes', start, length: () => length };
}

/**
 * How many protobuf fields there are from `start` to `end`, counting one that is cut where the bytes end; 0 where they are
 * no fields, where one reaches beyond `end`, and where `allowed` has no such field or another wire type for it.
 */
function countFields(bytes: Uint8Array, start: number, end: number, allowed?: ReadonlyMap<number, number>): number {
  let fields = 0;
  for (let position = start; position < Math.min(end, bytes.length); fields++) {
    const tag = readVarint(bytes, position);
    if (tag === undefined) return 0;
    const number = Math.floor(tag[0] / 8);
    const wireType = tag[0] % 8;
    if (number === 0 || (allowed !== undefined && allowed.get(number) !== wireType)) return 0;
    position = skipValue(bytes, tag[1], wireType);
    if (position < 0 || position > end) return 0;
  }
  return fields;
}

/** The end of a value, which may lie beyond the bytes; -1 where there is no such value. */
function skipValue(bytes: Uint8Array, start: number, wireType: number): number {
  if (wireType === FIXED64) return start + 8;
  if (wireType === FIXED32) return start + 4;
  if (wireType !== VARINT && wireType !== BYTES) return -1;
  const varint = readVarint(bytes, start);
  if (varint === undefined) return -1;
  return varint[1] + (wireType === BYTES ? varint[0] : 0);
}

/** The value of a varint, as far as it is there, and its end; undefined where it has no end. */
function readVarint(bytes: Uint8Array, start: number): [value: number, end: number] | undefined {
  let value = 0;
  for (let position = start, factor = 1; position < start + 10; position++, factor *= 128) {
    if (position >= bytes.length) return [value, position];
    value += (bytes[position] % 128) * factor;
    if (bytes[position] < 128) return [value, position + 1];
  }
  return undefined;
}
