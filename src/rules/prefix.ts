/** Addresses and prefixes as text. */
import ipaddr from 'ipaddr.js';

/** The first `bits` bits of `address` (4 or 16 bytes). */
export interface Prefix {
  readonly address: Uint8Array;
  readonly bits: number;
}

const MAPPED_BITS = 96;

/** Reads `192.0.2.0/24`, `2001:db8::/32` or an address alone; IPv4-mapped ones are IPv4. Throws where the text is neither. */
export function parsePrefix(text: string): Prefix {
  const [address, bits] = text.includes('/') ? ipaddr.parseCIDR(text) : wholeAddress(ipaddr.parse(text));
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS) {
    return { address: Uint8Array.from(address.toIPv4Address().toByteArray()), bits: bits - MAPPED_BITS };
  }
  return { address: Uint8Array.from(address.toByteArray()), bits };
}

function wholeAddress(address: ipaddr.IPv4 | ipaddr.IPv6): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  return [address, address.toByteArray().length * 8];
}
