import fc from 'fast-check';
import { expect, test } from 'vitest';
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
