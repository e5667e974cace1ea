import { DomainError, type DismissReason, type RetryReason, type SideFault, type SideTopic } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** One piece of side work in the hands of a worker. */
export interface SideWork {
  id: number;
  topic: SideTopic;
  /** Null where the work is about no one case. */
  caseNo: string | null;
  payload: Record<string, unknown>;
  createdAt: Date;
  /** This one included. */
  tries: number;
}

const isDue = `done_at IS NULL AND dead_at IS NULL AND (next_try_at IS NULL OR next_try_at <= clock_timestamp())`;

/**
 * Chooses what to ring the bell for: due work of a topic, the oldest first, that was not hinted at within `leaseSeconds`. What is hinted
 * at may be lost with Redis and is chosen again when the lease is over (reliability F25).
 */
export async function claimHints(
  store: DataSource,
  claim: { topic: SideTopic; limit: number; leaseSeconds: number },
): Promise<number[]> {
  const claimed = await rows<{ id: number }>(
    store,
    `UPDATE outbox SET dispatched_at = clock_timestamp() WHERE id IN (
       SELECT id FROM outbox WHERE topic = $1 AND ${isDue}
         AND (dispatched_at IS NULL OR dispatched_at < clock_timestamp() - make_interval(secs => $3))
       ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [claim.topic, claim.limit, claim.leaseSeconds],
  );
  return claimed.map(({ id }) => id).sort((a, b) => a - b);
}

/** For a hint that did not reach Redis. */
export async function returnHints(store: DataSource, ids: number[]): Promise<void> {
  await store.query(`UPDATE outbox SET dispatched_at = NULL WHERE id = ANY($1::bigint[]) AND done_at IS NULL`, [ids]);
}

/**
 * Takes what a hint stands for: the oldest open work of the same case and topic, or itself where it is about no one case. Null when
 * there is nothing left, or it is not its turn, or somebody has it; whoever has it looks again when he is through. The try is written
 * before it is made and is over after `leaseSeconds`, whatever becomes of the process.
 */
export async function takeSideWork(
  store: DataSource,
  { id, topic, leaseSeconds }: { id: number; topic: SideTopic; leaseSeconds: number },
): Promise<SideWork | null> {
  // Two who chose the same row: the second waits for the first, looks at the row anew and finds that it is not due.
  const [taken] = await rows<SideWork>(
    store,
    `UPDATE outbox SET tries = tries + 1, next_try_at = clock_timestamp() + make_interval(secs => $2)
     WHERE id = coalesce((SELECT id FROM outbox WHERE case_no = (SELECT case_no FROM outbox WHERE id = $1) AND topic = $3
         AND done_at IS NULL AND dead_at IS NULL ORDER BY id LIMIT 1), $1) AND topic = $3 AND ${isDue}
     RETURNING id, topic, case_no AS "caseNo", payload, created_at AS "createdAt", tries`,
    [id, leaseSeconds, topic],
  );
  return taken ?? null;
}

/** In the transaction of the work itself. @throws Error when its time was over and it is another's by now: nothing of it is kept. */
export async function finishSideWork(manager: EntityManager, { id, tries }: SideWork): Promise<void> {
  const done = await rows(
    manager,
    `UPDATE outbox SET done_at = clock_timestamp(), last_fault = NULL
     WHERE id = $1 AND tries = $2 AND done_at IS NULL AND dead_at IS NULL RETURNING id`,
    [id, tries],
  );
  if (done.length !== 1) throw new Error('side work was taken over by another');
}

/** The try failed: the next one in `delayMs`. Changes nothing when the work is another's by now. */
export async function postponeSideWork(
  store: DataSource,
  { id, tries }: SideWork,
  { fault, delayMs }: { fault: SideFault; delayMs: number },
): Promise<void> {
  await rows(
    store,
    `UPDATE outbox SET next_try_at = clock_timestamp() + make_interval(secs => $4), dispatched_at = NULL, last_fault = $3
     WHERE id = $1 AND tries = $2 AND done_at IS NULL AND dead_at IS NULL`,
    [id, tries, fault, delayMs / 1_000],
  );
}

/** The last try failed: laid before staff. False when it is another's by now. */
export async function burySideWork(store: DataSource, { id, tries }: SideWork, fault: SideFault): Promise<boolean> {
  const buried = await rows(
    store,
    `WITH dead AS (
       UPDATE outbox SET dead_at = clock_timestamp(), last_fault = $3
       WHERE id = $1 AND tries = $2 AND done_at IS NULL AND dead_at IS NULL RETURNING id, tries)
     INSERT INTO side_work_event (outbox_id, event, tries, reason) SELECT id, 'died', tries, $3 FROM dead RETURNING id`,
    [id, tries, fault],
  );
  return buried.length === 1;
}

/** Seconds for which the longest waiting work of a topic could have been done; null when none waits. */
export async function oldestDueSeconds(store: DataSource, topic: SideTopic): Promise<number | null> {
  const [row] = await rows<{ age: number | null }>(
    store,
    `SELECT extract(epoch FROM clock_timestamp() - min(greatest(created_at, next_try_at)))::float8 AS age
     FROM outbox WHERE topic = $1 AND ${isDue}`,
    [topic],
  );
  return row?.age ?? null;
}

/** A dead letter as staff sees it: codes and ids, nobody's name. */
export interface DeadLetter {
  id: number;
  topic: SideTopic;
  caseNo: string | null;
  /** Which notice, order, batch or list it was. */
  about: string | null;
  createdAt: Date;
  deadAt: Date;
  tries: number;
  fault: SideFault;
}

const ofAgency = `(o.agency_id = $1 OR EXISTS (SELECT 1 FROM cases c WHERE c.case_no = o.case_no AND c.agency_id = $1))`;

/** The dead letters of an agency, newest first; `before` is the id of the last one seen. */
export function findDeadLetters(
  store: DataSource,
  agencyId: string,
  page: { topic: SideTopic | null; caseNo: string | null; before: number | null; limit: number },
): Promise<DeadLetter[]> {
  return rows<DeadLetter>(
    store,
    `SELECT o.id, o.topic, o.case_no AS "caseNo", coalesce(o.payload->>'notice', o.payload->>'orderNo', o.payload->>'batchNo', o.payload->>'of') AS about,
       o.created_at AS "createdAt", o.dead_at AS "deadAt", o.tries, o.last_fault AS fault
     FROM outbox o WHERE o.dead_at IS NOT NULL AND o.dismissed_at IS NULL AND ${ofAgency}
       AND ($2::text IS NULL OR o.topic = $2) AND ($3::text IS NULL OR o.case_no = $3) AND ($4::bigint IS NULL OR o.id < $4)
     ORDER BY o.id DESC LIMIT $5`,
    [agencyId, page.topic, page.caseNo, page.before, page.limit],
  );
}

export type DeadLetterAct =
  | { event: 'retried'; reason: RetryReason; actorId: string }
  | { event: 'dismissed'; reason: DismissReason; actorId: string };

/**
 * Works a dead letter off: it is tried again from the first try on, or stands dismissed for good. The act keeps its own row.
 * @throws DomainError SIDE_WORK_NOT_FOUND, also for what is not this agency's; SIDE_WORK_NOT_DEAD when somebody was quicker.
 */
export async function workOffDeadLetter(
  store: DataSource,
  { id, agencyId }: { id: number; agencyId: string },
  { event, reason, actorId }: DeadLetterAct,
): Promise<void> {
  await store.transaction(async (manager) => {
    const [row] = await rows<{ dead: boolean; tries: number }>(
      manager,
      `SELECT dead_at IS NOT NULL AND dismissed_at IS NULL AS dead, tries FROM outbox o WHERE id = $2 AND ${ofAgency}
         AND EXISTS (SELECT 1 FROM side_work_event e WHERE e.outbox_id = o.id) FOR UPDATE OF o`,
      [agencyId, id],
    );
    if (!row) throw new DomainError('SIDE_WORK_NOT_FOUND');
    if (!row.dead) throw new DomainError('SIDE_WORK_NOT_DEAD');
    await rows(
      manager,
      event === 'retried'
        ? `UPDATE outbox SET dead_at = NULL, tries = 0, next_try_at = NULL, dispatched_at = NULL WHERE id = $1`
        : `UPDATE outbox SET dismissed_at = clock_timestamp() WHERE id = $1`,
      [id],
    );
    await rows(
      manager,
      `INSERT INTO side_work_event (outbox_id, event, tries, reason, actor_id) VALUES ($1, $2, $3, $4, $5)`,
      [id, event, row.tries, reason, actorId],
    );
  });
}
