import { DomainError } from '../errors';
import {
  addMonths,
  type AfterHoursPolicy,
  CalendarWalk,
  closeOfOffice,
  countForward,
  defaultPauseMaximumWorkingDays,
  type PausedSpan,
  receiptDay,
} from './counting';
import { dayNumberOf, formatDay, lastYear, type Moment, parseMoment } from './dates';
import { calendarFor, type WorkCalendar } from './work-calendar';

export const limitKinds = ['workingDays', 'calendarDays', 'months', 'sameDay'] as const;
export type LimitKind = (typeof limitKinds)[number];

/** A time limit as the documents set it; `n` is a whole number of the kind's unit, 0–2000, and none for `sameDay`. */
export type Limit = { kind: 'workingDays' | 'calendarDays' | 'months'; n: number } | { kind: 'sameDay' };

export const longestLimit = 2000;

/**
 * A recorded pause of a working-day limit: `from` the day of the notice, `to` the day the material arrives, null while
 * nothing has arrived (then the pause counts with its maximum). Dates stand as they are given; an instant is taken as its
 * day in Shanghai, and an arrival then follows T-05, because it comes from outside.
 */
export interface DeadlinePause {
  from: string;
  to: string | null;
}

export interface DeadlineInput {
  /**
   * 'YYYY-MM-DD', or an ISO date and time (Asia/Shanghai when it has no offset). A bare date has no hour: it is taken as
   * inside office hours, so that under T-05 only a date on which the office is closed moves.
   */
  start: string;
  limit: Limit;
  pauses?: readonly DeadlinePause[];
  /** Six-digit code; without it the national calendar alone. */
  region?: string | null;
  /** Default `nextDay` (T-05). */
  afterHours?: AfterHoursPolicy;
  /**
   * Whether the start is something that arrived from outside (T-05). False for acts of staff, which take their calendar
   * day whatever the hour. Without it: true where a filing starts the clock of an office (working days, same day), or
   * where `afterHours` was asked for; false for calendar days and months, which run from the event's own day (T-07, T-08).
   */
  fromOutside?: boolean;
  /**
   * For a calendar-day or month limit within which a person must act at an office: an end on a holiday moves to the next
   * working day. Default false, because validity periods do not move (T-09).
   */
  mustActAtOffice?: boolean;
  /** Working days an open pause may last; default 30 (04-clocks § 2). */
  pauseMaximumWorkingDays?: number;
  /** Default: the calendar of `region` in the built-in tables. */
  calendar?: WorkCalendar;
}

/** Dates 'YYYY-MM-DD'; `dueAt` is the close of office on the due date, '2025-07-03T16:00:00+08:00' (T-04). */
export interface Deadline {
  /** Day zero (T-03). */
  receivedOn: string;
  dueDate: string;
  dueAt: string;
  /** A year without a published notice was looked at (T-12). */
  provisional: boolean;
  calendarVersion: string;
  /** Exactly the limit's days in order; day zero is not among them, except in a same-day limit. */
  countedDays: string[];
  /** Working days a pause left out. */
  pausedDays: string[];
}

/**
 * When a limit ends (04-clocks T-01…T-12): the one function behind `banjie deadline`, `POST /api/deadlines` and the
 * clocks of a case. Pure; the answer depends on the input alone.
 * @throws DomainError BAD_DATE, BAD_LIMIT, BAD_PAUSE, UNKNOWN_REGION
 */
export function computeDeadline(input: DeadlineInput): Deadline {
  const limit = checkedLimit(input.limit);
  const afterHours = checkedPolicy(input.afterHours);
  const calendar = calendarOf(input);
  const walk = new CalendarWalk(calendar);
  const start = parseMoment(input.start, 'start');
  const pauses = (input.pauses ?? []).map((pause) => readPause(calendar, pause, afterHours));
  if (pauses.length > 0 && limit.kind !== 'workingDays') {
    throw new DomainError(
      'BAD_PAUSE',
      { value: shownPause(input.pauses![0]!), reason: '只有按工作日计算的时限可以暂停' },
      'pauses',
    );
  }
  const countsAtOffice = limit.kind === 'workingDays' || limit.kind === 'sameDay';
  const fromOutside = input.fromOutside ?? (countsAtOffice || input.afterHours !== undefined);
  const dayZero = fromOutside ? dayReceived(calendar, walk, start, afterHours) : start.dayNumber;

  const span =
    limit.kind === 'workingDays'
      ? countForward(walk, dayZero, limit.n, pauses, checkedPauseMaximum(input.pauseMaximumWorkingDays))
      : { ...calendarSpan(walk, dayZero, limit, input.mustActAtOffice ?? false), pausedDays: [] };
  return {
    receivedOn: formatDay(dayZero),
    dueDate: span.dueDate,
    dueAt: closeOfOffice(calendar, span.dueDate),
    provisional: walk.provisional,
    calendarVersion: calendar.version,
    countedDays: span.countedDays,
    pausedDays: span.pausedDays,
  };
}

function dayReceived(calendar: WorkCalendar, walk: CalendarWalk, moment: Moment, policy: AfterHoursPolicy): number {
  if (moment.kind === 'instant') return receiptDay(calendar, walk, moment.epochMs, policy);
  return policy === 'nextDay' ? walk.workingDayFrom(moment.dayNumber) : moment.dayNumber;
}

/** Limits that are not counted in working days (T-06…T-09). */
function calendarSpan(
  walk: CalendarWalk,
  dayZero: number,
  limit: Limit,
  mustActAtOffice: boolean,
): { dueDate: string; countedDays: string[] } {
  if (limit.kind === 'sameDay') return { dueDate: formatDay(dayZero), countedDays: [formatDay(dayZero)] };
  let end = limit.kind === 'months' ? addMonths(dayZero, limit.n) : dayZero + limit.n;
  if (end > dayNumberOf(lastYear, 12, 31)) throw badLimit(limit.n, `结果超出 ${lastYear} 年`);
  if (mustActAtOffice) end = walk.workingDayFrom(end);
  const countedDays: string[] = [];
  for (let day = dayZero + 1; day <= end; day += 1) countedDays.push(formatDay(day));
  return { dueDate: formatDay(end), countedDays };
}

function calendarOf(input: DeadlineInput): WorkCalendar {
  const region = input.region ?? null;
  if (!input.calendar) return calendarFor(region);
  if (input.region !== undefined && region !== input.calendar.region) {
    const reason = `所给日历属于 ${input.calendar.region ?? '全国'}`;
    throw new DomainError('UNKNOWN_REGION', { region: region ?? '全国', reason }, 'region');
  }
  return input.calendar;
}

// The checks below do not trust the types: the same function answers an HTTP body.

function badLimit(value: unknown, reason: string): DomainError {
  return new DomainError('BAD_LIMIT', { value: String(value).slice(0, 40), reason }, 'limit');
}

function checkedLimit(limit: Limit): Limit {
  if (typeof limit !== 'object' || limit === null || !limitKinds.includes(limit.kind)) {
    throw badLimit((limit as { kind?: unknown } | null)?.kind ?? limit, `须为 ${limitKinds.join('、')} 之一`);
  }
  if (limit.kind === 'sameDay') return limit;
  if (!Number.isInteger(limit.n)) throw badLimit(limit.n, '须为整数');
  if (limit.n < 0) throw badLimit(limit.n, '不能为负数');
  if (limit.n > longestLimit) throw badLimit(limit.n, `不能超过 ${longestLimit}`);
  return limit;
}

function checkedPolicy(policy: AfterHoursPolicy | undefined): AfterHoursPolicy {
  if (policy === undefined || policy === 'nextDay' || policy === 'actualDate') return policy ?? 'nextDay';
  throw new DomainError(
    'BAD_DEADLINE_OPTION',
    { value: String(policy).slice(0, 40), reason: '下班后收件规则须为 nextDay 或 actualDate' },
    'afterHours',
  );
}

function checkedPauseMaximum(maximum: number = defaultPauseMaximumWorkingDays): number {
  if (Number.isInteger(maximum) && maximum >= 0 && maximum <= longestLimit) return maximum;
  throw new DomainError(
    'BAD_DEADLINE_OPTION',
    { value: String(maximum).slice(0, 40), reason: '暂停上限须为 0 至 2000 的整数' },
    'pauseMaximumWorkingDays',
  );
}

const shownPause = (pause: DeadlinePause): string => `${pause.from}..${pause.to ?? ''}`.slice(0, 60);

function readPause(calendar: WorkCalendar, pause: DeadlinePause, afterHours: AfterHoursPolicy): PausedSpan {
  const from = parseMoment(pause.from, 'pauses');
  if (pause.to === null) return { from: from.dayNumber, to: null };
  const arrival = parseMoment(pause.to, 'pauses');
  const reversed =
    from.kind === 'instant' && arrival.kind === 'instant'
      ? arrival.epochMs < from.epochMs
      : arrival.dayNumber < from.dayNumber;
  if (reversed)
    throw new DomainError('BAD_PAUSE', { value: shownPause(pause), reason: '材料到达不能早于告知' }, 'pauses');
  const to =
    arrival.kind === 'instant'
      ? receiptDay(calendar, new CalendarWalk(calendar), arrival.epochMs, afterHours)
      : arrival.dayNumber;
  return { from: from.dayNumber, to };
}
