/** What BIND's dnstap-read prints of single frames. */
import { writeFile } from 'node:fs/promises';
import { dnstapFrame, message } from './frames.ts';
import { missing } from './peers.ts';
import { runProgram } from './run-program.ts';

/** Whether the program is on this machine. */
export const hasDnstapRead: boolean = !missing.includes('dnstap-read');

const START_AND_STOP = [
  '000000000000002200000002000000010000001670726f746f6275663a646e737461702e446e73746170',
  '000000000000000400000003',
].map((text) => Buffer.from(text, 'hex'));

/** START, any number of frames, STOP. */
function encode(frames: readonly Uint8Array[]): Buffer {
  const [start, stop] = START_AND_STOP as [Buffer, Buffer];
  const framed = frames.flatMap((frame) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    return [length, frame];
  });
  return Buffer.concat([start, ...framed, stop]);
}

/** The text that it prints of a capture in the time zone; throws where it is not content. */
export async function printedText(path: string, TZ: string): Promise<string> {
  const { status, stdout, stderr } = await runProgram('env', [`TZ=${TZ}`, 'dnstap-read', path]);
  if (status !== 0 || stderr !== '') throw new Error(`dnstap-read ended with ${status}: ${stderr}`);
  return stdout;
}

/**
 * The line that it prints of each frame, without the line feed and in UTC, or undefined where it prints none, as for those at which it
 * complains or crashes: they are found by halves. Writes to `path`.
 */
export async function printedLines(frames: readonly Uint8Array[], path: string): Promise<(string | undefined)[]> {
  if (frames.length === 0) return [];
  // It prints nothing at all of some frames, so each has one behind it that tells where it was.
  await writeFile(path, encode(frames.flatMap((frame, place) => [frame, marker(place)])));
  const { status, stdout, stderr } = await runProgram('env', ['TZ=UTC', 'dnstap-read', path]);
  if (status === 0 && stderr === '') return linesBetweenMarkers(stdout, frames.length);
  if (frames.length === 1) return [undefined];
  const middle = frames.length >> 1;
  return [...(await printedLines(frames.slice(0, middle), path)), ...(await printedLines(frames.slice(middle), path))];
}

function marker(place: number): Uint8Array {
  const values = { type: 11, query_address: Uint8Array.of(255, 255, 255, 255), query_port: place };
  return dnstapFrame({ message: message(values) });
}

function linesBetweenMarkers(text: string, count: number): (string | undefined)[] {
  const lines = new Array<string | undefined>(count).fill(undefined);
  let last: string | undefined;
  for (const line of text.split('\n')) {
    const place = /^\?.* TQ 255\.255\.255\.255:(\d+) -> \? UDP 0b /.exec(line)?.[1];
    if (place === undefined) last = line;
    else {
      lines[Number(place)] = last;
      last = undefined;
    }
  }
  return lines;
}
