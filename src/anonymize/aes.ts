/** AES-128 of single blocks (FIPS 197), which is what the address ciphers are made of. Many blocks cost one call. */
import { type Cipher, createCipheriv } from 'node:crypto';

/** The length of a block and of a key, in bytes. */
export const BLOCK_LENGTH = 16;

export class Aes128 {
  readonly #cipher: Cipher;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    // ECB without padding is AES itself, block for block.
    this.#cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  }

  /** The blocks encrypted, each by itself. */
  encrypt(blocks: Uint8Array): Uint8Array {
    return this.#cipher.update(blocks);
  }
}
