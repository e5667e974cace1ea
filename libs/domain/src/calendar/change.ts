import { DomainError } from '../errors';
import { formatDay, firstYear, lastYear, parseDate, weekdayOf } from './dates';
import { readNotice, type CalendarStatus, type CalendarYear } from './notice';
import { isWorkingDay, officeHoursOn } from './counting';
import {
  calendarFor,
  defaultOfficeHours,
  mergeCalendars,
  type AgencyTable,
  type CalendarTables,
  type OfficeHours,
} from './work-calendar';

/** One span of closed days as a notice writes it: "10 月 1 日至 8 日放假,共 8 天". Dates 'YYYY-MM-DD', both included. */
export interface ClosedSpan {
  name: string;
  from: string;
  to: string;
  /** How many days the notice says it is: the check against a slip of the pen. */
  days: number;
}

/** What is to be changed. A year replaces that year of its layer whole; so do the closures and the hours of an agency. */
export type CalendarChange =
  | {
      kind: 'year';
      /** Null: the national table. */
      regionCode: string | null;
      year: number;
      status: CalendarStatus;
      closed: readonly ClosedSpan[];
      makeUp: readonly string[];
      /** Public holidays of the year besides weekends; the national table of a published year must add up to them. */
      holidayDays?: number | undefined;
    }
  | {
      kind: 'localClosure';
      agencyId: string;
      regionCode: string;
      year: number;
      closed: readonly ClosedSpan[];
      makeUp: readonly string[];
      /** Working days on which the office is open for some hours only. */
      shortDays: readonly { date: string; officeHours: readonly OfficeHours[] }[];
    }
  | { kind: 'officeHours'; agencyId: string; officeHours: readonly OfficeHours[] };

/**
 * 全国年节及纪念日放假办法(2024 修订,自 2025-01-01 起): 元旦 1, 春节 4, 清明 1, 劳动节 2, 端午 1, 中秋 1, 国庆 3 days. What a notice
 * closes of Monday to Friday beyond them it makes up on a weekend, so a missing day upsets the sum.
 */
export const statutoryHolidayDays = 13;

const mostShortDays = 366;

/**
 * The tables with the change in them. Pure: the preview before and the version after the approval come from here alone.
 * @param source number of the issuing document
 * @throws DomainError BAD_CALENDAR_CHANGE with the place and the reason
 */
export function applyCalendarChange(tables: CalendarTables, change: CalendarChange, source: string): CalendarTables {
  switch (change.kind) {
    case 'year': {
      const { regionCode, year } = change;
      const days = readYear(change, change.status, source);
      if (regionCode === null) {
        if (change.status === 'published') checkSum(days, change.holidayDays ?? statutoryHolidayDays);
        return mergeCalendars(tables, { national: { [year]: days }, regions: {} });
      }
      if (!/^\d{6}$/.test(regionCode)) throw bad('regionCode', '须为六位行政区划代码');
      return mergeCalendars(tables, { national: {}, regions: { [regionCode]: { [year]: days } } });
    }
    case 'localClosure': {
      const { agencyId, year } = change;
      const days = readYear(change, 'published', source);
      const without = withAgency(tables, agencyId, (own) => ({
        ...own,
        years: omitYear(own.years, year),
        shortDays: Object.fromEntries(Object.entries(own.shortDays).filter(([date]) => !inYear(date, year))),
      }));
      checkAgainstRegion(without, change, days);
      const shortDays = Object.fromEntries(change.shortDays.map(({ date, officeHours }) => [date, officeHours]));
      return withAgency(without, agencyId, (own) => ({
        ...own,
        years: { ...own.years, [year]: days },
        shortDays: { ...own.shortDays, ...shortDays },
      }));
    }
    case 'officeHours': {
      checkHours(change.officeHours, 'officeHours');
      return withAgency(tables, change.agencyId, (own) => ({ ...own, officeHours: change.officeHours }));
    }
  }
}

function withAgency(
  tables: CalendarTables,
  agencyId: string,
  change: (own: AgencyTable) => AgencyTable,
): CalendarTables {
  const known = tables.agencies && Object.hasOwn(tables.agencies, agencyId) ? tables.agencies[agencyId] : undefined;
  const own = change(known ?? { officeHours: defaultOfficeHours, years: {}, shortDays: {} });
  return { ...tables, agencies: { ...tables.agencies, [agencyId]: own } };
}

function readYear(
  change: { year: number; closed: readonly ClosedSpan[]; makeUp: readonly string[] },
  status: CalendarStatus,
  source: string,
): CalendarYear {
  const { year, closed, makeUp } = change;
  if (!Number.isInteger(year) || year < firstYear || year > lastYear) {
    throw bad('year', `须为 ${firstYear} 至 ${lastYear} 之间的年份`);
  }
  checkSpans(closed);
  const spans = closed.map(({ from, to }) => (from === to ? from : `${from}..${to}`));
  return reading(() => readNotice({ year, status, source, closed: spans, makeUp }, String(year)));
}

/** What a notice says of itself: the days of each span, and that a holiday is one stretch. */
function checkSpans(closed: readonly ClosedSpan[]): void {
  const ends = new Map<string, number>();
  const inOrder = [...closed].sort((a, b) => (a.from < b.from ? -1 : 1));
  for (const { name, from, to, days } of inOrder) {
    const [first, last] = reading(() => [parseDate(from), parseDate(to)] as const);
    const length = last - first + 1;
    if (last < first) throw bad(name, `${from} 至 ${to} 的起止日期颠倒`);
    if (length !== days) throw bad(name, `${from} 至 ${to} 是 ${length} 天,文件写的是 ${days} 天`);
    const before = ends.get(name);
    if (before !== undefined && first > before + 1) {
      const missing =
        before + 2 === first ? formatDay(before + 1) : `${formatDay(before + 1)} 至 ${formatDay(first - 1)}`;
      throw bad(name, `中间缺少 ${missing},一个假期须是连续的`);
    }
    ends.set(name, Math.max(last, before ?? last));
  }
}

function checkSum({ closedDays, makeUpDays, year }: CalendarYear, holidayDays: number): void {
  const weekdays = closedDays.filter((date) => ![0, 6].includes(weekdayOf(parseDate(date)))).length;
  const found = weekdays - makeUpDays.length;
  if (found === holidayDays) return;
  const what = found < holidayDays ? '可能缺少休息日或多列了调休上班日' : '可能多列了休息日或缺少调休上班日';
  throw bad(
    String(year),
    `周一至周五休息 ${weekdays} 天,调休上班 ${makeUpDays.length} 天,相差 ${found} 天,法定节假日应为 ${holidayDays} 天:${what}`,
  );
}

/** A closure of a day on which nobody works anyway, or a make-up day that is one already, is a slip of the pen. */
function checkAgainstRegion(
  tables: CalendarTables,
  change: Extract<CalendarChange, { kind: 'localClosure' }>,
  days: CalendarYear,
): void {
  const calendar = calendarFor(change.regionCode, tables, change.agencyId);
  for (const date of days.closedDays) {
    if (!isWorkingDay(calendar, date)) throw bad('closed', `${date} 本来就不上班,不用再关闭`);
  }
  for (const date of days.makeUpDays) {
    if (isWorkingDay(calendar, date)) throw bad('makeUp', `${date} 本来就上班,不用再列`);
  }
  const seen = new Set<string>();
  if (change.shortDays.length > mostShortDays) throw bad('shortDays', `不能超过 ${mostShortDays} 天`);
  for (const { date, officeHours } of change.shortDays) {
    reading(() => parseDate(date));
    if (!inYear(date, change.year)) throw bad('shortDays', `${date} 不在 ${change.year} 年内`);
    if (seen.has(date)) throw bad('shortDays', `${date} 重复出现`);
    seen.add(date);
    if (days.closedDays.includes(date)) throw bad('shortDays', `${date} 已列为全天关闭`);
    if (!isWorkingDay(calendar, date) && !days.makeUpDays.includes(date)) throw bad('shortDays', `${date} 不上班`);
    checkHours(officeHours, `shortDays.${date}`);
    const usual = officeHoursOn(calendar, date);
    const inside = officeHours.every((part) => usual.some((u) => u.open <= part.open && part.close <= u.close));
    if (!inside) throw bad(`shortDays.${date}`, '须在平日的办公时间之内');
  }
}

function checkHours(hours: readonly OfficeHours[], at: string): void {
  if (hours.length === 0) throw bad(at, '至少要有一段办公时间;全天不办公请列为关闭');
  if (hours.length > 4) throw bad(at, '办公时间不能超过四段');
  let before = '';
  for (const { open, close } of hours) {
    for (const time of [open, close]) {
      if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) throw bad(at, `“${time.slice(0, 10)}”须为 HH:mm`);
    }
    if (close <= open) throw bad(at, `${open} 至 ${close} 的起止颠倒`);
    if (open < before) throw bad(at, `${open} 早于上一段的结束 ${before}`);
    before = close;
  }
}

const inYear = (date: string, year: number): boolean => date.startsWith(`${year}-`);

function omitYear(years: Readonly<Record<number, CalendarYear>>, year: number): Record<number, CalendarYear> {
  return Object.fromEntries(Object.entries(years).filter(([key]) => Number(key) !== year));
}

function bad(at: string, reason: string): DomainError {
  return new DomainError('BAD_CALENDAR_CHANGE', { at, reason });
}

/** The checks of a calendar file speak of the file; here a person proposes. */
function reading<Answer>(read: () => Answer): Answer {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { at, reason } = error.facts as { at?: string; reason?: string };
    throw bad(at ?? '日期', error.code === 'BAD_CALENDAR_FILE' ? (reason ?? error.message) : error.message);
  }
}
