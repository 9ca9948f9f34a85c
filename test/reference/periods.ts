/** Periods of `rotate`, counted out on the calendar (docs/frames.md, section 4). */

/** How often the subkeys change. */
export type Rotation = 'day' | 'week';

/** The first second of the year 10000, of which a period could not be written in ten characters. */
const FIRST_SECOND_TOO_LATE = 253_402_300_800n;

const DAY_MS = 86_400_000;

/** The period in which a second since 1970 lies (`2026-11-23`, `2026-W48`); undefined without a usable time. */
export function periodOf(seconds: bigint | undefined, rotate: Rotation): string | undefined {
  if (seconds === undefined || seconds >= FIRST_SECOND_TOO_LATE) return undefined;
  const date = new Date(Number(seconds) * 1000);
  return rotate === 'day' ? date.toISOString().slice(0, 10) : isoWeek(date);
}

/** ISO 8601: weeks begin on Monday, and belong to the year in which their Thursday lies. */
function isoWeek(date: Date): string {
  const daysSinceMonday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(date.getTime() + (3 - daysSinceMonday) * DAY_MS);
  const year = thursday.getUTCFullYear();
  let week = 1;
  for (
    let earlier = new Date(thursday.getTime() - 7 * DAY_MS);
    earlier.getUTCFullYear() === year;
    earlier = new Date(earlier.getTime() - 7 * DAY_MS)
  ) {
    week++;
  }
  return `${year}-W${String(week).padStart(2, '0')}`;
}
