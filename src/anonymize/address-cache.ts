/** A method that remembers: it asks another one only for addresses that are new, and for many of them at a time. */
import type { AddressMethod, BatchAddressMethod } from './address.ts';
import { PseudonymTable } from './pseudonym-table.ts';
import type { Remembering } from './rotating.ts';

export class CachedAddresses implements AddressMethod, Remembering {
  readonly #batches: Batches;
  /** Each is made when it is asked for: a period may have few frames. */
  #ipv4: PseudonymTable | undefined;
  #ipv6: PseudonymTable | undefined;

  constructor(method: AddressMethod | BatchAddressMethod) {
    this.#batches = 'ipv4Batch' in method ? bind(method) : oneByOne(method);
  }

  ipv4(bytes: Uint8Array, start: number): void {
    this.table(4).map(bytes, start);
  }

  ipv6(bytes: Uint8Array, start: number): void {
    this.table(16).map(bytes, start);
  }

  get memory(): number {
    return (this.#ipv4?.memory ?? 0) + (this.#ipv6?.memory ?? 0);
  }

  /** The table of addresses of 4 or 16 bytes, by which many are mapped together. */
  table(length: number): PseudonymTable {
    if (length === 4) {
      this.#ipv4 ??= new PseudonymTable(4, this.#batches.ipv4Batch);
      return this.#ipv4;
    }
    this.#ipv6 ??= new PseudonymTable(16, this.#batches.ipv6Batch);
    return this.#ipv6;
  }
}

type Batches = Pick<BatchAddressMethod, 'ipv4Batch' | 'ipv6Batch'>;

function bind(method: BatchAddressMethod): Batches {
  return {
    ipv4Batch: (addresses, count) => method.ipv4Batch(addresses, count),
    ipv6Batch: (addresses, count) => method.ipv6Batch(addresses, count),
  };
}

function oneByOne(method: AddressMethod): Batches {
  return {
    ipv4Batch(addresses, count) {
      for (let start = 0; start < count * 4; start += 4) method.ipv4(addresses, start);
    },
    ipv6Batch(addresses, count) {
      for (let start = 0; start < count * 16; start += 16) method.ipv6(addresses, start);
    },
  };
}
