import { calendarFor, type CalendarTables, type WorkCalendar } from '@banjie/domain';
import { DataSource, type EntityManager } from 'typeorm';
import { rows } from '../data-source';
import { readTables } from './calendar-tables';

/** Whose calendar: an agency counts by its own hours and closures on top of its region's days. */
export interface Office {
  agencyId: string;
  regionCode: string;
}

interface Kept {
  tables: Map<number, CalendarTables>;
  /** Readings under way, by who reads: those of another transaction may wait for a lock that this one holds. */
  reading: WeakMap<DataSource | EntityManager, Map<number, Promise<CalendarTables>>>;
  editions: Map<string, WorkCalendar>;
  current: { number: number; at: number } | null;
  /** Told by a CalendarFollower; null while nobody follows. */
  followed: number | null;
}

/** Readings may be this much behind a change; an act never is, it reads the number with its case. */
const currentForMs = 1_000;
const keptVersions = 20;
const keptEditions = 200;
const kept = new WeakMap<DataSource, Kept>();

function keptOf(store: DataSource | EntityManager): Kept {
  const dataSource = store instanceof DataSource ? store : store.connection;
  let known = kept.get(dataSource);
  if (!known) {
    known = { tables: new Map(), reading: new WeakMap(), editions: new Map(), current: null, followed: null };
    kept.set(dataSource, known);
  }
  return known;
}

/**
 * The calendar an office counts by, of the version `number` that was read in the same transaction as the case. A version
 * never changes, so a process reads each once.
 * @throws DomainError UNKNOWN_REGION
 */
export async function calendarOf(manager: EntityManager, office: Office, number: number): Promise<WorkCalendar> {
  return calendarFor(office.regionCode, await tablesOf(manager, number), office.agencyId);
}

/**
 * The calendar in force, for what is shown: one second behind a change at most. Without a region the national one.
 * @throws DomainError UNKNOWN_REGION
 */
export async function currentCalendar(
  store: DataSource | EntityManager,
  { agencyId, regionCode }: { agencyId?: string | null; regionCode: string | null },
): Promise<WorkCalendar> {
  return calendarFor(regionCode, await tablesOf(store, await currentNumber(store)), agencyId ?? null);
}

async function currentNumber(store: DataSource | EntityManager): Promise<number> {
  const known = keptOf(store);
  if (known.followed !== null) return known.followed;
  if (!known.current || Date.now() - known.current.at > currentForMs) {
    known.current = { number: await calendarNumber(store), at: Date.now() };
  }
  return known.current.number;
}

/** For the process's CalendarFollower: the newest version as it was told, or null when it no longer hears. */
export function followNumber(dataSource: DataSource, number: number | null): void {
  const known = keptOf(dataSource);
  // A reading that was under way may be older than what was told meanwhile.
  known.followed = number === null ? null : Math.max(number, known.followed ?? 0);
}

/** The newest version; 0 in a database that was not seeded. */
export async function calendarNumber(store: DataSource | EntityManager): Promise<number> {
  const [row] = await rows<{ number: number }>(
    store,
    `SELECT COALESCE(max(number), 0)::int AS number FROM calendar_version`,
  );
  return row!.number;
}

/** The newest version, for 收件: a change made from now on waits for this transaction. */
export async function calendarNumberForReceipt(manager: EntityManager): Promise<number> {
  const [row] = await rows<{ number: number }>(manager, `SELECT calendar_number_for_receipt() AS number`);
  return row!.number;
}

/** The calendar that a ledger or an event names, as it was then (T-14). @throws Error for a version that was never made */
export async function calendarByVersion(store: DataSource | EntityManager, version: string): Promise<WorkCalendar> {
  const { editions } = keptOf(store);
  let calendar = editions.get(version);
  if (!calendar) {
    const [row] = await rows<{ body: WorkCalendar }>(store, `SELECT body FROM calendar_edition WHERE version = $1`, [
      version,
    ]);
    if (!row) throw new Error(`日历版本 ${version} 不存在`);
    keep(editions, version, (calendar = row.body), keptEditions);
  }
  return calendar;
}

/** The tables of a version, read once, also by a transaction that asks for its hundreds of cases at the same moment. */
export async function tablesOf(store: DataSource | EntityManager, number: number): Promise<CalendarTables> {
  const { tables, reading } = keptOf(store);
  const known = tables.get(number);
  if (known) return known;
  let ours = reading.get(store);
  if (!ours) reading.set(store, (ours = new Map<number, Promise<CalendarTables>>()));
  let underWay = ours.get(number);
  if (!underWay) {
    underWay = readTables(store, number).finally(() => ours.delete(number));
    ours.set(number, underWay);
    keep(tables, number, await underWay, keptVersions);
  }
  return underWay;
}

/** The oldest goes when there are too many. */
function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
