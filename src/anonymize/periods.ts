/** Periods of rotation: days, and ISO 8601 weeks from Monday, in UTC. */

/** How often subkeys change. */
export type Rotation = 'day' | 'week';

/** A period: its name, and its usable seconds since 1970, from the first to the one after the last. */
export interface Period {
  /** `2026-11-23` or `2026-W48`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The first second of the year 10000, from which on a time is taken for no time. */
export const MAX_USABLE_TIME = 253_402_300_800;

const DAY = 86_400;
const DAYS = { day: 1, week: 7 } as const;
/** 1970-01-01 was a Thursday, the third day after a Monday. */
const MONDAY_OFFSET = { day: 0, week: 3 } as const;

/** The period in which `seconds` (since 1970) lies, or undefined where it is no usable time. */
export function periodAt(seconds: number, rotation: Rotation): Period | undefined {
  if (!(seconds >= 0 && seconds < MAX_USABLE_TIME)) return undefined;
  const days = DAYS[rotation];
  const offset = MONDAY_OFFSET[rotation];
  const firstDay = Math.floor((Math.floor(seconds / DAY) + offset) / days) * days - offset;
  const name = rotation === 'day' ? dateOf(firstDay) : weekOf(firstDay);
  return { name, from: firstDay * DAY, to: Math.min((firstDay + days) * DAY, MAX_USABLE_TIME) };
}

function dateOf(day: number): string {
  return new Date(day * DAY * 1000).toISOString().slice(0, 10);
}

/** A week belongs to the year in which its Thursday lies, and is the first one when that is one of January's first seven days. */
function weekOf(monday: number): string {
  const thursday = new Date((monday + 3) * DAY * 1000);
  const year = thursday.getUTCFullYear();
  const dayOfYear = monday + 3 - Date.UTC(year, 0, 1) / 1000 / DAY;
  return `${year}-W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, '0')}`;
}
