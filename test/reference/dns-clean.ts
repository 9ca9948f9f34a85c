/** What becomes of one DNS message, for the reference (docs/messages.md, sections 1, 4, 5 and 6). */
import type { RemovalCode } from '../../src/errors.ts';
import { type Address, contains, isMapped, seenAs, toNumber } from './addresses.ts';
import { type Item, type Message, type Piece, parseMessage } from './dns-message.ts';
import { type ChangedName, changeName, isPublicPrefix, lengthsOf, type Surroundings, truncateBy } from './dns-names.ts';
import { type ChangedItem, namesOf, writeMessage } from './dns-write.ts';
import { isKeyed } from './pseudonyms.ts';
import type { Method, Methods } from './rules.ts';

/** A frame as its messages see it. */
export interface FrameOfMessages extends Surroundings {
  methods: Methods;
  hidesClients: boolean;
  /** The method of hidden clients where no rule says otherwise. */
  clientMethod: Method;
  client: Address | undefined;
  /** The map of the client's pseudonym. */
  clientMap: 'client' | 'forwarder';
}

/** The message as it is to be written, or the code by which it is removed; `removals` is what was counted beside. */
export interface CleanedMessage {
  message: Uint8Array | RemovalCode;
  removals: RemovalCode[];
}

/** Looks into a message (section 1, from step 2 on). */
export function cleanMessage(original: Uint8Array, frame: FrameOfMessages): CleanedMessage {
  const removed = (message: RemovalCode): CleanedMessage => ({ message, removals: [] });
  if (original.length < 12 || original.length > 65_535) return removed('DNS_MALFORMED');
  if (frame.hidesClients && ((original[2] >> 3) & 15) !== 0) return removed('DNS_OPCODE');
  if (frame.methods.names === 'hash' && frame.namesKey() === undefined) return removed('PERIOD_UNKNOWN');
  const message = parseMessage(original);
  if (message === undefined) return removed('DNS_MALFORMED');
  const cleaner = new Cleaner(message, frame);
  const items = cleaner.changedItems();
  const octets = writeMessage(original, message, items);
  if (frame.methods.message_id === 'zero') octets.fill(0, 0, 2);
  return { message: octets.length > 65_535 ? 'DNS_TOO_LONG' : octets, removals: cleaner.removals };
}

/** The method of `reverse_names` in a frame. */
export function reverseMethod({ methods, clientMethod }: Pick<FrameOfMessages, 'methods' | 'clientMethod'>): Method {
  return methods.reverse_names ?? clientMethod;
}

const NINE = [1, 28, 2, 5, 39, 12, 15, 33, 6];

class Cleaner {
  readonly removals: RemovalCode[] = [];
  readonly #items: readonly Item[];
  readonly #frame: FrameOfMessages;
  readonly #names: Method;
  readonly #reverse: Method;
  readonly #hides: boolean;
  readonly #changes = new Map<string, ChangedName>();

  constructor(message: Message, frame: FrameOfMessages) {
    this.#items = message.items;
    this.#frame = frame;
    this.#names = frame.methods.names ?? 'keep';
    this.#reverse = reverseMethod(frame);
    this.#hides = frame.hidesClients;
    const names = message.items.flatMap(namesOf).map(({ labels }) => this.#changed(labels));
    if (names.some(({ removal }) => removal !== undefined)) this.removals.push('PERIOD_UNKNOWN');
  }

  changedItems(): ChangedItem[] {
    const changed = this.#items.map((before) => ({ before, after: this.#change(before) }));
    const touched = new Set(
      changed
        .filter(
          ({ before, after }) => before.section > 0 && ![24, 41, 46].includes(before.type) && !isSame(before, after),
        )
        .map(({ before }) => before.type),
    );
    return changed.map(({ before, after }) => {
      const isSignature = before.section > 0 && (before.type === 24 || before.type === 46);
      const isOpen = this.#frame.methods[`records:${before.type}`] !== undefined;
      const covered = isSignature ? coveredType(before) : undefined;
      const isTold = covered !== undefined && touched.has(covered) && !isOpen;
      return { before, after: isTold ? undefined : after };
    });
  }

  #changed(labels: readonly string[]): ChangedName {
    const key = JSON.stringify(labels);
    const change = this.#changes.get(key) ?? changeName(labels, this.#names, this.#reverse, this.#frame);
    this.#changes.set(key, change);
    return change;
  }

  #change(item: Item): Item | undefined {
    if (item.section === 0) return this.#withNames(item);
    if (item.type === 41) return { ...item, rdata: item.rdata.flatMap((piece) => this.#changeOption(piece, item)) };
    const named = this.#frame.methods[`records:${item.type}`];
    if ((named ?? this.#frame.methods['records:other']) === 'remove') return undefined;
    if (named === 'keep') return this.#withNames(item);
    if (this.#isClosed(item)) return undefined;
    const rdata = this.#hides ? this.#changeRdata(item) : item.rdata;
    return rdata && this.#withNames({ ...item, rdata });
  }

  #withNames(item: Item): Item {
    const renamed = <Kind extends { labels: string[] }>(name: Kind): Kind => ({
      ...name,
      labels: this.#changed(name.labels).labels,
    });
    const rdata = item.rdata.map((piece) =>
      piece.kind === 'n' || piece.kind === 'N' ? { ...piece, name: renamed(piece.name) } : piece,
    );
    return { ...item, name: item.name && renamed(item.name), rdata };
  }

  /** Section 5, 3.1 to 3.7. */
  #isClosed(item: Item): boolean {
    const { type, rdata, dnsClass } = item;
    const [first] = rdata;
    if (type === 250 && (this.#hides || this.#frame.methods.message_id === 'zero')) return true;
    if (this.#hides && (type === 249 || (type === 24 && coveredType(item) === 0))) return true;
    if (this.#names !== 'keep' && !NINE.includes(type)) return true;
    if (this.#reverse !== 'keep' && [38, 55, 45, 260].includes(type)) return true;
    if (this.#changed(item.name?.labels ?? []).isReversed && type !== 6 && type !== 2) return true;
    if (
      [24, 30, 46, 47, 50].includes(type) &&
      namesOf(item).some(({ labels }) => differs(labels, this.#changed(labels).labels))
    )
      return true;
    const isAddress = (type === 1 && dnsClass !== 3) || type === 28;
    return this.#hides && isAddress && first?.kind === 'octets' && this.#isClient(first.octets);
  }

  #isClient(octets: Uint8Array): boolean {
    const { client, publicPrefixes } = this.#frame;
    const seen = seenAs(octets);
    if (client === undefined || seen?.family !== client.family || seen.value !== client.value) return false;
    return !isPublicPrefix(octets, octets.length * 8, publicPrefixes);
  }

  /** What is left of the rdata in a file that hides clients; undefined where the record goes (section 5, 3.8 and 5). */
  #changeRdata({ type, rdata }: Item): Piece[] | undefined {
    if ([16, 56, 99, 258, 261, 262].includes(type)) return withoutAddresses(rdata);
    if (type !== 64 && type !== 65) return rdata;
    const mandatory = rdata.flatMap((piece) =>
      piece.kind === 'pair' && piece.number === 0 ? [...pairsOf(piece.data, 2)] : [],
    );
    const left = rdata.flatMap((piece) => {
      if (piece.kind !== 'pair' || (piece.number !== 4 && piece.number !== 6)) return [piece];
      const kept = pairsOf(piece.data, piece.number === 4 ? 4 : 16).filter((address) => !this.#isClient(address));
      const data = Uint8Array.from(kept.flatMap((address) => [...address]));
      return data.length === 0 && piece.data.length > 0 ? [] : [{ ...piece, data }];
    });
    const lost = rdata.filter(
      (piece) => piece.kind === 'pair' && !left.some((one) => 'at' in one && one.at === piece.at),
    );
    const isMandatory = (piece: Piece) =>
      piece.kind === 'pair' && mandatory.some(([high, low]) => high * 256 + low === piece.number);
    return lost.some(isMandatory) ? undefined : left;
  }

  #changeOption(piece: Piece, opt: Item): Piece[] {
    if (piece.kind !== 'pair') return [piece];
    const { methods, clientMethod } = this.#frame;
    const named = methods[`edns:${piece.number}`];
    const method = named ?? methods['edns:other'];
    if (method === 'remove') return [];
    if (named === 'keep') return [piece];
    if (piece.number === 8 && (named !== undefined || this.#hides))
      return this.#changeSubnet(piece, opt, named ?? clientMethod);
    if (!this.#hides && this.#names === 'keep') return [piece];
    const { length } = piece.data;
    switch (piece.number) {
      case 8:
        return [piece];
      case 9:
        return length === 0 || length === 4 ? [piece] : [];
      case 11:
        return length === 0 || length === 2 ? [piece] : [];
      case 12:
        return [{ ...piece, data: new Uint8Array(length) }];
      case 15:
        return length < 2 ? [] : [{ ...piece, data: piece.data.slice(0, 2) }];
      default:
        return [];
    }
  }

  #changeSubnet(piece: Piece & { kind: 'pair' }, opt: Item, method: Method): Piece[] {
    const { data } = piece;
    const subnets = opt.rdata.filter((one) => one.kind === 'pair' && one.number === 8);
    const address = subnetAddress(data);
    if (subnets.length > 1 || address === undefined) return this.#removeFor('SUBNET_INVALID');
    const [, , source, scope] = data;
    if (source === 0 || isPublicPrefix(address, source, this.#frame.publicPrefixes)) return [piece];
    if (method === 'remove' || method === 'hmac') return [];
    if (!isKeyed(method)) {
      const cut = truncateBy(method, address);
      const bits = Math.min(source, bitsLeft(method, address));
      return [{ ...piece, data: subnetData(data, bits, Math.min(scope, bits), cut) }];
    }
    const { client, clientMap, clientMethod, publicPrefixes } = this.#frame;
    const width = address.length * 8;
    const rest = BigInt(width - source);
    const covers =
      client !== undefined &&
      (client.family === 4) === (width === 32) &&
      client.value >> rest === toNumber(address) >> rest &&
      clientMap === 'client' &&
      clientMethod === method &&
      !publicPrefixes.some((prefix) => contains(prefix, client));
    const mapped = this.#frame.pseudonymIn(covers ? 'client' : 'subnet', method, address);
    if (mapped === undefined) return this.#removeFor('PERIOD_UNKNOWN');
    return [{ ...piece, data: subnetData(data, source, scope, mapped) }];
  }

  #removeFor(code: RemovalCode): [] {
    this.removals.push(code);
    return [];
  }
}

function coveredType({ rdata: [first] }: Item): number | undefined {
  return first?.kind === 'octets' ? first.octets[0] * 256 + first.octets[1] : undefined;
}

function differs(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}

function isSame(before: Item, after: Item | undefined): boolean {
  if (after === undefined) return false;
  const spelled = ({ name, rdata }: Item) =>
    JSON.stringify([name, rdata], (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    );
  return spelled(before) === spelled(after);
}

function pairsOf(octets: Uint8Array, width: number): Uint8Array[] {
  return Array.from({ length: octets.length / width }, (_, index) => octets.slice(index * width, (index + 1) * width));
}

const FOUR_NUMBERS = /(^|[^0-9])([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9])/;

function withoutAddresses(rdata: readonly Piece[]): Piece[] {
  const texts = rdata.map((piece) =>
    piece.kind === 'octets' ? Buffer.from(piece.octets.slice(1)).toString('latin1') : '',
  );
  if (/^v=spf1($| )/i.test(texts[0] ?? '') && !/[\r\n]/.test((texts[0] ?? '').slice(6, 7))) return [...rdata];
  return rdata.map((piece, index) => {
    if (piece.kind !== 'octets') return piece;
    const text = texts[index].replace(/[0-9A-Fa-f:.]+/g, (run) => (isAddressLike(run) ? 'x'.repeat(run.length) : run));
    return { ...piece, octets: Uint8Array.from([piece.octets[0], ...Buffer.from(text, 'latin1')]) };
  });
}

function isAddressLike(run: string): boolean {
  if (run.includes('::') || run.split(':').length > 5) return true;
  for (let start = 0; start < run.length; start++) {
    const match = FOUR_NUMBERS.exec(run.slice(start));
    if (match === null) return false;
    const isWhole = start === 0 || match.index > 0 || !/[0-9]/.test(run[start - 1]);
    if (isWhole && match.slice(2).every((number) => Number(number) <= 255)) return true;
  }
  return false;
}

/** The address of a client subnet, filled up with zeros; undefined where it is none to answer for (section 6). */
function subnetAddress(data: Uint8Array): Uint8Array | undefined {
  if (data.length < 4) return undefined;
  const [familyHigh, family, source, scope] = data;
  const length = { 1: 4, 2: 16 }[family] ?? 0;
  if (familyHigh !== 0 || length === 0 || source > length * 8 || scope > length * 8) return undefined;
  const octets = data.slice(4);
  if (octets.length !== Math.ceil(source / 8)) return undefined;
  const address = Uint8Array.from({ length }, (_, index) => octets[index] ?? 0);
  const rest = BigInt(length * 8 - source);
  if ((toNumber(address) >> rest) << rest !== toNumber(address) || isMapped(address)) return undefined;
  return address;
}

/** How many first bits of an address `truncate` leaves. */
function bitsLeft(method: Method, address: Uint8Array): number {
  const { ipv4, ipv6 } = lengthsOf(method);
  if (address.length === 4) return ipv4;
  return address[0] === 0x20 && address[1] === 0x02 ? Math.min(16 + ipv4, ipv6) : ipv6;
}

function subnetData(before: Uint8Array, source: number, scope: number, address: Uint8Array): Uint8Array {
  const rest = BigInt(address.length * 8 - source);
  const kept = (toNumber(address) >> rest) << rest;
  const octets = Array.from({ length: Math.ceil(source / 8) }, (_, index) =>
    Number((kept >> BigInt(8 * (address.length - 1 - index))) & 255n),
  );
  return Uint8Array.from([before[0], before[1], source, scope, ...octets]);
}
