import {
  nextRungAt,
  nextRungOf,
  pendingRungs,
  rungDefinition,
  type MatterDefinition,
  type Rung,
  type WorkCalendar,
} from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { calendarOf } from '../calendars/calendar-store';
import { rows } from '../data-source';
import { addOutbox } from '../outbox/outbox';
import { findCase, type CaseRecord, type ClockRecord } from './case-record';
import { getDefinition } from './definitions';

export interface RungLook {
  /** When the clocks are looked at. */
  at: Date;
  /** Rungs up to here are recorded; the sweeper leaves the youngest to the timer. */
  until: Date;
  /** 'system:timer' or 'system:sweeper'; 'system:workflow' where an act found what both had missed. */
  by: string;
}

export interface PassedRung {
  clock: string;
  run: number;
  rung: Rung;
  /** Whose time has passed. */
  party: 'own' | 'outside';
  dueAt: Date;
}

/**
 * Looks at the clocks of a case and records every rung they have passed, each at most once per run, whoever notices first
 * (architecture § 4), with the instant the ledger says and the instant it was noticed apart. The case row is locked, so that
 * an act that stops a clock at this moment comes wholly before or wholly after. A rung refuses nothing and moves no case.
 * Answers the case as it is now, or null where there is none, and what was recorded.
 */
export async function recordDueRungs(
  manager: EntityManager,
  caseNo: string,
  look: RungLook,
): Promise<{ record: CaseRecord; calendar: WorkCalendar; passed: PassedRung[]; nextRungAt: string | null } | null> {
  const record = await findCase(manager, caseNo, { lock: true });
  if (!record) return null;
  const definition = await getDefinition(manager, record.matter, record.definitionVersion);
  const calendar = await calendarOf(manager, record, record.calendarNumber);
  const passed = await recordPassedRungs(manager, record, definition, calendar, look);
  const next = nextRungAt(record.clocks, calendar);
  await rows(
    manager,
    `UPDATE cases SET next_rung_at = $2 WHERE case_no = $1 AND next_rung_at IS DISTINCT FROM $2::timestamptz`,
    [caseNo, next],
  );
  return { record, calendar, passed, nextRungAt: next };
}

/**
 * The rungs that the clocks of a case have passed, in a transaction that holds its row; the clocks of `record` know of them
 * afterwards. When the case wants to be looked at next is the caller's to write.
 */
export async function recordPassedRungs(
  manager: EntityManager,
  record: CaseRecord,
  definition: MatterDefinition,
  calendar: WorkCalendar,
  look: RungLook,
): Promise<PassedRung[]> {
  const { caseNo } = record.position;
  const passed: PassedRung[] = [];
  for (const clock of record.clocks) {
    const { clock: code, run, party = 'own' } = clock;
    const due = pendingRungs(clock, calendar).filter(({ at }) => at <= look.until.getTime());
    for (const { rung, at } of due) {
      const one: PassedRung = { clock: code, run, rung, party, dueAt: new Date(at) };
      if (await recordRung(manager, record, definition, one, look)) passed.push(one);
      clock.recorded = [...clock.recorded, rung];
      clock.breached ||= rung === 'due';
    }
    // Also where nothing was due: a row whose next instant is stale would be looked at again and again.
    if (clock.state === 'running') await keepClock(manager, caseNo, clock, nextRungOf(clock, calendar));
  }
  return passed;
}

function keepClock(manager: EntityManager, caseNo: string, clock: ClockRecord, next: string | null): Promise<unknown> {
  return rows(
    manager,
    `UPDATE clock SET recorded = $4, breached = $5, next_rung_at = $6 WHERE case_no = $1 AND clock = $2 AND run = $3
       AND (recorded, breached, next_rung_at) IS DISTINCT FROM ($4::text[], $5::boolean, $6::timestamptz)`,
    [caseNo, clock.clock, clock.run, clock.recorded, clock.breached, next],
  );
}

async function recordRung(
  manager: EntityManager,
  { position, agencyId, task }: CaseRecord,
  definition: MatterDefinition,
  { clock, run, rung, party, dueAt }: PassedRung,
  look: RungLook,
): Promise<boolean> {
  const { caseNo, stage } = position;
  const key = [caseNo, clock, run, rung];
  const recorded = await rows(
    manager,
    `INSERT INTO clock_rung (case_no, clock, run, rung, due_at, detected_at, detected_by, party)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT DO NOTHING RETURNING case_no`,
    [...key, dueAt, look.at, look.by, party],
  );
  if (recorded.length === 0) return false;
  const { tells, proposesReassignment } = rungDefinition(definition, rung);
  const isBreach = rung !== 'half' && rung !== 'eighty';
  for (const recipient of tells) {
    // Nobody has taken it: there is no holder to tell.
    if (recipient === 'holder' && !task?.holderId) continue;
    await addOutbox(manager, {
      topic: 'notice',
      caseNo,
      key: `rung:${key.join(':')}:${recipient}`,
      payload: {
        notice: isBreach ? 'clockBreached' : 'clockWarning',
        ...{ clock, run, rung, party, recipient, stage, dueAt: dueAt.toISOString() },
        ...(recipient === 'holder' ? { holderId: task!.holderId } : {}),
      },
    });
  }
  if (proposesReassignment && task) {
    await rows(
      manager,
      `INSERT INTO reassignment_proposal (case_no, clock, run, rung, agency_id, task_id, stage, holder_id, proposed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
      [...key, agencyId, task.id, stage, task.holderId, look.at],
    );
  }
  return true;
}
