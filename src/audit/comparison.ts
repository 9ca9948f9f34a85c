/** A filtered frame beside the frames that it may have been. */
import { type Address, contains, isAddress } from './address.ts';
import type { Candidates } from './alignment.ts';
import { AS_WANTED, type Claims } from './claims.ts';
import type { DroppedFrames } from './dropped-frames.ts';
import { AddressForms, decodings } from './encoded.ts';
import { addressesOfServers, type IdentifiedFrame, type Identifier, QUERY_SIDE, RESPONSE_SIDE } from './identify.ts';
import type { KindName } from './kinds.ts';
import type { Remains } from './remains.ts';
import type { Secrets } from './secrets.ts';
import { UnchangedAddresses } from './unchanged.ts';

/** Prefixes of fewer bits are equal by chance too often. */
const MIN_BITS = 24;
/** Values of fewer octets count only where the original frame is certain. */
const MIN_LENGTH = 8;
/** Octets in which four that are an address hardly stand by chance. */
const MAX_SHORT_PLACE = 12;
/** Shorter texts spell no address: four octets are six characters of base64. */
const MIN_TEXT_LENGTH = 6;
const MAX_FORMS = 4096;

/** Kinds of addresses of which Crypto-PAn leaves some as they are, where they are of so few bits. */
const SHORT_KINDS: readonly KindName[] = ['client_address', 'server_address', 'client_subnet', 'reverse_name'];
const MAX_SHORT_BITS = 64;

/** Of how many bits an address or a prefix is. */
function bitsOf({ prefix, value }: Identifier): number {
  return prefix?.bits ?? 8 * value.length;
}

/** Kinds that are a view of the whole frame, or have no text of their own. */
const WITHOUT_TEXT: readonly KindName[] = [
  'client_address',
  'dns_message',
  'time',
  'exact_time',
  'client_port',
  'server_port',
  'message_id',
  'repeated_field',
];

/** What the filtered frame is held against. */
interface Match {
  readonly originals: readonly IdentifiedFrame[];
  /** The clients of the candidates that are not public. */
  readonly clients: readonly Address[];
  readonly servers: readonly Address[];
  /** What the candidates hold, by kind and value. */
  readonly contents: ReadonlySet<string>;
  /** Whether there is one candidate, or all have the same client. */
  readonly isCertain: boolean;
  /** Whether there is nothing to compare with. */
  readonly isMissing: boolean;
}

export class Comparison {
  readonly #claims: Claims;
  readonly #drops: DroppedFrames | undefined;
  readonly #secrets: Secrets;
  readonly #remains: Remains;
  readonly #unchanged = new UnchangedAddresses();
  readonly #forms = new Map<Address, AddressForms>();

  /** `drops`: the rules that drop frames, where rules are given. */
  constructor(claims: Claims, drops: DroppedFrames | undefined, secrets: Secrets, remains: Remains) {
    this.#claims = claims;
    this.#drops = drops;
    this.#secrets = secrets;
    this.#remains = remains;
  }

  /** Compares the frame with that number; what is found goes into the remains. */
  compare(number: number, frame: IdentifiedFrame, candidates: Candidates): void {
    const match = this.#match(frame, candidates);
    if (match.isCertain) this.#remains.aligned++;
    else this.#remains.unaligned++;
    if (this.#drops?.has(frame)) this.#remains.find('dns_message', 'dropped', number);
    for (const { side, records } of frame.messages) {
      const code = side === 'query' ? QUERY_SIDE : RESPONSE_SIDE;
      if (records.length > 0 && !this.#claims.mayHaveRecords(code))
        this.#remains.find('record_data', 'present', number);
    }
    const spared: Uint8Array[] = [];
    for (const identifier of frame.identifiers) {
      if (!this.#compareOne(number, identifier, match) && identifier.octets !== undefined)
        spared.push(identifier.octets);
    }
    this.#findValues(number, frame, spared);
    if (match.isCertain && match.originals.length > 0) this.#compareAddresses(number, frame, match.originals);
  }

  /** Ends the comparison. */
  finish(): void {
    this.#unchanged.report(this.#remains);
  }

  /** Notes which short addresses of the original are what they were; each kind where nothing of it is missing. */
  #compareAddresses(number: number, frame: IdentifiedFrame, originals: readonly IdentifiedFrame[]): void {
    const [original] = originals;
    if (original === undefined) return;
    const { querySeconds, responseSeconds } = original.envelope;
    const period = this.#claims.periodOf(querySeconds.at(-1) ?? responseSeconds.at(-1) ?? 0);
    for (const kind of SHORT_KINDS) {
      if (!this.#claims.mayBeCryptoPan(kind)) continue;
      const before = original.identifiers.filter(
        (one) => one.kind === kind && bitsOf(one) >= MIN_BITS && bitsOf(one) <= MAX_SHORT_BITS,
      );
      if (before.length === 0) continue;
      const after = frame.identifiers.filter((one) => one.kind === kind);
      if (after.length < before.length) continue;
      for (const identifier of before) {
        if (typeof this.#claims.claimOf(identifier) === 'object') continue;
        const isUnchanged = after.some(({ value }) => value === identifier.value);
        this.#unchanged.add(kind, period, identifier.value, bitsOf(identifier), isUnchanged, number);
      }
    }
  }

  #match(frame: IdentifiedFrame, { frames, isComplete }: Candidates): Match {
    let originals = frames;
    const clientsOf = (list: readonly IdentifiedFrame[]) => new Set(list.map(({ clients }) => clients.join('\n')));
    let isCertain = isComplete && frames.length > 0;
    if (frames.length > 1 && clientsOf(frames).size > 1) {
      const likely = mostAlike(frame, frames);
      isCertain &&= likely !== undefined;
      if (likely !== undefined) originals = [likely];
    }
    return {
      originals,
      clients: [...new Set(originals.flatMap(({ clients }) => clients))].filter(
        (one) => isAddress(one) && !this.#claims.isOpen(one),
      ),
      servers: originals.flatMap(addressesOfServers),
      contents: contentsOf(originals),
      isCertain,
      isMissing: frames.length === 0,
    };
  }

  /** Returns whether the place is one that has to be clean: not one that is exempt and as it was. */
  #compareOne(number: number, identifier: Identifier, match: Match): boolean {
    const { kind, value } = identifier;
    const claim = this.#claims.claimOf(identifier);
    const isSame = match.contents.has(`${kind} ${value}`);
    if (claim === 'absent') {
      this.#remains.find(kind, 'present', number);
      return true;
    }
    if (claim === 'changed') {
      if (isSame) this.#noteSame(number, identifier, match);
      else this.#findClient(number, identifier, match);
      this.#findOthers(number, identifier, match);
      return true;
    }
    this.#remains.spare(kind, claim.exempt, number);
    if (kind === 'name' && this.#secrets.words.isIn(value)) this.#remains.find(kind, 'word', number);
    if (kind === 'record_address') {
      this.#compareHost(number, identifier, match);
      return false;
    }
    // What the rules keep is what it was; what is something else is no such thing.
    if (isSame || match.isMissing || AS_WANTED.includes(claim.exempt) || WITHOUT_TEXT.includes(kind)) return false;
    if (kind === 'server_address' && !match.clients.some((one) => value === one && !match.servers.includes(one)))
      return false;
    this.#findClient(number, identifier, match);
    return true;
  }

  #noteSame(number: number, identifier: Identifier, match: Match): void {
    const { kind, value, prefix } = identifier;
    // Those are judged together, at the end.
    const isShort =
      SHORT_KINDS.includes(kind) && bitsOf(identifier) >= MIN_BITS && bitsOf(identifier) <= MAX_SHORT_BITS;
    if (match.isCertain && isShort && this.#claims.mayBeCryptoPan(kind)) return;
    if (prefix !== undefined && prefix.bits < MIN_BITS) this.#remains.count('short_prefix', number);
    else if (match.isCertain || value.length >= MIN_LENGTH) this.#remains.find(kind, 'same', number);
    else this.#remains.count('uncertain', number);
  }

  /** Looks for the frame's own client in a place: as its address or network, in octets, and in text. */
  #findClient(number: number, identifier: Identifier, { clients, isCertain }: Match): void {
    const { kind, value, prefix, addresses = [], octets } = identifier;
    const isFound = clients.some((client) => {
      if (addresses.includes(client)) return true;
      if (prefix !== undefined) {
        return prefix.bits >= MIN_BITS && contains(prefix, { address: client, bits: 8 * client.length });
      }
      if (WITHOUT_TEXT.includes(kind) || kind === 'server_address') return false;
      if (octets !== undefined && octets.length <= MAX_SHORT_PLACE && value.includes(client)) return true;
      if (value.length < MIN_TEXT_LENGTH) return false;
      return this.#formsOf(client).isIn(value) || decodings(value).some((decoded) => spells(decoded, client));
    });
    if (!isFound) return;
    // Crypto-PAn takes neighbours to one another nearly as often as to themselves.
    const isShort = SHORT_KINDS.includes(kind) && kind !== 'server_address' && bitsOf(identifier) <= MAX_SHORT_BITS;
    if (isShort && this.#claims.mayBeCryptoPan(kind)) this.#remains.count('fixed_point', number);
    else if (isCertain) this.#remains.find(kind, 'client', number);
    else this.#remains.count('uncertain', number);
  }

  /** A or AAAA, or a hint: that of the client is to go, that of anybody else is the zone's. */
  #compareHost(number: number, identifier: Identifier, { clients, isCertain }: Match): void {
    const { value, code } = identifier;
    const kind = code === 1 || code === 28 ? 'client_in_record' : 'client_in_hint';
    if (!clients.includes(value)) return;
    if (typeof this.#claims.claimOf({ ...identifier, kind }) === 'object') return;
    if (isCertain) this.#remains.find(kind, 'client', number);
    else this.#remains.count('uncertain', number);
  }

  /** Looks for what any frame of the original had, in a place that has to be clean. */
  #findOthers(number: number, { kind, value, addresses = [] }: Identifier, { clients }: Match): void {
    const { values, words } = this.#secrets;
    for (const address of addresses) {
      if (clients.includes(address) || !values.isClient(address)) continue;
      if (address.length === 16) this.#remains.find(kind, 'value', number);
      else this.#remains.count('address_of_other', number);
    }
    if (decodings(value).some((octets) => values.findIn(octets).length > 0)) this.#remains.find(kind, 'value', number);
    if (words.isIn(value)) this.#remains.find(kind, 'word', number);
  }

  /** Looks for values of the original in all octets of the frame but those that are spared. */
  #findValues(number: number, { frame }: IdentifiedFrame, spared: readonly Uint8Array[]): void {
    for (const { kind, start, end } of this.#secrets.values.findIn(frame)) {
      const isSpared = spared.some(({ byteOffset, length }) => {
        const at = byteOffset - frame.byteOffset;
        return at <= start && end <= at + length;
      });
      if (!isSpared) this.#remains.find(kind, 'value', number);
    }
  }

  #formsOf(client: Address): AddressForms {
    let forms = this.#forms.get(client);
    if (forms === undefined) {
      if (this.#forms.size === MAX_FORMS) this.#forms.clear();
      forms = new AddressForms(client);
      this.#forms.set(client, forms);
    }
    return forms;
  }
}

function contentsOf(frames: readonly IdentifiedFrame[]): Set<string> {
  const contents = new Set<string>();
  for (const { identifiers } of frames) for (const { kind, value } of identifiers) contents.add(`${kind} ${value}`);
  return contents;
}

/** The one candidate that has more in common with the frame than each other; undefined where several have as much. */
function mostAlike(frame: IdentifiedFrame, candidates: readonly IdentifiedFrame[]): IdentifiedFrame | undefined {
  const scores = candidates.map((candidate) => {
    const contents = contentsOf([candidate]);
    return frame.identifiers.filter(({ kind, value }) => contents.has(`${kind} ${value}`)).length;
  });
  const best = Math.max(...scores);
  return scores.indexOf(best) === scores.lastIndexOf(best) ? candidates[scores.indexOf(best)] : undefined;
}

function spells(octets: Uint8Array, client: Address): boolean {
  return octets.length === client.length && Buffer.from(octets).toString('latin1') === client;
}
