import type { Duty, Post, Stage } from '@banjie/domain';
import type { DataSource } from 'typeorm';
import { rows } from '../data-source';
import type { InboxStage } from './stage-table';

/** A task as one person of its agency sees it. */
export interface SeenTask {
  taskId: number;
  caseNo: string;
  stage: Stage;
  posts: Post[];
  isOpen: boolean;
  holderId: string | null;
  holderName: string | null;
  /** The duty this person has in the case, if any. */
  ownDuty: Duty | null;
}

/** The task, or null when there is none of that number in the agency. */
export async function findTask(
  dataSource: DataSource,
  taskId: number,
  person: { personId: string; agencyId: string },
): Promise<SeenTask | null> {
  const [task] = await rows<SeenTask>(
    dataSource,
    `SELECT t.id AS "taskId", t.case_no AS "caseNo", t.stage, t.posts, t.state = 'open' AS "isOpen", t.holder_id AS "holderId",
       h.display_name AS "holderName", d.duty AS "ownDuty"
     FROM task t LEFT JOIN staff_account h ON h.id = t.holder_id
       LEFT JOIN case_duty d ON d.case_no = t.case_no AND d.person_id = $2
     WHERE t.id = $1 AND t.agency_id = $3`,
    [taskId, person.personId, person.agencyId],
  );
  return task ?? null;
}

/**
 * 认领: one conditional update with its event row. True when this call took the task; false when it was not open and free,
 * not for these posts, or the person has another duty in its case. Of any number of calls at once, one gets true.
 */
export async function takeIfFree(
  dataSource: DataSource,
  taskId: number,
  person: { personId: string; agencyId: string; posts: readonly Post[] },
  table: readonly InboxStage[],
): Promise<boolean> {
  const taken = await rows<{ id: number }>(
    dataSource,
    `WITH taken AS (
       UPDATE task t SET holder_id = $2::uuid, taken_at = now()
       WHERE t.id = $1 AND t.agency_id = $3 AND t.state = 'open' AND t.holder_id IS NULL AND t.batch_no IS NULL AND t.posts && $4::text[]
         AND NOT EXISTS (SELECT 1 FROM unnest($5::text[], $6::text[]) AS s(stage, duty) JOIN case_duty d ON d.duty <> s.duty
           WHERE s.stage = t.stage AND d.case_no = t.case_no AND d.person_id = $2)
       RETURNING t.id)
     INSERT INTO task_event (task_id, kind, actor_id) SELECT id, 'taken', $2::uuid FROM taken RETURNING task_id AS id`,
    [
      taskId,
      person.personId,
      person.agencyId,
      person.posts,
      table.map((entry) => entry.stage),
      table.map((entry) => entry.duty),
    ],
  );
  return taken.length === 1;
}

/** 释放: gives a task back that this person holds. True when this call did it. */
export async function releaseIfHeld(dataSource: DataSource, taskId: number, personId: string): Promise<boolean> {
  const released = await rows<{ id: number }>(
    dataSource,
    `WITH released AS (
       UPDATE task SET holder_id = NULL, taken_at = NULL
       WHERE id = $1 AND holder_id = $2::uuid AND state = 'open' RETURNING id)
     INSERT INTO task_event (task_id, kind, actor_id) SELECT id, 'released', $2::uuid FROM released RETURNING task_id AS id`,
    [taskId, personId],
  );
  return released.length === 1;
}
