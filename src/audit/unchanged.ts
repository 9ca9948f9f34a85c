/**
 * Addresses that are what they were, where the method is Crypto-PAn. It leaves some as they are: the block for the first i + 1 bits of an
 * address is that for the first i wherever the next bit is that of the pad, so one bit of the pseudonym follows another, and an address of n
 * bits is its own pseudonym with the chance of (3/4)^(n - 1) / 2: one IPv4 address in 15,000. What tells a leak from that: an address
 * that is changed in one frame is changed in all of the period, and there are not many that are not.
 */
import { FingerprintMap, fingerprint } from './fingerprint-map.ts';
import type { KindName } from './kinds.ts';
import type { Remains } from './remains.ts';

/** So many times as often as the method does it is no chance (Markov's inequality: clients in one network go together). */
const MAX_RATIO = 1000;
/** So many unchanged values are remembered with their frames. */
const MAX_NAMED = 10_000;
/** So many frames of each are remembered. */
const MAX_FRAMES = 1000;

const UNCHANGED = 1;
const CHANGED = 2;

interface Unchanged {
  readonly kind: KindName;
  readonly key: number;
  readonly frames: number[];
}

export class UnchangedAddresses {
  readonly #states = new FingerprintMap();
  readonly #named = new Map<number, Unchanged>();
  /** By kind: how many values the method leaves on the average, and how many were left. */
  readonly #expected = new Map<KindName, number>();
  readonly #left = new Map<KindName, number>();

  /** Notes that a value of so many bits, in a period, is or is not what it was in a frame. */
  add(kind: KindName, period: number, value: string, bits: number, isUnchanged: boolean, frame: number): void {
    const key = fingerprint(`${kind} ${period} ${value}`);
    const known = this.#states.get(key);
    const state = Math.max(0, known) | (isUnchanged ? UNCHANGED : CHANGED);
    if (known === -1) this.#expected.set(kind, (this.#expected.get(kind) ?? 0) + chanceOf(bits));
    if (known !== state) this.#states.set(key, state);
    if (!isUnchanged) return;
    const entry = this.#named.get(key);
    if (entry !== undefined) {
      if (entry.frames.length < MAX_FRAMES) entry.frames.push(frame);
    } else {
      this.#left.set(kind, (this.#left.get(kind) ?? 0) + 1);
      if (this.#named.size < MAX_NAMED) this.#named.set(key, { kind, key, frames: [frame] });
    }
  }

  /** Puts what was noted into the remains: as findings, or as what the method itself does. */
  report(remains: Remains): void {
    const entries = [...this.#named.values()].flatMap(({ kind, key, frames }) =>
      frames.map((frame) => ({ kind, key, frame })),
    );
    for (const { kind, key, frame } of entries.toSorted((a, b) => a.frame - b.frame)) {
      const isMixed = this.#states.get(key) === (UNCHANGED | CHANGED);
      const isOften = (this.#left.get(kind) ?? 0) > MAX_RATIO * (this.#expected.get(kind) ?? 0);
      if (isMixed || isOften) remains.find(kind, 'same', frame);
      else remains.count('fixed_point', frame);
    }
  }
}

function chanceOf(bits: number): number {
  return 0.75 ** (bits - 1) / 2;
}
