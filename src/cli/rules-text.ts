/** The text of a rules file, from a regular file or a pipe; what cannot be one is told apart before the parser sees it. */
import { recognizeCompression } from '../endpoints/decompress.ts';
import {
  closeDescriptor,
  hasErrorCode,
  openForReading,
  readDescriptor,
  renderKind,
  statDescriptor,
} from '../endpoints/descriptor.ts';
import { renderPath } from '../endpoints/end.ts';
import { describeForeign } from '../endpoints/recognize.ts';
import { type ByteSource, FileSource, StreamSource } from '../endpoints/source.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { MAX_TEXT_LENGTH } from '../rules/yaml-source.ts';
import { UsageError } from './usage-error.ts';

/**
 * The most bytes that are read of a rules file: where there are so many, they are more characters than the parser takes, however
 * many bytes a character has, and it says so.
 */
const MAX_LENGTH = 3 * (MAX_TEXT_LENGTH + 1) + 1;

/** The text, or the beginning of one that is too long. Throws UsageError where it cannot be read, or is something else. */
export async function readRulesText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readStart(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw unreadable(path, explainSystemError(error));
  }
  const foreign = describeNoRules(bytes);
  if (foreign !== undefined) {
    throw new UsageError(`cannot use the rules ${renderPath(path)}: this is ${foreign}, not a rules file.`);
  }
  return bytes.toString('utf8');
}

async function readStart(path: string): Promise<Buffer> {
  const fd = await openForReading(path);
  const chunks: Uint8Array[] = [];
  let source: ByteSource | undefined;
  try {
    const stat = await statDescriptor(fd);
    if (!stat.isFile() && !stat.isFIFO()) throw unreadable(path, `it is ${renderKind(stat)}; name a file`);
    if (stat.isFIFO()) chunks.push(await readFirst(fd, path));
    source = stat.isFIFO() ? new StreamSource(fd) : new FileSource(fd, true);
    while (source.position < MAX_LENGTH) {
      const chunk = await source.read();
      if (chunk === undefined) break;
      // It is ours until the next read only.
      chunks.push(Uint8Array.from(chunk));
    }
  } finally {
    await (source === undefined ? closeDescriptor(fd) : source.close());
  }
  return Buffer.concat(chunks).subarray(0, MAX_LENGTH);
}

/** How long a FIFO may be without somebody who writes into it, in milliseconds. That of `<(command)` never is. */
const WRITER_TIMEOUT = 3000;
const WRITER_INTERVAL = 50;

/** The first bytes of a FIFO; none where somebody is there to write them later. Throws UsageError where nobody is. */
async function readFirst(fd: number, path: string): Promise<Uint8Array> {
  const buffer = new Uint8Array(4096);
  for (let waited = 0; waited < WRITER_TIMEOUT; waited += WRITER_INTERVAL) {
    try {
      const length = await readDescriptor(fd, buffer);
      if (length > 0) return buffer.subarray(0, length);
    } catch (error) {
      if (hasErrorCode(error, 'EAGAIN')) return new Uint8Array(0);
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, WRITER_INTERVAL));
  }
  throw unreadable(path, 'it is a pipe, and nobody writes into it');
}

function unreadable(path: string, reason: string): UsageError {
  return new UsageError(`cannot read the rules ${renderPath(path)}: ${reason}.`);
}

/** What says of bytes no more than the parser does, which knows the place too. */
const PERHAPS_RULES = /text|unknown format/;

/** What a file is that cannot be a rules file, as a phrase with its article; undefined where it may be one. */
function describeNoRules(bytes: Uint8Array): string | undefined {
  const compression = recognizeCompression(bytes);
  if (compression !== undefined) return `${compression} data`;
  if (bytes.length === 0) return undefined;
  // Only Frame Streams have no name there: a capture must not be called anything else.
  const phrase = describeForeign(bytes) ?? 'a capture';
  if (!PERHAPS_RULES.test(phrase)) return phrase;
  return bytes.length >= 4 && bytes.subarray(0, 4).every((byte) => byte === 0) ? 'a capture' : undefined;
}
