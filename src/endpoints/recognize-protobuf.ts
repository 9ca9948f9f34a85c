/** Protobuf messages without Frame Streams around them: dumps of dnstap, and streams with other length prefixes. */
import { dnstapLevel, wireTypeOf } from '../dnstap/schema.ts';
import { LENGTH_LENGTH, readLength } from '../framestream/length.ts';
import { FieldCursor } from '../wire/field.ts';
import { MAX_VARINT32_LENGTH, MAX_VARINT64_LENGTH, scanVarint32, varintUint32 } from '../wire/varint.ts';

/** Fewer fields than this may be chance. */
const MIN_FIELDS = 3;

/** What may stand of a field without its value being seen to end, in bytes: a tag, and a length or a varint. */
const MAX_CUT_LENGTH = MAX_VARINT32_LENGTH + MAX_VARINT64_LENGTH;

/** Says which kind of protobuf without Frame Streams the first bytes of a file look like, if any. */
export function describeProtobuf(bytes: Uint8Array): string | undefined {
  if (bytes.length < 8) return undefined;
  if (countDnstapFields(bytes, 0, Number.POSITIVE_INFINITY) >= MIN_FIELDS) {
    return 'raw dnstap messages (protobuf) without Frame Streams around them';
  }
  const messages = prefixedMessages(bytes);
  for (const { prefixes, start, end } of messages) {
    if (countDnstapFields(bytes, start, end) >= MIN_FIELDS) {
      return `dnstap messages with ${prefixes}, without the START of Frame Streams`;
    }
  }
  for (const { prefixes, start, end } of messages) {
    // PowerDNS's own protobuf log begins each message with its type, and has 2-byte prefixes.
    if (bytes[start] === 0x08 && countFields(bytes, start, end, () => true) >= MIN_FIELDS) {
      return `protobuf messages with ${prefixes}, such as the log of PowerDNS, and no dnstap`;
    }
  }
  return undefined;
}

/** Where the first message would lie under each kind of length prefix that programs put before one. */
function prefixedMessages(bytes: Uint8Array): { prefixes: string; start: number; end: number }[] {
  const messages = [
    { prefixes: '4-byte length prefixes', start: LENGTH_LENGTH, end: LENGTH_LENGTH + readLength(bytes, 0) },
    { prefixes: '2-byte length prefixes', start: 2, end: 2 + bytes[0] * 256 + bytes[1] },
  ];
  const start = scanVarint32(bytes, 0, bytes.length);
  if (start < 0) return messages;
  return [...messages, { prefixes: 'varint length prefixes', start, end: start + varintUint32(bytes, 0, start) }];
}

/** As countFields, of the fields that a `Dnstap` message has. */
function countDnstapFields(bytes: Uint8Array, start: number, end: number): number {
  return countFields(bytes, start, end, ({ number, wireType }) => {
    const kind = dnstapLevel.kinds[number] ?? 0;
    return kind !== 0 && wireTypeOf(kind) === wireType;
  });
}

/**
 * How many protobuf fields there are from `start` to `end`, which may lie beyond the bytes; 0 where they are no fields, where
 * one reaches beyond `end`, and where one is not allowed. What is cut where the bytes end is no reason against fields.
 */
function countFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  isAllowed: (field: FieldCursor) => boolean,
): number {
  const field = new FieldCursor();
  let fields = 0;
  for (let position = start; position < Math.min(end, bytes.length); position = field.end, fields++) {
    if (field.scan(bytes, position, end) !== 0) {
      return end > bytes.length && position + MAX_CUT_LENGTH > bytes.length ? fields : 0;
    }
    if (!isAllowed(field)) return 0;
  }
  return fields;
}
