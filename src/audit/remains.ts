/** What is left: findings, each with the frames it was found in; what is exempt; and what is counted alone. */
import type { KindName } from './kinds.ts';

/** Why something is a finding, for people. */
export const REASONS = {
  present: 'is there, and the rules take it away or change it',
  client: 'names the client of the very frame',
  same: 'is what it was in the original',
  value: 'holds a value of the original',
  word: 'holds a word of a name that the rules hide',
  dropped: 'is a frame that the rules drop',
} as const;
export type Reason = keyof typeof REASONS;

/** What is counted and is no verdict, since it happens by chance, or since the rules do not speak of it. */
export const COUNTS = {
  address_of_other:
    'an address of four octets that is some client of the original: by chance, or in what the rules keep',
  fixed_point: 'an address or prefix that is what it was, as crypto-pan leaves some: one IPv4 address in 15,000',
  short_prefix: 'a prefix of less than 24 bits that is what it was',
  uncertain: 'may be what it was, or its client; which frame it was is not certain',
} as const;
export type CountName = keyof typeof COUNTS;

/** So many frames of each finding are named. */
const NAMED_FRAMES = 10;

export interface Finding {
  readonly kind: KindName;
  readonly reason: Reason;
  /** In how many frames. */
  readonly frames: number;
  /** The first of them by their numbers in the capture, from 1. */
  readonly first: readonly number[];
}

export interface Exempt {
  readonly kind: KindName;
  readonly because: string;
  readonly frames: number;
}

/** What a comparison found. */
export interface RemainsReport {
  readonly findings: readonly Finding[];
  readonly exempt: readonly Exempt[];
  /** In how many frames. */
  readonly counts: Readonly<Record<CountName, number>>;
  /** Frames of which the original is certain, and those of which it is not. */
  readonly aligned: number;
  readonly unaligned: number;
  /** Whether there were more values in the original than can be looked for. */
  readonly isPartial: boolean;
}

interface Entry {
  frames: number;
  last: number;
  readonly first: number[];
}

export class Remains {
  aligned = 0;
  unaligned = 0;
  isPartial = false;
  readonly #findings = new Map<string, Entry>();
  readonly #exempt = new Map<string, Entry>();
  readonly #counts = new Map<string, Entry>();

  find(kind: KindName, reason: Reason, frame: number): void {
    note(this.#findings, `${kind}\n${reason}`, frame);
  }

  spare(kind: KindName, because: string, frame: number): void {
    note(this.#exempt, `${kind}\n${because}`, frame);
  }

  count(name: CountName, frame: number): void {
    note(this.#counts, name, frame);
  }

  report(): RemainsReport {
    const entries = (map: ReadonlyMap<string, Entry>) =>
      [...map].map(([key, { frames, first }]) => ({ parts: key.split('\n') as [KindName, string], frames, first }));
    const counts = Object.keys(COUNTS).map((name) => [name, this.#counts.get(name)?.frames ?? 0]);
    return {
      findings: entries(this.#findings)
        .map(({ parts: [kind, reason], frames, first }) => ({ kind, reason: reason as Reason, frames, first }))
        .toSorted((a, b) => (a.first[0] ?? 0) - (b.first[0] ?? 0)),
      exempt: entries(this.#exempt).map(({ parts: [kind, because], frames }) => ({ kind, because, frames })),
      counts: Object.fromEntries(counts) as Record<CountName, number>,
      aligned: this.aligned,
      unaligned: this.unaligned,
      isPartial: this.isPartial,
    };
  }
}

function note(map: Map<string, Entry>, key: string, frame: number): void {
  let entry = map.get(key);
  if (entry === undefined) {
    entry = { frames: 0, last: 0, first: [] };
    map.set(key, entry);
  }
  if (entry.last === frame) return;
  entry.last = frame;
  entry.frames++;
  // Some are judged at the end, and are not the last ones.
  if (entry.first.length === NAMED_FRAMES && frame > (entry.first[NAMED_FRAMES - 1] as number)) return;
  entry.first.push(frame);
  entry.first.sort((a, b) => a - b);
  entry.first.length = Math.min(entry.first.length, NAMED_FRAMES);
}
