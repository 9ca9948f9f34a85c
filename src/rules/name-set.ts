/** Names, and wildcards for all that stands below a name, to be looked up without an allocation. */
import { foldName, MAX_NAME_LENGTH } from '../dns/name.ts';
import { parseName } from '../dns/name-text.ts';
import { HASH_OFFSET, hashOctets } from '../wire/octet-hash.ts';

/** What is written before a name to mean everything below it, and not the name itself, as in RPZ. */
const WILDCARD = '*.';

/** The name in wire format, and whether all that is below it is meant; undefined where the text is no name. */
export function parseNamePattern(text: string): { name: Uint8Array; isWildcard: boolean } | undefined {
  if (!text.startsWith(WILDCARD)) return named(text, false);
  const above = text.slice(WILDCARD.length);
  // "*." is everything below the root; the dot of "." does not stand twice.
  return above === '.' ? undefined : named(above || '.', true);
}

function named(text: string, isWildcard: boolean): { name: Uint8Array; isWildcard: boolean } | undefined {
  const name = parseName(text);
  return name && { name, isWildcard };
}

export class NameSet {
  /** By a hash of the name in wire format. */
  readonly #names = new Map<number, Uint8Array[]>();
  readonly #above = new Map<number, Uint8Array[]>();
  readonly #folded = new Uint8Array(MAX_NAME_LENGTH);
  readonly #labels = new Uint8Array(MAX_NAME_LENGTH / 2);

  /** Adds a name as text, or one after `*.` for all names below it, both valid. */
  add(text: string): void {
    const pattern = parseNamePattern(text);
    if (pattern === undefined) throw new Error('a name that was not checked');
    const { name, isWildcard } = pattern;
    const names = isWildcard ? this.#above : this.#names;
    const key = hashOctets(name, 0, name.length, HASH_OFFSET);
    names.set(key, [...(names.get(key) ?? []), name]);
  }

  /** Whether the name at `start` of a message, which `scanName` has accepted, is in the set. */
  has(bytes: Uint8Array, message: number, start: number): boolean {
    const folded = this.#folded;
    const labels = this.#labels;
    const length = foldName(bytes, message, start, folded);
    let count = 0;
    if (this.#above.size > 0) {
      for (let label = 0; folded[label] !== 0; label += folded[label] + 1) labels[count++] = label;
    }
    // From the right, so that all endings are hashed in one pass.
    let end = length;
    let mixed = HASH_OFFSET;
    for (let index = count; index > 0; index--) {
      const ending = index === count ? length - 1 : labels[index];
      mixed = hashOctets(folded, ending, end, mixed);
      if (holds(this.#above, mixed, folded, ending, length)) return true;
      end = ending;
    }
    return holds(this.#names, hashOctets(folded, 0, end, mixed), folded, 0, length);
  }
}

function holds(names: Map<number, Uint8Array[]>, key: number, bytes: Uint8Array, start: number, end: number): boolean {
  const candidates = names.get(key);
  return candidates?.some((name) => equals(name, bytes, start, end)) ?? false;
}

function equals(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) if (name[index] !== bytes[start + index]) return false;
  return true;
}
