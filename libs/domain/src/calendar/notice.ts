import { DomainError } from '../errors';
import { dayNumberOf, formatDay, parseDate, partsOf, weekdayOf } from './dates';

/** PUBLISHED: the notice is loaded. PROVISIONAL: it is not, and due dates that reach into the year say so (T-12). */
export type CalendarStatus = 'published' | 'provisional';

/** One year of a calendar: what differs from Monday to Friday. Both lists are ascending 'YYYY-MM-DD', without overlap. */
export interface CalendarYear {
  year: number;
  status: CalendarStatus;
  /** Number of the notice, or what the row rests on while there is none. */
  source: string;
  closedDays: readonly string[];
  /** 调休 days on which the office is open although they are a Saturday or Sunday. */
  makeUpDays: readonly string[];
}

/** A year as a notice writes it: `closed` holds dates and 'from..to' spans, both ends included. */
export interface NoticeYear {
  year: number;
  status: CalendarStatus;
  source: string;
  closed: readonly string[];
  makeUp: readonly string[];
}

export function badCalendar(at: string, reason: string): DomainError {
  return new DomainError('BAD_CALENDAR_FILE', { at, reason });
}

/**
 * Expands spans into single days and checks what a typing error would break: days of another year, a day named twice,
 * a day both closed and made up, a make-up day that is an ordinary weekday.
 * @param at where the year stands, for the sentence ("national.2027")
 * @throws DomainError BAD_CALENDAR_FILE
 */
export function readNotice(notice: NoticeYear, at: string): CalendarYear {
  const closed = expand(notice.closed, notice.year, `${at}.closed`);
  const makeUp = expand(notice.makeUp, notice.year, `${at}.makeUp`);
  for (const day of makeUp) {
    if (closed.has(day)) throw badCalendar(`${at}.makeUp`, `${formatDay(day)} 既列为休息日又列为调休上班日`);
    const weekday = weekdayOf(day);
    if (weekday !== 0 && weekday !== 6) {
      throw badCalendar(`${at}.makeUp`, `${formatDay(day)} 是周一至周五,本就上班,不能列为调休上班日`);
    }
  }
  const days = (set: Set<number>): string[] => [...set].sort((a, b) => a - b).map(formatDay);
  return {
    year: notice.year,
    status: notice.status,
    source: notice.source,
    closedDays: days(closed),
    makeUpDays: days(makeUp),
  };
}

function expand(entries: readonly string[], year: number, at: string): Set<number> {
  const days = new Set<number>();
  for (const entry of entries) {
    const ends = entry.split('..');
    if (ends.length > 2) throw badCalendar(at, `“${entry.slice(0, 40)}”须为 YYYY-MM-DD 或 YYYY-MM-DD..YYYY-MM-DD`);
    const from = dayOf(ends[0], year, at);
    const to = ends.length === 2 ? dayOf(ends[1], year, at) : from;
    if (to < from) throw badCalendar(at, `“${entry}”的起止日期颠倒`);
    for (let day = from; day <= to; day += 1) {
      if (days.has(day)) throw badCalendar(at, `${formatDay(day)} 重复出现`);
      days.add(day);
    }
  }
  return days;
}

function dayOf(date: string | undefined, year: number, at: string): number {
  let day: number;
  try {
    day = parseDate(date);
  } catch (error) {
    if (error instanceof DomainError) throw badCalendar(at, error.message);
    throw error;
  }
  if (partsOf(day).year !== year) throw badCalendar(at, `${date} 不在 ${year} 年内`);
  return day;
}

/** Holidays with a fixed date: all that is known of a year without a notice (T-12). */
export function unpublishedYear(year: number): CalendarYear {
  const fixed: [month: number, day: number][] = [
    [1, 1],
    [5, 1],
    [5, 2],
    [10, 1],
    [10, 2],
    [10, 3],
  ];
  return {
    year,
    status: 'provisional',
    source: '尚未公布:仅计周末与固定日期节日',
    closedDays: fixed.map(([month, day]) => formatDay(dayNumberOf(year, month, day))),
    makeUpDays: [],
  };
}
