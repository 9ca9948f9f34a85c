/**
 * A DNS message from its first octet as far as it can be read (RFC 1035, 4.1). Read by hand and not by dns-packet, which joins labels
 * with dots, takes octets for UTF-8, and gives up a message for one record: an audit must see what is there.
 */

/** The labels of a name, the leftmost first, an octet a character. */
export type Labels = readonly string[];

export interface DnsQuestion {
  readonly name: Labels;
  readonly type: number;
  readonly class: number;
}

export interface DnsRecord {
  readonly owner: Labels;
  readonly type: number;
  readonly class: number;
  /** Where the rdata stands. */
  readonly start: number;
  readonly end: number;
  /** The names in the rdata of types that are known to have some. */
  readonly names: readonly Labels[];
}

export interface DnsMessage {
  readonly bytes: Buffer;
  readonly id: number;
  /** The second two octets: QR, opcode, flags and RCODE. */
  readonly flags: number;
  readonly questionCount: number;
  readonly questions: readonly DnsQuestion[];
  readonly records: readonly DnsRecord[];
  /** Whether the header is there, and everything that the counts say. */
  readonly isWhole: boolean;
  /** Where the first octet is that does not belong to what was read. */
  readonly end: number;
}

const HEADER_LENGTH = 12;
const MAX_NAME_LENGTH = 255;

/** Where names stand in rdata: numbers are octets to pass over, `s` is a character-string, `n` a name. What follows does not matter. */
const RDATA_NAMES: Readonly<Record<number, string>> = {
  ...Object.fromEntries([2, 3, 4, 5, 7, 8, 9, 12, 23, 39].map((type) => [type, 'n'])),
  ...Object.fromEntries([6, 14, 17, 58].map((type) => [type, 'nn'])),
  ...Object.fromEntries([15, 18, 21, 36, 107, 64, 65].map((type) => [type, '2n'])),
  24: 'in',
  26: '2nn',
  30: 'n',
  33: '222n',
  35: '4sssn',
  46: 'in',
  47: 'n',
  66: '5n',
  249: 'n',
  250: 'n',
};
/** The octets before the signer's name in SIG and RRSIG. */
const SIGNATURE_PREFIX = 18;

/** Reads on behind each name that it has read, and throws where there is none. */
class Cursor {
  position = 0;
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  skip(length: number): void {
    if (this.position + length > this.bytes.length) throw new RangeError('the message ends');
    this.position += length;
  }

  uint16(): number {
    this.skip(2);
    return this.bytes.readUInt16BE(this.position - 2);
  }

  name(): Labels {
    const labels: string[] = [];
    const { bytes } = this;
    let at = this.position;
    let end = 0;
    let length = 0;
    // Each pointer goes further back than the one before, so this ends.
    let limit = bytes.length;
    for (;;) {
      const octet = bytes[at];
      if (octet === undefined) throw new RangeError('the message ends');
      if (octet >= 0xc0) {
        const low = bytes[at + 1];
        if (low === undefined) throw new RangeError('the message ends');
        const target = ((octet & 0x3f) << 8) | low;
        if (end === 0) end = at + 2;
        if (target >= Math.min(at, limit)) throw new RangeError('a pointer goes forward');
        limit = at = target;
        continue;
      }
      if (octet >= 0x40) throw new RangeError('a label of another kind');
      length += octet + 1;
      if (length > MAX_NAME_LENGTH || at + 1 + octet > bytes.length) throw new RangeError('a name that is too long');
      if (octet === 0) break;
      labels.push(bytes.toString('latin1', at + 1, at + 1 + octet));
      at += 1 + octet;
    }
    this.position = end === 0 ? at + 1 : end;
    return labels;
  }
}

/** Reads a message; never throws: of one that is malformed, what comes before that place. */
export function readDnsMessage(message: Uint8Array): DnsMessage {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const cursor = new Cursor(bytes);
  const questions: DnsQuestion[] = [];
  const records: DnsRecord[] = [];
  if (bytes.length < HEADER_LENGTH) {
    return { bytes, id: 0, flags: 0, questionCount: 0, questions, records, isWhole: false, end: 0 };
  }
  const [id = 0, flags = 0, questionCount = 0, ...counts] = [0, 0, 0, 0, 0, 0].map(() => cursor.uint16());
  let isWhole = false;
  let end = cursor.position;
  try {
    for (let left = questionCount; left > 0; left--) {
      const name = cursor.name();
      questions.push({ name, type: cursor.uint16(), class: cursor.uint16() });
      end = cursor.position;
    }
    for (let left = counts.reduce((sum, count) => sum + count, 0); left > 0; left--) {
      records.push(readRecord(cursor));
      end = cursor.position;
    }
    isWhole = true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { bytes, id, flags, questionCount, questions, records, isWhole, end };
}

function readRecord(cursor: Cursor): DnsRecord {
  const owner = cursor.name();
  const type = cursor.uint16();
  const dnsClass = cursor.uint16();
  cursor.skip(4);
  const length = cursor.uint16();
  const start = cursor.position;
  cursor.skip(length);
  const end = cursor.position;
  const layout = RDATA_NAMES[type];
  const names = layout === undefined || length === 0 ? [] : readNames(cursor, layout, start);
  cursor.position = end;
  return { owner, type, class: dnsClass, start, end, names };
}

function readNames(cursor: Cursor, layout: string, start: number): Labels[] {
  const names: Labels[] = [];
  cursor.position = start;
  for (const step of layout) {
    if (step === 'n') names.push(cursor.name());
    else if (step === 's') cursor.skip(1 + (cursor.bytes[cursor.position] ?? 0));
    else cursor.skip(step === 'i' ? SIGNATURE_PREFIX : Number(step));
  }
  return names;
}

/** An EDNS option. */
export interface EdnsOption {
  readonly code: number;
  readonly data: Buffer;
}

/** The options in the rdata of an OPT; what does not fill it is given as a last option without a code (-1). */
export function optionsOf({ bytes }: DnsMessage, { start, end }: DnsRecord): EdnsOption[] {
  const options: EdnsOption[] = [];
  let position = start;
  while (position + 4 <= end) {
    const next = position + 4 + bytes.readUInt16BE(position + 2);
    if (next > end) break;
    options.push({ code: bytes.readUInt16BE(position), data: bytes.subarray(position + 4, next) });
    position = next;
  }
  if (position < end) options.push({ code: -1, data: bytes.subarray(position, end) });
  return options;
}

/** The character-strings in the rdata of a TXT. */
export function stringsOf({ bytes }: DnsMessage, { start, end }: DnsRecord): string[] {
  const strings: string[] = [];
  for (let position = start; position < end; ) {
    const next = Math.min(end, position + 1 + bytes[position]);
    strings.push(bytes.toString('latin1', position + 1, next));
    position = next;
  }
  return strings;
}

/** The addresses in the parameters 4 and 6 of a SVCB or HTTPS, as they stand. */
export function hintsOf({ bytes }: DnsMessage, { start, end }: DnsRecord): Buffer[] {
  const hints: Buffer[] = [];
  let position = start + 2;
  while (position < end && bytes[position] !== 0) position += 1 + bytes[position];
  position += 1;
  while (position + 4 <= end) {
    const key = bytes.readUInt16BE(position);
    const next = Math.min(end, position + 4 + bytes.readUInt16BE(position + 2));
    const step = key === 4 ? 4 : key === 6 ? 16 : 0;
    if (step > 0) {
      for (let at = position + 4; at + step <= next; at += step) hints.push(bytes.subarray(at, at + step));
    }
    position = next;
  }
  return hints;
}
