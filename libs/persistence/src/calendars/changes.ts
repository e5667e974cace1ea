import { randomUUID } from 'node:crypto';
import { applyCalendarChange, DomainError, type CalendarChange, type CalendarTables } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';
import { outboxChannel } from '../outbox/outbox';
import { calendarChannel } from './calendar-follower';
import { calendarNumber, tablesOf } from './calendar-store';
import { addHours, addYear, keepEditions, nationalScope, type CalendarLayer } from './calendar-tables';
import { openRun } from './reprojection';

export interface ChangeToPropose {
  change: CalendarChange;
  documentNumber: string;
  documentText: string;
  reason: string;
  proposedBy: string;
}

/** A change as it stands; `number` is the version it made. */
export interface ProposedChange {
  id: string;
  change: CalendarChange;
  documentNumber: string;
  documentText: string;
  reason: string;
  baseNumber: number;
  proposedBy: string;
  proposedByName: string;
  proposedAt: Date;
  state: 'proposed' | 'approved' | 'rejected';
  decidedByName: string | null;
  decidedAt: Date | null;
  decisionReason: string | null;
  number: number | null;
}

/** The one row of a layer that a change replaces. */
interface Place {
  layer: CalendarLayer;
  scope: string;
  year: number | null;
}

function placeOf(change: CalendarChange): Place {
  switch (change.kind) {
    case 'year':
      return {
        layer: change.regionCode === null ? 'national' : 'region',
        scope: change.regionCode ?? nationalScope,
        year: change.year,
      };
    case 'localClosure':
      return { layer: 'agency', scope: change.agencyId, year: change.year };
    case 'officeHours':
      return { layer: 'agency', scope: change.agencyId, year: null };
  }
}

/** The tables as they would be with the change, on top of the version in force. @throws DomainError BAD_CALENDAR_CHANGE */
export async function tablesWith(
  store: DataSource | EntityManager,
  change: CalendarChange,
  documentNumber: string,
): Promise<CalendarTables> {
  const tables = await tablesOf(store, await calendarNumber(store));
  return applyCalendarChange(tables, change, documentNumber);
}

/** Keeps a proposal that holds water; it changes nothing yet. @throws DomainError BAD_CALENDAR_CHANGE, UNKNOWN_REGION */
export async function proposeChange(manager: EntityManager, proposal: ChangeToPropose): Promise<string> {
  const { change, documentNumber } = proposal;
  await tablesWith(manager, change, documentNumber);
  const place = placeOf(change);
  const id = randomUUID();
  await rows(
    manager,
    `INSERT INTO calendar_change (id, kind, layer, scope, year, body, document_number, document_text, reason, base_number, proposed_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      ...[id, change.kind, place.layer, place.scope, place.year, JSON.stringify(change), documentNumber],
      ...[proposal.documentText, proposal.reason, await newestNumber(manager, place), proposal.proposedBy],
    ],
  );
  return id;
}

/**
 * A second person approves: a new version is made, and the counting anew of the open clocks begins. Whoever received a case
 * before is waited for; whoever acts or receives after counts by the new version (T-14). Answers its number.
 * @throws DomainError CALENDAR_CHANGE_NOT_FOUND, CALENDAR_CHANGE_DECIDED, CALENDAR_CHANGE_OWN, CALENDAR_CHANGE_STALE
 */
export async function approveChange(
  manager: EntityManager,
  id: string,
  decision: { decidedBy: string; reason: string | null },
): Promise<number> {
  await manager.query(`SELECT pg_advisory_xact_lock(hashtext('banjie-calendar'))`);
  const proposed = await lockUndecided(manager, id, decision.decidedBy);
  const place = placeOf(proposed.change);
  if ((await newestNumber(manager, place)) !== proposed.baseNumber) throw new DomainError('CALENDAR_CHANGE_STALE');
  const { change, documentNumber } = proposed;
  const tables = await tablesWith(manager, change, documentNumber);
  await decide(manager, id, 'approved', decision);
  const number = (await calendarNumber(manager)) + 1;
  await rows(manager, `INSERT INTO calendar_version (number, change_id) VALUES ($1, $2)`, [number, id]);
  await addRow(manager, number, change, tables, documentNumber);
  await keepEditions(manager, number, tables);
  await openRun(manager, {
    number,
    regionCode: change.kind === 'officeHours' ? null : change.regionCode,
    agencyId: change.kind === 'year' ? null : change.agencyId,
    reason: `${documentNumber}:${proposed.reason}`,
  });
  await manager.query(`SELECT pg_notify($1, $2), pg_notify($3, 'reprojection')`, [
    calendarChannel,
    String(number),
    outboxChannel,
  ]);
  return number;
}

/** @throws DomainError CALENDAR_CHANGE_NOT_FOUND, CALENDAR_CHANGE_DECIDED, CALENDAR_CHANGE_OWN */
export async function rejectChange(
  manager: EntityManager,
  id: string,
  decision: { decidedBy: string; reason: string },
): Promise<void> {
  await lockUndecided(manager, id, decision.decidedBy);
  await decide(manager, id, 'rejected', decision);
}

async function addRow(
  manager: EntityManager,
  number: number,
  change: CalendarChange,
  tables: CalendarTables,
  source: string,
): Promise<void> {
  const { layer, scope, year } = placeOf(change);
  if (change.kind === 'officeHours') return addHours(manager, number, scope, change.officeHours, source);
  const years =
    layer === 'national'
      ? tables.national
      : layer === 'region'
        ? tables.regions[scope]
        : tables.agencies?.[scope]?.years;
  const shortDays =
    change.kind === 'localClosure' ? change.shortDays.map(({ date, officeHours }) => [date, officeHours] as const) : [];
  return addYear(manager, number, { layer, scope }, years![year!]!, Object.fromEntries(shortDays));
}

async function lockUndecided(manager: EntityManager, id: string, decidedBy: string): Promise<ProposedChange> {
  await rows(manager, `SELECT 1 FROM calendar_change WHERE id = $1 FOR UPDATE`, [id]);
  const found = await findChange(manager, id);
  if (!found) throw new DomainError('CALENDAR_CHANGE_NOT_FOUND');
  if (found.state !== 'proposed') {
    throw new DomainError('CALENDAR_CHANGE_DECIDED', { state: found.state === 'approved' ? '批准' : '驳回' });
  }
  if (found.proposedBy === decidedBy) throw new DomainError('CALENDAR_CHANGE_OWN');
  return found;
}

async function decide(
  manager: EntityManager,
  id: string,
  state: 'approved' | 'rejected',
  { decidedBy, reason }: { decidedBy: string; reason: string | null },
): Promise<void> {
  await rows(
    manager,
    `UPDATE calendar_change SET state = $2, decided_by = $3, decided_at = clock_timestamp(), decision_reason = $4
     WHERE id = $1 AND state = 'proposed'`,
    [id, state, decidedBy, reason],
  );
}

/** The version of the row in force at a place; 0 where there is none. */
async function newestNumber(manager: EntityManager, { layer, scope, year }: Place): Promise<number> {
  const [row] =
    year === null
      ? await rows<{ number: number }>(
          manager,
          `SELECT COALESCE(max(number), 0)::int AS number FROM calendar_office_hours WHERE agency_id = $1`,
          [scope],
        )
      : await rows<{ number: number }>(
          manager,
          `SELECT COALESCE(max(number), 0)::int AS number FROM calendar_year WHERE layer = $1 AND scope = $2 AND year = $3`,
          [layer, scope, year],
        );
  return row!.number;
}

const selectChange = `
SELECT c.id, c.body AS change, c.document_number AS "documentNumber", c.document_text AS "documentText", c.reason,
  c.base_number AS "baseNumber", c.proposed_by AS "proposedBy", p.display_name AS "proposedByName", c.proposed_at AS "proposedAt",
  c.state, d.display_name AS "decidedByName", c.decided_at AS "decidedAt", c.decision_reason AS "decisionReason", v.number
FROM calendar_change c JOIN staff_account p ON p.id = c.proposed_by LEFT JOIN staff_account d ON d.id = c.decided_by
  LEFT JOIN calendar_version v ON v.change_id = c.id`;

export async function findChange(store: DataSource | EntityManager, id: string): Promise<ProposedChange | null> {
  const [row] = await rows<ProposedChange>(store, `${selectChange} WHERE c.id = $1`, [id]);
  return row ?? null;
}

/** The newest proposals first. */
export function listChanges(store: DataSource | EntityManager, limit: number): Promise<ProposedChange[]> {
  return rows<ProposedChange>(store, `${selectChange} ORDER BY c.proposed_at DESC, c.id LIMIT $1`, [limit]);
}
