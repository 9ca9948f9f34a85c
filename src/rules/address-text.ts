/** Addresses as text, strictly in and plainly out. */
import ipaddr from 'ipaddr.js';
import { AddressKind, addressKind, MAPPED_PREFIX_LENGTH } from '../anonymize/address.ts';

/**
 * The 4 or 16 bytes of an address, or undefined where the text is none. IPv4 has four decimal parts without leading zeros, IPv6 no
 * zone.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  // ipaddr.js also reads zones, which no frame holds, and behind an IPv6 address octal and hexadecimal parts of IPv4.
  if (!/^[0-9a-f:.]+$/i.test(text) || /[:.]0\d+\.|\.0\d+$/.test(text)) return undefined;
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined;
  return Uint8Array.from(ipaddr.parse(text).toByteArray());
}

/** The text of an address of 4 or 16 bytes (RFC 5952). */
export function renderAddress(address: Uint8Array): string {
  const isMapped = addressKind(address, 0, address.length) === AddressKind.mapped;
  if (isMapped) return `::ffff:${address.subarray(MAPPED_PREFIX_LENGTH).join('.')}`;
  return ipaddr.fromByteArray([...address]).toString();
}
