/** What a file that is no Frame Streams looks like, for the one line that says so. */
import { MAX_CONTROL_LENGTH, MIN_CONTROL_LENGTH } from '../framestream/control.ts';
import { LENGTH_LENGTH, readLength } from '../framestream/length.ts';
import { describeProtobuf } from './recognize-protobuf.ts';

/** Bytes that a format has at a fixed place. */
interface Magic {
  readonly start?: number;
  readonly bytes: string;
  readonly phrase: string;
}

const PCAP = 'a pcap capture of packets';
const CDNS = 'a C-DNS file (CBOR)';

/** The bytes are written as Latin-1. */
const MAGICS: readonly Magic[] = [
  { bytes: '\xa1\xb2\xc3\xd4', phrase: PCAP },
  { bytes: '\xd4\xc3\xb2\xa1', phrase: PCAP },
  { bytes: '\xa1\xb2\x3c\x4d', phrase: PCAP },
  { bytes: '\x4d\x3c\xb2\xa1', phrase: PCAP },
  { bytes: '\xa1\xb2\xcd\x34', phrase: PCAP },
  { bytes: '\x34\xcd\xb2\xa1', phrase: PCAP },
  { bytes: '\x0a\x0d\x0d\x0a', phrase: 'a pcapng capture of packets' },
  // RFC 8618, 7.3: an array of three whose first item is the text C-DNS.
  { bytes: '\x83\x65C-DNS', phrase: CDNS },
  { bytes: '\x9f\x65C-DNS', phrase: CDNS },
  { bytes: '\xd9\xd9\xf7\x83\x65C-DNS', phrase: CDNS },
  { bytes: '\x1f\x8b', phrase: 'gzip data inside compressed data' },
  { bytes: '\x28\xb5\x2f\xfd', phrase: 'zstd data inside compressed data' },
  { bytes: '\xfd7zXZ\0', phrase: 'xz data, which is not decompressed here (xz -dc FILE | tapfilter - ...)' },
  { bytes: 'BZh', phrase: 'bzip2 data, which is not decompressed here (bzip2 -dc FILE | tapfilter - ...)' },
  { bytes: '\x04\x22\x4d\x18', phrase: 'lz4 data, which is not decompressed here (lz4 -dc FILE | tapfilter - ...)' },
  { bytes: '7z\xbc\xaf\x27\x1c', phrase: 'a 7-Zip archive' },
  { bytes: 'PK\x03\x04', phrase: 'a zip archive' },
  { start: 257, bytes: 'ustar', phrase: 'a tar archive' },
  { bytes: '\x7fELF', phrase: 'a program (ELF)' },
  { bytes: 'SQLite format 3\0', phrase: 'an SQLite database' },
  { bytes: 'PAR1', phrase: 'a Parquet file' },
  { bytes: 'Obj\x01', phrase: 'an Avro file' },
  { bytes: '%PDF-', phrase: 'a PDF document' },
];

/** How much of the first bytes is looked at. */
const LOOK_LENGTH = 4096;

/**
 * What the first bytes of a (decompressed) file look like, as a phrase with its article and without a byte of the file;
 * undefined where they may be Frame Streams, and for an empty file.
 */
export function describeForeign(firstBytes: Uint8Array): string | undefined {
  if (mayBeFrameStreams(firstBytes)) return undefined;
  const bytes = firstBytes.subarray(0, LOOK_LENGTH);
  const magic = MAGICS.find((candidate) => hasMagic(bytes, candidate));
  if (magic !== undefined) return magic.phrase;
  if (bytes.every((byte) => byte === 0)) return 'nothing but zero bytes';
  return describeText(bytes) ?? describeProtobuf(bytes) ?? 'an unknown format';
}

/** Frame Streams begin with a control frame: four zero bytes and a length, big-endian. */
function mayBeFrameStreams(bytes: Uint8Array): boolean {
  if (bytes.subarray(0, LENGTH_LENGTH).some((byte) => byte !== 0)) return false;
  if (bytes.length < 2 * LENGTH_LENGTH) return bytes.subarray(4, 6).every((byte) => byte === 0);
  const length = readLength(bytes, LENGTH_LENGTH);
  return length >= MIN_CONTROL_LENGTH && length <= MAX_CONTROL_LENGTH;
}

function hasMagic(bytes: Uint8Array, { start = 0, bytes: magic }: Magic): boolean {
  if (bytes.length < start + magic.length) return false;
  for (let index = 0; index < magic.length; index++) {
    if (bytes[start + index] !== magic.charCodeAt(index)) return false;
  }
  return true;
}

function describeText(bytes: Uint8Array): string | undefined {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return 'a text file (UTF-16)';
  const text = decodeText(bytes);
  if (text === undefined) return undefined;
  const start = text.trimStart();
  if (/^[{[]\s*["{[\]}]/.test(start)) return 'JSON text';
  if (/^(---\s|%YAML|(- )?[\w-]+:(\s|$))/.test(start)) return 'YAML text';
  return 'a text file, such as a log';
}

/** The bytes as text, or undefined where they are none: not UTF-8, or with control characters that no text file has. */
function decodeText(bytes: Uint8Array): string | undefined {
  const isControl = (byte: number): boolean =>
    (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1b) || byte === 0x7f;
  if (bytes.some(isControl)) return undefined;
  try {
    // As a stream: the last character may be cut.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
