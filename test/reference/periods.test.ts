import { describe, expect, test } from 'vitest';
import { periodOf } from './periods.ts';

// Weeks as the date library of another language gives them.
const TIMES: [second: string, day: string, week: string][] = [
  ['1970-01-01T00:00:00Z', '1970-01-01', '1970-W01'],
  ['1970-01-04T23:59:59Z', '1970-01-04', '1970-W01'],
  ['1970-01-05T00:00:00Z', '1970-01-05', '1970-W02'],
  ['1971-01-01T00:00:00Z', '1971-01-01', '1970-W53'],
  ['2000-02-29T00:00:00Z', '2000-02-29', '2000-W09'],
  ['2009-12-31T00:00:00Z', '2009-12-31', '2009-W53'],
  ['2010-01-03T23:59:59Z', '2010-01-03', '2009-W53'],
  ['2010-01-04T00:00:00Z', '2010-01-04', '2010-W01'],
  ['2021-01-03T00:00:00Z', '2021-01-03', '2020-W53'],
  ['2021-01-04T00:00:00Z', '2021-01-04', '2021-W01'],
  ['2023-01-01T00:00:00Z', '2023-01-01', '2022-W52'],
  ['2023-01-02T00:00:00Z', '2023-01-02', '2023-W01'],
  ['2024-12-29T23:59:59Z', '2024-12-29', '2024-W52'],
  ['2024-12-30T00:00:00Z', '2024-12-30', '2025-W01'],
  ['2025-01-01T00:00:00Z', '2025-01-01', '2025-W01'],
  ['2026-11-22T23:59:59Z', '2026-11-22', '2026-W47'],
  ['2026-11-23T00:00:00Z', '2026-11-23', '2026-W48'],
  ['2026-11-23T23:59:59Z', '2026-11-23', '2026-W48'],
  ['2026-11-24T00:00:00Z', '2026-11-24', '2026-W48'],
  ['2026-12-31T12:00:00Z', '2026-12-31', '2026-W53'],
  ['2027-01-03T23:59:59Z', '2027-01-03', '2026-W53'],
  ['2027-01-04T00:00:00Z', '2027-01-04', '2027-W01'],
  ['9999-12-31T23:59:59Z', '9999-12-31', '9999-W52'],
];

describe('periods', () => {
  test.each(TIMES)('%s is in %s and in %s', (second, day, week) => {
    const seconds = BigInt(Date.parse(second) / 1000);
    expect([periodOf(seconds, 'day'), periodOf(seconds, 'week')]).toEqual([day, week]);
  });

  test('there is none without a time, nor from the year 10000 on', () => {
    for (const rotate of ['day', 'week'] as const) {
      expect(periodOf(undefined, rotate)).toBeUndefined();
      expect(periodOf(253_402_300_799n, rotate)).toBeDefined();
      expect(periodOf(253_402_300_800n, rotate)).toBeUndefined();
      expect(periodOf(2n ** 64n - 1n, rotate)).toBeUndefined();
    }
  });

  test('each week has seven days, one after the other', () => {
    const FIRST_MONDAY = 4n * 86_400n;
    for (let week = 0n; week < 2_000n; week++) {
      const days = Array.from({ length: 7 }, (_, day) => FIRST_MONDAY + (week * 7n + BigInt(day)) * 86_400n);
      expect(new Set(days.map((seconds) => periodOf(seconds, 'week'))).size).toBe(1);
      expect(periodOf(days[6] + 86_400n, 'week')).not.toBe(periodOf(days[6], 'week'));
    }
  });
});
