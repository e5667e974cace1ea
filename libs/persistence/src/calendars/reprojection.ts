import { applyEvent, leadingClock, nextRungAt, nextRungOf, type ClockLedger, type WorkCalendar } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { ClockRecord } from '../cases/case-record';
import { clockEventRow } from '../cases/clock-events';
import { rows } from '../data-source';
import { outboxChannel } from '../outbox/outbox';
import { calendarNumber, calendarOf } from './calendar-store';

/** Cases of a batch: their rows are locked while it is written, so an act waits for one batch at most. */
const batchSize = 500;
const tellAtOnce = 5_000;

export interface RunToOpen {
  number: number;
  /** Null: every region. */
  regionCode: string | null;
  /** Null: every agency of it. */
  agencyId: string | null;
  reason: string;
}

interface RunRow {
  number: number;
  region_code: string | null;
  agency_id: string | null;
  reason: string;
  state: 'counting' | 'telling';
  after_case: string;
}

/**
 * Leaves the counting anew that follows a version, in the transaction that makes it. A run that is not finished is taken over:
 * it would count by a version that is past.
 */
export async function openRun(manager: EntityManager, run: RunToOpen): Promise<void> {
  const earlier = await rows<RunRow>(
    manager,
    `UPDATE reprojection_run SET state = 'superseded', finished_at = clock_timestamp() WHERE state = 'counting'
     RETURNING number, region_code, agency_id, reason`,
  );
  const same = <Key extends 'region_code' | 'agency_id'>(key: Key, own: string | null) =>
    earlier.every((other) => other[key] === own) ? own : null;
  const reasons = earlier.sort((a, b) => a.number - b.number).map(({ reason }) => reason);
  await rows(manager, `INSERT INTO reprojection_run (number, region_code, agency_id, reason) VALUES ($1, $2, $3, $4)`, [
    run.number,
    same('region_code', run.regionCode),
    same('agency_id', run.agencyId),
    [...reasons, run.reason].join(';'),
  ]);
  // Whom they had still to tell.
  await rows(manager, `UPDATE reprojection_earlier SET number = $1 WHERE number = ANY($2)`, [
    run.number,
    earlier.map(({ number }) => number),
  ]);
}

/**
 * One step of the oldest run that is not finished: a batch of cases counted anew, or workflows told. Each step is one
 * transaction that moves the run on, so that a crash loses a step and repeats none. False when nothing is left to do here.
 */
export async function reprojectStep(dataSource: DataSource, now = new Date()): Promise<boolean> {
  return dataSource.transaction(async (manager) => {
    const [run] = await rows<RunRow>(
      manager,
      `SELECT number, region_code, agency_id, reason, state, after_case FROM reprojection_run
       WHERE state IN ('counting', 'telling') ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
    if (!run) return false;
    if (run.state === 'telling') await tell(manager, run.number);
    else await countBatch(manager, run, now);
    return true;
  });
}

interface CaseRow {
  case_no: string;
  agency_id: string;
  region_code: string;
  seq: number;
  next_rung_at: Date | null;
}
type OpenClock = ClockRecord & { nextRungAt: Date | null };

async function countBatch(manager: EntityManager, run: RunRow, now: Date): Promise<void> {
  const page = await rows<{ case_no: string }>(
    manager,
    `SELECT DISTINCT k.case_no FROM clock k JOIN cases c ON c.case_no = k.case_no
     WHERE k.state <> 'stopped' AND k.case_no > $1 AND ($2::text IS NULL OR c.region_code = $2)
       AND ($3::text IS NULL OR c.agency_id = $3)
     ORDER BY k.case_no LIMIT $4`,
    [run.after_case, run.region_code, run.agency_id, batchSize],
  );
  const caseNos = page.map(({ case_no: caseNo }) => caseNo);
  // An act that is under way is waited for; what it wrote is seen by the next statement.
  const cases = await rows<CaseRow>(
    manager,
    `SELECT case_no, agency_id, region_code, seq, next_rung_at FROM cases WHERE case_no = ANY($1) ORDER BY case_no FOR UPDATE`,
    [caseNos],
  );
  const found = await rows<{ case_no: string; clocks: (ClockRecord & { nextRungAt: string | null })[] }>(
    manager,
    `SELECT case_no, json_agg(ledger || jsonb_build_object('breached', breached, 'recorded', recorded,
       'nextRungAt', next_rung_at) ORDER BY clock, run) AS clocks
     FROM clock WHERE case_no = ANY($1) AND state <> 'stopped' GROUP BY case_no`,
    [caseNos],
  );
  const clocksOf = new Map(
    found.map(({ case_no: caseNo, clocks }) => [
      caseNo,
      clocks.map((clock) => ({ ...clock, nextRungAt: clock.nextRungAt === null ? null : new Date(clock.nextRungAt) })),
    ]),
  );
  const number = await calendarNumber(manager);
  const counted: CountedCase[] = [];
  for (const row of cases) {
    const calendar = await calendarOf(manager, { agencyId: row.agency_id, regionCode: row.region_code }, number);
    counted.push(countCase(row, clocksOf.get(row.case_no) ?? [], calendar, run.reason, now));
  }
  await writeBatch(manager, run.number, counted, now);
  const moved = counted.flatMap(({ clocks }) => clocks.filter(({ isMoved }) => isMoved));
  const isLast = page.length < batchSize;
  await rows(
    manager,
    `UPDATE reprojection_run SET after_case = $2, cases_seen = cases_seen + $3, clocks_seen = clocks_seen + $4,
       clocks_moved = clocks_moved + $5, cases_moved = cases_moved + $6, cases_earlier = cases_earlier + $7,
       state = CASE WHEN $8 THEN 'telling' ELSE state END, counted_at = CASE WHEN $8 THEN clock_timestamp() END
     WHERE number = $1`,
    [
      ...[run.number, caseNos.at(-1) ?? run.after_case, caseNos.length],
      counted.reduce((sum, { seen }) => sum + seen, 0),
      moved.length,
      new Set(moved.map(({ caseNo }) => caseNo)).size,
      counted.filter(({ isEarlier }) => isEarlier).length,
      isLast,
    ],
  );
}

interface CountedClock {
  caseNo: string;
  seq: number;
  clock: string;
  run: number;
  ledger: ClockLedger;
  facts: object;
  nextRungAt: string | null;
  /** The due instant or its provisional mark is another: an event tells it. Otherwise only the rungs moved. */
  isMoved: boolean;
}

interface CountedCase {
  caseNo: string;
  seen: number;
  clocks: CountedClock[];
  nextRungAt: string | null;
  isEarlier: boolean;
  leading: ClockLedger | null;
}

function countCase(
  row: CaseRow,
  open: readonly OpenClock[],
  calendar: WorkCalendar,
  reason: string,
  now: Date,
): CountedCase {
  const clocks: CountedClock[] = [];
  const after: ClockRecord[] = [];
  for (const { nextRungAt: nextBefore, ...kept } of open) {
    const { breached, recorded, ...before } = kept;
    const facts = { event: 'reprojected' as const, reason };
    const about = { clock: before.clock, run: before.run, at: now.toISOString() };
    const ledger = applyEvent(before, { ...facts, ...about }, calendar);
    const isMoved = ledger.dueAt !== before.dueAt || ledger.provisional !== before.provisional;
    // A clock that is due when it was keeps the version it was counted by (T-14).
    const clock = { ...(isMoved ? ledger : before), breached, recorded };
    const next = nextRungOf(clock, calendar);
    after.push(clock);
    if (isMoved || !isSameInstant(next, nextBefore)) {
      const event = clockEventRow({ event: 'reprojected', facts, ledger });
      clocks.push({
        ...{ caseNo: row.case_no, seq: row.seq, clock: before.clock, run: before.run, isMoved, nextRungAt: next },
        ledger: isMoved ? ledger : before,
        facts: { ...event.facts, dueAtBefore: before.dueAt },
      });
    }
  }
  const next = nextRungAt(after, calendar);
  const isEarlier = next !== null && (row.next_rung_at === null || Date.parse(next) < row.next_rung_at.getTime());
  return { caseNo: row.case_no, seen: open.length, clocks, nextRungAt: next, isEarlier, leading: leadingClock(after) };
}

const isSameInstant = (text: string | null, at: Date | null): boolean =>
  text === null || at === null ? text === null && at === null : Date.parse(text) === at.getTime();

async function writeBatch(manager: EntityManager, number: number, counted: CountedCase[], now: Date): Promise<void> {
  const clocks = counted.flatMap((one) => one.clocks);
  const cases = counted.map(({ caseNo, nextRungAt: next, isEarlier, leading, clocks: { length } }) => ({
    ...{ caseNo, next, isEarlier, isTouched: length > 0 },
    ...(leading ? { clock: leading.clock, dueAt: leading.dueAt, dueDate: leading.dueDate } : {}),
    party: leading?.party ?? 'own',
    provisional: leading?.provisional ?? false,
  }));
  await rows(
    manager,
    `WITH counted AS (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS k("caseNo" text, seq integer, clock text, run integer, ledger jsonb, facts jsonb,
         "nextRungAt" timestamptz, "isMoved" boolean)),
     held AS (
       SELECT * FROM jsonb_to_recordset($2::jsonb) AS h("caseNo" text, next timestamptz, "isEarlier" boolean, "isTouched" boolean,
         clock text, party text, "dueAt" timestamptz, "dueDate" date, provisional boolean)),
     clocks AS (
       UPDATE clock c SET ledger = k.ledger, due_at = (k.ledger->>'dueAt')::timestamptz, due_date = (k.ledger->>'dueDate')::date,
         provisional = (k.ledger->>'provisional')::boolean, calendar_version = k.ledger->>'calendarVersion',
         next_rung_at = k."nextRungAt"
       FROM counted k WHERE c.case_no = k."caseNo" AND c.clock = k.clock AND c.run = k.run),
     events AS (
       INSERT INTO clock_event (case_no, clock, run, seq, event, at, facts)
       SELECT "caseNo", clock, run, seq, 'reprojected', $3::timestamptz, facts FROM counted WHERE "isMoved"),
     moved AS (
       UPDATE cases c SET next_rung_at = h.next FROM held h
       WHERE c.case_no = h."caseNo" AND c.next_rung_at IS DISTINCT FROM h.next),
     tasks AS (
       UPDATE task t SET due_clock = h.clock, due_party = h.party, due_at = h."dueAt", due_date = h."dueDate",
         provisional = h.provisional
       FROM held h WHERE h."isTouched" AND t.case_no = h."caseNo" AND t.state = 'open'
         AND (t.due_clock, t.due_at, t.due_date, t.provisional) IS DISTINCT FROM (h.clock, h."dueAt", h."dueDate", h.provisional))
     INSERT INTO reprojection_earlier (number, case_no, next_rung_at)
     SELECT $4, "caseNo", next FROM held WHERE "isEarlier"
     ON CONFLICT (number, case_no) DO UPDATE SET next_rung_at = excluded.next_rung_at`,
    [JSON.stringify(clocks), JSON.stringify(cases), now, number],
  );
}

/** Hands the cases whose next rung moved earlier to the outbox, the earliest first; the last step of a run. */
async function tell(manager: EntityManager, number: number): Promise<void> {
  const told = await rows<{ told: number }>(
    manager,
    `WITH next AS (
       DELETE FROM reprojection_earlier WHERE number = $1 AND case_no IN (
         SELECT case_no FROM reprojection_earlier WHERE number = $1 ORDER BY next_rung_at, case_no LIMIT $2)
       RETURNING case_no, next_rung_at),
     boxed AS (
       INSERT INTO outbox (topic, case_no, key, payload)
       SELECT 'lookAgain', case_no, 'lookAgain:' || $1 || ':' || case_no, '{}' FROM next ORDER BY next_rung_at, case_no
       ON CONFLICT (key) DO NOTHING)
     SELECT count(*)::int AS told FROM next`,
    [number, tellAtOnce],
  );
  if (told[0]!.told === tellAtOnce) return;
  await rows(manager, `UPDATE reprojection_run SET state = 'done', finished_at = clock_timestamp() WHERE number = $1`, [
    number,
  ]);
  await manager.query(`SELECT pg_notify($1, 'lookAgain')`, [outboxChannel]);
}

/** A run as people follow it. */
export interface ReprojectionRun {
  number: number;
  regionCode: string | null;
  agencyId: string | null;
  reason: string;
  state: 'counting' | 'telling' | 'done' | 'superseded';
  casesSeen: number;
  clocksSeen: number;
  clocksMoved: number;
  casesMoved: number;
  casesEarlier: number;
  createdAt: Date;
  countedAt: Date | null;
  finishedAt: Date | null;
}

/** The newest runs first. */
export function listRuns(store: DataSource | EntityManager, limit: number): Promise<ReprojectionRun[]> {
  return rows<ReprojectionRun>(
    store,
    `SELECT number, region_code AS "regionCode", agency_id AS "agencyId", reason, state, cases_seen AS "casesSeen",
       clocks_seen AS "clocksSeen", clocks_moved AS "clocksMoved", cases_moved AS "casesMoved", cases_earlier AS "casesEarlier",
       created_at AS "createdAt", counted_at AS "countedAt", finished_at AS "finishedAt"
     FROM reprojection_run ORDER BY number DESC LIMIT $1`,
    [limit],
  );
}
