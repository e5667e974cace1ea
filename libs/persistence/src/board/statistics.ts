import {
  MonthCount,
  officeMinutesBetween,
  type CountedClock,
  type MatterMonth,
  type Outcome,
  type Stage,
  type StageMonth,
  type WorkCalendar,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { chainRoot } from '../cases/chain';
import { inSnapshot } from './snapshot';

const batch = 5_000;

/** Our own limits of a case: neither internal targets nor the time of other agencies. */
const ownClocks = `COALESCE((SELECT json_agg(json_build_object('clock', k.clock, 'run', k.run, 'dayZero', k.ledger->'dayZero',
    'startedAt', k.ledger->'startedAt', 'stoppedAt', k.ledger->'stoppedAt', 'dueAt', k.ledger->'dueAt', 'dueDate', k.ledger->'dueDate',
    'pauses', k.ledger->'pauses'))
  FROM clock k WHERE k.case_no = c.case_no AND k.level <> 'internal' AND k.party = 'own'), '[]') AS clocks`;

interface CaseRow {
  case_no: string;
  matter: string;
  outcome: Outcome | null;
  round: number;
  supplement_used: boolean;
  /** As text: an instant of JavaScript is a millisecond, and a page must not begin before its last row. */
  closed_key: string;
  clocks: CountedClock[];
}

/** Counts a month of an agency in one snapshot: what was finished in it, and what was open at its end (or is now). */
export function countMonth(
  dataSource: DataSource,
  agencyId: string,
  calendar: WorkCalendar,
  month: { from: Date; to: Date },
  now: Date,
): Promise<{ matters: MatterMonth[]; stages: StageMonth[] }> {
  const asOf = now < month.to ? now : month.to;
  return inSnapshot(dataSource, async (manager) => {
    const count = new MonthCount(calendar, asOf.getTime());
    const received = await rows<{ matter: string; count: number }>(
      manager,
      `SELECT matter, count(*) AS count FROM cases WHERE agency_id = $1 AND received_at >= $2 AND received_at < $3 GROUP BY matter`,
      [agencyId, month.from, asOf],
    );
    for (const entry of received) count.received(entry.matter, entry.count);
    await eachFinished(manager, agencyId, month.from, asOf, (row) =>
      count.finished({ ...row, supplementUsed: row.supplement_used }),
    );
    await eachOpen(manager, agencyId, asOf, (row) => count.open(row));
    await eachTask(manager, agencyId, month.from, asOf, (row) =>
      count.task(
        row.matter,
        row.stage,
        officeMinutesBetween(calendar, row.opened_at.getTime(), row.closed_at.getTime()),
      ),
    );
    return count.result();
  });
}

async function eachFinished(
  manager: EntityManager,
  agencyId: string,
  from: Date,
  to: Date,
  take: (row: CaseRow) => void,
): Promise<void> {
  let [after, caseNo] = [from.toISOString(), ''];
  for (;;) {
    const found = await rows<CaseRow>(
      manager,
      `SELECT c.case_no, c.matter, c.outcome, c.round, c.supplement_used, c.closed_at::text AS closed_key, ${ownClocks} FROM cases c
       WHERE c.agency_id = $1 AND c.closed_at >= $2 AND c.closed_at < $3 AND (c.closed_at, c.case_no) > ($2, $4)
       ORDER BY c.closed_at, c.case_no LIMIT $5`,
      [agencyId, after, to, caseNo, batch],
    );
    found.forEach(take);
    const last = found.at(-1);
    if (!last || found.length < batch) return;
    [after, caseNo] = [last.closed_key, last.case_no];
  }
}

/** What is open now and was received before, and what was closed since. */
async function eachOpen(
  manager: EntityManager,
  agencyId: string,
  asOf: Date,
  take: (row: CaseRow) => void,
): Promise<void> {
  for (const state of ['c.closed_at IS NULL', 'c.closed_at >= $2']) {
    for (let after = ''; ;) {
      const found = await rows<CaseRow>(
        manager,
        `SELECT c.case_no, c.matter, ${ownClocks} FROM cases c
         WHERE c.agency_id = $1 AND c.received_at < $2 AND ${state} AND c.case_no > $3 ORDER BY c.case_no LIMIT $4`,
        [agencyId, asOf, after, batch],
      );
      found.forEach(take);
      const last = found.at(-1);
      if (!last || found.length < batch) break;
      after = last.case_no;
    }
  }
}

interface TaskRow {
  id: number;
  matter: string;
  stage: Stage;
  opened_at: Date;
  closed_at: Date;
  closed_key: string;
}

async function eachTask(
  manager: EntityManager,
  agencyId: string,
  from: Date,
  to: Date,
  take: (row: TaskRow) => void,
): Promise<void> {
  let [after, id] = [from.toISOString(), 0];
  for (;;) {
    const found = await rows<TaskRow>(
      manager,
      `SELECT id, matter, stage, opened_at, closed_at, closed_at::text AS closed_key FROM task
       WHERE agency_id = $1 AND closed_at >= $2 AND closed_at < $3 AND (closed_at, id) > ($2, $4) AND state = 'done'
       ORDER BY closed_at, id LIMIT $5`,
      [agencyId, after, to, id, batch],
    );
    found.forEach(take);
    const last = found.at(-1);
    if (!last || found.length < batch) return;
    [after, id] = [last.closed_key, last.id];
  }
}

/** A closed month as it is kept: the text that was shown then. */
export interface ClosedMonth {
  body: string;
  hash: string;
  closedAt: Date;
  closedBy: string;
  /** False: text and signature do not belong together any more. */
  isIntact: boolean;
}

interface MonthRow {
  month: string;
  body: string;
  prev_hash: Buffer;
  hash: Buffer;
  closed_at: Date;
  closed_by: string;
}

const signed = (
  cipher: ColumnCipher,
  agencyId: string,
  { month, body, prev_hash: before }: Omit<MonthRow, 'hash' | 'closed_at' | 'closed_by'>,
) => cipher.chain(before, `${agencyId} ${month} ${body}`);

export async function closedMonth(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  agencyId: string,
  month: string,
): Promise<ClosedMonth | null> {
  const [row] = await rows<MonthRow>(
    store,
    `SELECT month, body, prev_hash, hash, closed_at, closed_by FROM statistics_month WHERE agency_id = $1 AND month = $2`,
    [agencyId, month],
  );
  if (!row) return null;
  return {
    body: row.body,
    hash: row.hash.toString('hex'),
    closedAt: row.closed_at,
    closedBy: row.closed_by,
    isIntact: row.hash.equals(signed(cipher, agencyId, row)),
  };
}

/** Keeps a month for good; the second time, and the second of two at once, find the first. */
export async function closeMonth(
  dataSource: DataSource,
  cipher: ColumnCipher,
  closing: { agencyId: string; month: string; body: string; closedBy: string; closedAt: Date },
): Promise<ClosedMonth> {
  const { agencyId, month, body, closedBy, closedAt } = closing;
  return dataSource.transaction(async (manager) => {
    await rows(manager, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`statistics ${agencyId}`]);
    const known = await closedMonth(manager, cipher, agencyId, month);
    if (known) return known;
    const [last] = await rows<{ hash: Buffer }>(
      manager,
      `SELECT hash FROM statistics_month WHERE agency_id = $1 ORDER BY closed_at DESC, month DESC LIMIT 1`,
      [agencyId],
    );
    const before = last?.hash ?? chainRoot;
    const hash = signed(cipher, agencyId, { month, body, prev_hash: before });
    await rows(
      manager,
      `INSERT INTO statistics_month (agency_id, month, body, prev_hash, hash, closed_by, closed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [agencyId, month, body, before, hash, closedBy, closedAt],
    );
    return { body, hash: hash.toString('hex'), closedAt, closedBy, isIntact: true };
  });
}
