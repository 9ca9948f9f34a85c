/**
 * What Crypto-PAn and ipcrypt-pfx have in common: bit i of an address is flipped or not by a secret function of the i bits before it. So
 * addresses that share k leading bits have pseudonyms that share k leading bits and, unless the next bits are equal, no more.
 */
import type { ReversibleAddressMethod } from './address.ts';
import { BLOCK_LENGTH } from './aes.ts';

/** The secret function, by blocks of 16 bytes that stand for prefixes. */
export interface PrefixFunction {
  /** Writes for the address of `bits` bits at `start` the blocks of its prefixes of 0 to bits - 1 bits. */
  writeBlocks(address: Uint8Array, start: number, bits: number, blocks: Uint8Array): void;
  /** For each block 1 where the bit after its prefix is flipped, otherwise 0. All blocks cost one call of AES, or two. */
  flips(blocks: Uint8Array): Uint8Array;
}

export class PrefixPreserving implements ReversibleAddressMethod {
  readonly #function: PrefixFunction;
  readonly #ipv4Blocks = new Uint8Array(32 * BLOCK_LENGTH);
  readonly #ipv6Blocks = new Uint8Array(128 * BLOCK_LENGTH);

  constructor(prefixFunction: PrefixFunction) {
    this.#function = prefixFunction;
  }

  ipv4(bytes: Uint8Array, start: number): void {
    this.#map(bytes, start, 32, this.#ipv4Blocks);
  }

  ipv6(bytes: Uint8Array, start: number): void {
    this.#map(bytes, start, 128, this.#ipv6Blocks);
  }

  reverse(pseudonym: Uint8Array): Uint8Array {
    const address = pseudonym.slice();
    const bits = address.length * 8;
    const blocks = address.length === 4 ? this.#ipv4Blocks : this.#ipv6Blocks;
    // Each bit is found by those before it.
    for (let bit = 0; bit < bits; bit++) {
      this.#function.writeBlocks(address, 0, bits, blocks);
      if (this.#function.flips(blocks)[bit] === 1) address[bit >>> 3] ^= 0x80 >>> (bit & 7);
    }
    return address;
  }

  #map(bytes: Uint8Array, start: number, bits: number, blocks: Uint8Array): void {
    this.#function.writeBlocks(bytes, start, bits, blocks);
    const flips = this.#function.flips(blocks);
    for (let bit = 0; bit < bits; bit++) bytes[start + (bit >>> 3)] ^= flips[bit] << (7 - (bit & 7));
  }
}
