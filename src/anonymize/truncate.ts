/**
 * Truncation: the first bits of an address stay, the others become 0. Hides the host within its network, and nothing of the network;
 * reveals exactly the prefix, the same in every capture.
 */
import type { AddressMethod } from './address.ts';

/** How many bits of a 6to4 address (2002::/16, RFC 3056) stand before the IPv4 address of its site. */
const SIX_TO_FOUR_PREFIX = 16;

/** Keeps the first `ipv4` bits (0 to 32, default 24) of an IPv4 address and `ipv6` bits (0 to 128, default 48) of an IPv6 one. */
export class Truncate implements AddressMethod {
  readonly ipv4Bits: number;
  readonly ipv6Bits: number;

  constructor({ ipv4 = 24, ipv6 = 48 }: { ipv4?: number; ipv6?: number } = {}) {
    this.ipv4Bits = ipv4;
    this.ipv6Bits = ipv6;
  }

  ipv4(bytes: Uint8Array, start: number): void {
    clearAfter(bytes, start, start + 4, this.ipv4Bits);
  }

  ipv6(bytes: Uint8Array, start: number): void {
    clearAfter(bytes, start, start + 16, this.#ipv6BitsOf(bytes, start));
  }

  /** How many bits stay of an address of `length` bytes, 4 or 16. */
  bitsOf(address: Uint8Array, length: number): number {
    return length === 4 ? this.ipv4Bits : this.#ipv6BitsOf(address, 0);
  }

  /** A 6to4 address carries a whole IPv4 address, of which no more stays than of any other. */
  #ipv6BitsOf(bytes: Uint8Array, start: number): number {
    const isSixToFour = bytes[start] === 0x20 && bytes[start + 1] === 0x02;
    return isSixToFour ? Math.min(SIX_TO_FOUR_PREFIX + this.ipv4Bits, this.ipv6Bits) : this.ipv6Bits;
  }
}

function clearAfter(bytes: Uint8Array, start: number, end: number, bits: number): void {
  let position = start + (bits >>> 3);
  if ((bits & 7) !== 0) bytes[position++] &= 0xff00 >>> (bits & 7);
  while (position < end) bytes[position++] = 0;
}
