/**
 * Crypto-PAn (Xu, Fan, Ammar, Moon: "Prefix-Preserving IP Address Anonymization", ICNP 2002), as in its release 1.0.
 *
 * The key is an AES-128 key K, and 16 bytes of which K makes the secret pad P. Bit i of an address is flipped when the first bit of
 * AES(K, the first i bits of the address, then the rest of P) is 1; an IPv4 address is the first 32 bits of a block.
 *
 * Hides which address a pseudonym stands for from those without the key. Reveals which addresses share a network and, of every address
 * that shares k bits with a known one, k bits and the next.
 */
import { Aes128, BLOCK_LENGTH } from './aes.ts';
import type { PrefixFunction } from './prefix-preserving.ts';

const MAX_BITS = 128;
const BLOCK_WORDS = BLOCK_LENGTH / 4;

/** For the prefix of i bits, from 4i on: its bits. Words in the order of memory. */
const masks = new Uint32Array(MAX_BITS * BLOCK_WORDS);
const maskBytes = new Uint8Array(masks.buffer);
for (let position = 0; position < maskBytes.length; position++) {
  const bits = Math.floor(position / BLOCK_LENGTH) - (position % BLOCK_LENGTH) * 8;
  maskBytes[position] = 0xff00 >>> Math.min(8, Math.max(0, bits));
}

/** `key` has 32 bytes. */
export class CryptoPan implements PrefixFunction {
  readonly #aes: Aes128;
  /** As the masks: the pad without the bits of the prefix. */
  readonly #rests = new Uint32Array(MAX_BITS * BLOCK_WORDS);
  readonly #address = new Uint8Array(BLOCK_LENGTH);
  readonly #words = new Uint32Array(this.#address.buffer);

  constructor(key: Uint8Array) {
    this.#aes = new Aes128(key.subarray(0, BLOCK_LENGTH));
    const pad = this.#aes.encrypt(key.subarray(BLOCK_LENGTH, 2 * BLOCK_LENGTH));
    const rests = new Uint8Array(this.#rests.buffer);
    for (let position = 0; position < rests.length; position++) {
      rests[position] = pad[position % BLOCK_LENGTH] & ~maskBytes[position];
    }
  }

  writeBlocks(address: Uint8Array, start: number, bits: number, blocks: Uint8Array, at: number): void {
    for (let index = 0; index < bits / 8; index++) this.#address[index] = address[start + index];
    const rests = this.#rests;
    const words = new Uint32Array(blocks.buffer, blocks.byteOffset + at, bits * BLOCK_WORDS);
    const [pad0, pad1, pad2, pad3] = rests;
    // While a prefix grows through one word, the words before are the address's and those after are the pad's.
    let [word0, word1, word2, word3] = [pad0, pad1, pad2, pad3];
    for (let mixed = 0; mixed < bits / 32; mixed++) {
      const original = this.#words[mixed];
      for (let word = mixed * 32 * BLOCK_WORDS; word < (mixed + 1) * 32 * BLOCK_WORDS; word += BLOCK_WORDS) {
        words[word] = word0;
        words[word + 1] = word1;
        words[word + 2] = word2;
        words[word + 3] = word3;
        words[word + mixed] = (original & masks[word + mixed]) | rests[word + mixed];
      }
      if (mixed === 0) word0 = original;
      else if (mixed === 1) word1 = original;
      else if (mixed === 2) word2 = original;
      else word3 = original;
    }
  }

  flip(blocks: Uint8Array, bytes: Uint8Array, start: number): void {
    const output = this.#aes.encrypt(blocks);
    for (let block = 0, position = start; block < output.length; position++) {
      let flips = 0;
      for (let bit = 0x80; bit > 0; bit >>>= 1, block += BLOCK_LENGTH) if (output[block] >= 0x80) flips |= bit;
      bytes[position] ^= flips;
    }
  }
}
