/** What a rules file may write for an address or a prefix: stricter than what prefix.ts can read. */

import ipaddr from 'ipaddr.js';
import { parsePrefix } from './prefix.ts';

/**
 * Answers with what is wrong with an address or a prefix, or with nothing. IPv4 has four decimal parts without leading zeros,
 * IPv6 no zone, and no bit is set after the prefix.
 */
export function checkPrefix(text: string): string | undefined {
  const [addressText = '', bitsText, ...rest] = text.split('/');
  const maxBits = addressBits(addressText);
  if (maxBits === undefined || rest.length > 0) {
    return 'this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32';
  }
  if (bitsText !== undefined && (!/^(0|[1-9]\d{0,2})$/.test(bitsText) || Number(bitsText) > maxBits)) {
    return `the length of the prefix must be a whole number from 0 to ${maxBits}`;
  }
  const { address, bits } = parsePrefix(text);
  const network = address.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))));
  if (network.some((byte, index) => byte !== address[index])) {
    return `bits are set after the prefix: the network is "${ipaddr.fromByteArray([...network])}/${bits}"`;
  }
  return undefined;
}

function addressBits(text: string): number | undefined {
  // ipaddr.js also reads zones, which no frame holds, and behind an IPv6 address octal and hexadecimal parts of IPv4.
  if (!/^[0-9a-f:.]+$/i.test(text) || /[:.]0\d+\.|\.0\d+$/.test(text)) return undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return 32;
  return ipaddr.IPv6.isValid(text) ? 128 : undefined;
}
