import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';
import { addOutbox } from '../outbox/outbox';

export interface RungToRecord {
  caseNo: string;
  clock: string;
  run: number;
  rung: 'due';
  /** The instant the ledger says; apart from when it was noticed. */
  dueAt: Date;
  detectedAt: Date;
  /** 'system:timer' or 'system:sweeper'. */
  detectedBy: string;
}

/**
 * A clock passed its due instant: recorded at most once per run, whoever notices first (architecture § 4). Answers true to
 * the one that recorded it. A breach refuses nothing and moves no case; it marks the clock and leaves the notice.
 */
export async function recordRung(manager: EntityManager, rung: RungToRecord): Promise<boolean> {
  // The row is locked first, so that an act that stops the clock at this moment comes wholly before or wholly after.
  const running = await rows(
    manager,
    `SELECT 1 FROM clock WHERE case_no = $1 AND clock = $2 AND run = $3 AND state = 'running' AND due_at = $4 FOR UPDATE`,
    [rung.caseNo, rung.clock, rung.run, rung.dueAt],
  );
  if (running.length === 0) return false;
  const recorded = await rows(
    manager,
    `INSERT INTO clock_rung (case_no, clock, run, rung, due_at, detected_at, detected_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT DO NOTHING RETURNING case_no`,
    [rung.caseNo, rung.clock, rung.run, rung.rung, rung.dueAt, rung.detectedAt, rung.detectedBy],
  );
  if (recorded.length === 0) return false;
  await rows(
    manager,
    `UPDATE clock SET breached = true WHERE case_no = $1 AND clock = $2 AND run = $3 AND NOT breached`,
    [rung.caseNo, rung.clock, rung.run],
  );
  await addOutbox(manager, {
    topic: 'notice',
    caseNo: rung.caseNo,
    key: `breach:${rung.caseNo}:${rung.clock}:${rung.run}:${rung.rung}`,
    payload: { notice: 'clockBreached', clock: rung.clock, run: rung.run, dueAt: rung.dueAt.toISOString() },
  });
  return true;
}
