/**
 * A keyed hash in place of the address: the first 4 or 16 bytes of HMAC-SHA-256 over one byte, 4 or 6, and the address.
 *
 * Hides networks too. Cannot be undone once the key is gone; with the key an IPv4 address is found by trying all. Two of n IPv4 clients
 * share a pseudonym about n^2 / 2^33 times.
 */
import type { AddressMethod } from './address.ts';
import { HmacSha256 } from './hmac-sha256.ts';

export class HmacAddresses implements AddressMethod {
  readonly #hmac: HmacSha256;

  /** `key` has 32 bytes. */
  constructor(key: Uint8Array) {
    this.#hmac = new HmacSha256(key);
  }

  ipv4(bytes: Uint8Array, start: number): void {
    this.#map(bytes, start, start + 4, IPV4);
  }

  ipv6(bytes: Uint8Array, start: number): void {
    this.#map(bytes, start, start + 16, IPV6);
  }

  #map(bytes: Uint8Array, start: number, end: number, version: Uint8Array): void {
    const digest = this.#hmac.of(version, bytes.subarray(start, end));
    bytes.set(digest.subarray(0, end - start), start);
  }
}

const IPV4 = Uint8Array.of(4);
const IPV6 = Uint8Array.of(6);
