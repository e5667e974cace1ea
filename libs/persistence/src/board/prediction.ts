import type { Stage } from '@banjie/domain';
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

/** Tasks finished by stage and day ('YYYY-MM-DD') in a stretch of days, both included. */
export function countFinished(
  dataSource: DataSource,
  agencyId: string,
  from: string,
  to: string,
): Promise<{ stage: Stage; day: string; count: number }[]> {
  return rows(
    dataSource,
    `SELECT stage, (closed_at AT TIME ZONE 'Asia/Shanghai')::date AS day, count(*) AS count FROM task
     WHERE agency_id = $1 AND state = 'done' AND closed_at >= $2::date::timestamp AT TIME ZONE 'Asia/Shanghai'
       AND closed_at < ($3::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
     GROUP BY 1, 2`,
    [agencyId, from, to],
  );
}
