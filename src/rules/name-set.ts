/** Names, and wildcards for all that stands below a name, to be looked up without an allocation. */
import { foldName, MAX_NAME_LENGTH } from '../dns/name.ts';
import { parseName } from '../dns/name-text.ts';

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

/** FNV-1a, 32 bits (RFC 9923). */
const HASH_OFFSET = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

export class NameSet {
  /** By a hash of the name in wire format. */
  readonly #names = new Map<number, Uint8Array[]>();
  readonly #above = new Map<number, Uint8Array[]>();
  readonly #folded = new Uint8Array(MAX_NAME_LENGTH);

  /** Adds a name as text, or one after `*.` for all names below it, both valid. */
  add(text: string): void {
    const pattern = parseNamePattern(text);
    if (pattern === undefined) throw new Error('a name that was not checked');
    const { name, isWildcard } = pattern;
    const names = isWildcard ? this.#above : this.#names;
    const key = hash(name, 0, name.length);
    names.set(key, [...(names.get(key) ?? []), name]);
  }

  /** Whether the name at `start` of a message, which `scanName` has accepted, is in the set. */
  has(bytes: Uint8Array, message: number, start: number): boolean {
    const folded = this.#folded;
    const length = foldName(bytes, message, start, folded);
    if (holds(this.#names, folded, 0, length)) return true;
    if (this.#above.size === 0) return false;
    for (let label = 0; folded[label] !== 0; ) {
      label += folded[label] + 1;
      if (holds(this.#above, folded, label, length)) return true;
    }
    return false;
  }
}

function holds(names: Map<number, Uint8Array[]>, bytes: Uint8Array, start: number, end: number): boolean {
  const candidates = names.get(hash(bytes, start, end));
  return candidates?.some((name) => equals(name, bytes, start, end)) ?? false;
}

function equals(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) if (name[index] !== bytes[start + index]) return false;
  return true;
}

function hash(bytes: Uint8Array, start: number, end: number): number {
  let mixed = HASH_OFFSET;
  for (let position = start; position < end; position++) mixed = Math.imul(mixed ^ bytes[position], HASH_PRIME);
  return mixed;
}
