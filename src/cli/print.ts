/** Text on standard output. */
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { hasErrorCode } from '../endpoints/descriptor.ts';

/** Writes the texts, as fast as somebody reads them. A reader that has seen enough is no failure. */
export async function print(texts: Iterable<string> | AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(texts, process.stdout, { end: false });
  } catch (error) {
    if (!hasErrorCode(error, 'EPIPE')) throw error;
  }
}
