import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_USABLE_TIME, periodAt } from '../../src/anonymize/periods.ts';
import { Rotating } from '../../src/anonymize/rotating.ts';

const at = (time: string) => Date.parse(time) / 1000;

test.each([
  ['2026-11-23T00:00:00Z', '2026-11-23', '2026-W48'],
  ['2026-11-22T23:59:59Z', '2026-11-22', '2026-W47'],
  ['1970-01-01T00:00:00Z', '1970-01-01', '1970-W01'],
  ['2026-12-31T12:00:00Z', '2026-12-31', '2026-W53'],
  ['2027-01-03T23:59:59Z', '2027-01-03', '2026-W53'],
  ['2027-01-04T00:00:00Z', '2027-01-04', '2027-W01'],
  ['2024-12-30T00:00:00Z', '2024-12-30', '2025-W01'],
  ['2021-01-03T00:00:00Z', '2021-01-03', '2020-W53'],
  ['9999-12-31T23:59:59Z', '9999-12-31', '9999-W52'],
])('%s lies in %s and in %s', (time, day, week) => {
  expect(periodAt(at(time), 'day')?.name).toBe(day);
  expect(periodAt(at(time), 'week')?.name).toBe(week);
});

test('a period holds exactly the seconds from its first to its last', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: MAX_USABLE_TIME - 1 }),
      fc.constantFrom('day', 'week'),
      (seconds, rotation) => {
        const period = periodAt(seconds, rotation);
        if (period === undefined) throw new Error('no period');
        const { from, to, name } = period;
        expect(seconds >= from && seconds < to).toBe(true);
        if (to < MAX_USABLE_TIME) expect(to - from).toBe(rotation === 'day' ? 86_400 : 7 * 86_400);
        if (from >= 0) expect(periodAt(from, rotation)?.name).toBe(name);
        if (from > 0) expect(periodAt(from - 1, rotation)?.name).not.toBe(name);
        if (to < MAX_USABLE_TIME) expect(periodAt(to, rotation)?.name).not.toBe(name);
        if (rotation === 'week') expect(new Date(from * 1000).getUTCDay()).toBe(1);
      },
    ),
  );
});

test.each([MAX_USABLE_TIME, Number.NaN, Number.MAX_VALUE, -1])('%d is no usable time', (seconds) => {
  expect(periodAt(seconds, 'day')).toBeUndefined();
  expect(new Rotating('week', () => expect.fail('a method was made')).at(seconds)).toBeUndefined();
});

test('the week in which time ends ends with it', () => {
  const rotating = new Rotating('week', () => ({ memory: 0 }));
  expect(rotating.at(MAX_USABLE_TIME - 1)).toBeDefined();
  expect(rotating.at(MAX_USABLE_TIME)).toBeUndefined();
});

/** By days; what each has takes so many bytes. */
function rotatingDays(memory = 0) {
  const made: string[] = [];
  const rotating = new Rotating('day', (period) => {
    made.push(period);
    return { memory };
  });
  return { rotating, made };
}

test('what a period has is made once, forward and back', () => {
  const { rotating, made } = rotatingDays();
  const first = rotating.at(at('2026-11-23T23:59:59Z'));
  const second = rotating.at(at('2026-11-24T00:00:00Z'));
  expect(rotating.at(at('2026-11-23T00:00:00Z'))).toBe(first);
  expect(rotating.at(at('2026-11-24T12:00:00Z'))).toBe(second);
  expect(first).not.toBe(second);
  expect(made).toEqual(['2026-11-23', '2026-11-24']);
});

test.each([
  ['many that remember little', 30, 500_000],
  ['two, however much they remember', 2, 1e9],
])('%s are kept while they alternate', (_what, periods, memory) => {
  const { rotating, made } = rotatingDays(memory);
  for (let round = 0; round < 5; round++) for (let day = 0; day < periods; day++) rotating.at(day * 86_400);
  expect(made).toHaveLength(periods);
});

test.each([
  ['few that remember much', 10 * 1024 * 1024, 2],
  ['a bounded number that remember nothing', 0, 64],
])('%s are kept, those used last', (_what, memory, kept) => {
  const { rotating, made } = rotatingDays(memory);
  for (let day = 0; day < 200; day++) rotating.at(day * 86_400);
  expect(made).toHaveLength(200);
  for (let day = 199; day >= 200 - kept; day--) rotating.at(day * 86_400);
  expect(made).toHaveLength(200);
  rotating.at((199 - kept) * 86_400);
  expect(made).toHaveLength(201);
});
