/**
 * What a rules file may do to a field: every method that some frame can get. Conditions are not looked at, so a field that one rule keeps
 * under a condition counts as one that may be kept. Written for the audit alone, from docs/rules.md and docs/messages.md.
 */

/** A rules file that holds to the language, as far as the audit looks at it. */
export interface PlainRules {
  readonly default: 'keep' | 'remove';
  readonly key?: { readonly rotate?: string };
  readonly public?: { readonly addresses?: readonly string[]; readonly names?: readonly string[] };
  readonly rules?: readonly PlainRule[];
}

export interface PlainRule {
  readonly name?: string;
  readonly match?: readonly object[];
  readonly unless?: readonly object[];
  readonly action?: 'drop';
  readonly set?: object;
}

/** A method as it is written: a word, or a map with the method as its only key. */
export type Method = unknown;

/** The methods that a field can have. */
export class Possible {
  readonly methods: readonly Method[];
  /** Whether a rule names the field. */
  readonly isNamed: boolean;

  constructor(methods: readonly Method[], isNamed: boolean) {
    this.methods = methods;
    this.isNamed = isNamed;
  }

  /** Whether the field may stay as it is. */
  get mayKeep(): boolean {
    return this.methods.includes('keep');
  }

  /** Whether every method is one of these words. */
  isAll(...words: readonly string[]): boolean {
    return this.methods.every((method) => words.includes(method as string));
  }

  /** The values of the methods that are a map with this key; a word alone has none. */
  valuesOf(word: string): readonly unknown[] {
    return this.methods.flatMap((method) =>
      typeof method === 'object' && method !== null && word in method
        ? [(method as Record<string, unknown>)[word]]
        : [],
    );
  }

  /** Whether some method is this word, with a value or without. */
  has(word: string): boolean {
    return this.methods.includes(word) || this.valuesOf(word).length > 0;
  }
}

/** What the rules make of what `pick` finds in a `set`, beginning with `start`. */
export function possibleMethods(
  rules: PlainRules,
  start: readonly Method[],
  pick: (set: Record<string, unknown>) => Method,
): Possible {
  let methods = [...start];
  let isNamed = false;
  for (const { set, match, unless } of rules.rules ?? []) {
    const method = set === undefined ? undefined : pick(set as Record<string, unknown>);
    if (method === undefined) continue;
    isNamed = true;
    methods = match === undefined && unless === undefined ? [method] : [...methods, method];
  }
  return new Possible(methods, isNamed);
}

/** The method of an entry of `edns` or `records`, which may be written by any of these words. */
export function entryOf(field: 'edns' | 'records', words: readonly string[]): (set: Record<string, unknown>) => Method {
  return (set) => {
    const entries = set[field] as Record<string, unknown> | undefined;
    return entries === undefined
      ? undefined
      : words.map((word) => entries[word]).find((method) => method !== undefined);
  };
}

const OPTION_NAMES: Readonly<Record<number, string>> = {
  1: 'llq',
  2: 'update_lease',
  3: 'nsid',
  5: 'dau',
  6: 'dhu',
  7: 'n3u',
  8: 'client_subnet',
  9: 'expire',
  10: 'cookie',
  11: 'tcp_keepalive',
  12: 'padding',
  13: 'chain',
  14: 'key_tag',
  15: 'extended_dns_error',
  16: 'client_tag',
  17: 'server_tag',
  18: 'report_channel',
  19: 'zoneversion',
  20: 'mqtype_query',
  21: 'mqtype_response',
  20292: 'umbrella_ident',
  26946: 'device_id',
};

/** The words by which rules may name an EDNS option. */
export function wordsOfOption(code: number): string[] {
  const name = OPTION_NAMES[code];
  return name === undefined ? [String(code)] : [name, String(code)];
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  10: 'NULL',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  17: 'RP',
  18: 'AFSDB',
  24: 'SIG',
  25: 'KEY',
  28: 'AAAA',
  29: 'LOC',
  33: 'SRV',
  35: 'NAPTR',
  37: 'CERT',
  39: 'DNAME',
  43: 'DS',
  44: 'SSHFP',
  45: 'IPSECKEY',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  49: 'DHCID',
  50: 'NSEC3',
  51: 'NSEC3PARAM',
  52: 'TLSA',
  53: 'SMIMEA',
  55: 'HIP',
  59: 'CDS',
  60: 'CDNSKEY',
  61: 'OPENPGPKEY',
  64: 'SVCB',
  65: 'HTTPS',
  99: 'SPF',
  249: 'TKEY',
  250: 'TSIG',
  256: 'URI',
  257: 'CAA',
};

/** The words by which rules may name a record type; where it has another mnemonic, that is not among them. */
export function wordsOfType(type: number): string[] {
  const name = TYPE_NAMES[type];
  return name === undefined ? [`TYPE${type}`] : [name, `TYPE${type}`];
}
