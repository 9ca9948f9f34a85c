/**
 * What Crypto-PAn and ipcrypt-pfx have in common: bit i of an address is flipped or not by a secret function of the i bits before it. So
 * addresses that share k leading bits have pseudonyms that share k leading bits and, unless the next bits are equal, no more.
 */
import type { BatchAddressMethod, ReversibleAddressMethod } from './address.ts';
import { BLOCK_LENGTH } from './aes.ts';

/** The secret function, by blocks of 16 bytes that stand for prefixes. */
export interface PrefixFunction {
  /** Writes for the address of `bits` bits at `start` the blocks of its prefixes of 0 to bits - 1 bits, from `at` in `blocks` on. */
  writeBlocks(address: Uint8Array, start: number, bits: number, blocks: Uint8Array, at: number): void;
  /** Flips in the bytes from `start` on, bit after bit, those whose blocks say so. All blocks cost one call of AES, or two. */
  flip(blocks: Uint8Array, bytes: Uint8Array, start: number): void;
}

/** How many addresses share one call of AES: with so many the call costs next to nothing beside its blocks. */
const MAX_BATCH = 32;

/** The blocks of one call. All methods share them: with rotation there may be many, and no two are at work at a time. */
const sharedBlocks = new Uint8Array(MAX_BATCH * 128 * BLOCK_LENGTH);

export class PrefixPreserving implements ReversibleAddressMethod, BatchAddressMethod {
  readonly #function: PrefixFunction;

  constructor(prefixFunction: PrefixFunction) {
    this.#function = prefixFunction;
  }

  ipv4(bytes: Uint8Array, start: number): void {
    this.#map(bytes, start, 1, 32);
  }

  ipv6(bytes: Uint8Array, start: number): void {
    this.#map(bytes, start, 1, 128);
  }

  ipv4Batch(addresses: Uint8Array, count: number): void {
    for (let from = 0; from < count; from += MAX_BATCH)
      this.#map(addresses, from * 4, Math.min(MAX_BATCH, count - from), 32);
  }

  ipv6Batch(addresses: Uint8Array, count: number): void {
    for (let from = 0; from < count; from += MAX_BATCH)
      this.#map(addresses, from * 16, Math.min(MAX_BATCH, count - from), 128);
  }

  reverse(pseudonym: Uint8Array): Uint8Array {
    const address = pseudonym.slice();
    const bits = address.length * 8;
    const blocks = sharedBlocks.subarray(0, bits * BLOCK_LENGTH);
    // Each bit is found by those before it.
    for (let bit = 0; bit < bits; bit++) {
      this.#function.writeBlocks(address, 0, bits, blocks, 0);
      const flips = new Uint8Array(address.length);
      this.#function.flip(blocks, flips, 0);
      address[bit >>> 3] ^= flips[bit >>> 3] & (0x80 >>> (bit & 7));
    }
    return address;
  }

  #map(bytes: Uint8Array, start: number, count: number, bits: number): void {
    const addressBlocks = bits * BLOCK_LENGTH;
    for (let index = 0; index < count; index++) {
      this.#function.writeBlocks(bytes, start + (index * bits) / 8, bits, sharedBlocks, index * addressBlocks);
    }
    this.#function.flip(sharedBlocks.subarray(0, count * addressBlocks), bytes, start);
  }
}
