/**
 * ipcrypt-pfx (draft-denis-ipcrypt-13, "prefix-preserving encryption"): like Crypto-PAn with another secret function, the sum of two
 * permutations.
 *
 * The key is two different AES-128 keys K1 and K2. Bit i of an address is flipped when the last bits of AES(K1, p) and AES(K2, p) differ;
 * p is a 1 followed by the first i bits of the address, with zeros before. IPv4 is seen as IPv4-mapped: p begins with the 96 bits of
 * ::ffff:0:0/96, which are no address's own and stay.
 *
 * Hides and reveals what Crypto-PAn does.
 */
import { Aes128, BLOCK_LENGTH } from './aes.ts';
import type { PrefixFunction } from './prefix-preserving.ts';

/** `key` has 32 bytes, whose halves differ. */
export class IpcryptPfx implements PrefixFunction {
  readonly #first: Aes128;
  readonly #second: Aes128;

  constructor(key: Uint8Array) {
    this.#first = new Aes128(key.subarray(0, BLOCK_LENGTH));
    this.#second = new Aes128(key.subarray(BLOCK_LENGTH, 2 * BLOCK_LENGTH));
  }

  writeBlocks(address: Uint8Array, start: number, bits: number, blocks: Uint8Array, at: number): void {
    const view = new DataView(blocks.buffer, blocks.byteOffset);
    const isIpv4 = bits === 32;
    let word0 = isIpv4 ? 1 : 0;
    let word1 = 0;
    let word2 = 0;
    let word3 = isIpv4 ? 0xffff : 1;
    for (let bit = 0; bit < bits; bit++) {
      const block = at + bit * BLOCK_LENGTH;
      view.setUint32(block, word0);
      view.setUint32(block + 4, word1);
      view.setUint32(block + 8, word2);
      view.setUint32(block + 12, word3);
      word0 = (word0 << 1) | (word1 >>> 31);
      word1 = (word1 << 1) | (word2 >>> 31);
      word2 = (word2 << 1) | (word3 >>> 31);
      word3 = (word3 << 1) | ((address[start + (bit >>> 3)] >>> (7 - (bit & 7))) & 1);
    }
  }

  flip(blocks: Uint8Array, bytes: Uint8Array, start: number): void {
    const one = this.#first.encrypt(blocks);
    const other = this.#second.encrypt(blocks);
    let last = BLOCK_LENGTH - 1;
    for (let position = start; last < one.length; position++) {
      let flips = 0;
      for (let bit = 0x80; bit > 0; bit >>>= 1, last += BLOCK_LENGTH)
        if (((one[last] ^ other[last]) & 1) === 1) flips |= bit;
      bytes[position] ^= flips;
    }
  }
}
