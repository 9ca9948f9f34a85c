/** The original, read once before it is compared: how many frames of each type it has, and what of it is looked for in every frame. */

import { addressOf } from './address.ts';
import type { Claims } from './claims.ts';
import type { DroppedFrames } from './dropped-frames.ts';
import { readEnvelope, serversOf } from './envelope.ts';
import { HiddenWords } from './hidden-words.ts';
import { type Identifier, identify } from './identify.ts';
import type { KindName } from './kinds.ts';
import { KnownValues, MIN_LENGTH } from './known-values.ts';

/** The kinds whose values say something wherever they stand. */
const VALUE_KINDS: readonly KindName[] = [
  'extra',
  'unknown_field',
  'policy_rule',
  'policy_value',
  'cookie',
  'server_cookie',
  'device_option',
  'local_option',
  'client_option',
  'tsig',
  'sig0',
  'hardware_in_address',
];

export class Secrets {
  readonly values: KnownValues = new KnownValues();
  readonly words: HiddenWords = new HiddenWords();
  /** By message type: how many frames there are that the rules do not drop. */
  readonly framesOf: number[] = [];
  readonly #claims: Claims;
  readonly #drops: DroppedFrames | undefined;

  constructor(claims: Claims, drops: DroppedFrames | undefined) {
    this.#claims = claims;
    this.#drops = drops;
  }

  /** Takes note of a frame of the original. */
  add(frame: Uint8Array): void {
    const identified = identify(frame);
    const { envelope, identifiers } = identified;
    if (!this.#drops?.has(identified)) this.framesOf[envelope.type] = (this.framesOf[envelope.type] ?? 0) + 1;
    for (const octets of serversOf(envelope)) {
      const address = addressOf(octets);
      if (address !== undefined) this.values.addServer(address);
    }
    for (const identifier of identifiers) this.#addIdentifier(identifier);
  }

  #addIdentifier(identifier: Identifier): void {
    const { kind, value, labels } = identifier;
    const isName = kind === 'name';
    if (isName && this.#claims.hidesNames && labels !== undefined) {
      this.words.add(labels, this.#claims.isNameOpen(labels) ? labels.length : this.#claims.openLabels(labels));
      return;
    }
    if (kind !== 'client_address' && !VALUE_KINDS.includes(kind)) return;
    if (typeof this.#claims.claimOf(identifier) === 'object') return;
    if (kind === 'client_address') {
      if (!this.#claims.isOpen(value)) this.values.addClient(value);
    } else if (kind === 'tsig') this.#addMac(identifier);
    else if (value.length >= MIN_LENGTH) this.values.addValue(kind, value);
  }

  /** RFC 8945, 4.2: the name of the algorithm, the time (6), fudge (2), the length of the MAC (2), the MAC. */
  #addMac({ octets = new Uint8Array(0) }: Identifier): void {
    let at = 0;
    while (at < octets.length && octets[at] !== 0) at += 1 + octets[at];
    const length = (octets[at + 9] << 8) | octets[at + 10];
    if (!(length >= MIN_LENGTH)) return;
    const mac = Buffer.from(octets.subarray(at + 11, at + 11 + length));
    this.values.addValue('tsig', mac.toString('latin1'));
  }
}

/** By message type, how many frames of a capture the rules do not drop. */
export async function countTypes(
  frames: AsyncIterable<readonly Uint8Array[]>,
  drops: DroppedFrames | undefined,
): Promise<number[]> {
  const counts: number[] = [];
  for await (const batch of frames) {
    for (const frame of batch) {
      if (drops !== undefined && !drops.isEmpty && drops.has(identify(frame))) continue;
      const { type } = readEnvelope(frame);
      counts[type] = (counts[type] ?? 0) + 1;
    }
  }
  return counts;
}
