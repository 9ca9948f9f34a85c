/** Words of names that the rules hide: labels of the original that are long enough to mean something. */
import type { Labels } from './dns-message.ts';
import { FingerprintMap, fingerprint } from './fingerprint-map.ts';

/** Shorter labels are words that everybody uses. */
const MIN_WORD_LENGTH = 8;
const HIDDEN = 1;
const OPEN = 2;

export class HiddenWords {
  readonly #words = new FingerprintMap();

  /** Whether there were more words than are remembered. */
  get isFull(): boolean {
    return this.#words.isFull;
  }

  /** Notes the labels of a name of which the last `open` may stay. A word that may stay somewhere is not hidden anywhere. */
  add(labels: Labels, open: number): void {
    for (const [index, label] of labels.entries()) {
      if (label.length < MIN_WORD_LENGTH) continue;
      const key = fingerprint(label.toLowerCase());
      if (index >= labels.length - open) this.#words.set(key, OPEN);
      else if (this.#words.get(key) !== OPEN) this.#words.set(key, HIDDEN);
    }
  }

  /** Whether one of the words of a text is hidden. */
  isIn(text: string): boolean {
    if (this.#words.size === 0) return false;
    for (const [word] of text.matchAll(/[a-z0-9_-]{8,}/gi)) {
      if (this.#words.get(fingerprint(word.toLowerCase())) === HIDDEN) return true;
    }
    return false;
  }
}
