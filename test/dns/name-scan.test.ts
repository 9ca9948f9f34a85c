import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanName } from '../../src/dns/name.ts';
import { NameScan } from '../../src/dns/name-scan.ts';

const LABELS = ['arpa', 'ARPA', 'in-addr', 'IN-Addr', 'ip6', 'a', 'arpb', 'iq6'];
/** A name: its own labels, and which of the places so far it goes on with, by a number; none where that is undefined. */
const arbitraryNames = fc.array(
  fc.record({
    labels: fc.array(fc.constantFrom(...LABELS), { maxLength: 2 }),
    target: fc.option(fc.nat({ max: 100 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('a name with a reverse zone in it is never missed, through however many pointers, nor seen where there is none', () => {
  fc.assert(
    fc.property(arbitraryNames, (names) => {
      const octets: number[] = [];
      const places: { at: number; labels: string[] }[] = [];
      const starts: number[] = [];
      const expanded: string[][] = [];
      for (const { labels, target } of names) {
        const next = target === undefined || places.length === 0 ? undefined : places[target % places.length];
        const all = [...labels, ...(next?.labels ?? [])];
        starts.push(octets.length);
        expanded.push(all);
        const own: typeof places = [];
        for (const [index, label] of labels.entries()) {
          own.push({ at: octets.length, labels: all.slice(index) });
          octets.push(label.length, ...Buffer.from(label));
        }
        own.push({ at: octets.length, labels: all.slice(labels.length) });
        if (next === undefined) octets.push(0);
        else octets.push(0xc0 | (next.at >> 8), next.at & 255);
        places.push(...own);
      }
      const bytes = Uint8Array.from(octets);
      const scan = new NameScan();
      scan.begin();
      let end = 0;
      for (const start of starts) {
        expect(start).toBe(end);
        end = scan.scan(bytes, 0, start, bytes.length);
        // A name of too many pointers is none.
        if (end < 0) return;
      }
      const isZone = (labels: string[]) => /(^| )(in-addr|ip6) arpa( |$)/i.test(labels.join(' '));
      if (expanded.some(isZone)) expect(scan.mayHoldReverseNames).toBe(true);
      else if (!expanded.some((labels) => /(^| )i\S* arpa( |$)/i.test(labels.join(' ')))) {
        expect(scan.mayHoldReverseNames).toBe(false);
      }
    }),
    { numRuns: process.env.CI ? 100_000 : 20_000 },
  );
});

const HEADER_LENGTH = 12;

/** Pieces of names: root labels, labels of one octet that may look like a pointer, pointers to anywhere. */
const arbitraryPieces = fc.array(
  fc.oneof(
    fc.constant([0]),
    fc.constantFrom(0x61, 0xc0, 0x00).map((octet) => [1, octet]),
    fc.integer({ min: HEADER_LENGTH - 2, max: 36 }).map((target) => [0xc0, target]),
  ),
  { maxLength: 12 },
);

test('names are those of scanName whose pointers lead to where a piece of an earlier name starts', () => {
  const scan = new NameScan();
  fc.assert(
    fc.property(arbitraryPieces, fc.nat({ max: 2 }), (pieces, before) => {
      const bytes = Uint8Array.from([...new Array<number>(before + HEADER_LENGTH).fill(0), ...pieces.flat()]);
      const places = new Set<number>();
      scan.begin();
      for (let start = before + HEADER_LENGTH; start < bytes.length; ) {
        const own: number[] = [];
        let at = start;
        for (; bytes[at] > 0 && bytes[at] < 0x40; at += bytes[at] + 1) own.push(at - before);
        const isPlaced = !(bytes[at] >= 0xc0) || places.has(bytes[at + 1]);
        const end = isPlaced ? scanName(bytes, before, start, bytes.length) : -1;
        expect(scan.scan(bytes, before, start, bytes.length)).toBe(end);
        if (end < 0) return;
        for (const place of [...own, at - before]) places.add(place);
        start = end;
      }
    }),
    { numRuns: 20_000 },
  );
});

test('no message has the names of an earlier one, however many there were', () => {
  const one = Uint8Array.from([...new Array<number>(HEADER_LENGTH).fill(0), 1, 0x61, 0]);
  // The pointer leads to the root label of the other message, which is no place of this one.
  const other = Uint8Array.from([...new Array<number>(HEADER_LENGTH).fill(0), 0, 0xc0, 14]);
  const scan = new NameScan();
  const numbers = 1 << 15;
  for (let message = 0; message < 3 * numbers; message++) {
    scan.begin();
    const bytes = message === 0 ? one : other;
    const end = scan.scan(bytes, 0, HEADER_LENGTH, bytes.length);
    if (bytes === other && scan.scan(bytes, 0, end, bytes.length) >= 0) throw new Error(`in message ${message}`);
  }
});
