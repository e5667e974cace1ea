import { Injectable } from '@nestjs/common';
import type {
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
  payoutStateLabels,
  shanghaiDate,
  systemActorLabels,
  type BatchLeaving,
  type PayoutState,
  type SystemActor,
} from '@banjie/domain';
import {
  batchList,
  ColumnCipher,
  findBatch,
  findBatchAct,
  gatherBatch,
  listBatchActs,
  listBatches,
  logAttempt,
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
        `SELECT state, count(*) AS count, sum(amount_fen)::bigint AS "amountFen" FROM payout_order WHERE batch_no = $1 GROUP BY state ORDER BY state`,
        [batchNo],
      ),
      rows<{ code: BatchLeaving; count: number }>(
        this.dataSource,
        `SELECT left_as AS code, count(*) AS count FROM payout_batch_item WHERE batch_no = $1 AND left_as IS NOT NULL GROUP BY left_as ORDER BY left_as`,
        [batchNo],
      ),
    ]);
    return {
      ...head,
      orders: orders.map((row) => ({ ...row, label: payoutStateLabels[row.state] })),
      left: left.map((row) => ({ ...row, label: batchLeavingLabels[row.code] })),
      acts: acts.map(({ seq, act, actorId, actorName, at, reason, facts }) => ({
        seq,
        act,
        label: batchActLabels[act],
        actor: actorName ?? systemActorLabels[actorId as SystemActor] ?? '其他人员',
        at: shanghaiInstant(at),
        reason: reason && batchVoidReasonLabels[reason],
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
  async act(account: Account, batchNo: string, body: BatchActBody): Promise<BatchAnswer> {
    try {
      return await this.attempt(account, batchNo, body);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await logAttempt(this.dataSource, {
        caseNo: batchNo,
        actorId: account.id,
        act: body.act,
        actionId: error.code === 'ACTION_REUSED' ? null : body.actionId,
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

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
