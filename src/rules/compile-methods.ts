/**
 * The methods of a rules file, each made once: all rules that name it share what it remembers, and two fields have the same method where
 * they have the same object.
 */

import type { AddressMethod } from '../anonymize/address.ts';
import { CachedAddresses } from '../anonymize/address-cache.ts';
import type { AddressMap, Key } from '../anonymize/key.ts';
import { NameHash } from '../anonymize/name-hash.ts';
import { createPseudonyms, type KeyedMethod } from '../anonymize/pseudonyms.ts';
import { type Remembering, Rotating } from '../anonymize/rotating.ts';
import { Truncate } from '../anonymize/truncate.ts';
import { DnstapField } from '../dnstap/schema.ts';
import { WireType } from '../wire/field.ts';
import { varintLength, writeVarint } from '../wire/varint.ts';
import type { FieldName } from './field.ts';
import type { KeySection } from './key-section.ts';
import { type AddressMaps, ANONYMOUS, KEEP, Method, MethodKind, QUESTION, REGISTRABLE, REMOVE, ZERO } from './plan.ts';
import type { MethodSpec, PrefixLengths, TimeUnit } from './schema.ts';

const SECONDS: Readonly<Record<TimeUnit, number>> = { '1s': 1, '1m': 60, '1h': 3600, '1d': 86_400 };

/** The methods that are the same wherever they stand. */
const WORDS: Readonly<Partial<Record<string, Method>>> = {
  keep: KEEP,
  remove: REMOVE,
  question: QUESTION,
  anonymous: ANONYMOUS,
  registrable: REGISTRABLE,
  zero: ZERO,
};

export class CompiledMethods {
  readonly #key: Key | undefined;
  readonly #section: KeySection;
  /** By what makes them differ. */
  readonly #methods = new Map<string, Method>();
  readonly #mapsOf = new Map<KeyedMethod, AddressMaps>();
  #hash: NameHash | Rotating<NameHash> | undefined;

  /** `key` is what the section, or the command line, stands for. */
  constructor(key: Key | undefined, section: KeySection) {
    this.#key = key;
    this.#section = section;
  }

  /**
   * The method of a field as the rules name it; that of an entry of `edns` or `records` is named for the two. `client` is the map of
   * `client_address`.
   */
  method(field: FieldName, spec: MethodSpec, client: AddressMap): Method {
    if (typeof spec === 'string')
      return WORDS[spec] ?? this.#named(spec as Exclude<typeof spec, keyof typeof WORDS>, mapOf(field, client));
    if ('replace' in spec) return this.#once(`${field} ${spec.replace}`, () => replaceField(field, spec.replace));
    if ('labels' in spec) {
      return this.#once(
        `labels ${spec.labels}`,
        () => new Method(MethodKind.labels, 'labels', { labels: spec.labels }),
      );
    }
    const { truncate } = spec;
    if (typeof truncate !== 'string') return this.#truncateAddress(truncate);
    return this.#once(truncate, () => new Method(MethodKind.time, 'truncate', { unit: SECONDS[truncate] }));
  }

  #named(word: 'truncate' | 'hash' | KeyedMethod, map: AddressMap): Method {
    if (word === 'truncate') return this.#truncateAddress({});
    if (word === 'hash') return this.#once(word, () => new Method(MethodKind.hash, word, { hash: this.#nameHash() }));
    return this.#pseudonym(word, map);
  }

  #truncateAddress(lengths: PrefixLengths): Method {
    const address = new Truncate(lengths);
    const maps = { client: address, forwarder: address, server: address, subnet: address, reverse: address };
    return this.#once(
      `${address.ipv4Bits} ${address.ipv6Bits}`,
      () => new Method(MethodKind.address, 'truncate', { address, maps }),
    );
  }

  /** The keyed method for a field of addresses in that map, or where the file puts all in one in that. */
  #pseudonym(name: KeyedMethod, map: AddressMap): Method {
    return this.#once(`${map} ${name}`, () => {
      const maps = this.#maps(name);
      // Labels of a reverse name are hashed as those of any other are.
      const hash = name === 'hmac' ? { hash: this.#nameHash() } : {};
      return new Method(MethodKind.address, name, { address: maps[map], maps, ...hash });
    });
  }

  #maps(name: KeyedMethod): AddressMaps {
    const known = this.#mapsOf.get(name);
    if (known !== undefined) return known;
    const created = new Map<AddressMap, AddressMethod | Rotating<AddressMethod>>();
    const of = (map: AddressMap) => {
      const one = this.#section.maps === 'one' ? 'client' : map;
      const address =
        created.get(one) ??
        this.#inPeriods(
          (period) => new CachedAddresses(createPseudonyms(name, this.#givenKey.methodKey(one, name, period))),
        );
      created.set(one, address);
      return address;
    };
    // Each is made when it is asked for: most files need one or two.
    const maps: AddressMaps = {
      get client() {
        return of('client');
      },
      get forwarder() {
        return of('forwarder');
      },
      get server() {
        return of('server');
      },
      get subnet() {
        return of('subnet');
      },
      get reverse() {
        return of('reverse');
      },
    };
    this.#mapsOf.set(name, maps);
    return maps;
  }

  #nameHash(): NameHash | Rotating<NameHash> {
    this.#hash ??= this.#inPeriods((period) => new NameHash(this.#givenKey.subkey('names', period)));
    return this.#hash;
  }

  get #givenKey(): Key {
    if (this.#key === undefined) throw new Error('rules with a keyed method were compiled without a key');
    return this.#key;
  }

  #inPeriods<Value extends Remembering>(create: (period?: string) => Value): Value | Rotating<Value> {
    const { rotate } = this.#section;
    return rotate === undefined ? create() : new Rotating(rotate, create);
  }

  #once(what: string, make: () => Method): Method {
    const known = this.#methods.get(what);
    if (known !== undefined) return known;
    const method = make();
    this.#methods.set(what, method);
    return method;
  }
}

/** The map of the addresses that a field holds itself, where it holds any. */
function mapOf(field: FieldName, client: AddressMap): AddressMap {
  if (field === 'client_address') return client;
  return field === 'server_address' ? 'server' : 'client';
}

function replaceField(name: FieldName, text: string): Method {
  const value = new TextEncoder().encode(text);
  const number = DnstapField[name as 'identity' | 'version' | 'extra'];
  const field = new Uint8Array(1 + varintLength(value.length) + value.length);
  field[0] = (number << 3) | WireType.length;
  field.set(value, writeVarint(field, 1, value.length));
  return new Method(MethodKind.replace, 'replace', { field: new DataView(field.buffer) });
}
