import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LabelTable } from '../../src/anonymize/label-table.ts';

const LABEL_LENGTH = 8;

/** A name with octets around it that are not its own. */
const places = fc.tuple(
  fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ maxLength: 255 })),
  fc.integer({ min: 0, max: 9 }),
);

test('what was added is found, whatever shares its hash, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(places, fc.constantFrom(0, 1, 2, -1, 1023))), (names) => {
      const table = new LabelTable(LABEL_LENGTH);
      const model = new Map<string, number>();
      names.forEach(([[octets, before], hash], index) => {
        const name = new Uint8Array(octets.length + before + 5).fill(0xee);
        name.set(octets, before);
        const end = before + octets.length;
        const key = `${hash} ${octets}`;
        const found = table.find(hash, name, before, end);
        const known = model.get(key);
        if (known === undefined) {
          expect(found).toBe(-1);
          const label = table.add(hash, name, before, end);
          table.bytes.fill(index & 0xff, label, label + LABEL_LENGTH);
          model.set(key, index & 0xff);
        } else expect([...table.bytes.subarray(found, found + LABEL_LENGTH)]).toEqual(Array(LABEL_LENGTH).fill(known));
      });
    }),
  );
});

test('it grows, stays within its limit, and forgets all when it is told to', () => {
  const table = new LabelTable(LABEL_LENGTH);
  const name = new Uint8Array(4);
  const view = new DataView(name.buffer);
  let count = 0;
  for (; table.hasRoom(name.length); count++) {
    view.setUint32(0, count);
    const label = table.add(Math.imul(count, 0x9e3779b1), name, 0, 4);
    new DataView(table.bytes.buffer).setUint32(label, count);
  }
  expect(count).toBe(2 ** 17);
  expect(table.memory).toBeLessThanOrEqual(6 * 1024 * 1024);
  for (let index = 0; index < count; index++) {
    view.setUint32(0, index);
    const label = table.find(Math.imul(index, 0x9e3779b1), name, 0, 4);
    if (new DataView(table.bytes.buffer).getUint32(label) !== index) throw new Error(`${index} has another label`);
  }
  table.clear();
  expect(table.find(0, new Uint8Array(4), 0, 4)).toBe(-1);
  expect(table.hasRoom(255)).toBe(true);
});

test('long names fill it by their octets', () => {
  const table = new LabelTable(LABEL_LENGTH);
  const name = new Uint8Array(255);
  let count = 0;
  for (; table.hasRoom(name.length); count++) table.add(count, name.fill(count), 0, name.length);
  expect(count).toBe(Math.floor((4 * 1024 * 1024) / (1 + LABEL_LENGTH + 255)));
});
