/** Addresses for the reference, as bigints (docs/frames.md, sections 2 and 4). */
import ipaddr from 'ipaddr.js';

/** An address or the first address of a prefix, as a number of 32 or 128 bits. */
export interface Address {
  family: 4 | 6;
  value: bigint;
}

/** A CIDR; a bare address is one of its full length. */
export interface Prefix extends Address {
  bits: number;
}

/** `::ffff:0:0/96`, as the number that the first 96 bits make. */
const MAPPED = 0xffffn;

/** `2002::/16`. */
const SIX_TO_FOUR = 0x2002n;

/** The bytes as one number, the first byte highest. */
export function toNumber(bytes: Iterable<number>): bigint {
  return [...bytes].reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** The low `length` bytes of a number, the highest first. */
export function toBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn));
}

/** True for 16 bytes that begin with ::ffff:0:0/96. */
export function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 && toNumber(bytes) >> 32n === MAPPED;
}

/** How conditions and `public` see the bytes of an address; undefined where they do not see an address. */
export function seenAs(bytes: Uint8Array): Address | undefined {
  if (bytes.length === 4) return { family: 4, value: toNumber(bytes) };
  if (isMapped(bytes)) return { family: 4, value: toNumber(bytes.slice(12)) };
  if (bytes.length === 16) return { family: 6, value: toNumber(bytes) };
  return undefined;
}

/** Reads an address as people write it into its 4 or 16 bytes. */
export function parseAddress(text: string): Uint8Array {
  return Uint8Array.from(ipaddr.parse(text).toByteArray());
}

const prefixes = new Map<string, Readonly<Prefix>>();

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a bare address; the same few are asked for with each frame. */
export function parsePrefix(text: string): Readonly<Prefix> {
  const known = prefixes.get(text);
  if (known !== undefined) return known;
  const prefix = readPrefix(text);
  prefixes.set(text, prefix);
  return prefix;
}

function readPrefix(text: string): Prefix {
  const [address, bits] = text.includes('/') ? ipaddr.parseCIDR(text) : [ipaddr.parse(text), undefined];
  const family = address.kind() === 'ipv4' ? 4 : 6;
  return { family, value: toNumber(address.toByteArray()), bits: bits ?? widthOf(family) };
}

function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** True where the address lies in the prefix. */
export function contains(prefix: Prefix, address: Address): boolean {
  const rest = BigInt(widthOf(prefix.family) - prefix.bits);
  return prefix.family === address.family && prefix.value >> rest === address.value >> rest;
}

/** True where the length of an address is one that `family` (the known socket_family, 1 or 2) allows. */
export function agrees(bytes: Uint8Array, family: bigint | undefined): boolean {
  if (family === undefined || isMapped(bytes)) return true;
  return bytes.length === (family === 1n ? 4 : 16);
}

function keepBits(value: bigint, width: number, bits: number): bigint {
  const rest = BigInt(width - bits);
  return (value >> rest) << rest;
}

/** An address of 4 or 16 bytes of which only the first bits are left, as long as it was. */
export function truncateAddress(bytes: Uint8Array, ipv4: number, ipv6: number): Uint8Array {
  const value = toNumber(bytes);
  if (bytes.length === 4) return toBytes(keepBits(value, 32, ipv4), 4);
  if (isMapped(bytes)) return toBytes(keepBits(value, 128, 96 + ipv4), 16);
  const bits = value >> 112n === SIX_TO_FOUR ? Math.min(16 + ipv4, ipv6) : ipv6;
  return toBytes(keepBits(value, 128, bits), 16);
}
