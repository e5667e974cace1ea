import {
  calendarFor,
  defaultOfficeHours,
  type AgencyTable,
  type CalendarStatus,
  type CalendarTables,
  type CalendarYear,
  type OfficeHours,
  type WorkCalendar,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

export type CalendarLayer = 'national' | 'region' | 'agency';
/** `calendar_year.scope` of the national layer. */
export const nationalScope = 'CN';

interface YearRow {
  layer: CalendarLayer;
  scope: string;
  year: number;
  status: CalendarStatus;
  source: string;
  closed_days: string[];
  make_up_days: string[];
  short_days: Record<string, OfficeHours[]>;
}

/** The tables of a version: of each layer and year the newest row up to its number. */
export async function readTables(manager: DataSource | EntityManager, number: number): Promise<CalendarTables> {
  const years = await rows<YearRow>(
    manager,
    `SELECT DISTINCT ON (layer, scope, year) layer, scope, year, status, source, closed_days::text[] AS closed_days,
       make_up_days::text[] AS make_up_days, short_days
     FROM calendar_year WHERE number <= $1 ORDER BY layer, scope, year, number DESC`,
    [number],
  );
  const hours = await rows<{ agency_id: string; hours: OfficeHours[] }>(
    manager,
    `SELECT DISTINCT ON (agency_id) agency_id, hours FROM calendar_office_hours WHERE number <= $1
     ORDER BY agency_id, number DESC`,
    [number],
  );
  const national: Record<number, CalendarYear> = {};
  const regions: Record<string, Record<number, CalendarYear>> = {};
  const agencies: Record<string, AgencyTable> = {};
  const agencyOf = (id: string) => (agencies[id] ??= { officeHours: defaultOfficeHours, years: {}, shortDays: {} });
  for (const row of years) {
    const year = yearOf(row);
    if (row.layer === 'national') national[row.year] = year;
    else if (row.layer === 'region') (regions[row.scope] ??= {})[row.year] = year;
    else {
      const { officeHours, years: own, shortDays } = agencyOf(row.scope);
      agencies[row.scope] = {
        officeHours,
        years: { ...own, [row.year]: year },
        shortDays: { ...shortDays, ...row.short_days },
      };
    }
  }
  for (const { agency_id: id, hours: officeHours } of hours) agencies[id] = { ...agencyOf(id), officeHours };
  return { national, regions, agencies };
}

// In the order of the built-in tables, so that the same days make the same version.
const yearOf = (row: YearRow): CalendarYear => ({
  year: row.year,
  status: row.status,
  source: row.source,
  closedDays: row.closed_days,
  makeUpDays: row.make_up_days,
});

/** Writes one row of a layer for a version that this transaction makes. */
export async function addYear(
  manager: EntityManager,
  number: number,
  place: { layer: CalendarLayer; scope: string },
  year: CalendarYear,
  shortDays: Readonly<Record<string, readonly OfficeHours[]>> = {},
): Promise<void> {
  await rows(
    manager,
    `INSERT INTO calendar_year (layer, scope, year, number, status, source, closed_days, make_up_days, short_days)
     VALUES ($1, $2, $3, $4, $5, $6, $7::date[], $8::date[], $9)`,
    [
      ...[place.layer, place.scope, year.year, number, year.status, year.source, year.closedDays, year.makeUpDays],
      JSON.stringify(shortDays),
    ],
  );
}

export async function addHours(
  manager: EntityManager,
  number: number,
  agencyId: string,
  hours: readonly OfficeHours[],
  source: string,
): Promise<void> {
  await rows(manager, `INSERT INTO calendar_office_hours (agency_id, number, hours, source) VALUES ($1, $2, $3, $4)`, [
    agencyId,
    number,
    JSON.stringify(hours),
    source,
  ]);
}

/** Keeps every calendar that these tables give an office, whole, under the version that ledgers name (T-14). */
export async function keepEditions(manager: EntityManager, number: number, tables: CalendarTables): Promise<void> {
  const agencies = await rows<{ id: string; region: string }>(manager, `SELECT id, region_code AS region FROM agency`);
  const own = agencies.filter(({ id, region }) => tables.agencies?.[id] && tables.regions[region]);
  const editions: { calendar: WorkCalendar; agencyId: string | null }[] = [
    { calendar: calendarFor(null, tables), agencyId: null },
    ...Object.keys(tables.regions).map((region) => ({ calendar: calendarFor(region, tables), agencyId: null })),
    ...own.map(({ id, region }) => ({ calendar: calendarFor(region, tables, id), agencyId: id })),
  ];
  for (const { calendar, agencyId } of editions) {
    await rows(
      manager,
      `INSERT INTO calendar_edition (version, number, region_code, agency_id, body) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (version) DO NOTHING`,
      [calendar.version, number, calendar.region, agencyId, JSON.stringify(calendar)],
    );
  }
}
