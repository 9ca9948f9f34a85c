/** Captures to try: what real servers wrote, and one of the hand-made frames; read and written without any code of src/. */
import { readdirSync, readFileSync } from 'node:fs';
import { concat } from './frames.ts';
import { handmadeFrames } from './handmade.ts';
import { hex } from './hex.ts';

const START = hex`
  00 00 00 00   00 00 00 22                                                # a control frame of 34 bytes
  00 00 00 02   00 00 00 01   00 00 00 16                                  # START, a content type of 22 bytes:
  70 72 6f 74 6f 62 75 66 3a 64 6e 73 74 61 70 2e 44 6e 73 74 61 70        # protobuf:dnstap.Dnstap
`.slice();
const STOP = hex`00 00 00 00   00 00 00 04   00 00 00 03`;

/** A capture and the data frames in it. */
export interface Capture {
  name: string;
  bytes: Uint8Array;
  frames: Uint8Array[];
}

/** START, the frames, STOP. A data frame cannot be empty. */
export function encodeCapture(frames: readonly Uint8Array[]): Uint8Array {
  return concat(START, ...frames.flatMap((frame) => [uint32(frame.length), frame]), STOP);
}

/** The data frames of a capture that is START, data frames and STOP to the bit; throws at anything else. */
export function decodeCapture(bytes: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(bytes);
  const end = buffer.length - STOP.length;
  const framed = buffer.subarray(0, START.length).equals(START) && buffer.subarray(end).equals(STOP);
  if (!framed || end < START.length) throw new Error('not a capture that begins with START and ends with STOP');
  const frames: Uint8Array[] = [];
  for (let position = START.length; position < end; ) {
    const length = buffer.readUInt32BE(position);
    const frameEnd = position + 4 + length;
    if (length === 0 || frameEnd > end) throw new Error('not data frames alone between START and STOP');
    frames.push(Uint8Array.from(buffer.subarray(position + 4, frameEnd)));
    position = frameEnd;
  }
  return frames;
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const folder = new URL('../../fixtures/', import.meta.url);

/** The captures of real servers. */
export const fixtures: readonly Capture[] = readdirSync(folder)
  .filter((name) => name.endsWith('.dnstap'))
  .sort()
  .map((name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, folder)));
    return { name, bytes, frames: decodeCapture(bytes) };
  });

const frames = handmadeFrames.map(({ bytes }) => bytes).filter((bytes) => bytes.length > 0);

/** The hand-made frames, malformed ones too. */
export const handmadeCapture: Capture = { name: 'hand-made frames', bytes: encodeCapture(frames), frames };

/** All of these. */
export const captures: readonly Capture[] = [...fixtures, handmadeCapture];
