/**
 * Addresses whose pseudonyms are written when a chunk is through, since many look-ups together cost less than one by one. Until then zeros
 * stand in their place, in the frame and where it is written.
 */
import type { PseudonymTable } from '../anonymize/pseudonym-table.ts';

/** query_address and response_address. */
const MAX_IN_FRAME = 2;

/** So many tables wait for `carryOut` at most: each is of one map and one period, and where times are wrong every frame may have its own. */
const MAX_TABLES = 32;

export class DeferredAddresses {
  /** Of the frame that is being edited: how many addresses were taken out of it, and where each stood. */
  count = 0;
  readonly start: Int32Array = new Int32Array(MAX_IN_FRAME);
  /** Whether `carryOut` must come before the next frame. */
  isFull = false;
  readonly #takers: PseudonymTable[] = [];
  /** The tables that have something to carry out. */
  readonly #tables: PseudonymTable[] = [];

  /** Takes the address at `start` out of the frame, as long as those of the table. */
  take(table: PseudonymTable, bytes: Uint8Array, start: number): void {
    table.take(bytes, start);
    this.start[this.count] = start;
    this.#takers[this.count++] = table;
  }

  /** Says where in the output the first address of the frame belongs that has no place yet. Call it for all of them or for none. */
  place(index: number, position: number): void {
    const table = this.#takers[index];
    table.place(position);
    if (!this.#tables.includes(table)) this.#tables.push(table);
    if (!table.hasRoom(MAX_IN_FRAME) || this.#tables.length >= MAX_TABLES) this.isFull = true;
  }

  /** Begins with the next frame. What has no place yet is forgotten. */
  beginFrame(): void {
    for (let index = 0; index < this.count; index++) this.#takers[index].forget();
    this.count = 0;
  }

  /** Writes all pseudonyms to their places in the output. What has no place is forgotten: the tables may serve another filter next. */
  carryOut(output: Uint8Array): void {
    this.beginFrame();
    for (const table of this.#tables) table.carryOut(output);
    this.#tables.length = 0;
    this.isFull = false;
  }
}
