/** Frames that are told apart by a number in them, to see which of them arrived, and in which order. */
import { bytesField, concat, field } from './frames.ts';
import { until } from './running-program.ts';

const PADDING = 'x'.repeat(100);

/** The frames with the numbers from `start` on. They are canonical, and pass rules that keep everything as they are. */
export function numberedFrames(start: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) =>
    concat(
      bytesField(1, `server ${String(start + index).padStart(9, '0')} ${PADDING}`),
      bytesField(14, concat(field(1, 5), field(2, 1), field(3, 1))),
      field(15, 1),
    ),
  );
}

/** The numbers of such frames. */
export function numbersOf(frames: readonly Uint8Array[]): number[] {
  return frames.map((frame) =>
    Number(/server (\d{9}) /.exec(Buffer.from(frame).toString('latin1'))?.[1] ?? Number.NaN),
  );
}

/** Waits until a running program has a frame of that number or a later one on disk, as `numbersOnDisk` finds them. */
export function hasArrived(number: number, numbersOnDisk: () => number[]): Promise<void> {
  return until(() => {
    try {
      return numbersOnDisk().some((other) => other >= number);
    } catch {
      // A file got another name while it was to be read.
      return false;
    }
  });
}
