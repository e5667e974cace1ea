import { createHash } from 'node:crypto';
import {
  DomainError,
  refuseAssignee,
  type Assignee,
  type Duty,
  type MovableTask,
  type Post,
  type Refusal,
  type Stage,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { canonical } from '../cases/chain';
import { rows } from '../data-source';
import { stageTable, type InboxStage } from '../tasks/stage-table';

/** An open task as the preview shows it. */
export interface TaskToMove extends MovableTask {
  caseNo: string;
  matter: string;
  isPaused: boolean;
  dueClock: string | null;
  dueAt: Date | null;
}

const columns = `t.id AS "taskId", t.case_no AS "caseNo", t.matter, t.stage, t.posts, t.holder_id AS "holderId", t.paused AS "isPaused",
  t.due_clock AS "dueClock", t.due_at AS "dueAt", t.batch_no AS "batchNo"`;

const withDuty = <Row extends { stage: Stage }>(table: readonly InboxStage[], found: readonly Row[]) =>
  found.map((row) => ({ ...row, duty: table.find(({ stage }) => stage === row.stage)?.duty ?? null }));

/**
 * Open tasks of these people (null: nobody's) or of these numbers, the earliest due first. Those of a batch come last: they cannot be moved, and
 * ten thousand of them must not take the places of those that can.
 */
export async function findTasksToMove(
  dataSource: DataSource,
  agencyId: string,
  wanted: {
    holderIds: readonly (string | null)[];
    taskIds: readonly number[];
    matter?: string | undefined;
    stage?: string | undefined;
  },
  limit: number,
): Promise<TaskToMove[]> {
  const found = await rows<Omit<TaskToMove, 'duty'>>(
    dataSource,
    `SELECT ${columns} FROM task t
     WHERE t.agency_id = $1 AND t.state = 'open' AND (t.holder_id = ANY($2::uuid[]) OR t.holder_id IS NULL AND $3 OR t.id = ANY($4::bigint[]))
       AND ($5::text IS NULL OR t.matter = $5) AND ($6::text IS NULL OR t.stage = $6)
     ORDER BY t.batch_no IS NOT NULL, COALESCE(t.due_at, 'infinity'), t.id LIMIT $7`,
    [
      agencyId,
      wanted.holderIds.filter((id) => id !== null),
      wanted.holderIds.includes(null),
      wanted.taskIds,
      wanted.matter ?? null,
      wanted.stage ?? null,
      limit,
    ],
  );
  return withDuty(await stageTable(dataSource), found);
}

/** Accounts by id, wherever they are; a foreign one is not to be shown. */
export function findAssignees(
  store: DataSource | EntityManager,
  agencyId: string,
  ids: readonly string[],
): Promise<Assignee[]> {
  return rows(
    store,
    `SELECT id, display_name AS "displayName", posts, active AS "isActive", agency_id = $1 AS "isOfAgency"
     FROM staff_account WHERE id = ANY($2::uuid[])`,
    [agencyId, ids],
  );
}

/** What these people have to do with these cases: their duty by case and person. */
export async function dutiesAmong(
  store: DataSource | EntityManager,
  caseNos: readonly string[],
  personIds: readonly string[],
): Promise<(caseNo: string, personId: string) => Duty | null> {
  const found = await rows<{ case_no: string; person_id: string; duty: Duty }>(
    store,
    `SELECT case_no, person_id, duty FROM case_duty WHERE case_no = ANY($1) AND person_id = ANY($2)`,
    [caseNos, personIds],
  );
  const known = new Map(found.map(({ case_no: caseNo, person_id: personId, duty }) => [`${caseNo} ${personId}`, duty]));
  return (caseNo, personId) => known.get(`${caseNo} ${personId}`) ?? null;
}

export interface Move {
  taskId: number;
  from: string | null;
  to: string;
}

export interface ReassignedItem extends Move {
  caseNo: string | null;
  refusal: Refusal | null;
}

interface Kept {
  at: string;
  items: ReassignedItem[];
}

/**
 * 转办 in bulk: each task goes to its new holder or stays with a reason, in one transaction with the events that say so. The
 * second arrival of an id gets the first one's answer. @throws DomainError ACTION_REUSED
 */
export async function reassignTasks(
  dataSource: DataSource,
  supervisor: { personId: string; agencyId: string },
  wanted: { reassignmentId: string; reason: string; moves: readonly Move[] },
): Promise<Kept> {
  const { reassignmentId, reason, moves } = wanted;
  const { personId, agencyId } = supervisor;
  const bodyHash = createHash('sha256')
    .update(canonical([personId, reason, moves]))
    .digest();
  const table = await stageTable(dataSource);
  return dataSource.transaction(async (manager) => {
    // Two arrivals of one id: the second waits here and finds the first one's answer.
    await rows(manager, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`reassignment ${reassignmentId}`]);
    const [before] = await rows<{ body_hash: Buffer; result: Kept }>(
      manager,
      `SELECT body_hash, result FROM task_reassignment WHERE id = $1`,
      [reassignmentId],
    );
    if (before && !before.body_hash.equals(bodyHash)) {
      throw new DomainError('ACTION_REUSED', { actionId: reassignmentId });
    }
    if (before) return before.result;
    const items = await judge(manager, agencyId, moves, table);
    const moved = await move(manager, { personId, agencyId, reassignmentId }, items, table);
    // What the rows themselves refused although the look before allowed it: somebody came in between.
    const result: Kept = {
      at: new Date().toISOString(),
      items: items.map((item) =>
        item.refusal || moved.has(item.taskId)
          ? item
          : { ...item, refusal: { code: 'TASK_HOLDER_CHANGED', facts: { holder: '另一人' } } },
      ),
    };
    await rows(
      manager,
      `INSERT INTO task_reassignment (id, agency_id, actor_id, body_hash, reason, result, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [reassignmentId, agencyId, personId, bodyHash, reason, JSON.stringify(result), result.at],
    );
    return result;
  });
}

async function judge(
  manager: EntityManager,
  agencyId: string,
  moves: readonly Move[],
  table: readonly InboxStage[],
): Promise<ReassignedItem[]> {
  // Locked in one order, so that two supervisors cannot wait for one another.
  const found = await rows<{
    taskId: number;
    caseNo: string;
    stage: Stage;
    posts: Post[];
    holderId: string | null;
    holderName: string | null;
    batchNo: string | null;
    isOpen: boolean;
  }>(
    manager,
    `SELECT t.id AS "taskId", t.case_no AS "caseNo", t.stage, t.posts, t.holder_id AS "holderId", t.batch_no AS "batchNo", t.state = 'open' AS "isOpen",
       (SELECT display_name FROM staff_account WHERE id = t.holder_id) AS "holderName"
     FROM task t WHERE t.id = ANY($1::bigint[]) AND t.agency_id = $2 ORDER BY t.id FOR UPDATE OF t`,
    [moves.map(({ taskId }) => taskId), agencyId],
  );
  const tasks = new Map(withDuty(table, found).map((task) => [task.taskId, task]));
  const assignees = new Map(
    (
      await findAssignees(
        manager,
        agencyId,
        moves.map(({ to }) => to),
      )
    ).map((person) => [person.id, person]),
  );
  const dutyOf = await dutiesAmong(
    manager,
    found.map(({ caseNo }) => caseNo),
    [...assignees.keys()],
  );
  return moves.map((wanted) => {
    const task = tasks.get(wanted.taskId);
    const refused = (code: Refusal['code'], facts = {}) => ({
      ...wanted,
      caseNo: task?.caseNo ?? null,
      refusal: { code, facts },
    });
    if (!task) return refused('TASK_NOT_FOUND');
    if (!task.isOpen) return refused('TASK_CLOSED');
    if (task.holderId !== wanted.from) return refused('TASK_HOLDER_CHANGED', { holder: task.holderName ?? '无人' });
    const refusal = refuseAssignee(task, assignees.get(wanted.to) ?? null, dutyOf(task.caseNo, wanted.to));
    return { ...wanted, caseNo: task.caseNo, refusal };
  });
}

/** Every condition once more where the row is changed; answers the tasks that were. */
async function move(
  manager: EntityManager,
  by: { personId: string; agencyId: string; reassignmentId: string },
  items: readonly ReassignedItem[],
  table: readonly InboxStage[],
): Promise<Set<number>> {
  const allowed = items.filter(({ refusal }) => refusal === null);
  const moved = await rows<{ task_id: number }>(
    manager,
    `WITH moved AS (
       UPDATE task t SET holder_id = m.to_id, taken_at = now()
       FROM unnest($1::bigint[], $2::uuid[], $3::uuid[]) AS m(task_id, from_id, to_id)
         JOIN staff_account s ON s.id = m.to_id AND s.active AND s.agency_id = $4
       WHERE t.id = m.task_id AND t.agency_id = $4 AND t.state = 'open' AND t.holder_id IS NOT DISTINCT FROM m.from_id
         AND t.batch_no IS NULL AND t.posts && s.posts
         AND NOT EXISTS (SELECT 1 FROM unnest($5::text[], $6::text[]) AS p(stage, duty) JOIN case_duty d ON d.duty <> p.duty
           WHERE p.stage = t.stage AND d.case_no = t.case_no AND d.person_id = m.to_id::text)
       RETURNING t.id, m.from_id, m.to_id)
     INSERT INTO task_event (task_id, kind, actor_id, from_id, to_id, reassignment_id)
     SELECT id, 'reassigned', $7::uuid, from_id, to_id, $8::uuid FROM moved ORDER BY id RETURNING task_id`,
    [
      allowed.map(({ taskId }) => taskId),
      allowed.map(({ from }) => from),
      allowed.map(({ to }) => to),
      by.agencyId,
      table.map(({ stage }) => stage),
      table.map(({ duty }) => duty),
      by.personId,
      by.reassignmentId,
    ],
  );
  return new Set(moved.map(({ task_id: taskId }) => taskId));
}
