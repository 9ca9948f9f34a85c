/** `tapfilter map`: the pseudonyms of addresses under a key, and back. */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { AddressKind, type AddressMethod, addressKind, MAPPED_PREFIX_LENGTH } from '../anonymize/address.ts';
import type { AddressMap } from '../anonymize/key.ts';
import { periodAt, type Rotation } from '../anonymize/periods.ts';
import { createPseudonyms, isReversible, KEYED_METHODS, type KeyedMethod } from '../anonymize/pseudonyms.ts';
import { renderPath } from '../endpoints/end.ts';
import type { AddressSet } from '../rules/address-set.ts';
import { parseAddress, renderAddress } from '../rules/address-text.ts';
import { addressSet } from '../rules/conditions.ts';
import type { RulesFile } from '../rules/schema.ts';
import { ExitStatus } from './exit-status.ts';
import { print } from './print.ts';
import { readKey, readRules } from './rules-file.ts';
import { UsageError } from './usage-error.ts';

/** The arguments as the command line gave them. */
export interface MapArguments {
  readonly addresses: readonly string[];
  readonly rules?: string;
  readonly keyFile?: string;
  readonly method?: KeyedMethod;
  readonly reverse: boolean;
  readonly at?: string;
  readonly for: AddressMap;
}

/** What is done to every address. */
interface Mapping {
  readonly method: AddressMethod;
  readonly publicAddresses: AddressSet | undefined;
}

/** Writes a line for each address: it, a tab, its pseudonym (or with `reverse` the address behind it). Resolves to the exit status. */
export async function mapCommand(args: MapArguments): Promise<number> {
  const mapping = await readMapping(args);
  if (mapping === undefined) return ExitStatus.usage;
  const map = args.reverse ? reverse(mapping) : forward(mapping);
  await print(mapLines(args.addresses, map));
  return ExitStatus.done;
}

async function* mapLines(
  addresses: readonly string[],
  map: (address: Uint8Array) => Uint8Array,
): AsyncGenerator<string, void> {
  const isStandardInput = addresses.length === 0;
  let line = 0;
  for await (const text of isStandardInput ? createInterface({ input: process.stdin }) : addresses) {
    line++;
    const trimmed = text.trim();
    if (trimmed === '') continue;
    const address = parseAddress(trimmed);
    if (address === undefined) {
      throw new UsageError(`${isStandardInput ? `line ${line}` : `"${renderPath(trimmed)}"`} is no IP address.`);
    }
    yield `${renderAddress(address)}\t${renderAddress(map(address))}\n`;
  }
}

async function readMapping(args: MapArguments): Promise<Mapping | undefined> {
  const fromRules =
    args.rules === undefined ? { file: undefined, key: await readKey(args) } : await readRules(args.rules, args);
  if (fromRules === undefined) return undefined;
  const { file, key } = fromRules;
  if (file?.key?.ephemeral && args.keyFile === undefined) {
    throw new UsageError(
      'the key of these rules is ephemeral: a new one for each run, so there is nothing to map with.',
    );
  }
  if (key === undefined) throw new UsageError('no key: name one with --key-file, or rules that have one with --rules.');
  const name = args.method ?? (file && keyedMethodOf(file, args.for));
  if (name === undefined) {
    throw new UsageError(
      `no method: name one of ${KEYED_METHODS.join(', ')} with --method, or with --rules rules that have one for ${FIELD_OF[args.for]}.`,
    );
  }
  const map = file?.key?.maps === 'one' ? 'client' : args.for;
  const method = createPseudonyms(name, key.methodKey(map, name, periodOf(args.at, file?.key?.rotate)));
  if (args.reverse && !isReversible(method)) throw new UsageError(`${name} cannot be undone.`);
  const addresses = file?.public?.addresses;
  return { method, publicAddresses: addresses && addressSet(addresses) };
}

/** The keyed method that the rules have for the addresses of a map; a file has no two of them. */
function keyedMethodOf(file: RulesFile, map: AddressMap): KeyedMethod | undefined {
  const sets = (file.rules ?? []).map(({ set }) => set ?? {});
  const keyed = (methods: unknown[]) => KEYED_METHODS.find((name) => methods.includes(name));
  const clients = keyed(sets.map(({ client_address }) => client_address));
  switch (map) {
    case 'server':
      return keyed(sets.map(({ server_address }) => server_address));
    case 'subnet':
      // Where no rule names them, subnets and reverse names have the clients' method.
      return keyed(sets.flatMap(({ edns }) => [edns?.client_subnet, edns?.['8']])) ?? clients;
    case 'reverse':
      return keyed(sets.map(({ reverse_names }) => reverse_names)) ?? clients;
    case 'client':
    case 'forwarder':
      return clients;
  }
}

/** What people call the addresses of a map. */
const FIELD_OF: Readonly<Record<AddressMap, string>> = {
  client: 'client_address',
  forwarder: 'client_address',
  server: 'server_address',
  subnet: 'client_address or client_subnet',
  reverse: 'client_address or reverse_names',
};

function periodOf(at: string | undefined, rotation: Rotation | undefined): string | undefined {
  if (rotation === undefined) {
    if (at !== undefined) throw new UsageError('--at is for keys that rotate, and this one does not.');
    return undefined;
  }
  if (at === undefined)
    throw new UsageError(`the key rotates by ${rotation}: name a time with --at, as in --at 2026-11-23.`);
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(at) && isDay(at.slice(0, 10));
  const period = isTime ? periodAt(Date.parse(at) / 1000, rotation) : undefined;
  if (period === undefined) {
    throw new UsageError('--at needs a day, as 2026-11-23, or a time with its zone, as 2026-11-23T07:28:47Z.');
  }
  return period.name;
}

/** Whether the calendar has such a day: Date makes March 3 of February 31. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** The addresses that rules declare public stay what they are, as in a capture. */
function forward({ method, publicAddresses }: Mapping): (address: Uint8Array) => Uint8Array {
  return (address) => {
    if (publicAddresses?.has(address, 0, address.length)) return address;
    const pseudonym = address.slice();
    if (addressKind(address, 0, address.length) === AddressKind.ipv6) method.ipv6(pseudonym, 0);
    else method.ipv4(pseudonym, pseudonym.length - 4);
    return pseudonym;
  };
}

function reverse({ method, publicAddresses }: Mapping): (pseudonym: Uint8Array) => Uint8Array {
  return (pseudonym) => {
    if (!isReversible(method) || publicAddresses?.has(pseudonym, 0, pseudonym.length)) return pseudonym;
    if (addressKind(pseudonym, 0, pseudonym.length) !== AddressKind.mapped) return method.reverse(pseudonym);
    const address = pseudonym.slice();
    address.set(method.reverse(pseudonym.slice(MAPPED_PREFIX_LENGTH)), MAPPED_PREFIX_LENGTH);
    return address;
  };
}
