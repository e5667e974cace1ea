import { badCalendar, type CalendarYear, readNotice } from './notice';
import { firstYear, lastYear } from './dates';
import type { CalendarTables } from './work-calendar';

/**
 * Reads a calendar file (docs/calendar-file.md): JSON of the form
 *
 * ```json
 * {
 *   "national": { "2027": { "status": "published", "source": "国办发明电〔…〕…号",
 *                           "closed": ["2027-01-01", "2027-02-05..2027-02-11"], "makeUp": ["2027-02-14"] } },
 *   "regions": { "450200": { "2027": { "status": "published", "source": "…", "closed": [], "makeUp": [] } } }
 * }
 * ```
 *
 * The answer goes to `mergeCalendars(builtInTables, …)`; a year given in the file replaces that year of its layer.
 * @param text the file's content @throws DomainError BAD_CALENDAR_FILE
 */
export function parseCalendarFile(text: string): CalendarTables {
  let content: unknown;
  try {
    content = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    throw badCalendar('全文', '不是有效的 JSON');
  }
  const file = asRecord(content, '全文');
  onlyKeys(file, ['national', 'regions'], '全文');
  if (file.national === undefined && file.regions === undefined) {
    throw badCalendar('全文', '须有 national 或 regions');
  }
  const regions: Record<string, Record<number, CalendarYear>> = {};
  for (const [region, years] of Object.entries(asRecord(file.regions ?? {}, 'regions'))) {
    if (!/^\d{6}$/.test(region)) throw badCalendar('regions', `“${region.slice(0, 20)}”不是六位行政区划代码`);
    regions[region] = readYears(years, `regions.${region}`);
  }
  return { national: readYears(file.national ?? {}, 'national'), regions };
}

function readYears(value: unknown, at: string): Record<number, CalendarYear> {
  const years: Record<number, CalendarYear> = {};
  for (const [key, entry] of Object.entries(asRecord(value, at))) {
    const year = /^\d{4}$/.test(key) ? Number(key) : 0;
    if (year < firstYear || year > lastYear) {
      throw badCalendar(at, `“${key.slice(0, 20)}”不是 ${firstYear} 至 ${lastYear} 之间的年份`);
    }
    years[year] = readYear(year, entry, `${at}.${key}`);
  }
  return years;
}

function readYear(year: number, value: unknown, at: string): CalendarYear {
  const entry = asRecord(value, at);
  onlyKeys(entry, ['status', 'source', 'closed', 'makeUp'], at);
  const { status, source } = entry;
  if (status !== 'published' && status !== 'provisional') {
    throw badCalendar(`${at}.status`, '须为 published(通知已公布)或 provisional(暂定)');
  }
  if (typeof source !== 'string' || source.trim() === '') throw badCalendar(`${at}.source`, '须写明通知文号或依据');
  const closed = asDays(entry.closed, `${at}.closed`);
  const makeUp = asDays(entry.makeUp ?? [], `${at}.makeUp`);
  for (const day of makeUp) if (day.includes('..')) throw badCalendar(`${at}.makeUp`, '调休上班日须逐日列出');
  return readNotice({ year, status, source, closed, makeUp }, at);
}

function asRecord(value: unknown, at: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badCalendar(at, '须为 JSON 对象');
}

function asDays(value: unknown, at: string): string[] {
  if (Array.isArray(value) && value.every((day) => typeof day === 'string')) return value;
  throw badCalendar(at, '须为日期字符串的数组');
}

function onlyKeys(record: Record<string, unknown>, keys: readonly string[], at: string): void {
  const unknown = Object.keys(record).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw badCalendar(at, `不认识的项“${unknown.slice(0, 40)}”,只能有 ${keys.join('、')}`);
}
