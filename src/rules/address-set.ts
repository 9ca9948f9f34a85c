/** A set of prefixes that an address is looked up in: one binary trie for IPv4 and one for IPv6, in flat arrays. */
import { AddressKind, addressKind, MAPPED_PREFIX_LENGTH } from '../anonymize/address.ts';

/** Children of each node: index of the next node, `NONE`, or `ALL` where every address below is in the set. */
const NONE = 0;
const ALL = -1;

const MAPPED_BITS = MAPPED_PREFIX_LENGTH * 8;

class PrefixTrie {
  #nodes = new Int32Array(64);
  #count = 1;

  add(address: Uint8Array, bits: number): void {
    if (bits === 0) {
      this.#nodes.fill(ALL, 0, 2);
      return;
    }
    let node = 0;
    for (let bit = 0; bit < bits; bit++) {
      const child = 2 * node + bitOf(address, 0, bit);
      if (this.#nodes[child] === ALL) return;
      if (bit === bits - 1) this.#nodes[child] = ALL;
      else if (this.#nodes[child] === NONE) {
        if (2 * this.#count + 2 > this.#nodes.length) this.#grow();
        this.#nodes[child] = this.#count++;
      }
      node = this.#nodes[child];
    }
  }

  has(bytes: Uint8Array, start: number, bits: number): boolean {
    let node = 0;
    for (let bit = 0; bit < bits; bit++) {
      node = this.#nodes[2 * node + bitOf(bytes, start, bit)];
      if (node <= 0) return node === ALL;
    }
    return false;
  }

  /** Whether every address with the same first `bits` bits is in the set by one prefix. */
  hasPrefix(bytes: Uint8Array, start: number, bits: number): boolean {
    if (bits === 0) return this.#nodes[0] === ALL && this.#nodes[1] === ALL;
    return this.has(bytes, start, bits);
  }

  #grow(): void {
    const grown = new Int32Array(this.#nodes.length * 2);
    grown.set(this.#nodes);
    this.#nodes = grown;
  }
}

/** Prefixes of both families. */
export class AddressSet {
  readonly #ipv4 = new PrefixTrie();
  readonly #ipv6 = new PrefixTrie();

  /** Adds the prefix of `bits` bits of an address of 4 or 16 bytes. */
  add(address: Uint8Array, bits: number): void {
    (address.length === 4 ? this.#ipv4 : this.#ipv6).add(address, bits);
  }

  /** Whether the address from `start` to `end` is in the set, an IPv4-mapped one as IPv4; one of another length never is. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    const kind = addressKind(bytes, start, end);
    if (kind === AddressKind.none) return false;
    return kind === AddressKind.ipv6 ? this.#ipv6.has(bytes, start, 128) : this.#ipv4.has(bytes, end - 4, 32);
  }

  /**
   * Whether a prefix of `bits` bits lies wholly in one of the set: that of the address of `length` bytes, 4 or 16, that `bytes` begin with. One
   * of IPv4-mapped addresses, which has 96 bits or more, is looked up as IPv4.
   */
  hasPrefix(bytes: Uint8Array, length: number, bits: number): boolean {
    const kind = addressKind(bytes, 0, length);
    if (kind === AddressKind.ipv4) return this.#ipv4.hasPrefix(bytes, 0, bits);
    const isMapped = kind === AddressKind.mapped && bits >= MAPPED_BITS;
    return isMapped
      ? this.#ipv4.hasPrefix(bytes, length - 4, bits - MAPPED_BITS)
      : this.#ipv6.hasPrefix(bytes, 0, bits);
  }
}

function bitOf(bytes: Uint8Array, start: number, bit: number): number {
  return (bytes[start + (bit >>> 3)] >>> (7 - (bit & 7))) & 1;
}
