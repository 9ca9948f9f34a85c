import { expect, test } from 'vitest';
import { frame } from '../../src/filter/frame.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';
import { handmadeFrames } from '../support/handmade.ts';
import { filterFor, filterFrame } from '../support/run-filter.ts';
import { someRules } from '../support/some-rules.ts';

// All filters of a thread work on the same frame.
test('filters that take turns write and count what each of them does alone', () => {
  const rules = Object.values(someRules);
  const alone = rules.map((rules) => {
    const run = { filter: filterFor(rules), out: new ByteBuffer(16) };
    for (const { bytes } of handmadeFrames) filterFrame(run.filter, bytes, run.out);
    return run;
  });
  const inTurns = rules.map((rules) => ({ filter: filterFor(rules), out: new ByteBuffer(16) }));
  for (const { bytes } of handmadeFrames) for (const { filter, out } of inTurns) filterFrame(filter, bytes, out);
  for (const [index, { filter, out }] of inTurns.entries()) {
    expect(Buffer.compare(out.written(), alone[index]?.out.written() ?? new Uint8Array())).toBe(0);
    expect(filter.counters).toEqual(alone[index]?.filter.counters);
  }
});

test('nothing of what was filtered stays in reach', () => {
  filterFrame(
    filterFor({ version: 1, default: 'keep' }),
    handmadeFrames[0]?.bytes ?? new Uint8Array(),
    new ByteBuffer(16),
  );
  expect(frame.bytes).toHaveLength(0);
  expect(frame.view.byteLength).toBe(0);
});
