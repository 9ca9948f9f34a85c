/**
 * The methods of a rules file, each made once: all rules that name it share what it remembers, and two fields have the same method where
 * they have the same object.
 */
import { CachedAddresses } from '../anonymize/address-cache.ts';
import type { Key } from '../anonymize/key.ts';
import { createPseudonyms, type KeyedMethod } from '../anonymize/pseudonyms.ts';
import { RotatingAddresses } from '../anonymize/rotating-addresses.ts';
import { Truncate } from '../anonymize/truncate.ts';
import { DnstapField } from '../dnstap/schema.ts';
import { WireType } from '../wire/field.ts';
import { varintLength, writeVarint } from '../wire/varint.ts';
import type { FieldName } from './field.ts';
import type { KeySection } from './key-section.ts';
import { ANONYMOUS, KEEP, Method, MethodKind, QUESTION, REMOVE } from './plan.ts';
import type { MethodSpec, PrefixLengths, TimeUnit } from './schema.ts';

const SECONDS: Readonly<Record<TimeUnit, number>> = { '1s': 1, '1m': 60, '1h': 3600, '1d': 86_400 };

export class CompiledMethods {
  readonly #key: Key | undefined;
  readonly #section: KeySection;
  /** By what makes them differ. */
  readonly #methods = new Map<string, Method>();

  /** `key` is what the section, or the command line, stands for. */
  constructor(key: Key | undefined, section: KeySection) {
    this.#key = key;
    this.#section = section;
  }

  /** The method of a field as the rules name it. */
  method(field: FieldName, spec: MethodSpec): Method {
    if (spec === 'keep') return KEEP;
    if (spec === 'remove') return REMOVE;
    if (spec === 'question') return QUESTION;
    if (spec === 'anonymous') return ANONYMOUS;
    if (spec === 'truncate') return this.#truncateAddress({});
    if (typeof spec === 'string') return this.#pseudonym(spec, field);
    if ('replace' in spec) return this.#once(`${field} ${spec.replace}`, () => replaceField(field, spec.replace));
    const { truncate } = spec;
    if (typeof truncate !== 'string') return this.#truncateAddress(truncate);
    return this.#once(truncate, () => new Method(MethodKind.time, 'truncate', { unit: SECONDS[truncate] }));
  }

  #truncateAddress(lengths: PrefixLengths): Method {
    const address = new Truncate(lengths);
    return this.#once(
      `${address.ipv4Bits} ${address.ipv6Bits}`,
      () => new Method(MethodKind.address, 'truncate', { address }),
    );
  }

  /** The keyed method for a field of addresses, each in its own map unless the file puts all in one. */
  #pseudonym(name: KeyedMethod, field: FieldName): Method {
    const { maps, rotate } = this.#section;
    const map = maps === 'one' || field === 'client_address' ? 'client' : 'server';
    return this.#once(`${map} ${name}`, () => {
      const key = this.#key;
      if (key === undefined) throw new Error('rules with a keyed method were compiled without a key');
      const create = (period?: string) => new CachedAddresses(createPseudonyms(name, key.methodKey(map, name, period)));
      const address = rotate === undefined ? create() : new RotatingAddresses(rotate, create);
      return new Method(MethodKind.address, name, { address });
    });
  }

  #once(what: string, make: () => Method): Method {
    const known = this.#methods.get(what);
    if (known !== undefined) return known;
    const method = make();
    this.#methods.set(what, method);
    return method;
  }
}

function replaceField(name: FieldName, text: string): Method {
  const value = new TextEncoder().encode(text);
  const number = DnstapField[name as 'identity' | 'version' | 'extra'];
  const field = new Uint8Array(1 + varintLength(value.length) + value.length);
  field[0] = (number << 3) | WireType.length;
  field.set(value, writeVarint(field, 1, value.length));
  return new Method(MethodKind.replace, 'replace', { field });
}
