/** The nodes of a YAML document: which one stands at a path, and where in the text it stands. */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { suggest } from './suggest.ts';

/** The way from the top of a document to a part of it: keys of maps and indexes of lists. */
export type Path = readonly (string | number)[];

/** A part of a text, from and to an offset in UTF-16 code units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A map as the parser has it. */
export type MapNode = Extract<Node, { items: { key: unknown; value: unknown }[] }>;

/** In `2001:db8::` YAML sees the key `2001:db8:` without a value, and takes the lines below it into the same map. */
export function isAddressKey({ key, value }: { key: unknown; value: unknown }): boolean {
  return isScalar(key) && typeof key.value === 'string' && /^[0-9a-f:.]*:$/i.test(key.value) && isEmpty(value);
}

function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** The key as a text; undefined where it is no scalar. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

/** The ranges of the keys that are called `key`, each with its value; that of the top map has its own rules. */
export function* findStrayKeys(node: unknown, isTop = false): Generator<Range> {
  if (isSeq(node)) for (const item of node.items) yield* findStrayKeys(item);
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (isTop || suggest(keyText(key) ?? '', ['key']) === undefined) yield* findStrayKeys(value);
    else yield { start: rangeOf(key).start, end: rangeOf(value ?? key).end };
  }
}

/** The node at the path, or the nearest one around it. */
export function findNode(node: unknown, path: Path): unknown {
  let found = node;
  for (const step of path) {
    const next = isSeq(found) ? found.items[step as number] : isMap(found) ? findPair(found, step)?.value : undefined;
    // A key without a value has an empty node or none at all; the map around it is then the nearest place.
    if (next === undefined || next === null) return found;
    found = next;
  }
  return found;
}

function findPair(map: MapNode, key: string | number): { key: unknown; value: unknown } | undefined {
  return map.items.find((pair) => keyText(pair.key) === String(key));
}

/** Where the key of a map stands, or where there is none, the map. */
export function keyRange(node: unknown, key: string): Range {
  return rangeOf((isMap(node) ? findPair(node, key)?.key : undefined) ?? node);
}

/** Where a node stands. */
export function rangeOf(node: unknown): Range {
  const [start, end] = (node as Node | null)?.range ?? [0, 0];
  return { start, end };
}
