/** Addresses as the bytes of a frame, and what a method for them is. */

import type { PseudonymTable } from './pseudonym-table.ts';

/** A method that maps an address to another one of the same family. Pure: the same address gives the same result in every frame. */
export interface AddressMethod {
  /** Rewrites the 4 bytes at `start` in place. */
  ipv4(bytes: Uint8Array, start: number): void;
  /** Rewrites the 16 bytes at `start` in place. They are no IPv4-mapped address: of such a one the last 4 go to `ipv4`. */
  ipv6(bytes: Uint8Array, start: number): void;
  /** Where a method remembers addresses of 4 or 16 bytes: by this table it maps many of them together. */
  table?(length: number): PseudonymTable;
}

/** A method that costs less for many addresses at a time. `addresses` are `count` of them side by side, rewritten in place. */
export interface BatchAddressMethod extends AddressMethod {
  ipv4Batch(addresses: Uint8Array, count: number): void;
  ipv6Batch(addresses: Uint8Array, count: number): void;
}

/** A method that whoever has its key can undo. */
export interface ReversibleAddressMethod extends AddressMethod {
  /** The address of 4 or 16 bytes whose pseudonym this is. */
  reverse(pseudonym: Uint8Array): Uint8Array;
}

/** What the bytes of an address field are. */
export const AddressKind = { none: 0, ipv4: 1, ipv6: 2, mapped: 3 } as const;

/** The length of `::ffff:0:0/96`, the prefix of IPv4-mapped addresses (RFC 4291, 2.5.5.2), in bytes. */
export const MAPPED_PREFIX_LENGTH = 12;

/** What the bytes from `start` to `end` are; `none` where their number is neither 4 nor 16. */
export function addressKind(bytes: Uint8Array, start: number, end: number): number {
  if (end - start === 4) return AddressKind.ipv4;
  if (end - start !== 16) return AddressKind.none;
  if (bytes[start + 10] !== 0xff || bytes[start + 11] !== 0xff) return AddressKind.ipv6;
  for (let index = 0; index < 10; index++) if (bytes[start + index] !== 0) return AddressKind.ipv6;
  return AddressKind.mapped;
}
