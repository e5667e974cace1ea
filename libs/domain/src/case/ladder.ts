import { CalendarWalk } from '../calendar/counting';
import { parseDate } from '../calendar/dates';
import { instantInOfficeDay, officeDayMs } from '../calendar/office-time';
import type { WorkCalendar } from '../calendar/work-calendar';
import { pausedSpans, type ClockLedger } from './ledger';
import { rungs, type Rung } from './words';

/** A ledger as its row keeps it: with the rungs that were recorded, each at most once in a run. */
export type KeptClock = ClockLedger & { recorded?: readonly Rung[] };

export interface RungInstant {
  rung: Rung;
  /** Epoch ms. */
  at: number;
}

/** How much of the limit has passed at a rung, in percent of its office time; or working days after its end. */
const places: Record<Exclude<Rung, 'due'>, { percent: number } | { workingDaysAfter: number }> = {
  half: { percent: 50 },
  eighty: { percent: 80 },
  plus1: { workingDaysAfter: 1 },
  plus3: { workingDaysAfter: 3 },
};

/**
 * The ladder of a run, in order (04-clocks § 4): a rung at p % lies p % into the counted office time, from the opening of
 * day 1 to `dueAt`, at the earliest instant at which that much has passed; +1/+3 WD at the close of that day. Days of a
 * pause hold no rung, so that after a pause every later rung has moved with the due date. The ladder of a run begins with
 * its start: a rung that lies before it is left out, and a limit that had ended by then is due at once.
 */
export function rungInstants(ledger: ClockLedger, calendar: WorkCalendar): RungInstant[] {
  const spans = pausedSpans(ledger, calendar);
  const walk = new CalendarWalk(calendar);
  const nextCounted = (from: number) => {
    let day = from + 1;
    while (!walk.isWorking(day) || spans.some((span) => day > span.from && day <= span.to)) day += 1;
    return day;
  };
  const dueDay = parseDate(ledger.dueDate);
  const days = limitDays(ledger, dueDay, nextCounted);
  const totalMs = days.reduce((sum, day) => sum + officeDayMs(calendar, day), 0);
  const instantOf = (rung: Exclude<Rung, 'due'>): number => {
    const place = places[rung];
    if ('workingDaysAfter' in place) {
      let day = dueDay;
      for (let n = 0; n < place.workingDaysAfter; n += 1) day = nextCounted(day);
      return instantInOfficeDay(calendar, day, officeDayMs(calendar, day));
    }
    let left = (totalMs * place.percent) / 100;
    for (const day of days) {
      const dayMs = officeDayMs(calendar, day);
      if (left <= dayMs) return instantInOfficeDay(calendar, day, left);
      left -= dayMs;
    }
    return Date.parse(ledger.dueAt);
  };
  const startedAt = Date.parse(ledger.startedAt);
  return rungs
    .filter((rung) => !ledger.rungs || ledger.rungs.includes(rung))
    .map((rung) => ({ rung, at: rung === 'due' ? Math.max(startedAt, Date.parse(ledger.dueAt)) : instantOf(rung) }))
    .filter(({ at }) => at >= startedAt);
}

/** The counted days of the limit, as day numbers; a same-day limit (T-06) has its one day. */
function limitDays(
  { dayZero, limitWorkingDays }: ClockLedger,
  dueDay: number,
  nextCounted: (day: number) => number,
): number[] {
  if (limitWorkingDays === 0) return [dueDay];
  const days: number[] = [];
  for (let day = parseDate(dayZero); days.length < limitWorkingDays;) days.push((day = nextCounted(day)));
  return days;
}

/** The rungs still ahead of a running clock, earliest first. A paused or stopped one has none: it passes no rung. */
export function pendingRungs(clock: KeptClock, calendar: WorkCalendar): RungInstant[] {
  if (clock.state !== 'running') return [];
  return rungInstants(clock, calendar)
    .filter(({ rung }) => !clock.recorded?.includes(rung))
    .sort((a, b) => a.at - b.at);
}

/** When a clock wants to be looked at next, ISO; what `clock.next_rung_at` holds. */
export function nextRungOf(clock: KeptClock, calendar: WorkCalendar): string | null {
  const next = pendingRungs(clock, calendar)[0];
  return next ? new Date(next.at).toISOString() : null;
}
