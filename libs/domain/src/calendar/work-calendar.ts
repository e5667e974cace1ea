import { DomainError } from '../errors';
import { dayNumberOf, parseDate, partsOf, weekdayOf } from './dates';
import { type CalendarYear, type NoticeYear, readNotice, unpublishedYear } from './notice';
import { nationalNotices, regionalNotices } from './published-notices';

/** A stretch of the working day, 'HH:mm' in Asia/Shanghai; the closing minute belongs to it. */
export interface OfficeHours {
  open: string;
  close: string;
}

/**
 * The finished calendar of one office: national table, regional days and overrides merged (T-01, T-12, T-13).
 * A year missing from `years` is unpublished. Plain JSON, and never changed once made: counting caches by identity.
 */
export interface WorkCalendar {
  /** Differs whenever anything in the calendar differs; kept with every result (T-14). */
  version: string;
  /** Six-digit code, or null for the national calendar alone. */
  region: string | null;
  years: Readonly<Record<number, CalendarYear>>;
  officeHours: readonly OfficeHours[];
}

/** The tables calendars are made from: national years, and regional years by six-digit region code. */
export interface CalendarTables {
  national: Readonly<Record<number, CalendarYear>>;
  regions: Readonly<Record<string, Readonly<Record<number, CalendarYear>>>>;
}

/** D1 办理时间 (T-02). */
export const defaultOfficeHours: readonly OfficeHours[] = [
  { open: '09:00', close: '12:00' },
  { open: '13:00', close: '16:00' },
];

function byYear(notices: readonly NoticeYear[], at: string): Record<number, CalendarYear> {
  return Object.fromEntries(notices.map((notice) => [notice.year, readNotice(notice, `${at}.${notice.year}`)]));
}

/** The notices this release knows. */
export const builtInTables: CalendarTables = {
  national: byYear(nationalNotices, 'national'),
  regions: Object.fromEntries(
    Object.entries(regionalNotices).map(([region, notices]) => [region, byYear(notices, `regions.${region}`)]),
  ),
};

/** `overrides` on top of `base`: a year given there replaces that year of the same layer whole, others stay. */
export function mergeCalendars(base: CalendarTables, overrides: CalendarTables): CalendarTables {
  const regions: Record<string, Readonly<Record<number, CalendarYear>>> = { ...base.regions };
  for (const [region, years] of Object.entries(overrides.regions)) regions[region] = { ...regions[region], ...years };
  return { national: { ...base.national, ...overrides.national }, regions };
}

const calendarsByTables = new WeakMap<CalendarTables, Map<string | null, WorkCalendar>>();

/**
 * The calendar of a region, or the national one alone. The same arguments give the same object, so that the day tables
 * behind it are built once per process.
 * @throws DomainError UNKNOWN_REGION when the tables hold no days for the region: its own holidays would silently be
 * counted as working days otherwise
 */
export function calendarFor(region: string | null = null, tables: CalendarTables = builtInTables): WorkCalendar {
  let calendars = calendarsByTables.get(tables);
  if (!calendars) calendarsByTables.set(tables, (calendars = new Map<string | null, WorkCalendar>()));
  const known = calendars.get(region);
  if (known) return known;
  const calendar = buildCalendar(region, tables);
  calendars.set(region, calendar);
  return calendar;
}

function buildCalendar(region: string | null, tables: CalendarTables): WorkCalendar {
  const years = region === null ? { ...tables.national } : withRegionalDays(region, tables);
  const officeHours = defaultOfficeHours;
  const latest = Math.max(...Object.keys(years).map(Number), 0);
  const fingerprint = hash(JSON.stringify([region, Object.values(years), officeHours]));
  return { version: `${region ?? 'CN'}-${latest}-${fingerprint}`, region, years, officeHours };
}

function withRegionalDays(region: string, tables: CalendarTables): Record<number, CalendarYear> {
  const regional = Object.hasOwn(tables.regions, region) ? tables.regions[region] : undefined;
  if (!regional) {
    const known = Object.keys(tables.regions).join('、') || '无';
    const reason = /^\d{6}$/.test(region) ? `已有日历的地区:${known}` : '地区须为六位行政区划代码';
    throw new DomainError('UNKNOWN_REGION', { region: region.slice(0, 20), reason }, 'region');
  }
  const years: Record<number, CalendarYear> = {};
  for (const key of Object.keys({ ...tables.national, ...regional })) {
    const year = Number(key);
    years[year] = mergeYear(tables.national[year] ?? unpublishedYear(year), regional[year]);
  }
  return years;
}

/** Regional days win over national ones. A year is published only when both notices are (T-12, T-13). */
function mergeYear(national: CalendarYear, regional: CalendarYear | undefined): CalendarYear {
  if (!regional) return { ...national, status: 'provisional', source: `${national.source};地区安排尚未载入` };
  const join = (days: readonly string[], without: readonly string[], added: readonly string[]): string[] =>
    [...new Set([...days.filter((day) => !without.includes(day)), ...added])].sort();
  return {
    year: national.year,
    status: national.status === 'published' && regional.status === 'published' ? 'published' : 'provisional',
    source: `${national.source};${regional.source}`,
    closedDays: join(national.closedDays, regional.makeUpDays, regional.closedDays),
    makeUpDays: join(national.makeUpDays, regional.closedDays, regional.makeUpDays),
  };
}

/** cyrb53 by bryc (public domain): 53 bits, enough to tell calendars apart, and no crypto in a pure room. */
function hash(text: string): string {
  let [h1, h2] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ code, 2_654_435_761);
    h2 = Math.imul(h2 ^ code, 1_597_334_677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2_246_822_507) ^ Math.imul(h2 ^ (h2 >>> 13), 3_266_489_909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2_246_822_507) ^ Math.imul(h1 ^ (h1 >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & h2) + (h1 >>> 0)).toString(36).padStart(11, '0');
}

/** One year ready for counting: `working[n]` is 1 when the n-th day of the year (from 0) is a working day. */
export interface YearTable {
  firstDay: number;
  lastDay: number;
  working: Uint8Array;
  provisional: boolean;
}

const tablesByCalendar = new WeakMap<WorkCalendar, Map<number, YearTable>>();

/** The day table of the year that holds `dayNumber`; built on first use, so that a span of days costs array reads. */
export function yearTableAt(calendar: WorkCalendar, dayNumber: number): YearTable {
  let tables = tablesByCalendar.get(calendar);
  if (!tables) tablesByCalendar.set(calendar, (tables = new Map<number, YearTable>()));
  const { year } = partsOf(dayNumber);
  let table = tables.get(year);
  if (!table) tables.set(year, (table = buildYearTable(year, calendar.years[year] ?? unpublishedYear(year))));
  return table;
}

function buildYearTable(year: number, days: CalendarYear): YearTable {
  const firstDay = dayNumberOf(year, 1, 1);
  const lastDay = dayNumberOf(year, 12, 31);
  const working = new Uint8Array(lastDay - firstDay + 1);
  for (let day = firstDay; day <= lastDay; day += 1) {
    const weekday = weekdayOf(day);
    working[day - firstDay] = weekday === 0 || weekday === 6 ? 0 : 1;
  }
  for (const date of days.closedDays) working[parseDate(date) - firstDay] = 0;
  for (const date of days.makeUpDays) working[parseDate(date) - firstDay] = 1;
  return { firstDay, lastDay, working, provisional: days.status !== 'published' };
}
