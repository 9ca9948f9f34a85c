/**
 * Reverse names (RFC 1035, 3.5; RFC 3596, 2.5), whole and partial: the labels before `in-addr.arpa` are octets of an address, those before
 * `ip6.arpa` half octets, the last ones of the address first. Fewer labels than an address has are a prefix.
 */
import { AddressKind, addressKind } from '../anonymize/address.ts';
import { foldOctet } from '../dns/name.ts';

const IN_ADDR = Buffer.from('in-addr');
const IP6 = Buffer.from('ip6');
const ARPA = Buffer.from('arpa');

/** The index of the rightmost label `in-addr` or `ip6` that `arpa` follows, or -1. `starts` says where the labels of `name` start. */
export function findReverseZone(name: Uint8Array, starts: Uint8Array, labels: number): number {
  for (let label = labels - 2; label >= 0; label--) {
    if (!isLabel(name, starts[label + 1], ARPA)) continue;
    if (isLabel(name, starts[label], IN_ADDR) || isLabel(name, starts[label], IP6)) return label;
  }
  return -1;
}

/** Compares a label with text in lower case. */
function isLabel(name: Uint8Array, start: number, text: Uint8Array): boolean {
  if (name[start] !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (foldOctet(name[start + 1 + index]) !== text[index]) return false;
  }
  return true;
}

/** The prefix that labels of a reverse name are. */
export class ReversePrefix {
  /** The prefix, filled up with zeros; the length of its addresses, 4 or 16 octets; how many bits of it are in the name. */
  readonly address: Uint8Array = new Uint8Array(16);
  length = 0;
  bits = 0;
  /** As what addresses of the prefix are seen: IPv4-mapped ones have a prefix of 96 bits or more. */
  kind: number = AddressKind.none;

  /** Reads leftwards from the label `zone` as long as labels are well formed; returns how many are. */
  read(name: Uint8Array, starts: Uint8Array, zone: number): number {
    const isV4 = name[starts[zone]] === IN_ADDR.length;
    this.length = isV4 ? 4 : 16;
    this.address.fill(0);
    const most = Math.min(zone, isV4 ? 4 : 32);
    let count = 0;
    for (; count < most; count++) {
      const start = starts[zone - 1 - count];
      const value = isV4 ? readOctet(name, start) : readHalfOctet(name, start);
      if (value < 0) break;
      if (isV4) this.address[count] = value;
      else this.address[count >>> 1] |= (count & 1) === 0 ? value << 4 : value;
    }
    this.bits = count * (isV4 ? 8 : 4);
    const kind = addressKind(this.address, 0, this.length);
    this.kind = kind === AddressKind.mapped && this.bits < 96 ? AddressKind.ipv6 : kind;
    return count;
  }

  /** Writes the first labels of the name whose prefix `address` is now; returns their length. */
  write(labels: number, out: Uint8Array): number {
    let length = 0;
    for (let label = labels - 1; label >= 0; label--) {
      if (this.length === 4) length = writeOctet(this.address[label], out, length);
      else {
        const octet = this.address[label >>> 1];
        out[length++] = 1;
        out[length++] = toHalfOctetDigit((label & 1) === 0 ? octet >>> 4 : octet & 15);
      }
    }
    return length;
  }
}

/** Writes a label of decimal digits; returns where it ends. */
function writeOctet(octet: number, out: Uint8Array, start: number): number {
  const digits = octet > 99 ? 3 : octet > 9 ? 2 : 1;
  out[start] = digits;
  let rest = octet;
  for (let index = start + digits; index > start; index--) {
    out[index] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return start + digits + 1;
}

function toHalfOctetDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

/** A decimal number of 0 to 255 without leading zeros, or -1. */
function readOctet(name: Uint8Array, start: number): number {
  const length = name[start];
  if (length > 3 || (length > 1 && name[start + 1] === 0x30)) return -1;
  let value = 0;
  for (let index = start + 1; index <= start + length; index++) {
    const digit = name[index] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= 255 ? value : -1;
}

/** One hexadecimal digit in any case, or -1. */
function readHalfOctet(name: Uint8Array, start: number): number {
  if (name[start] !== 1) return -1;
  const octet = name[start + 1];
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const folded = octet | 0x20;
  return folded >= 0x61 && folded <= 0x66 ? folded - 0x57 : -1;
}
