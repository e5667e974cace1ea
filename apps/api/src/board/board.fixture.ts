import { shanghaiDate } from '@banjie/domain';
import { rows } from '@banjie/persistence';
import { receiveTestCase, testCipher, type TestApi } from '@banjie/testing';

export interface PlacedCase {
  caseNo: string;
  taskId: number;
}

export interface Placing {
  stage?: string;
  posts?: string[];
  /** Null: no clock runs any more. */
  dueAt?: Date | null;
  /** Which clock is the first to be due. */
  clock?: 'K-01' | 'K-04';
  isPaused?: boolean;
  agencyId?: string;
  receivedAt?: Date;
}

/** A received case moved to where a test wants it, in all the rows that speak of it: case, task and clocks. */
export async function placeCase(api: TestApi, placing: Placing = {}): Promise<PlacedCase> {
  const { dataSource } = api.database;
  const { stage = 'acceptance', clock = 'K-04', isPaused = false, dueAt } = placing;
  const { caseNo } = await receiveTestCase(dataSource, testCipher(), api.world, {
    ...(placing.agencyId ? { agencyId: placing.agencyId } : {}),
    ...(placing.receivedAt ? { at: placing.receivedAt } : {}),
  });
  const due = dueAt && { at: dueAt.toISOString(), date: shanghaiDate(dueAt.getTime()) };
  if (due) {
    await rows(
      dataSource,
      `UPDATE clock SET due_at = $2, due_date = $3, state = CASE WHEN clock = $4 THEN $5 ELSE 'stopped' END,
         ledger = ledger || jsonb_build_object('dueAt', $6::text, 'dueDate', $7::text) WHERE case_no = $1`,
      [caseNo, due.at, due.date, clock, isPaused ? 'paused' : 'running', due.at, due.date],
    );
  } else if (dueAt === null) await rows(dataSource, `UPDATE clock SET state = 'stopped' WHERE case_no = $1`, [caseNo]);
  await rows(dataSource, `UPDATE cases SET stage = $2, waiting = $3 WHERE case_no = $1`, [
    caseNo,
    stage,
    isPaused ? 'supplement' : null,
  ]);
  const [task] = await rows<{ id: number }>(
    dataSource,
    `UPDATE task SET stage = $2, posts = COALESCE($3::text[], posts), paused = $4,
       due_clock = CASE WHEN $5 THEN $6 ELSE due_clock END, due_at = CASE WHEN $5 THEN $7::timestamptz ELSE due_at END,
       due_date = CASE WHEN $5 THEN $8::date ELSE due_date END,
       state = CASE WHEN $2 IN ('pay', 'archive') THEN 'done' ELSE state END WHERE case_no = $1 RETURNING id`,
    [
      ...[caseNo, stage, placing.posts ?? null, isPaused, dueAt !== undefined],
      ...[due ? clock : null, due ? due.at : null, due ? due.date : null],
    ],
  );
  return { caseNo, taskId: task!.id };
}
