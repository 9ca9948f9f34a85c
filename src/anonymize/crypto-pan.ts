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

/** `key` has 32 bytes. */
export class CryptoPan implements PrefixFunction {
  readonly #aes: Aes128;
  /** For the prefix of i bits, from 4i on: the bits of the prefix, and the pad without them. Words in the order of memory. */
  readonly #masks = new Uint32Array(MAX_BITS * BLOCK_WORDS);
  readonly #rests = new Uint32Array(MAX_BITS * BLOCK_WORDS);
  readonly #address = new Uint8Array(BLOCK_LENGTH);
  readonly #words = new Uint32Array(this.#address.buffer);

  constructor(key: Uint8Array) {
    this.#aes = new Aes128(key.subarray(0, BLOCK_LENGTH));
    const pad = this.#aes.encrypt(key.subarray(BLOCK_LENGTH, 2 * BLOCK_LENGTH));
    const masks = new Uint8Array(this.#masks.buffer);
    const rests = new Uint8Array(this.#rests.buffer);
    for (let position = 0; position < masks.length; position++) {
      const bits = Math.floor(position / BLOCK_LENGTH) - (position % BLOCK_LENGTH) * 8;
      masks[position] = 0xff00 >>> Math.min(8, Math.max(0, bits));
      rests[position] = pad[position % BLOCK_LENGTH] & ~masks[position];
    }
  }

  writeBlocks(address: Uint8Array, start: number, bits: number, blocks: Uint8Array, at: number): void {
    for (let index = 0; index < bits / 8; index++) this.#address[index] = address[start + index];
    const masks = this.#masks;
    const rests = this.#rests;
    const words = new Uint32Array(blocks.buffer, blocks.byteOffset + at, bits * BLOCK_WORDS);
    const [word0, word1, word2, word3] = this.#words;
    for (let word = 0; word < words.length; word += BLOCK_WORDS) {
      words[word] = (word0 & masks[word]) | rests[word];
      words[word + 1] = (word1 & masks[word + 1]) | rests[word + 1];
      words[word + 2] = (word2 & masks[word + 2]) | rests[word + 2];
      words[word + 3] = (word3 & masks[word + 3]) | rests[word + 3];
    }
  }

  flips(blocks: Uint8Array): Uint8Array {
    const output = this.#aes.encrypt(blocks);
    const flips = new Uint8Array(output.length / BLOCK_LENGTH);
    for (let block = 0; block < flips.length; block++) flips[block] = output[block * BLOCK_LENGTH] >>> 7;
    return flips;
  }
}
