import {
  batchActLabels,
  DomainError,
  dutyLabels,
  fen,
  formatYuan,
  judgeReserveApproval,
  reserveAct,
  type Post,
  type ReserveReason,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { batchList, casesWithOtherDuty, findBatch, findBatchAct, writeBatchAct, type BatchActRow } from './batches';
import { lockFund, releaseStanding } from './release-limits';
import { judgeReserveOf } from './reserve';

/** What a fourth person approved: that this very list may leave so much in the 支出户, and no less. */
export interface ReserveApproval {
  seq: number;
  actorId: string;
  downToFen: number;
  reason: ReserveReason;
  at: Date;
}

/** The approval of the list as it stands; one of another list, or of none, is null. */
export async function findReserveApproval(
  store: DataSource | EntityManager,
  batchNo: string,
  listDigest: string,
): Promise<ReserveApproval | null> {
  const [row] = await rows<ReserveApproval>(
    store,
    `SELECT seq, actor_id AS "actorId", (facts->>'afterFen')::bigint AS "downToFen", reason, at FROM payout_batch_act
     WHERE batch_no = $1 AND act = $2 AND facts->>'listDigest' = $3 ORDER BY seq DESC LIMIT 1`,
    [batchNo, reserveAct, listDigest],
  );
  return row ?? null;
}

/**
 * A fourth person's one-time approval that a batch, with the list that was seen, goes below the reserve (R-FN-09); an act in the chain of the
 * batch. Nothing is released by it. Twice equals once.
 * @throws DomainError BATCH_NOT_FOUND, NOT_YOUR_POST, BATCH_MOVED, BATCH_BUSY, BATCH_CHANGED, BATCH_DUTY_CONFLICT, RESERVE_NOT_NEEDED, ACTION_REUSED
 */
export async function approveReserve(
  manager: EntityManager,
  cipher: ColumnCipher,
  wish: {
    batchNo: string;
    actionId: string;
    actor: { id: string; agencyId: string; posts: readonly Post[] };
    seenDigest: string;
    reason: ReserveReason;
    /** The number of the paper on which it was approved. */
    document: string;
    at: Date;
  },
): Promise<void> {
  const { batchNo, actionId, actor, at } = wish;
  const batch = await findBatch(manager, batchNo, { lock: 'alone' });
  if (!batch || batch.agencyId !== actor.agencyId) throw new DomainError('BATCH_NOT_FOUND', { batchNo });
  const committed = await findBatchAct(manager, actionId);
  if (committed) {
    const isSame = committed.batchNo === batchNo && committed.act === reserveAct && committed.actorId === actor.id;
    if (!isSame) throw new DomainError('ACTION_REUSED', { actionId }, 'actionId');
    return;
  }
  const verdict = judgeReserveApproval(batch.position, { personId: actor.id, posts: actor.posts });
  if (!verdict.allowed) throw new DomainError(verdict.code, verdict.facts);
  const list = await batchList(manager, batchNo);
  if (list.digest !== wish.seenDigest) {
    throw new DomainError('BATCH_CHANGED', { batchNo, count: list.count, amount: formatYuan(fen(list.amountFen)) });
  }
  const other = await casesWithOtherDuty(manager, { batchNo, personId: actor.id, duty: null });
  if (other.count > 0) {
    const facts = { batchNo, count: other.count, duty: dutyLabels[other.duty!], act: batchActLabels[reserveAct] };
    throw new DomainError('BATCH_DUTY_CONFLICT', facts);
  }
  const { fundAccount } = batch;
  const lock = lockFund(fundAccount);
  await rows(manager, lock.sql, lock.parameters);
  const { reserveFen } = await releaseStanding(manager, { fundAccount, actorId: actor.id, at });
  const judged = await judgeReserveOf(manager, { fundAccount, at, reserveFen, askedFen: list.amountFen });
  if (judged.state !== 'short') {
    const reason = judged.state === 'kept' ? '放行后余额不低于周转金' : '支出户余额未知,无从核对';
    throw new DomainError('RESERVE_NOT_NEEDED', { batchNo, reason });
  }
  const facts: BatchActRow['facts'] = {
    ...{ count: list.count, amountFen: list.amountFen, listDigest: list.digest, document: wish.document },
    ...{ balanceFen: judged.balanceFen, afterFen: judged.afterFen, reserveFen: judged.reserveFen },
    shortFen: judged.shortFen,
  };
  const { state: stateTo } = batch.position;
  const act = { actionId, act: reserveAct, actorId: actor.id, stateTo, facts, reason: wish.reason, at } as const;
  await writeBatchAct(manager, cipher, batch, act);
}
