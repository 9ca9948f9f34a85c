/** A method that remembers: it asks another one only for addresses that are new, and for many of them at a time. */
import type { AddressMethod, BatchAddressMethod } from './address.ts';
import { PseudonymTable } from './pseudonym-table.ts';

export class CachedAddresses implements AddressMethod {
  readonly #ipv4: PseudonymTable;
  readonly #ipv6: PseudonymTable;

  constructor(method: AddressMethod | BatchAddressMethod) {
    const { ipv4Batch, ipv6Batch } = 'ipv4Batch' in method ? bind(method) : oneByOne(method);
    this.#ipv4 = new PseudonymTable(4, ipv4Batch);
    this.#ipv6 = new PseudonymTable(16, ipv6Batch);
  }

  ipv4(bytes: Uint8Array, start: number): void {
    this.#ipv4.map(bytes, start);
  }

  ipv6(bytes: Uint8Array, start: number): void {
    this.#ipv6.map(bytes, start);
  }

  /** The table of addresses of 4 or 16 bytes, by which many are mapped together. */
  table(length: number): PseudonymTable {
    return length === 4 ? this.#ipv4 : this.#ipv6;
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
