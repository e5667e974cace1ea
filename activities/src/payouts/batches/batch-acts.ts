import {
  advanceBatch,
  batchActLabels,
  batchSteps,
  DomainError,
  dutyLabels,
  fen,
  formatYuan,
  judgeBatchMove,
  judgeBatchRight,
  reserveAct,
  shanghaiDate,
  type BatchAct,
  type BatchPosition,
  type BatchVoidReason,
  type Post,
} from '@banjie/domain';
import {
  batchList,
  casesWithOtherDuty,
  countForRelease,
  demandReleasable,
  findBatch,
  findBatchAct,
  findReserveApproval,
  rows,
  writeBatchAct,
  type BatchList,
  type BatchRecord,
} from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import { demand } from '../../cases/refusal';
import type { BatchDependencies } from './batch-dependencies';

export interface CommitBatchInput {
  batchNo: string;
  actionId: string;
  act: BatchAct;
  actorId: string;
  /** The digest of the list that the person saw (`BatchList`). */
  seenDigest: string;
  reason: BatchVoidReason | null;
}

/**
 * Commits one act of a batch: who, over which list. Twice equals once. What it is for each case is carried out afterwards.
 * @throws DomainError BATCH_NOT_FOUND, BATCH_MOVED, BATCH_BUSY, BATCH_CHANGED, BATCH_DUTY_CONFLICT, NOT_YOUR_POST, FORBIDDEN, ACTION_REUSED,
 * RELEASE_LIMIT, RESERVE_SHORT
 */
export async function commitBatchAct(
  { dataSource, cipher, now = () => new Date() }: BatchDependencies,
  { batchNo, actionId, act, actorId, seenDigest, reason }: CommitBatchInput,
): Promise<BatchPosition> {
  return dataSource.transaction(async (manager) => {
    const batch = await findBatch(manager, batchNo, { lock: 'alone' });
    if (!batch) throw new DomainError('BATCH_NOT_FOUND', { batchNo });
    const { position } = batch;
    const committed = await findBatchAct(manager, actionId);
    if (committed) {
      const isSame = committed.batchNo === batchNo && committed.act === act && committed.actorId === actorId;
      if (!isSame) throw new DomainError('ACTION_REUSED', { actionId }, 'actionId');
      return position;
    }
    const [actor] = await rows<{ agency_id: string; posts: Post[]; active: boolean }>(
      manager,
      `SELECT agency_id, posts, active FROM staff_account WHERE id::text = $1`,
      [actorId],
    );
    if (!actor?.active || actor.agency_id !== batch.agencyId) throw new DomainError('FORBIDDEN');
    demand(judgeBatchMove(position, { act, actorId }));
    demand(judgeBatchRight(act, actor.posts));
    if (act === 'voidBatch' && !reason) throw new DomainError('BAD_SHAPE', { reason: '作废批次须选择理由' }, 'reason');
    const list = await batchList(manager, batchNo);
    if (list.digest !== seenDigest) {
      throw new DomainError('BATCH_CHANGED', { batchNo, count: list.count, amount: formatYuan(fen(list.amountFen)) });
    }
    const { duty } = batchSteps[act];
    if (duty) {
      const other = await casesWithOtherDuty(manager, { batchNo, personId: actorId, duty });
      if (other.count > 0) {
        const facts = { batchNo, count: other.count, duty: dutyLabels[other.duty!], act: batchActLabels[act] };
        throw new DomainError('BATCH_DUTY_CONFLICT', facts);
      }
    }
    const at = now();
    const next = advanceBatch(position, act, actorId);
    const reserve = act === 'releaseBatch' ? { reserve: await release(manager, batch, { actorId, at, list }) } : {};
    const facts = { count: list.count, amountFen: list.amountFen, listDigest: list.digest, ...reserve };
    await writeBatchAct(manager, cipher, batch, { actionId, act, actorId, stateTo: next.state, facts, reason, at });
    return next;
  });
}

/** Counts the list against the limits of the day and holds it to the reserve of the 支出户; what the act says of the latter. */
async function release(
  manager: EntityManager,
  { position: { batchNo }, fundAccount, reserveApprovedBy }: BatchRecord,
  { actorId, at, list }: { actorId: string; at: Date; list: BatchList },
): Promise<Record<string, unknown>> {
  if (reserveApprovedBy === actorId) {
    const facts = { batchNo, count: list.count, duty: batchActLabels[reserveAct], act: batchActLabels.releaseBatch };
    throw new DomainError('BATCH_DUTY_CONFLICT', facts);
  }
  const approval = await findReserveApproval(manager, batchNo, list.digest);
  const orders = await countForRelease(manager, batchNo, shanghaiDate(at.getTime()));
  // One left while the act waited for its row.
  if (orders.length !== list.count) {
    throw new DomainError('BATCH_CHANGED', { batchNo, count: orders.length, amount: formatYuan(fen(sumOf(orders))) });
  }
  const approvedDownToFen = approval?.downToFen ?? null;
  const judged = await demandReleasable(manager, { fundAccount, actorId, at, orders, approvedDownToFen });
  if (!judged) return { state: 'kept' };
  const { state, balanceFen, committedFen, reserveFen, afterFen } = judged;
  if (state === 'balanceUnknown') return { state };
  const approvedIn = state === 'short' ? { approvedIn: approval!.seq } : {};
  return { state, balanceFen, committedFen, reserveFen, afterFen, ...approvedIn };
}

const sumOf = (orders: readonly { amountFen: number }[]) => orders.reduce((sum, { amountFen }) => sum + amountFen, 0);
