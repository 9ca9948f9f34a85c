/** What is in a capture: how many frames hold each kind of identifier, how many values there are, and how small the groups are. */
import { type Address, cut } from './address.ts';
import { MESSAGE_TYPES } from './dnstap-schema.ts';
import { FingerprintMap, fingerprint } from './fingerprint-map.ts';
import { type IdentifiedFrame, renderIdentifier } from './identify.ts';
import { KIND_NAMES, type KindName } from './kinds.ts';

/** So many values of each kind are kept to be shown. */
const SHOWN_VALUES = 10;

/** A number of different values, or the least that it can be. */
export interface DistinctCount {
  readonly count: number;
  /** Whether there may be more. */
  readonly isMinimum: boolean;
}

export interface KindCount {
  readonly kind: KindName;
  readonly frames: number;
  /** Frames by message type; `?` stands for what dnstap.proto does not have. */
  readonly framesByType: Readonly<Record<string, number>>;
  readonly distinct: DistinctCount;
  /** The first values, for people. */
  readonly values: readonly string[];
}

/** How small the groups are in which somebody can hide. */
export interface Groups {
  readonly clients: DistinctCount;
  /** Clients that stand in one frame only. */
  readonly clientsSeenOnce: number;
  /** Prefixes of 24 bits (IPv4) and 48 bits (IPv6), and those of them with one client only. */
  readonly prefixes: DistinctCount;
  readonly prefixesOfOneClient: number;
  /** Names that clients asked for, and those that only one client asked for. */
  readonly names: DistinctCount;
  readonly namesOfOneClient: number;
}

/** What was counted in a capture. */
export interface CensusReport {
  readonly frames: number;
  readonly framesByType: Readonly<Record<string, number>>;
  /** The kinds that are there. */
  readonly kinds: readonly KindCount[];
  readonly groups: Groups;
}

/** A number that stands for several clients. */
const SEVERAL = 0xffffffff;

export class Census {
  readonly #types = new Map<string, number>();
  readonly #tallies = new Map<KindName, Tally>();
  readonly #clients = new FingerprintMap();
  readonly #prefixes = new FingerprintMap();
  readonly #names = new FingerprintMap();
  #frames = 0;

  /** Counts a frame. */
  add({ envelope, identifiers, clients, messages }: IdentifiedFrame): void {
    this.#frames++;
    const type = MESSAGE_TYPES[envelope.type] || '?';
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1);
    for (const identifier of identifiers) {
      const { kind } = identifier;
      let tally = this.#tallies.get(kind);
      if (tally === undefined) {
        tally = new Tally();
        this.#tallies.set(kind, tally);
      }
      tally.add(this.#frames, type, identifier.value, () => renderIdentifier(identifier));
    }
    const client = clients.at(-1);
    if (client === undefined) return;
    this.#addClient(client);
    const own = fingerprint(client) % SEVERAL;
    for (const { questions } of messages) {
      for (const { name } of questions) note(this.#names, name.join('.').toLowerCase(), own);
    }
  }

  /** What was counted so far. */
  report(): CensusReport {
    return {
      frames: this.#frames,
      framesByType: inOrder(this.#types),
      kinds: KIND_NAMES.flatMap((kind) => {
        const tally = this.#tallies.get(kind);
        return tally === undefined ? [] : [{ kind, ...tally.report() }];
      }),
      groups: {
        clients: countOf(this.#clients),
        clientsSeenOnce: valuesThat(this.#clients, (frames) => frames === 1),
        prefixes: countOf(this.#prefixes),
        prefixesOfOneClient: valuesThat(this.#prefixes, (client) => client !== SEVERAL),
        names: countOf(this.#names),
        namesOfOneClient: valuesThat(this.#names, (client) => client !== SEVERAL),
      },
    };
  }

  #addClient(client: Address): void {
    const key = fingerprint(client);
    this.#clients.set(key, Math.max(0, this.#clients.get(key)) + 1);
    note(this.#prefixes, cut(client, client.length === 4 ? 24 : 48), key % SEVERAL);
  }
}

/** Notes that a client belongs to a group. */
function note(groups: FingerprintMap, group: string, client: number): void {
  const key = fingerprint(group);
  const known = groups.get(key);
  if (known === -1) groups.set(key, client);
  else if (known !== client) groups.set(key, SEVERAL);
}

function countOf(map: FingerprintMap): DistinctCount {
  return { count: map.size, isMinimum: map.isFull };
}

function valuesThat(map: FingerprintMap, holds: (value: number) => boolean): number {
  let count = 0;
  for (const value of map.values()) if (holds(value)) count++;
  return count;
}

function inOrder(types: ReadonlyMap<string, number>): Record<string, number> {
  const names = [...MESSAGE_TYPES.slice(1), '?'];
  return Object.fromEntries(names.flatMap((name) => (types.has(name) ? [[name, types.get(name) as number]] : [])));
}

/** So many different values of a kind are told from one another, in at most 6 MB. */
const MAX_DISTINCT = 1 << 18;

/** One kind: a frame counts once, however often the kind stands in it. */
class Tally {
  #frames = 0;
  #lastFrame = 0;
  readonly #types = new Map<string, number>();
  readonly #values = new FingerprintMap(MAX_DISTINCT);
  readonly #shown = new Set<string>();

  add(frame: number, type: string, value: string, render: () => string): void {
    this.#values.set(fingerprint(value), 0);
    if (this.#shown.size < SHOWN_VALUES) this.#shown.add(render());
    if (this.#lastFrame === frame) return;
    this.#lastFrame = frame;
    this.#frames++;
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1);
  }

  report(): Omit<KindCount, 'kind'> {
    return {
      frames: this.#frames,
      framesByType: inOrder(this.#types),
      distinct: countOf(this.#values),
      values: [...this.#shown],
    };
  }
}
