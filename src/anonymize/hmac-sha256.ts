/**
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4) of many short messages with one key. What depends on the key alone is computed once, and a
 * message leaves little for the garbage collection; node:crypto sets up an object of the system's library for each, which costs more than the
 * hash of a name.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

export class HmacSha256 {
  readonly #keyed;
  readonly #running;
  readonly #digest = new Uint8Array(sha256.outputLen);

  constructor(key: Uint8Array) {
    this.#keyed = hmac.create(sha256, key);
    this.#running = this.#keyed.clone();
  }

  /** The digest of one message, or of two parts of one, good until the next call. */
  of(message: Uint8Array, rest?: Uint8Array): Uint8Array {
    const running = this.#keyed._cloneInto(this.#running).update(message);
    if (rest !== undefined) running.update(rest);
    running.digestInto(this.#digest);
    return this.#digest;
  }
}
