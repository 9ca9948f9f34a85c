/**
 * Which frame of the original a filtered one was. Filtered frames stand in the order of the original, some are missing, and nothing in them
 * says which. What no rule changes (message type, families, protocols, the header and the types in the question) and what rules only
 * round or take away (times) says which originals are possible; the order and the number of frames of each type that are missing says
 * between which two places the frame was:
 *
 * - not before the earliest original that is possible for it after the earliest one of the frame before it;
 * - of its type not before as many as stand before it in the filtered capture, and not behind so many more as are missing in all.
 *
 * Frames that the rules drop, as far as that can be told, count on neither side. The true original is always one of the candidates, as long as they are complete. Where nothing is missing there is one alone.
 */
import type { DroppedFrames } from './dropped-frames.ts';
import type { Envelope } from './envelope.ts';
import { type IdentifiedFrame, identify } from './identify.ts';

/** What a filtered frame may have been. */
export interface Candidates {
  readonly frames: readonly IdentifiedFrame[];
  /** Whether the true original is certainly among them. */
  readonly isComplete: boolean;
}

/** So many originals are looked at for one frame; where more are possible nothing is certain. */
const MAX_CANDIDATES = 64;
/** So many originals are remembered. */
const MAX_WINDOW = 4000;
/** So many that are not needed again may stand before them. */
const MAX_STALE = 256;
/** The longest unit to which rules round times, in seconds. */
const LONGEST_UNIT = 86_400;

/** An original in the window. */
interface Original {
  /** How many frames of its type stand before it. */
  readonly ordinal: number;
  readonly identified: IdentifiedFrame;
}

export class Alignment {
  readonly #frames: AsyncIterator<readonly Uint8Array[]>;
  /** By message type: how many frames of the original are not in the filtered capture. */
  readonly #missing: readonly number[];
  readonly #drops: DroppedFrames | undefined;
  readonly #isWanted: (type: number) => boolean;
  #window: Original[] = [];
  /** What stands before this place in the window is not needed again. */
  #front = 0;
  #hasEnded = false;
  /** By message type: how many originals were loaded, and how many filtered frames were seen. */
  readonly #loadedOf: number[] = [];
  readonly #seenOf: number[] = [];

  /** `originals` and `filtered`: by message type, how many frames there are that `drops`, where it is given, does not have. */
  constructor(
    frames: AsyncIterable<readonly Uint8Array[]>,
    originals: readonly number[],
    filtered: readonly number[],
    drops: DroppedFrames | undefined,
  ) {
    this.#drops = drops;
    this.#frames = frames[Symbol.asyncIterator]();
    this.#missing = originals.map((count, type) => count - (filtered[type] ?? 0));
    this.#isWanted = (type) => (filtered[type] ?? 0) > 0;
  }

  /** The candidates for the next filtered frame; to be asked for in order. */
  async candidatesFor(frame: IdentifiedFrame): Promise<Candidates> {
    const { type } = frame.envelope;
    if (this.#drops?.has(frame)) return { frames: [], isComplete: false };
    const first = this.#seenOf[type] ?? 0;
    this.#seenOf[type] = first + 1;
    const last = first + Math.max(0, this.#missing[type] ?? 0);
    while ((this.#loadedOf[type] ?? 0) <= last && this.#window.length - this.#front < MAX_WINDOW && !this.#hasEnded)
      await this.#load();
    const found: IdentifiedFrame[] = [];
    let earliest = -1;
    for (let at = this.#front; at < this.#window.length; at++) {
      const { ordinal, identified } = this.#window[at] as Original;
      if (identified.envelope.type !== type || ordinal < first) continue;
      if (ordinal > last || found.length > MAX_CANDIDATES) break;
      if (!isPossible(identified, frame)) continue;
      if (earliest === -1) earliest = at;
      found.push(identified);
    }
    this.#front = Math.max(this.#front, earliest + 1);
    if (this.#front > MAX_STALE) {
      this.#window = this.#window.slice(this.#front);
      this.#front = 0;
    }
    const isComplete = (this.#loadedOf[type] ?? 0) > last || this.#hasEnded;
    return {
      frames: found.slice(0, MAX_CANDIDATES),
      isComplete: isComplete && found.length <= MAX_CANDIDATES && (this.#missing[type] ?? -1) >= 0,
    };
  }

  /** Reads the originals to their end. */
  async finish(): Promise<void> {
    while (!this.#hasEnded) await this.#load(false);
  }

  async #load(keeps = true): Promise<void> {
    const { done, value } = await this.#frames.next();
    if (done) {
      this.#hasEnded = true;
      return;
    }
    if (!keeps) return;
    for (const bytes of value) {
      const identified = identify(bytes);
      const { type } = identified.envelope;
      if (this.#drops?.has(identified)) continue;
      const ordinal = this.#loadedOf[type] ?? 0;
      this.#loadedOf[type] = ordinal + 1;
      if (this.#isWanted(type)) this.#window.push({ ordinal, identified });
    }
  }
}

/** Whether some rules could make the filtered frame of the original one. */
function isPossible(original: IdentifiedFrame, filtered: IdentifiedFrame): boolean {
  const [from, to] = [original.envelope, filtered.envelope];
  if (to.family !== 0 && to.family !== from.family) return false;
  if (to.protocol !== 0 && to.protocol !== from.protocol) return false;
  if (to.http !== 0 && to.http !== from.http) return false;
  if (!isTimePossible(from, to, 'querySeconds') || !isTimePossible(from, to, 'responseSeconds')) return false;
  return filtered.messages.every(({ side, bytes, flags, questionCount, questions }) => {
    const source = original.messages.findLast((message) => message.side === side);
    if (source === undefined) return false;
    if (bytes.length < 12 || source.bytes.length < 12) return true;
    if (source.flags !== flags || source.questionCount !== questionCount) return false;
    return questions.every(({ type }, index) => type === (source.questions[index]?.type ?? type));
  });
}

function isTimePossible(from: Envelope, to: Envelope, field: 'querySeconds' | 'responseSeconds'): boolean {
  const rounded = to[field].at(-1);
  if (rounded === undefined) return true;
  const difference = (from[field].at(-1) ?? -1) - rounded;
  return difference >= 0 && difference < LONGEST_UNIT;
}
