import { advance, systemActors, type BatchState } from '@banjie/domain';
import {
  findBatch,
  getDefinition,
  lockCases,
  moveItems,
  rows,
  writeActs,
  writeBatchAct,
  type OutboxEntry,
} from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import { recordOverlooked } from '../../cases/commit-act';
import { freezeNotices, noticeDigests } from '../../cases/notices';
import { systemFacts } from '../../cases/system-acts';
import type { BatchDependencies } from './batch-dependencies';
import { inLanes } from './lanes';

interface Heard {
  caseNo: string;
  orderNo: string;
  state: 'paid' | 'failed' | 'returned';
}

export interface Settling {
  /** Orders of the batch that the bank's word is still awaited for. */
  open: number;
  /** Of these, how many may be sent (again). */
  sendable: number;
}

/**
 * Writes the bank's word about the orders of a batch into their cases, some hundred to a transaction: the act, its clocks, the notice to
 * the applicant, and the word to each workflow that its rows know more. The batch is settled when no order is open any more.
 */
export async function settle(
  { dataSource, cipher, casesAtOnce = 500, now = () => new Date(), onStep }: BatchDependencies,
  batchNo: string,
  beat: () => void,
): Promise<Settling> {
  await inLanes(async () => {
    let after = '';
    for (let count = casesAtOnce; count === casesAtOnce; beat()) {
      count = await dataSource.transaction(async (manager) => {
        const batch = await findBatch(manager, batchNo, { lock: 'share' });
        if (!batch || batch.position.state !== 'released') return 0;
        const heard = await rows<Heard>(
          manager,
          `SELECT i.case_no AS "caseNo", o.order_no AS "orderNo", o.state
           FROM payout_batch_item i JOIN payout_order o ON o.order_no = i.order_no
           WHERE i.batch_no = $1 AND i.left_as IS NULL AND o.state IN ('paid', 'failed', 'returned')
             AND i.case_no > $2 ORDER BY i.case_no LIMIT $3 FOR UPDATE OF i SKIP LOCKED`,
          [batchNo, after, casesAtOnce],
        );
        after = heard.at(-1)?.caseNo ?? after;
        if (heard.length > 0) await settleCases(manager, cipher, batchNo, heard, now());
        await onStep?.('settled');
        return heard.length;
      });
      await onStep?.('committed');
    }
  });
  return dataSource.transaction(async (manager) => {
    const batch = await findBatch(manager, batchNo, { lock: 'alone' });
    const [left] = await rows<Settling>(
      manager,
      `SELECT count(*) AS open, count(*) FILTER (WHERE o.state = 'released') AS sendable
       FROM payout_batch_item i LEFT JOIN payout_order o ON o.order_no = i.order_no WHERE i.batch_no = $1 AND i.left_as IS NULL`,
      [batchNo],
    );
    if (left!.open === 0 && batch?.position.state === 'released') {
      const [facts] = await rows<Record<string, number>>(
        manager,
        `SELECT count(*) FILTER (WHERE left_as = 'paid') AS "paidCount",
           coalesce(sum(amount_fen) FILTER (WHERE left_as = 'paid'), 0)::bigint AS "paidFen",
           count(*) FILTER (WHERE left_as = 'failed') AS "failedCount" FROM payout_batch_item WHERE batch_no = $1`,
        [batchNo],
      );
      await writeBatchAct(manager, cipher, batch, {
        ...{ actionId: `settle:${batchNo}`, act: 'settleBatch', actorId: systemActors.bank, stateTo: 'settled' },
        ...{ facts: facts!, reason: null, at: now() },
      });
    }
    return left!;
  });
}

async function settleCases(
  manager: EntityManager,
  cipher: BatchDependencies['cipher'],
  batchNo: string,
  heard: readonly Heard[],
  at: Date,
): Promise<void> {
  const act = 'settlePayout';
  const actorId = systemActors.bank;
  const records = await lockCases(
    manager,
    heard.map(({ caseNo }) => caseNo),
    actorId,
  );
  const orderOf = new Map(heard.map((entry) => [entry.caseNo, entry]));
  const writes = await Promise.all(
    records.map(async (record) => {
      const { caseNo, seq, order } = record.position;
      const { orderNo, state } = orderOf.get(caseNo)!;
      // Recorded before: by the statement, or by a run of ours that was cut off.
      const effect = order?.orderNo === orderNo ? await systemFacts(manager, record, act, at) : null;
      if (!effect) return [];
      const definition = await getDefinition(manager, record.matter, record.definitionVersion);
      await recordOverlooked(manager, record, definition, at);
      const step = advance(definition, record.position, act, actorId, effect.road);
      const context = { manager, cipher, record, definition, actorId, at, seq: seq + 1 };
      const notices = await freezeNotices({ ...context, act, step, effect });
      const facts = { ...effect.facts, batchNo };
      const write = {
        ...({ definition, advance: step, act, actorId, actionId: `settle:${orderNo}`, at, notices } as const),
        facts: notices.length > 0 ? { ...facts, notices: noticeDigests(notices) } : facts,
        tells: tellsOf(caseNo, orderNo, seq + 1, state),
      };
      return [{ record, write }];
    }),
  );
  const acts = writes.flat();
  if (acts.length > 0) await writeActs(manager, cipher, acts);
  await moveItems(
    manager,
    batchNo,
    heard.map(({ caseNo, state }) => {
      const leftAs = state === 'failed' ? 'failed' : 'paid';
      return { caseNo, carried: 'settled' as BatchState, leftAs };
    }),
  );
}

/** Its workflow reads the rows anew; a 退票 that came before the case knew of the payment is told once more. */
function tellsOf(caseNo: string, orderNo: string, seq: number, state: Heard['state']): Omit<OutboxEntry, 'caseNo'>[] {
  const look = { topic: 'lookAgain' as const, key: `lookAgain:${caseNo}:${seq}`, payload: {} };
  if (state !== 'returned') return [look];
  const actionId = `return:${orderNo}`;
  return [look, { topic: 'wakeCase', key: `${actionId}:again`, payload: { act: 'returnPayout', actionId } }];
}
