/**
 * Addresses as the audit compares them: four octets of IPv4 (IPv4-mapped ones too) or sixteen of IPv6, an octet a character, and the
 * forms in which they stand in names and texts.
 */
import { isIPv6 } from 'node:net';
import type { Labels } from './dns-message.ts';

/** An address: 4 or 16 characters, each an octet. */
export type Address = string;

/** Whether these octets, a character each, are an address. */
export function isAddress(octets: string): octets is Address {
  return octets.length === 4 || octets.length === 16;
}

const MAPPED = `${'\0'.repeat(10)}\xff\xff`;

/** The address that stands in these octets; undefined where they are neither 4 nor 16. */
export function addressOf(octets: Uint8Array): Address | undefined {
  if (octets.length !== 4 && octets.length !== 16) return undefined;
  return unmapped(Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1'));
}

function unmapped(octets: string): Address {
  return octets.length === 16 && octets.startsWith(MAPPED) ? octets.slice(12) : octets;
}

/** An address for people. */
export function renderAddress(address: Address): string {
  const octets = octetsOf(address);
  if (address.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((octets[2 * index] << 8) | octets[2 * index + 1]).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function octetsOf(address: Address): number[] {
  return Array.from(address, (character) => character.charCodeAt(0));
}

/** The address that a text is; undefined where it is none. */
export function parseAddress(text: string): Address | undefined {
  const quad = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (quad !== null) return ofOctets(quad.slice(1).map(Number));
  if (!isIPv6(text)) return undefined;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = dotted === null ? undefined : parseAddress(dotted[2] as string);
  const hex = tail === undefined ? text : `${dotted?.[1]}${hexOf(tail).slice(0, 4)}:${hexOf(tail).slice(4)}`;
  const [head = '', rest] = hex.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const middle = rest === undefined ? [] : new Array(8 - groups(head).length - groups(rest).length).fill('0');
  const all = [...groups(head), ...middle, ...groups(rest ?? '')];
  return unmapped(all.map((group) => octetsOfGroup(Number.parseInt(group, 16))).join(''));
}

function octetsOfGroup(group: number): string {
  return String.fromCharCode(group >> 8, group & 0xff);
}

function ofOctets(octets: readonly number[]): Address | undefined {
  return octets.every((octet) => octet <= 255) ? String.fromCharCode(...octets) : undefined;
}

/** The octets of an address, or of anything else of an octet a character, as hexadecimal digits. */
export function hexOf(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('hex');
}

/** A prefix: an address whose bits behind the first `bits` are 0. */
export interface Prefix {
  readonly address: Address;
  readonly bits: number;
}

/** The first bits of an address, the others 0. */
export function cut(address: Address, bits: number): Address {
  let text = '';
  for (let index = 0; index < address.length; index++) {
    const kept = Math.max(0, Math.min(8, bits - 8 * index));
    text += String.fromCharCode(address.charCodeAt(index) & (0xff00 >> kept));
  }
  return text;
}

/** Whether all addresses of the first prefix are in the second. */
export function contains(outer: Prefix, inner: Prefix): boolean {
  if (outer.address.length !== inner.address.length || outer.bits > inner.bits) return false;
  return cut(inner.address, outer.bits) === cut(outer.address, outer.bits);
}

/** A prefix or an address as rules write it; undefined where it is none. */
export function parsePrefix(text: string): Prefix | undefined {
  const [head = '', length] = text.split('/');
  const address = parseAddress(head);
  if (address === undefined) return undefined;
  const mapped = address.length === 4 && head.includes(':') ? 96 : 0;
  return { address, bits: length === undefined ? 8 * address.length : Number(length) - mapped };
}

/** What a name under in-addr.arpa or ip6.arpa says, whole or in part; undefined where a name says nothing of the kind. */
export function reversePrefixOf(labels: Labels): Prefix | undefined {
  for (let at = labels.length - 1; at > 0; at--) {
    if (labels[at]?.toLowerCase() !== 'arpa') continue;
    const tree = labels[at - 1]?.toLowerCase();
    if (tree === 'in-addr') return prefixOf(labels.slice(0, at - 1), 4, 1, /^\d{1,3}$/, 10);
    if (tree === 'ip6') return prefixOf(labels.slice(0, at - 1), 32, 2, /^[0-9a-f]$/i, 16);
  }
  return undefined;
}

function prefixOf(labels: Labels, most: number, parts: 1 | 2, form: RegExp, radix: number): Prefix | undefined {
  const numbers: number[] = [];
  for (let at = labels.length - 1; at >= 0 && numbers.length < most; at--) {
    const label = labels[at] as string;
    const number = form.test(label) ? Number.parseInt(label, radix) : 256;
    if (number > 255) break;
    numbers.push(number);
  }
  if (numbers.length === 0) return undefined;
  const bits = (8 / parts) * numbers.length;
  while (numbers.length < most) numbers.push(0);
  if (parts === 1) return { address: String.fromCharCode(...numbers), bits };
  const octets = Array.from({ length: 16 }, (_, index) => ((numbers[2 * index] << 4) | numbers[2 * index + 1]) & 0xff);
  const address = String.fromCharCode(...octets);
  const short = bits > 96 ? unmapped(address) : address;
  return short.length === 4 ? { address: short, bits: bits - 96 } : { address, bits };
}

const QUADS = /(?<!\d)(?<!\d[.-])(\d{1,3})([.-])(\d{1,3})\2(\d{1,3})\2(\d{1,3})(?!\d)(?![.-]\d)/g;
const LOOSE_QUADS = /(?<!\d)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?!\d)/g;
const DIGITS_32 = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/gi;
const NIBBLES_32 = /(?<![0-9a-z])(?:[0-9a-f]\.){31}[0-9a-f](?![0-9a-z])/gi;
const COLONED = /[0-9a-f:.]*:[0-9a-f:.]*/gi;
const DASHED = /(?<![0-9a-z-])[0-9a-f]{0,4}(?:-{1,2}[0-9a-f]{0,4}){2,8}(?![0-9a-z-])/gi;

/** The addresses that a name spells, in either order of their parts; empty where it spells none. */
export function addressesInName(name: string): Address[] {
  const found: Address[] = [];
  if (/\d[.-]\d/.test(name)) {
    for (const [, a, , b, c, d] of name.matchAll(QUADS)) {
      const octets = [a, b, c, d].map(Number);
      const address = ofOctets(octets);
      if (address !== undefined) found.push(address, ofOctets(octets.toReversed()) as Address);
    }
    for (const [text] of name.matchAll(NIBBLES_32)) {
      const digits = text.replaceAll('.', '');
      found.push(ofHex([...digits].reverse().join('')), ofHex(digits));
    }
  }
  if (name.length >= 32) for (const [digits] of name.matchAll(DIGITS_32)) found.push(ofHex(digits));
  if (name.includes('-')) {
    for (const [text] of name.matchAll(DASHED)) {
      const address = parseAddress(text.replaceAll('-', ':'));
      if (address !== undefined) found.push(address);
    }
  }
  return found;
}

function ofHex(digits: string): Address {
  return unmapped(Buffer.from(digits, 'hex').toString('latin1'));
}

/** The addresses that stand in a text as people write them. */
export function addressesInText(text: string): Address[] {
  const found: Address[] = [];
  for (const [, ...octets] of text.matchAll(LOOSE_QUADS)) {
    const address = ofOctets(octets.slice(0, 4).map(Number));
    if (address !== undefined) found.push(address);
  }
  if (text.includes(':')) {
    for (const [run] of text.matchAll(COLONED)) {
      const address = parseAddress(run.replace(/^\.+|\.+$/g, '')) ?? parseAddress(run.replace(/^[.:]+|[.:]+$/g, ''));
      if (address !== undefined && address.length === 16) found.push(address);
    }
  }
  return found;
}
