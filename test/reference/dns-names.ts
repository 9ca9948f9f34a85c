/** What becomes of names inside messages, for the reference (docs/messages.md, section 7). */
import { parse } from 'tldts';
import type { RemovalCode } from '../../src/errors.ts';
import { contains, isMapped, type Prefix, toNumber, truncateAddress } from './addresses.ts';
import { wireOf } from './dns-message.ts';
import { lowerCase } from './dns-question.ts';
import { hmacSha256 } from './keys.ts';
import { isKeyed } from './pseudonyms.ts';
import type { Method } from './rules.ts';

/** What the methods of one frame need beside themselves. */
export interface Surroundings {
  publicPrefixes: readonly Prefix[];
  /** Whether a name of these labels is public. */
  isPublicName(labels: readonly string[]): boolean;
  /** The pseudonym of an address in a map; undefined where nobody knows the period. */
  pseudonymIn(map: 'client' | 'subnet' | 'reverse', method: Method, address: Uint8Array): Uint8Array | undefined;
  /** The subkey `names`; undefined where nobody knows the period. */
  namesKey(): Uint8Array | undefined;
}

export interface ChangedName {
  labels: string[];
  /** Whether `reverse_names` changed it. */
  isReversed: boolean;
  removal?: RemovalCode;
}

/** What a name becomes under the methods of `names` and `reverse_names`. */
export function changeName(
  before: readonly string[],
  names: Method,
  reverse: Method,
  around: Surroundings,
): ChangedName {
  if (around.isPublicName(before)) return { labels: [...before], isReversed: false };
  const first = reverse === 'keep' ? { labels: [...before] } : changeReverse(before, reverse, around);
  const isReversed = first.labels.join('.') !== before.join('.') || first.labels.length !== before.length;
  const isReverseName = zoneOf(first.labels) === first.labels.length - 2;
  const labels = names === 'keep' || isReverseName ? first.labels : changeLabels(first.labels, names, around);
  return { ...first, labels, isReversed };
}

/** The index of the rightmost `in-addr` or `ip6` before `arpa`, or -3, at which nothing ends. */
function zoneOf(labels: readonly string[]): number {
  const plain = labels.map(lowerCase);
  const index = plain.findLastIndex((label, at) => ['in-addr', 'ip6'].includes(label) && plain[at + 1] === 'arpa');
  return index < 0 ? -3 : index;
}

function changeReverse(
  before: readonly string[],
  method: Method,
  around: Surroundings,
): { labels: string[]; removal?: RemovalCode } {
  const zone = zoneOf(before);
  if (zone < 0) return { labels: [...before] };
  const end = before.slice(zone);
  if (end.length > 2) return { labels: end };
  const isV4 = lowerCase(end[0]) === 'in-addr';
  const isWellFormed = (label: string) =>
    isV4 ? /^(0|[1-9][0-9]{0,2})$/.test(label) && Number(label) <= 255 : /^[0-9a-fA-F]$/.test(label);
  const left = before.slice(Math.max(0, zone - (isV4 ? 4 : 32)), zone);
  const read = left.slice(left.findLastIndex((label) => !isWellFormed(label)) + 1);
  const kept = { labels: [...read, ...end] };
  if (read.length === 0) return kept;
  const digits = read
    .toReversed()
    .map((label) => (isV4 ? Number(label).toString(16).padStart(2, '0') : label))
    .join('');
  const address = new Uint8Array(Buffer.from(digits.padEnd(isV4 ? 8 : 32, '0'), 'hex'));
  const bits = 4 * digits.length;
  if (isPublicPrefix(address, bits, around.publicPrefixes)) return kept;
  if (method === 'remove') return { labels: end };
  if (method === 'hmac') {
    const key = around.namesKey();
    if (key === undefined) return { labels: end, removal: 'PERIOD_UNKNOWN' };
    return { labels: hashLabels(read, end, key) };
  }
  const mapped = isKeyed(method) ? around.pseudonymIn('reverse', method, address) : truncateBy(method, address);
  if (mapped === undefined) return { labels: end, removal: 'PERIOD_UNKNOWN' };
  const hex = Buffer.from(mapped).toString('hex').slice(0, digits.length);
  const written = isV4 ? (hex.match(/../g) ?? []).map((octet) => String(Number.parseInt(octet, 16))) : [...hex];
  return { labels: [...written.toReversed(), ...end] };
}

/** The lengths that the method `truncate` leaves. */
export function lengthsOf(method: Method): { ipv4: number; ipv6: number } {
  const isMap = typeof method === 'object' && 'truncate' in method && typeof method.truncate === 'object';
  return { ipv4: 24, ipv6: 48, ...(isMap ? (method.truncate as object) : {}) };
}

/** Cuts an address as the method `truncate` says. */
export function truncateBy(method: Method, address: Uint8Array): Uint8Array {
  const { ipv4, ipv6 } = lengthsOf(method);
  return truncateAddress(address, ipv4, ipv6);
}

/** Whether a prefix, filled up with zeros to an address, lies wholly in one that is public; IPv4-mapped ones are seen as IPv4. */
export function isPublicPrefix(address: Uint8Array, bits: number, publicPrefixes: readonly Prefix[]): boolean {
  const isV4 = address.length === 4 || (isMapped(address) && bits >= 96);
  const seen = { family: isV4 ? (4 as const) : (6 as const), value: toNumber(isV4 ? address.slice(-4) : address) };
  const seenBits = isV4 && address.length === 16 ? bits - 96 : bits;
  return publicPrefixes.some((prefix) => prefix.bits <= seenBits && contains(prefix, seen));
}

function changeLabels(labels: readonly string[], method: Method, around: Surroundings): string[] {
  if (typeof method === 'object' && 'labels' in method) return labels.slice(-method.labels);
  if (method === 'registrable') return labels.slice(labels.length - Math.min(labels.length, registrableLabels(labels)));
  if (method !== 'hash') throw new Error('no such method for names');
  const key = around.namesKey();
  if (key === undefined) throw new Error('the message was to be removed');
  return hashLabels(labels, [], key);
}

function registrableLabels(labels: readonly string[]): number {
  const text = labels.map((label) => lowerCase(label).replace(/[^a-z0-9-]/gs, '_')).join('.');
  if (labels.length === 0) return 0;
  const { publicSuffix, isIcann } = parse(text, {
    extractHostname: false,
    validateHostname: false,
    detectIp: false,
    allowPrivateDomains: false,
  });
  if (isIcann !== true || publicSuffix === null) return 0;
  return publicSuffix.split('.').length + (/(^|\.)arpa$/.test(publicSuffix) ? 0 : 1);
}

/** Each of the labels hashed before those at the end; where there are too many, the first ones become one. */
function hashLabels(labels: readonly string[], end: readonly string[], key: Uint8Array): string[] {
  const most = Math.floor((255 - wireOf(end).length) / 9);
  const all = [...labels, ...end];
  const hashes = labels.map((_, index) => base32(hmacSha256(key, wireOf(all.slice(index).map(lowerCase)))).slice(0, 8));
  const hashed = labels.length <= most ? hashes : [hashes[0], ...hashes.slice(labels.length - most + 1)];
  return [...hashed, ...end];
}

/** RFC 4648, 6, in lower case and without padding. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{5}/g) ?? [];
  return groups.map((group) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(group, 2)]).join('');
}
