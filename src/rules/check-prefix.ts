/** What a rules file may write for an address or a prefix: stricter than what prefix.ts can read. */

import { parseAddress, renderAddress } from './address-text.ts';
import { parsePrefix } from './prefix.ts';

/**
 * Answers with what is wrong with an address or a prefix, or with nothing. IPv4 has four decimal parts without leading zeros,
 * IPv6 no zone, and no bit is set after the prefix.
 */
export function checkPrefix(text: string): string | undefined {
  const [addressText = '', bitsText, ...rest] = text.split('/');
  const whole = parseAddress(addressText);
  if (whole === undefined || rest.length > 0) {
    return 'this is no IP address and no prefix such as 192.0.2.0/24 or 2001:db8::/32';
  }
  const maxBits = whole.length * 8;
  if (bitsText !== undefined && (!/^(0|[1-9]\d{0,2})$/.test(bitsText) || Number(bitsText) > maxBits)) {
    return `the length of the prefix must be a whole number from 0 to ${maxBits}`;
  }
  const { address, bits } = parsePrefix(text);
  const network = address.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))));
  if (network.some((byte, index) => byte !== address[index])) {
    return `bits are set after the prefix: the network is "${renderAddress(network)}/${bits}"`;
  }
  return undefined;
}
