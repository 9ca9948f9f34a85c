/** The keyed methods of a rules file, each made once: all rules that name it share what it remembers. */
import { CachedAddresses } from '../anonymize/address-cache.ts';
import type { AddressMap, Key } from '../anonymize/key.ts';
import type { Rotation } from '../anonymize/periods.ts';
import { createPseudonyms, type KeyedMethod } from '../anonymize/pseudonyms.ts';
import { RotatingAddresses } from '../anonymize/rotating-addresses.ts';
import { Method, MethodKind } from './plan.ts';

export class KeyedMethods {
  readonly #key: Key | undefined;
  readonly #maps: 'one' | undefined;
  readonly #rotation: Rotation | undefined;
  readonly #methods = new Map<string, Method>();

  constructor(key: Key | undefined, { maps, rotate }: { maps?: 'one'; rotate?: Rotation }) {
    this.#key = key;
    this.#maps = maps;
    this.#rotation = rotate;
  }

  /** The method for addresses of that role, each in its own map unless the file puts all in one. */
  method(name: KeyedMethod, role: AddressMap): Method {
    const map = this.#maps === 'one' ? 'client' : role;
    const known = this.#methods.get(`${map} ${name}`);
    if (known !== undefined) return known;
    const key = this.#key;
    if (key === undefined) throw new Error('rules with a keyed method were compiled without a key');
    const create = (period?: string) => new CachedAddresses(createPseudonyms(name, key.methodKey(map, name, period)));
    const address = this.#rotation === undefined ? create() : new RotatingAddresses(this.#rotation, create);
    const method = new Method(MethodKind.address, name, { address });
    this.#methods.set(`${map} ${name}`, method);
    return method;
  }
}
