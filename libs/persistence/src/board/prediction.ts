import type { FinishedTasks, Stage } from '@banjie/domain';
import type { DataSource } from 'typeorm';
import { rows } from '../data-source';

export interface QueuedTask {
  caseNo: string;
  matter: string;
  stage: Stage;
  holderId: string | null;
  holderName: string | null;
  dueClock: string | null;
  dueAt: Date;
}

/** Open tasks of an agency that are due until an instant by a clock of ours and do not stand still, the earliest first. */
export function findQueue(dataSource: DataSource, agencyId: string, until: Date, limit: number): Promise<QueuedTask[]> {
  return rows<QueuedTask>(
    dataSource,
    `SELECT t.case_no AS "caseNo", t.matter, t.stage, t.holder_id AS "holderId", h.display_name AS "holderName",
       t.due_clock AS "dueClock", t.due_at AS "dueAt"
     FROM task t LEFT JOIN staff_account h ON h.id = t.holder_id
     WHERE t.agency_id = $1 AND t.state = 'open' AND NOT t.paused AND t.due_party = 'own' AND t.due_at <= $2
     ORDER BY t.due_at, t.id LIMIT $3`,
    [agencyId, until, limit],
  );
}

/** Open tasks of ours that do not stand still and are due after an instant or never, by stage. */
export function countFurther(
  dataSource: DataSource,
  agencyId: string,
  after: Date,
): Promise<{ stage: Stage; count: number }[]> {
  return rows(
    dataSource,
    `SELECT stage, count(*)::int AS count FROM task
     WHERE agency_id = $1 AND state = 'open' AND NOT paused AND due_party = 'own' AND (due_at > $2 OR due_at IS NULL)
     GROUP BY stage`,
    [agencyId, after],
  );
}

/**
 * What each person finished by stage and day ('YYYY-MM-DD') in a stretch of days, both included: how much of it he sent back, and
 * how much was due more than four days (a weekend and two) after the middle one of its stage and day.
 */
export function countFinished(
  dataSource: DataSource,
  agencyId: string,
  from: string,
  to: string,
): Promise<FinishedTasks[]> {
  return rows(
    dataSource,
    `WITH finished AS (
       SELECT t.stage, (t.closed_at AT TIME ZONE 'Asia/Shanghai')::date AS day, COALESCE(t.closed_by, '') AS person, t.due_at,
         COALESCE(a.act = 'sendBack', false) AS is_sent_back
       FROM task t LEFT JOIN case_act a ON a.case_no = t.case_no AND a.seq = t.closed_seq
       WHERE t.agency_id = $1 AND t.state = 'done' AND t.closed_at >= $2::date::timestamp AT TIME ZONE 'Asia/Shanghai'
         AND t.closed_at < ($3::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'),
     middle AS (
       SELECT stage, day, percentile_disc(0.5) WITHIN GROUP (ORDER BY due_at) AS due_at FROM finished GROUP BY stage, day)
     SELECT f.stage, f.day, f.person AS "personId", count(*)::int AS count,
       (count(*) FILTER (WHERE f.is_sent_back))::int AS "sentBack",
       (count(*) FILTER (WHERE f.due_at > m.due_at + interval '4 days'))::int AS "outOfTurn"
     FROM finished f JOIN middle m ON m.stage = f.stage AND m.day = f.day
     GROUP BY f.stage, f.day, f.person`,
    [agencyId, from, to],
  );
}
