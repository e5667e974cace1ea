import { DomainError } from '../errors';
import { daysInMonth, dayNumberOf, formatDay, lastYear, parseDate, partsOf, shanghaiDayOf } from './dates';
import { type OfficeHours, type WorkCalendar, type YearTable, yearTableAt } from './work-calendar';

/**
 * What counts as the day of receipt when something arrives outside office hours (T-05): `nextDay` is
 * DEEMED_NEXT_WORKING_DAY, `actualDate` is ACTUAL_DATE.
 */
export type AfterHoursPolicy = 'nextDay' | 'actualDate';

/**
 * A stretch in which a clock stands still, in day numbers: `from` is the day of the notice and still counts; the days
 * after it up to and including `to`, the day the material arrives, do not (04-clocks § 2). `to` null: nothing has
 * arrived yet.
 */
export interface PausedSpan {
  from: number;
  to: number | null;
  /** Opened on the last day while the limit still ran, which dates alone do not tell: the due date moves by its working days. */
  isOfLastDay?: boolean;
}

/**
 * How long a pause without an arrival may last, in working days from the day after the notice; then counting resumes
 * (04-clocks § 2, "endless pause"). So a clock that stands still has a due date too: the latest it can have.
 */
export const defaultPauseMaximumWorkingDays = 30;

const endOfTime = dayNumberOf(lastYear, 12, 31);

/** Walks day by day, holding on to the year table and remembering whether any year looked at was provisional. */
export class CalendarWalk {
  private table: YearTable | null = null;
  provisional = false;

  constructor(private readonly calendar: WorkCalendar) {}

  isWorking(dayNumber: number): boolean {
    let table = this.table;
    if (!table || dayNumber < table.firstDay || dayNumber > table.lastDay) {
      if (dayNumber > endOfTime)
        throw new DomainError('BAD_LIMIT', { value: `${lastYear} 年以后`, reason: `结果超出 ${lastYear} 年` });
      table = this.table = yearTableAt(this.calendar, dayNumber);
      if (table.provisional) this.provisional = true;
    }
    return table.working[dayNumber - table.firstDay] === 1;
  }

  /** The last day of a pause that ran into its maximum. Looks on a walk of its own: only days really counted mark us. */
  lastDayOfPause(from: number, maximumWorkingDays: number): number {
    const ahead = new CalendarWalk(this.calendar);
    let day = from;
    for (let left = maximumWorkingDays; left > 0;) {
      day += 1;
      if (ahead.isWorking(day)) left -= 1;
    }
    return day;
  }

  /** The day itself when it is a working day, or the first one after it. */
  workingDayFrom(dayNumber: number): number {
    let day = dayNumber;
    while (!this.isWorking(day)) day += 1;
    return day;
  }
}

/** @param date 'YYYY-MM-DD' @throws DomainError BAD_DATE */
export function isWorkingDay(calendar: WorkCalendar, date: string): boolean {
  const day = parseDate(date);
  const table = yearTableAt(calendar, day);
  return table.working[day - table.firstDay] === 1;
}

/** The stretches in which the office is open on a working day (T-02); fewer where a local closure shortens it. */
export function officeHoursOn(calendar: WorkCalendar, date: string): readonly OfficeHours[] {
  return calendar.shortDays?.[date] ?? calendar.officeHours;
}

/** 'HH:mm' at which the office closes on a working day (T-04). */
export function closingTime(calendar: WorkCalendar, date: string): string {
  return officeHoursOn(calendar, date).at(-1)!.close;
}

/** The last instant of a limit (T-04), as '2025-07-03T16:00:00+08:00'. */
export function closeOfOffice(calendar: WorkCalendar, date: string): string {
  return `${date}T${closingTime(calendar, date)}:00+08:00`;
}

/**
 * The day, in Shanghai, on which what arrived at an instant is deemed received (T-05). Only for what comes from outside;
 * acts of staff take their own date. The closing instant itself is inside office hours; the lunch break and the hours
 * before opening belong to the same day.
 */
export function deemReceived(calendar: WorkCalendar, epochMs: number, policy: AfterHoursPolicy = 'nextDay'): string {
  return formatDay(receiptDay(calendar, new CalendarWalk(calendar), epochMs, policy));
}

/** {@link deemReceived} as a day number, on a walk that remembers the years it looked at. */
export function receiptDay(
  calendar: WorkCalendar,
  walk: CalendarWalk,
  epochMs: number,
  policy: AfterHoursPolicy,
): number {
  const day = shanghaiDayOf(epochMs);
  if (policy === 'actualDate') return day;
  if (walk.isWorking(day) && epochMs <= Date.parse(closeOfOffice(calendar, formatDay(day)))) return day;
  return walk.workingDayFrom(day + 1);
}

/** The answer of {@link addWorkingDays}; dates are 'YYYY-MM-DD'. */
export interface CountedSpan {
  dueDate: string;
  countedDays: string[];
  /** Working days before the due date that a pause left out. */
  pausedDays: string[];
  /** Some year looked at has no published notice (T-12). */
  provisional: boolean;
}

/**
 * The end of a limit of `workingDays` (T-03): day zero is not counted, paused working days are left out. A limit of
 * nought ends on day zero, or on the next working day, because a working-day limit never ends on a holiday (T-09).
 * @param dayZero 'YYYY-MM-DD'
 */
export function addWorkingDays(
  calendar: WorkCalendar,
  dayZero: string,
  workingDays: number,
  pauses: readonly PausedSpan[] = [],
  pauseMaximumWorkingDays: number = defaultPauseMaximumWorkingDays,
): CountedSpan {
  const walk = new CalendarWalk(calendar);
  return countForward(walk, parseDate(dayZero), workingDays, pauses, pauseMaximumWorkingDays);
}

/** {@link addWorkingDays} on a walk and a day number. Pauses may overlap and stand in any order. */
export function countForward(
  walk: CalendarWalk,
  dayZero: number,
  workingDays: number,
  pauses: readonly PausedSpan[],
  pauseMaximumWorkingDays: number,
): CountedSpan {
  const countedDays: string[] = [];
  const pausedDays: string[] = [];
  const spans = pauses.map(({ to, ...span }) => ({
    ...span,
    to: to ?? walk.lastDayOfPause(span.from, pauseMaximumWorkingDays),
  }));
  let day = dayZero;
  while (countedDays.length < workingDays) {
    day += 1;
    if (!walk.isWorking(day)) continue;
    const paused = spans.some((span) => day > span.from && day <= span.to);
    (paused ? pausedDays : countedDays).push(formatDay(day));
  }
  if (workingDays === 0) day = walk.workingDayFrom(dayZero);
  day = endOfLastDay(walk, day, spans, pausedDays);
  return { dueDate: formatDay(day), countedDays, pausedDays, provisional: walk.provisional };
}

/**
 * The due day where a pause was opened on the last day: it moves as by any other pause (04-clocks § 2), so the limit ends with the
 * day on which the material arrives. What is not counted is added to `pausedDays`.
 */
function endOfLastDay(
  walk: CalendarWalk,
  dueDay: number,
  spans: readonly { from: number; to: number; isOfLastDay?: boolean }[],
  pausedDays: string[],
): number {
  const opened = spans.filter(({ from, isOfLastDay }) => isOfLastDay && from <= dueDay);
  const end = Math.max(...opened.map(({ to }) => to));
  let last = dueDay;
  for (let day = dueDay + 1; day <= end; day += 1) {
    if (!walk.isWorking(day)) continue;
    pausedDays.push(formatDay(day));
    last = day;
  }
  return last === dueDay ? dueDay : endOfLastDay(walk, last, spans, pausedDays);
}

/**
 * Day number of the day of the same number `months` later; the last day of the month where that number is missing
 * (T-08): 2026-08-31 and three months is 2026-11-30.
 */
export function addMonths(dayNumber: number, months: number): number {
  const { year, month, day } = partsOf(dayNumber);
  const monthIndex = year * 12 + month - 1 + months;
  const [endYear, endMonth] = [Math.floor(monthIndex / 12), (monthIndex % 12) + 1];
  return dayNumberOf(endYear, endMonth, Math.min(day, daysInMonth(endYear, endMonth)));
}

/**
 * Working days after `from` up to and including `to`; negative when `to` lies before `from`.
 * @param from 'YYYY-MM-DD' @param to 'YYYY-MM-DD' @throws DomainError BAD_DATE
 */
export function workingDaysBetween(calendar: WorkCalendar, from: string, to: string): number {
  const [start, end] = [parseDate(from), parseDate(to)];
  const walk = new CalendarWalk(calendar);
  let count = 0;
  for (let day = Math.min(start, end) + 1; day <= Math.max(start, end); day += 1) if (walk.isWorking(day)) count += 1;
  return start <= end || count === 0 ? count : -count;
}

/**
 * What the board shows (04-clocks § 4): counted days after today up to and including the due date; nought on the due
 * day; negative by the working days since, when overdue.
 * @param pausedDays the deadline's own, so that a day the clock stands still is not shown as one that is left
 */
export function remainingWorkingDays(
  calendar: WorkCalendar,
  today: string,
  dueDate: string,
  pausedDays: readonly string[] = [],
): number {
  const remaining = workingDaysBetween(calendar, today, dueDate);
  // Dates of this form sort as text.
  return today >= dueDate ? remaining : remaining - pausedDays.filter((day) => day > today && day <= dueDate).length;
}
