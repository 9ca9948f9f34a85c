/** What all ways of showing frames have in common. */
import type { FrameCode } from '../errors.ts';
import type { FrameView } from './frame-view.ts';

/** Where a data frame starts: in which input, and at which byte of it, decompressed. */
export interface FramePlace {
  readonly input: string;
  readonly offset: number;
}

/** A data frame that cannot be shown: why, and its length in bytes. */
export interface UnreadableFrame {
  readonly code: FrameCode;
  readonly length: number;
  /** Undefined where nobody has read them. */
  readonly bytes: Uint8Array | undefined;
}

/** Writes one line for each frame, with its line feed. */
export interface FrameRenderer {
  /** The line of the frame that `view` has read, which is not malformed. */
  render(view: FrameView, place: FramePlace): string;
  renderUnreadable(frame: UnreadableFrame, place: FramePlace): string;
}
