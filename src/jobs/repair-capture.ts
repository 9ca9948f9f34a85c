/**
 * A capture that was cut (its writer was killed, its disk was full) made whole where it lies: what there is of a last frame goes, and STOP
 * comes. A repair that is itself cut off leaves a cut capture, which can be repaired again.
 */
import { recognizeCompression } from '../endpoints/decompress.ts';
import {
  closeDescriptor,
  openForChanging,
  readDescriptor,
  renderKind,
  statDescriptor,
  syncDescriptor,
  truncateDescriptor,
  writeDescriptor,
} from '../endpoints/descriptor.ts';
import { renderPath } from '../endpoints/end.ts';
import { openInput } from '../endpoints/input.ts';
import { explainSystemError } from '../endpoints/system-error.ts';
import { EndpointError } from '../errors.ts';
import { CaptureReader } from '../framestream/capture.ts';
import { ControlType, encodeControl } from '../framestream/control.ts';
import { LENGTH_LENGTH, readLength } from '../framestream/length.ts';
import { MAX_SKIPPED_FRAME_LENGTH } from '../framestream/reader.ts';
import { readCapture } from './read-capture.ts';

/** What a repair found and did. */
export interface Repair {
  /** How many data frames the capture holds. */
  readonly frames: number;
  /** Whether it was whole, so that nothing was done. */
  readonly wasWhole: boolean;
  /** How many bytes of a frame that is not whole were cut off. */
  readonly cutLength: number;
}

const START = encodeControl(ControlType.start);
const STOP = encodeControl(ControlType.stop);

const NOTHING = { frames: 0, end: 0, isWhole: false };

/** There is nothing to wait for: the frames are only counted. */
const NO_BACKLOG = { isFull: false, start: () => Promise.resolve() };

/**
 * Repairs the capture at `path`. Throws EndpointError where it cannot be read or written, is no capture, is compressed, or has something
 * else wrong with it than its end.
 */
export async function repairCapture(path: string): Promise<Repair> {
  const name = renderPath(path);
  let fd: number;
  try {
    fd = await openForChanging(path);
  } catch (error) {
    throw refusal(name, explainSystemError(error), error);
  }
  try {
    const { size, isFile, kind } = await look(fd);
    if (!isFile) throw refusal(name, `it is ${kind}, and captures are repaired where they lie`);
    await refuseForeign(fd, name, size);
    const { frames, end, isWhole } = size < START.length ? NOTHING : await survey(path, name);
    if (isWhole) return { frames, wasWhole: true, cutLength: 0 };
    if ((await look(fd)).size !== size) throw refusal(name, 'it is still being written; stop that first');
    await truncateDescriptor(fd, end);
    await writeDescriptor(fd, end === 0 ? Buffer.concat([START, STOP]) : STOP, end);
    await syncDescriptor(fd);
    return { frames, wasWhole: false, cutLength: size - end };
  } catch (error) {
    throw error instanceof EndpointError ? error : refusal(name, explainSystemError(error), error);
  } finally {
    await closeDescriptor(fd);
  }
}

async function look(fd: number): Promise<{ size: number; isFile: boolean; kind: string }> {
  const stat = await statDescriptor(fd);
  return { size: Number(stat.size), isFile: stat.isFile(), kind: renderKind(stat) };
}

/** Throws EndpointError where the first bytes are compressed, or so few that nobody can tell what they are, and not those of a capture. */
async function refuseForeign(fd: number, name: string, size: number): Promise<void> {
  const head = Buffer.alloc(START.length);
  const length = await readDescriptor(fd, head);
  const compression = recognizeCompression(head);
  if (compression !== undefined) {
    const unpack = compression === 'gzip' ? 'zcat' : 'zstdcat';
    throw refusal(name, `it is compressed; unpack what there is of it (${unpack} FILE > NEW), and repair that`);
  }
  if (size < START.length && Buffer.compare(head.subarray(0, length), START.subarray(0, length)) !== 0) {
    throw refusal(name, 'it is no dnstap capture');
  }
}

/** How many data frames there are, where the last of them ends, and whether the capture is whole. */
async function survey(path: string, name: string): Promise<typeof NOTHING> {
  let frames = 0;
  const capture = new CaptureReader(
    (bytes, start, end) => {
      for (let position = start; position < end; frames++) position += LENGTH_LENGTH + readLength(bytes, position);
    },
    MAX_SKIPPED_FRAME_LENGTH,
    () => frames++,
  );
  const problem = await readCapture(await openInput({ kind: 'file', path }), capture, NO_BACKLOG);
  if (problem === undefined) return { frames, end: 0, isWhole: true };
  const { code, offset, message } = problem;
  if (code !== 'FRAME_TRUNCATED' && code !== 'STOP_MISSING') {
    throw refusal(
      name,
      `at byte ${offset} ${message}, and what follows would be lost; ` +
        `what comes before is kept by "head -c ${offset} FILE > NEW", and then by repairing that`,
    );
  }
  if (!capture.hasStarted) throw refusal(name, 'it ends before it begins: its START is not whole');
  return { frames, end: offset, isWhole: false };
}

function refusal(name: string, what: string, cause?: unknown): EndpointError {
  return new EndpointError('REPAIR_REFUSED', `cannot repair ${name}: ${what}.`, { cause });
}
