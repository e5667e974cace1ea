import { Injectable } from '@nestjs/common';
import type {
  ApproveReserve,
  BatchActBody,
  BatchAnswer,
  BatchesAnswer,
  BatchItemsAnswer,
  BatchItemsQuery,
  BatchListQuery,
} from '@banjie/contracts';
import {
  batchAbilities,
  batchActLabels,
  batchLeavingLabels,
  batchStateLabels,
  batchVoidReasonLabels,
  DomainError,
  judgeBatchMove,
  judgeBatchRight,
  judgeReserve,
  judgeReserveApproval,
  payoutStateLabels,
  reserveAct,
  reserveReasonLabels,
  reserveStateLabels,
  shanghaiDate,
  systemActorLabels,
  type BatchActCode,
  type BatchLeaving,
  type PayoutState,
  type SystemActor,
} from '@banjie/domain';
import {
  approveReserve,
  batchList,
  ColumnCipher,
  findBatch,
  findBatchAct,
  findReserveApproval,
  gatherBatch,
  listBatchActs,
  listBatches,
  logAttempt,
  releaseStanding,
  reserveStanding,
  rows,
  type BatchRecord,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';
import { BatchEngine } from './batch-engine';

@Injectable()
export class PayoutBatchesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
    private readonly engine: BatchEngine,
  ) {}

  async list(account: Account, { open, before, limit = 20 }: BatchListQuery): Promise<BatchesAnswer> {
    const about = { agencyId: account.agencyId, onlyOpen: open === 'true', before: before ?? null, limit: limit + 1 };
    const found = await listBatches(this.dataSource, about);
    const page = found.slice(0, limit);
    const batches = await Promise.all(page.map((batch) => this.head(account, batch)));
    return { batches, nextBefore: found.length > limit ? page.at(-1)!.position.batchNo : null };
  }

  /** @throws DomainError BATCH_NOTHING_TO_GATHER, ACTION_REUSED */
  async gather(account: Account, actionId: string): Promise<BatchAnswer> {
    const at = new Date();
    const about = { agencyId: account.agencyId, payDate: shanghaiDate(at.getTime()), occasion: 'demand' as const };
    const batchNo = await this.dataSource.transaction((manager) =>
      gatherBatch(manager, this.cipher, { ...about, actorId: account.id, actionId, at }),
    );
    if (!batchNo) throw new DomainError('BATCH_NOTHING_TO_GATHER');
    return this.one(account, batchNo);
  }

  /** @throws DomainError BATCH_NOT_FOUND, of another agency too */
  async one(account: Account, batchNo: string): Promise<BatchAnswer> {
    const batch = await this.getOwn(account, batchNo);
    const [head, acts, orders, left] = await Promise.all([
      this.head(account, batch),
      listBatchActs(this.dataSource, batchNo),
      rows<{ state: PayoutState; count: number; amountFen: number }>(
        this.dataSource,
        // What left with its order alive is paid alone.
        `SELECT state, count(*) AS count, sum(amount_fen)::bigint AS "amountFen" FROM payout_order
         WHERE batch_no = $1 AND order_no NOT IN (SELECT order_no FROM payout_batch_item WHERE batch_no = $1 AND order_no IS NOT NULL
           AND left_as = ANY ($2::text[]))
         GROUP BY state ORDER BY state`,
        [batchNo, leftAlive],
      ),
      rows<{ code: BatchLeaving; count: number }>(
        this.dataSource,
        `SELECT left_as AS code, count(*) AS count FROM payout_batch_item WHERE batch_no = $1 AND left_as IS NOT NULL GROUP BY left_as ORDER BY left_as`,
        [batchNo],
      ),
    ]);
    return {
      ...head,
      reserve: await this.reserve(account, batch, head),
      orders: orders.map((row) => ({ ...row, label: payoutStateLabels[row.state] })),
      left: left.map((row) => ({ ...row, label: batchLeavingLabels[row.code] })),
      acts: acts.map(({ seq, act, actorId, actorName, at, reason, facts }) => ({
        seq,
        act,
        label: batchActLabels[act],
        actor: actorName ?? systemActorLabels[actorId as SystemActor] ?? '其他人员',
        at: shanghaiInstant(at),
        reason: reason && reasonLabels[reason],
        count: numberOf(facts['count'] ?? facts['paidCount']),
        amountFen: numberOf(facts['amountFen'] ?? facts['paidFen']),
      })),
    };
  }

  async items(
    account: Account,
    batchNo: string,
    { after = '', limit = 100 }: BatchItemsQuery,
  ): Promise<BatchItemsAnswer> {
    await this.getOwn(account, batchNo);
    const found = await rows<{
      caseNo: string;
      amountFen: number;
      orderNo: string | null;
      orderState: PayoutState | null;
      leftAs: BatchLeaving | null;
    }>(
      this.dataSource,
      `SELECT i.case_no AS "caseNo", i.amount_fen AS "amountFen", i.order_no AS "orderNo", o.state AS "orderState", i.left_as AS "leftAs"
       FROM payout_batch_item i LEFT JOIN payout_order o ON o.order_no = i.order_no
       WHERE i.batch_no = $1 AND i.case_no > $2 ORDER BY i.case_no LIMIT $3`,
      [batchNo, after, limit + 1],
    );
    const page = found.slice(0, limit);
    return {
      items: page.map((item) => ({
        ...item,
        orderStateLabel: item.orderState && payoutStateLabels[item.orderState],
        leftLabel: item.leftAs && batchLeavingLabels[item.leftAs],
      })),
      nextAfter: found.length > limit ? page.at(-1)!.caseNo : null,
    };
  }

  /** Policy, update, transaction, answer, as an act of a case travels; every refusal is logged. */
  act(account: Account, batchNo: string, body: BatchActBody): Promise<BatchAnswer> {
    return this.logged(account, { batchNo, act: body.act, actionId: body.actionId }, () =>
      this.attempt(account, batchNo, body),
    );
  }

  /** Moves nothing, so it needs no word to the run of the batch. */
  approveReserve(account: Account, batchNo: string, body: ApproveReserve): Promise<BatchAnswer> {
    return this.logged(account, { batchNo, act: reserveAct, actionId: body.actionId }, async () => {
      await this.dataSource.transaction((manager) =>
        approveReserve(manager, this.cipher, { ...body, batchNo, actor: account, at: new Date() }),
      );
      return this.one(account, batchNo);
    });
  }

  private async logged<T>(
    account: Account,
    { batchNo, act, actionId }: { batchNo: string; act: BatchActCode; actionId: string },
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await logAttempt(this.dataSource, {
        caseNo: batchNo,
        actorId: account.id,
        act,
        actionId: error.code === 'ACTION_REUSED' ? null : actionId,
        code: error.code,
        requestId: requestId() ?? null,
      });
      throw error;
    }
  }

  private async attempt(account: Account, batchNo: string, body: BatchActBody): Promise<BatchAnswer> {
    const { actionId, act, seenSeq, seenDigest, reason = null } = body;
    const { position } = await this.getOwn(account, batchNo);
    const committed = await findBatchAct(this.dataSource, actionId);
    if (committed) {
      const isSame = committed.batchNo === batchNo && committed.act === act && committed.actorId === account.id;
      if (!isSame) throw new DomainError('ACTION_REUSED', { actionId }, 'actionId');
      return this.one(account, batchNo);
    }
    for (const verdict of [
      judgeBatchRight(act, account.posts),
      judgeBatchMove(position, { act, actorId: account.id }),
    ]) {
      if (!verdict.allowed) throw new DomainError(verdict.code, verdict.facts);
    }
    if (act === 'voidBatch' && !reason) throw new DomainError('BAD_SHAPE', { reason: '作废批次须选择理由' }, 'reason');
    try {
      // A refused update is no outcome: a later try of the same act, over the list as it is then, is another update.
      const updateId = `${actionId}/${seenSeq}/${seenDigest.slice(0, 16)}`;
      await this.engine.act(batchNo, updateId, { actionId, act, actorId: account.id, seenSeq, seenDigest, reason });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      // Committed, yet the engine could not say so: the rows are the record.
      if (!(await findBatchAct(this.dataSource, actionId))) throw error;
    }
    return this.one(account, batchNo);
  }

  private async reserve(
    account: Account,
    { position, fundAccount }: BatchRecord,
    { amountFen, listDigest }: { amountFen: number; listDigest: string },
  ): Promise<BatchAnswer['reserve']> {
    if (!['gathered', 'made', 'reviewed'].includes(position.state)) return null;
    return this.dataSource.transaction(async (manager) => {
      const at = new Date();
      const { reserveFen: set } = await releaseStanding(manager, { fundAccount, actorId: account.id, at });
      const standing = await reserveStanding(manager, { fundAccount, at, reserveFen: set });
      const { state, balanceFen, committedFen, reserveFen, afterFen, shortFen } = judgeReserve(standing, amountFen);
      const approval = await findReserveApproval(manager, position.batchNo, listDigest);
      const person = { personId: account.id, posts: account.posts };
      return {
        ...{ state, label: reserveStateLabels[state], balanceFen, statedAt: shanghaiInstant(standing.statedAt) },
        ...{ committedFen, reserveFen, afterFen, shortFen },
        approval: approval && {
          ...{ downToFen: approval.downToFen, reasonLabel: reserveReasonLabels[approval.reason] },
          at: shanghaiInstant(approval.at),
        },
        mayApprove: state === 'short' && judgeReserveApproval(position, person).allowed,
      };
    });
  }

  private async getOwn(account: Account, batchNo: string): Promise<BatchRecord> {
    const batch = await findBatch(this.dataSource, batchNo);
    if (!batch || batch.agencyId !== account.agencyId) throw new DomainError('BATCH_NOT_FOUND', { batchNo });
    return batch;
  }

  private async head(account: Account, batch: BatchRecord) {
    const { position, payDate, occasion, channel, fundAccount } = batch;
    const { count, amountFen, digest } = await batchList(this.dataSource, position.batchNo);
    return {
      batchNo: position.batchNo,
      state: position.state,
      stateLabel: batchStateLabels[position.state],
      ...{ payDate, occasion, channel, fundAccount, seq: position.seq, count, amountFen },
      isCarried: position.carried === position.state,
      gatheredAt: shanghaiInstant(batch.gatheredAt),
      settledAt: shanghaiInstant(batch.settledAt),
      listDigest: digest,
      abilities: batchAbilities(position, { personId: account.id, posts: account.posts }),
    };
  }
}

/** Ways to leave with the order, if there is one, alive. */
const leftAlive: readonly BatchLeaving[] = ['moved', 'changed', 'busy', 'duty'];

const reasonLabels = { ...batchVoidReasonLabels, ...reserveReasonLabels };

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
