import type { ExampleCalendar } from '@banjie/contracts';

const dayMs = 86_400_000;
const shanghaiMs = 8 * 3_600_000;
const closeOfOfficeMs = 16 * 3_600_000;

/** Notice day … arrival day: the days after the first, up to and including the second, are not counted. */
export interface CountedPause {
  from: string;
  to: string | null;
}

/**
 * Counts working days one by one from a typed list of closed and make-up days. Kept apart from `libs/domain` on purpose: it is
 * what the demo compares the due dates of the running system with.
 */
export class BruteCount {
  private readonly closed: Set<string>;
  private readonly makeUp: Set<string>;
  private readonly years: Set<number>;

  constructor(calendar: ExampleCalendar, regional: boolean) {
    this.closed = new Set([...calendar.closed, ...(regional ? calendar.regionalClosed : [])]);
    this.makeUp = new Set(calendar.makeUp);
    this.years = new Set(calendar.years);
  }

  isWorkingDay(date: string): boolean {
    if (this.makeUp.has(date)) return true;
    if (this.closed.has(date)) return false;
    // T-12: of a year without a notice only the fixed holidays are known.
    if (!this.years.has(Number(date.slice(0, 4))) && /-(01-01|05-0[12]|10-0[123])$/.test(date)) return false;
    const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
    return weekday !== 0 && weekday !== 6;
  }

  /** T-05: what comes from outside after 16:00 or on a closed day is received on the next working day. */
  receivedOn(instant: string): string {
    const local = Date.parse(instant) + shanghaiMs;
    const date = dateOf(instant);
    if (this.isWorkingDay(date) && local % dayMs <= closeOfOfficeMs) return date;
    let next = dayAfter(date);
    while (!this.isWorkingDay(next)) next = dayAfter(next);
    return next;
  }

  /** T-03, T-04: the last of `limit` working days after day zero, pauses left out. */
  dueDate(dayZero: string, limit: number, pauses: readonly CountedPause[]): string {
    let date = dayZero;
    for (let left = limit; left > 0;) {
      date = dayAfter(date);
      const paused = pauses.some(({ from, to }) => from < date && to !== null && date <= to);
      if (this.isWorkingDay(date) && !paused) left -= 1;
    }
    return date;
  }
}

/** The calendar date in Shanghai. */
export function dateOf(instant: string): string {
  return new Date(Date.parse(instant) + shanghaiMs).toISOString().slice(0, 10);
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
}
