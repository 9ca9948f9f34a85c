/** What a rules file claims to hide, kind by kind, as docs/rules.md and docs/messages.md promise it. */
import { type Address, contains, cut, isAddress, type Prefix, parsePrefix } from './address.ts';
import type { Labels } from './dns-message.ts';
import { isNameHidden, openLabels } from './hidden-names.ts';
import { type Identifier, IN_ZONE, QUERY_SIDE } from './identify.ts';
import { KINDS, type KindName } from './kinds.ts';
import {
  entryOf,
  type PlainRules,
  type Possible,
  possibleMethods,
  wordsOfOption,
  wordsOfType,
} from './possible-methods.ts';

/**
 * What is claimed of something in the filtered capture: that it is not there (`absent`), that it is another than in the original
 * (`changed`), or nothing (the reason why).
 */
export type Claim = 'absent' | 'changed' | { readonly exempt: string };

/** Decides what is claimed of each identifier. */
export interface Claims {
  claimOf(identifier: Identifier): Claim;
  /** Whether an address may stand wherever it does: it is public, or the method leaves it as it is. */
  isOpen(address: Address): boolean;
  /** Whether names that are no reverse names are hidden. */
  readonly hidesNames: boolean;
  /** How many labels at the end of a hidden name may stay. */
  openLabels(labels: Labels): number;
  /** Whether a message of this side may have records. */
  mayHaveRecords(side: number): boolean;
  /** Whether the method of such addresses may be crypto-pan. */
  mayBeCryptoPan(kind: KindName): boolean;
  /** The period of a second since 1970, in which an address has one pseudonym. */
  periodOf(second: number): number;
  /** Whether a name is public. */
  isNameOpen(labels: Labels): boolean;
}

const WITHOUT_RULES = 'not judged without --rules';
const KEPT = 'the rules keep it, or may keep it';
const UNCLAIMED = 'no rule claims to hide it';
const WRITTEN = 'the rules write it';
const TRUNCATED = 'the rules truncate it';
const SHORTENED = 'the rules shorten or hash it';
const ROUNDED = 'the rules round it';
const PUBLIC = 'the rules declare it public';
/** Why something is exempt whatever the original has there: it is as the rules want it. */
export const AS_WANTED: readonly string[] = [PUBLIC, WRITTEN, TRUNCATED, SHORTENED, ROUNDED];
const exempt = (reason: string): Claim => ({ exempt: reason });

/** Without rules everything personal has to be another than in the original. */
export const claimsWithoutRules: Claims = {
  claimOf: ({ kind }) => (KINDS[kind].isPersonal ? 'changed' : exempt(WITHOUT_RULES)),
  isOpen: () => false,
  hidesNames: false,
  openLabels: () => 0,
  mayHaveRecords: () => true,
  mayBeCryptoPan: (kind) => kind in METHODS_OF_KIND,
  // The longest is a week.
  periodOf: weekOf,
  isNameOpen: () => true,
};

/** The types whose records stay where names are hidden (docs/messages.md, 4). */
const TYPES_WITH_NAMES = [1, 2, 5, 6, 12, 15, 28, 33, 39];
const OPT = 41;
const CLIENT_SUBNET = 8;

export class RulesClaims implements Claims {
  readonly hidesNames: boolean;
  readonly #rules: PlainRules;
  readonly #publicPrefixes: readonly Prefix[];
  readonly #publicNames: readonly string[];
  readonly #client: Possible;
  readonly #names: Possible;
  readonly #reverse: Possible;
  /** Whether the file hides clients (docs/rules.md). */
  readonly #hides: boolean;
  readonly #claims = new Map<string, Claim>();
  #subnetMethods: Possible | undefined;
  readonly #fields = new Map<string, Possible>();

  constructor(rules: PlainRules) {
    this.#rules = rules;
    this.#publicPrefixes = (rules.public?.addresses ?? []).map(parsePrefix).filter((prefix) => prefix !== undefined);
    this.#publicNames = (rules.public?.names ?? []).map((name) => name.toLowerCase().replace(/\.$/, ''));
    const named = (rules.rules ?? []).map(({ set }) => (set as Record<string, unknown> | undefined)?.client_address);
    this.#hides = rules.default === 'remove' || named.some((method) => method !== undefined && method !== 'keep');
    this.#client = this.#field('client_address');
    this.#names = this.#field('names', ['keep']);
    const mine = this.#client.methods.map((method) => (method === 'keep' ? 'remove' : method));
    this.#reverse = this.#field('reverse_names', this.#hides ? mine : [rules.default]);
    this.hidesNames = !this.#names.mayKeep;
  }

  claimOf(identifier: Identifier): Claim {
    if (this.#isPublic(identifier)) return exempt(PUBLIC);
    const { kind, code } = identifier;
    const key = `${kind} ${code ?? ''}`;
    let claim = this.#claims.get(key);
    if (claim === undefined) {
      claim = this.#decide(kind, code);
      this.#claims.set(key, claim);
    }
    return this.#refine(identifier, claim);
  }

  isOpen(address: Address): boolean {
    const prefix = { address, bits: 8 * address.length };
    if (this.#publicPrefixes.some((one) => contains(one, prefix))) return true;
    return this.#isCut(this.#client, prefix);
  }

  openLabels(labels: Labels): number {
    return openLabels(labels, this.#names);
  }

  mayBeCryptoPan(kind: KindName): boolean {
    const methods = METHODS_OF_KIND[kind]?.(this.#client, this.#subnet, this.#reverse, this.#field('server_address'));
    return methods?.has('crypto-pan') ?? false;
  }

  periodOf(second: number): number {
    const rotate = this.#rules.key?.rotate;
    if (rotate === undefined) return 0;
    return rotate === 'day' ? Math.floor(second / SECONDS_OF_DAY) : weekOf(second);
  }

  mayHaveRecords(side: number): boolean {
    const message = this.#field(side === QUERY_SIDE ? 'query_message' : 'response_message');
    return !message.isAll('remove', 'question');
  }

  isNameOpen(labels: Labels): boolean {
    const name = labels.join('.').toLowerCase();
    return this.#publicNames.some((one) => (one.startsWith('*.') ? name.endsWith(one.slice(1)) : name === one));
  }

  /** What may become of a field; `start` where no rule names it, always the same for one field. */
  #field(name: string, start: readonly unknown[] = [this.#rules.default]): Possible {
    let field = this.#fields.get(name);
    if (field === undefined) {
      field = possibleMethods(this.#rules, start, (set) => set[name]);
      this.#fields.set(name, field);
    }
    return field;
  }

  #isPublic({ prefix, addresses, labels, kind }: Identifier): boolean {
    // What stands in a text is overwritten though it be public.
    if (kind === 'address_in_text') return false;
    const whole = (addresses ?? []).map((address): Prefix => ({ address, bits: 8 * address.length }));
    const prefixes = prefix === undefined ? whole : [prefix];
    const arePublic = prefixes.every((one) => this.#publicPrefixes.some((outer) => contains(outer, one)));
    if (prefixes.length > 0 && arePublic) return true;
    return labels !== undefined && this.isNameOpen(labels);
  }

  /** The claim of a kind; what depends on the value is in #refine. */
  #decide(kind: KindName, code = 0): Claim {
    const closes = this.#hides || !this.#names.mayKeep;
    const looksInside = closes || !this.#reverse.mayKeep || this.#messageId.isAll('zero');
    switch (kind) {
      case 'client_address':
      case 'hardware_in_address':
        return claimOfAddress(this.#client);
      case 'server_address':
        return claimOfAddress(this.#field('server_address'));
      case 'client_port':
        return presence(this.#field('query_port'));
      case 'server_port':
        return presence(this.#field('response_port'));
      case 'time':
        return presence(this.#time(code));
      case 'exact_time':
        return this.#time(code).mayKeep ? exempt(KEPT) : 'absent';
      case 'identity':
      case 'version':
        return presence(this.#field(kind));
      case 'extra':
        return presence(this.#field('extra', [closes ? 'remove' : this.#rules.default]));
      case 'policy_rule':
      case 'policy_value':
        return presence(this.#field('policy', [closes ? 'anonymous' : this.#rules.default]));
      case 'unknown_field':
        return presence(this.#field('unknown', ['remove']));
      case 'repeated_field':
      case 'malformed_frame':
        return 'absent';
      case 'dns_message': {
        const message = this.#field(code === QUERY_SIDE ? 'query_message' : 'response_message');
        return message.isAll('remove') ? 'absent' : exempt(UNCLAIMED);
      }
      case 'query_zone':
        return this.#zone.isAll('remove') ? 'absent' : exempt(UNCLAIMED);
      case 'message_id':
        return this.#messageId.isAll('zero') ? 'absent' : exempt(KEPT);
      case 'client_subnet':
        return this.#subnet.isAll('remove', 'hmac') ? 'absent' : this.#subnet.mayKeep ? exempt(KEPT) : 'changed';
      case 'cookie':
      case 'server_cookie':
        return presence(this.#option(10));
      case 'nsid':
      case 'device_option':
      case 'local_option':
      case 'client_option':
        return presence(this.#option(code));
      case 'padding_content':
        return presence(this.#option(12));
      case 'error_text':
        return presence(this.#option(15));
      case 'reverse_name':
        if (code === IN_ZONE && this.#zone.isNamed && this.#zone.mayKeep) return exempt(KEPT);
        return this.#reverse.isAll('remove') ? 'absent' : this.#reverse.mayKeep ? exempt(KEPT) : 'changed';
      case 'name':
      case 'address_in_name':
        if (code === IN_ZONE && this.#zone.isNamed && this.#zone.mayKeep) return exempt(KEPT);
        return this.#names.mayKeep ? exempt(KEPT) : 'changed';
      case 'update':
      case 'notify':
      case 'other_opcode':
        return this.#hides ? 'absent' : exempt(UNCLAIMED);
      case 'zone_transfer':
        return exempt(UNCLAIMED);
      case 'option_rest':
      case 'malformed_message':
      case 'trailing_bytes':
        return looksInside ? 'absent' : exempt(UNCLAIMED);
      case 'address_in_text':
      case 'client_in_record':
      case 'client_in_hint':
      case 'tsig':
      case 'tkey':
      case 'sig0':
      case 'record_address':
      case 'record_data':
        return this.#record(kind, code);
    }
  }

  /** What the value decides: texts that the rules write, times and addresses that are rounded, names in their form. */
  #refine(identifier: Identifier, claim: Claim): Claim {
    const { kind, value, code, prefix, addresses, labels } = identifier;
    if (kind === 'identity' || kind === 'version' || kind === 'extra') {
      const texts = this.#field(kind)
        .valuesOf('replace')
        .map((text) => Buffer.from(String(text)).toString('latin1'));
      return texts.includes(value) ? exempt(WRITTEN) : claim;
    }
    // A zone that is no name is removed where names in it would change.
    if (kind === 'query_zone' && labels === undefined && this.#hides && !this.#zone.isNamed) return 'absent';
    if (kind === 'time' && claim === 'changed') {
      const units = this.#time(code ?? 0)
        .valuesOf('truncate')
        .map((unit) => SECONDS[String(unit)] ?? 1);
      const isRound = units.some((unit) => Number(value) % unit === 0);
      return isRound ? exempt(ROUNDED) : 'absent';
    }
    if ((kind === 'name' || kind === 'address_in_name') && claim === 'changed') {
      return isNameHidden(labels ?? [], this.#names) ? exempt(SHORTENED) : 'absent';
    }
    if (claim !== 'changed') return claim;
    // What is no address has no pseudonym.
    if ((kind === 'client_address' || kind === 'server_address') && !isAddress(value)) return 'absent';
    const methods = METHODS_OF_KIND[kind]?.(this.#client, this.#subnet, this.#reverse, this.#field('server_address'));
    const place =
      prefix ?? (addresses?.[0] === undefined ? undefined : { address: addresses[0], bits: 8 * addresses[0].length });
    if (methods === undefined || place === undefined || !methods.has('truncate')) return claim;
    if (this.#isCut(methods, place, kind === 'client_subnet')) return exempt(TRUNCATED);
    return methods.methods.every((method) => method === 'remove' || isTruncate(method)) ? 'absent' : claim;
  }

  /** Whether nothing of the prefix is left that a truncation would have taken. */
  #isCut(methods: Possible, { address, bits }: Prefix, isSubnet = false): boolean {
    const values = methods.methods.filter(isTruncate).map((method) => (method === 'truncate' ? {} : method.truncate));
    const lengths = values.map(({ ipv4 = 24, ipv6 = 48 }) => (address.length === 4 ? ipv4 : ipv6));
    const most = Math.max(-1, ...lengths);
    return isSubnet ? bits <= most : most >= 0 && cut(address, most) === address;
  }

  get #messageId(): Possible {
    return this.#field('message_id', [this.#rules.default === 'keep' ? 'keep' : 'zero']);
  }

  get #zone(): Possible {
    return this.#field('query_zone');
  }

  #time(side: number): Possible {
    return this.#field(side === QUERY_SIDE ? 'query_time' : 'response_time');
  }

  /** What may become of an option; those that hiding closes are opened by their own name only. */
  #option(code: number): Possible {
    const other = possibleMethods(this.#rules, [this.#rules.default], entryOf('edns', ['other']));
    const isClosed = this.#hides || !this.#names.mayKeep;
    const start = isClosed ? ['remove'] : other.methods;
    return possibleMethods(this.#rules, start, entryOf('edns', wordsOfOption(code)));
  }

  get #subnet(): Possible {
    if (this.#subnetMethods !== undefined) return this.#subnetMethods;
    const other = possibleMethods(this.#rules, [this.#rules.default], entryOf('edns', ['other']));
    const mine = this.#client.methods.map((method) => (method === 'keep' ? 'remove' : method));
    const start = this.#hides ? (other.isAll('remove') ? ['remove'] : mine) : other.methods;
    this.#subnetMethods = possibleMethods(this.#rules, start, entryOf('edns', wordsOfOption(CLIENT_SUBNET)));
    return this.#subnetMethods;
  }

  #record(kind: KindName, type: number): Claim {
    const other = possibleMethods(this.#rules, ['keep'], entryOf('records', ['other']));
    const own = possibleMethods(this.#rules, other.methods, entryOf('records', wordsOfType(type)));
    if (own.isAll('remove') && type !== OPT) return 'absent';
    const mayOpen = possibleMethods(this.#rules, [], entryOf('records', wordsOfType(type))).mayKeep;
    if (mayOpen) return exempt(KEPT);
    if (!this.#names.mayKeep && !TYPES_WITH_NAMES.includes(type)) return 'absent';
    if (kind === 'tsig' && this.#messageId.isAll('zero')) return 'absent';
    if (!this.#hides) return exempt(UNCLAIMED);
    if (kind === 'client_in_record' || kind === 'client_in_hint') return 'changed';
    return kind === 'record_address' || kind === 'record_data' ? exempt(UNCLAIMED) : 'absent';
  }
}

function isTruncate(method: unknown): method is 'truncate' | { truncate: { ipv4?: number; ipv6?: number } } {
  return method === 'truncate' || (typeof method === 'object' && method !== null && 'truncate' in method);
}

const SECONDS_OF_DAY = 86_400;

/** The number of the week, from Monday in UTC; 1970 began on a Thursday. */
function weekOf(second: number): number {
  return Math.floor((Math.floor(second / SECONDS_OF_DAY) + 3) / 7);
}

const SECONDS: Readonly<Record<string, number>> = { '1s': 1, '1m': 60, '1h': 3600, '1d': 86_400 };

/** Whose methods may leave an address as it is. */
const METHODS_OF_KIND: {
  readonly [Kind in KindName]?: (...methods: [Possible, Possible, Possible, Possible]) => Possible;
} = {
  client_address: (client) => client,
  client_subnet: (_client, subnet) => subnet,
  reverse_name: (_client, _subnet, reverse) => reverse,
  server_address: (_client, _subnet, _reverse, server) => server,
};

function presence(possible: Possible): Claim {
  if (possible.mayKeep) return exempt(KEPT);
  return possible.has('truncate') ? 'changed' : 'absent';
}

function claimOfAddress(possible: Possible): Claim {
  if (possible.mayKeep) return exempt(KEPT);
  return possible.isAll('remove') ? 'absent' : 'changed';
}
