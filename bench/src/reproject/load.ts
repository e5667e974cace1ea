import { randomUUID } from 'node:crypto';
import {
  addWorkingDays,
  applyEvent,
  formatDay,
  isWorkingDay,
  leadingClock,
  nextRungAt,
  nextRungOf,
  parseDate,
  rungInstants,
  shanghaiDate,
  type ClockLedger,
  type Rung,
  type WorkCalendar,
} from '@banjie/domain';
import { Client } from 'pg';
import { agencyId } from '../inbox/load';

const chunk = 2_000;
const clocks = [
  { clock: 'K-02', level: 'statutory', limitWorkingDays: 18 },
  { clock: 'K-04', level: 'case', limitWorkingDays: 20 },
] as const;

export interface LoadPlan {
  open: number;
  closed: number;
  /** Where the open ones lie, in nobody's hands. */
  stage: 'initialReview' | 'secondReview';
  random: () => number;
  calendar: WorkCalendar;
  now: Date;
}

/**
 * So many open and closed cases of the agency `bench`, each with its two limits as acts would have left them: received in the last
 * twelve working days, the next rung of each still to come, one in eight with a pause behind it, one in twenty-five standing still. Rows alone; no act chain.
 */
export async function loadClocks(ownerUrl: string, plan: LoadPlan): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const [clerk] = (
      await client.query<{ id: string }>(`SELECT id FROM staff_account WHERE agency_id = $1`, [agencyId])
    ).rows;
    for (let from = 0; from < plan.open + plan.closed; from += chunk) {
      const count = Math.min(chunk, plan.open + plan.closed - from);
      const made = Array.from({ length: count }, (_, index) => madeCase(from + index, plan));
      await client.query(insertion, [JSON.stringify(made), agencyId, clerk?.id, plan.stage]);
    }
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

function madeCase(n: number, { open, random, calendar, now }: LoadPlan) {
  const isOpen = n < open;
  const today = shanghaiDate(now.getTime());
  const receivedOn = workingDayBefore(calendar, today, 1 + Math.floor(random() * 12));
  const startedAt = `${receivedOn}T10:00:00+08:00`;
  const pause = random();
  const ledgers = clocks.map(({ clock, level, limitWorkingDays }) => {
    const event = (happened: Parameters<typeof applyEvent>[1], before: ClockLedger | null) =>
      applyEvent(before, happened, calendar);
    const about = { clock, run: 1, at: new Date(startedAt).toISOString() };
    let ledger = event({ event: 'started', level, limitWorkingDays, dayZero: receivedOn, ...about }, null);
    if (isOpen && pause < 0.165) {
      ledger = event(
        { event: 'paused', kind: 'supplement', from: receivedOn, maximumWorkingDays: 30, ...about },
        ledger,
      );
      if (pause < 0.125) {
        const to = addWorkingDays(calendar, receivedOn, 1 + Math.floor(pause * 40)).dueDate;
        ledger = event({ event: 'resumed', to: to < today ? to : today, ...about }, ledger);
      }
    }
    if (!isOpen) ledger = event({ event: 'stopped', to: null, ...about, at: now.toISOString() }, ledger);
    return ledger;
  });
  const kept = ledgers.map((ledger) => ({ ...ledger, recorded: passed(ledger, calendar, now) }));
  const leading = leadingClock(ledgers);
  return {
    ...{ caseNo: `bench${String(n + 1).padStart(9, '0')}`, filingId: randomUUID(), isOpen, receivedOn, startedAt },
    closedAt: isOpen ? null : now.toISOString(),
    next: nextRungAt(kept, calendar),
    ...{ dueClock: leading?.clock ?? null, dueAt: leading?.dueAt ?? null, dueDate: leading?.dueDate ?? null },
    ...{ provisional: leading?.provisional ?? false, isPaused: leading?.state === 'paused', totalFen: 100_000 + n },
    clocks: kept.map(({ recorded, ...ledger }) => ({
      ...{ ledger, recorded, next: nextRungOf({ ...ledger, recorded }, calendar) },
    })),
  };
}

function passed(ledger: ClockLedger, calendar: WorkCalendar, now: Date): Rung[] {
  return rungInstants(ledger, calendar)
    .filter(({ at }) => at <= now.getTime())
    .map(({ rung }) => rung);
}

function workingDayBefore(calendar: WorkCalendar, date: string, workingDays: number): string {
  let day = parseDate(date);
  for (let left = workingDays; left > 0;) {
    day -= 1;
    if (isWorkingDay(calendar, formatDay(day))) left -= 1;
  }
  return formatDay(day);
}

// One statement for all tables of a chunk; foreign keys are checked at its end.
const insertion = `
WITH made AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS m("caseNo" text, "filingId" uuid, "isOpen" boolean, "receivedOn" date,
    "startedAt" timestamptz, "closedAt" timestamptz, next timestamptz, "dueClock" text, "dueAt" timestamptz, "dueDate" date,
    provisional boolean, "isPaused" boolean, "totalFen" bigint, clocks jsonb)),
filings AS (
  INSERT INTO filing (id, agency_id, matter, state, created_by, body_enc, case_no, submitted_at)
  SELECT "filingId", $2, 'inpatientReimbursement', 'submitted', $3::uuid, '\\x00', "caseNo", "startedAt" FROM made),
held AS (
  INSERT INTO cases (case_no, agency_id, matter, definition_version, filing_id, region_code, seq, stage, last_act, last_actor_id,
    head_hash, total_fen, received_at, received_on, closed_at, next_rung_at, workflow_started_at)
  SELECT "caseNo", $2, 'inpatientReimbursement', 1, "filingId", '450200', 2,
    CASE WHEN "isOpen" THEN $4::text ELSE 'closed' END, 'accept', 'system:workflow', decode(repeat('00', 32), 'hex'),
    "totalFen", "startedAt", "receivedOn", "closedAt", next, "startedAt" FROM made),
tasks AS (
  INSERT INTO task (case_no, agency_id, matter, stage, posts, state, paused, round, amount_fen, due_clock, due_at, due_date,
    provisional, opened_seq, opened_at)
  SELECT "caseNo", $2, 'inpatientReimbursement', $4::text, ARRAY[$4::text || 'er'], 'open', "isPaused", 0, "totalFen",
    "dueClock", "dueAt", "dueDate", provisional, 2, "startedAt" FROM made WHERE "isOpen")
INSERT INTO clock (case_no, clock, run, level, state, ledger, due_at, due_date, provisional, calendar_version, stopped_at,
  breached, recorded, next_rung_at)
SELECT m."caseNo", k.ledger->>'clock', 1, k.ledger->>'level', k.ledger->>'state', k.ledger, (k.ledger->>'dueAt')::timestamptz,
  (k.ledger->>'dueDate')::date, (k.ledger->>'provisional')::boolean, k.ledger->>'calendarVersion',
  (k.ledger->>'stoppedAt')::timestamptz, 'due' = ANY(k.recorded), k.recorded, k.next
FROM made m CROSS JOIN jsonb_to_recordset(m.clocks) AS k(ledger jsonb, recorded text[], next timestamptz)`;
