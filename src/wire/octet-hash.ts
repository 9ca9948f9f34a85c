/** A hash of octets for tables (FNV-1a, 32 bits, RFC 9923), which can begin with a secret, so that nobody chooses what shares a slot. */

const PRIME = 0x01000193;

/** What a hash begins with that has no secret. */
export const HASH_OFFSET: number = 0x811c9dc5 | 0;

/** Goes on with the hash `mixed` of what follows, from the last octet before `end` to the one at `start`. */
export function hashOctets(bytes: Uint8Array, start: number, end: number, mixed: number): number {
  let result = mixed;
  for (let position = end - 1; position >= start; position--) result = Math.imul(result ^ bytes[position], PRIME);
  return result;
}

/** A secret to begin with. */
export function hashSeed(): number {
  return (Math.random() * 2 ** 32) | 0;
}
