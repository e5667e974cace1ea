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
  /** Days on which the office keeps other hours (a local closure of some hours), by 'YYYY-MM-DD'. Still working days. */
  shortDays?: Readonly<Record<string, readonly OfficeHours[]>>;
}

/** What one agency has of its own, on top of its region: hours, closed days, days with other hours (T-02). */
export interface AgencyTable {
  officeHours: readonly OfficeHours[];
  years: Readonly<Record<number, CalendarYear>>;
  shortDays: Readonly<Record<string, readonly OfficeHours[]>>;
}

/**
 * The tables calendars are made from: national years, regional years by six-digit region code, and what single agencies
 * have of their own, by agency.
 */
export interface CalendarTables {
  national: Readonly<Record<number, CalendarYear>>;
  regions: Readonly<Record<string, Readonly<Record<number, CalendarYear>>>>;
  agencies?: Readonly<Record<string, AgencyTable>>;
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
  const agencies = { ...base.agencies, ...overrides.agencies };
  return { national: { ...base.national, ...overrides.national }, regions, agencies };
}

const calendarsByTables = new WeakMap<CalendarTables, Map<string, WorkCalendar>>();

/**
 * The calendar of a region, or the national one alone; with an agency, that of its office. The same arguments give the
 * same object, so that the day tables behind it are built once per process; an agency without anything of its own has its
 * region's.
 * @throws DomainError UNKNOWN_REGION when the tables hold no days for the region: its own holidays would silently be
 * counted as working days otherwise
 */
export function calendarFor(
  region: string | null = null,
  tables: CalendarTables = builtInTables,
  agencyId: string | null = null,
): WorkCalendar {
  let calendars = calendarsByTables.get(tables);
  if (!calendars) calendarsByTables.set(tables, (calendars = new Map<string, WorkCalendar>()));
  const own = agencyId !== null && tables.agencies && Object.hasOwn(tables.agencies, agencyId) ? agencyId : null;
  const key = JSON.stringify([region, own]);
  const known = calendars.get(key);
  if (known) return known;
  const calendar = buildCalendar(region, tables, own === null ? null : tables.agencies![own]!);
  calendars.set(key, calendar);
  return calendar;
}

function buildCalendar(region: string | null, tables: CalendarTables, agency: AgencyTable | null): WorkCalendar {
  const merged = region === null ? { ...tables.national } : withRegionalDays(region, tables);
  const years = agency ? withOwnDays(merged, agency) : merged;
  const officeHours = agency?.officeHours ?? defaultOfficeHours;
  const hasShortDays = agency !== null && Object.keys(agency.shortDays).length > 0;
  const latest = Math.max(...Object.keys(years).map(Number), 0);
  const fingerprint = hash(
    JSON.stringify([region, Object.values(years), officeHours, ...(hasShortDays ? [sorted(agency.shortDays)] : [])]),
  );
  return {
    version: `${region ?? 'CN'}-${latest}-${fingerprint}`,
    ...{ region, years, officeHours },
    ...(hasShortDays ? { shortDays: agency.shortDays } : {}),
  };
}

const sorted = <Value>(record: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

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
    const national = tables.national[year] ?? unpublishedYear(year);
    const own = regional[year];
    // A year is published only when both notices are (T-12, T-13).
    years[year] = own
      ? mergeYear(national, own, national.status === 'published' ? own.status : 'provisional')
      : { ...national, status: 'provisional', source: `${national.source};地区安排尚未载入` };
  }
  return years;
}

/** An agency's own days change no status: a year is published or not whatever one office does. */
function withOwnDays(years: Record<number, CalendarYear>, agency: AgencyTable): Record<number, CalendarYear> {
  const merged = { ...years };
  for (const own of Object.values(agency.years)) {
    const base = merged[own.year] ?? unpublishedYear(own.year);
    merged[own.year] = mergeYear(base, own, base.status);
  }
  return merged;
}

/** The days of the narrower layer win. */
function mergeYear(base: CalendarYear, own: CalendarYear, status: CalendarYear['status']): CalendarYear {
  const join = (days: readonly string[], without: readonly string[], added: readonly string[]): string[] =>
    [...new Set([...days.filter((day) => !without.includes(day)), ...added])].sort();
  return {
    year: base.year,
    status,
    source: `${base.source};${own.source}`,
    closedDays: join(base.closedDays, own.makeUpDays, own.closedDays),
    makeUpDays: join(base.makeUpDays, own.closedDays, own.makeUpDays),
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
