import {
  advance,
  judgeMove,
  judgeRight,
  type ActCode,
  type BatchAct,
  type BatchLeaving,
  type BatchState,
  type StaffAct,
  type Stage,
} from '@banjie/domain';
import {
  findBatch,
  findDebitsInDoubt,
  getDefinition,
  itemsBehind,
  listBatchActs,
  lockCases,
  markCarried,
  moveItems,
  openFiledClaim,
  rows,
  sameBytes,
  sealPayee,
  writeActs,
  type BatchItem,
  type CaseRecord,
  type ColumnCipher,
} from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import { recordOverlooked } from '../../cases/commit-act';
import { freezeNotices, noticeDigests } from '../../cases/notices';
import type { Effect } from '../../cases/effect';
import type { BatchDependencies } from './batch-dependencies';
import { inLanes } from './lanes';

/** What an act of the batch is on each of its cases. */
const caseActs: Record<BatchAct, StaffAct> = {
  makeBatch: 'preparePayout',
  reviewBatch: 'confirmPayout',
  releaseBatch: 'releasePayout',
  voidBatch: 'recallPayout',
};

interface Carrying {
  batchNo: string;
  act: BatchAct;
  /** The act of the batch under which a person answers for each of the cases. */
  batchActionId: string;
  actorId: string;
  state: BatchState;
  at: Date;
}

/** A case with its part in the act, or why it leaves the batch. */
type Part = { item: BatchItem; record: CaseRecord; effect: Effect } | { item: BatchItem; leftAs: BatchLeaving };

/**
 * Carries the last act of a batch out on every case in it, some hundred to a transaction: an act under the person's name in each case,
 * its order moved, its task closed and the next opened. Begun again after a crash it goes on where it stood. A case that is no longer
 * what the batch was gathered from leaves it with the reason and becomes a task of its own again.
 */
export async function carryOut(
  { dataSource, cipher, casesAtOnce = 500, now = () => new Date(), onStep }: BatchDependencies,
  batchNo: string,
  beat: () => void,
): Promise<void> {
  await inLanes(async () => {
    let after = '';
    for (let isDone = false; !isDone; beat()) {
      isDone = await dataSource.transaction(async (manager) => {
        const batch = await findBatch(manager, batchNo, { lock: 'share' });
        if (!batch || batch.position.carried === batch.position.state) return true;
        const { state } = batch.position;
        const items = await itemsBehind(manager, batchNo, state, { after, limit: casesAtOnce });
        if (items.length === 0) return true;
        after = items.at(-1)!.caseNo;
        const last = (await listBatchActs(manager, batchNo)).at(-1)!;
        const act = last.act as BatchAct;
        const carrying = { batchNo, act, batchActionId: last.actionId, actorId: last.actorId, state, at: now() };
        await carry(manager, cipher, carrying, items);
        await onStep?.('carried');
        return false;
      });
      await onStep?.('committed');
    }
  });
  await dataSource.transaction(async (manager) => {
    const batch = await findBatch(manager, batchNo, { lock: 'alone' });
    if (!batch || batch.position.carried === batch.position.state) return;
    const left = await itemsBehind(manager, batchNo, batch.position.state, { limit: 1 });
    if (left.length > 0) throw new Error('cases were left behind');
    await markCarried(manager, batchNo, batch.position.state);
  });
}

async function carry(
  manager: EntityManager,
  cipher: ColumnCipher,
  carrying: Carrying,
  items: BatchItem[],
): Promise<void> {
  const { batchNo, act, actorId, state } = carrying;
  const caseAct = caseActs[act];
  const records = new Map(
    (
      await lockCases(
        manager,
        items.map(({ caseNo }) => caseNo),
        actorId,
      )
    ).map((record) => [record.position.caseNo, record]),
  );
  const parts =
    act === 'makeBatch'
      ? await drawOrders(manager, cipher, carrying, items, records)
      : await stepOrders(manager, carrying, items, records);
  const acting = parts.flatMap((part) => ('record' in part ? [part] : []));
  const writes = await Promise.all(acting.map((part) => writeOf(manager, cipher, carrying, caseAct, part)));
  if (writes.length > 0) {
    await Promise.all([
      writeActs(manager, cipher, writes),
      moveOrders(
        manager,
        carrying,
        acting.flatMap(({ item }) => item.orderNo ?? []),
      ),
    ]);
  }
  await moveItems(
    manager,
    batchNo,
    parts.map((part) =>
      'record' in part
        ? {
            caseNo: part.item.caseNo,
            carried: state,
            orderNo: part.effect.road?.orderNo ?? null,
            leftAs: act === 'voidBatch' ? 'void' : null,
          }
        : { caseNo: part.item.caseNo, carried: part.item.carried, leftAs: part.leftAs },
    ),
  );
}

async function writeOf(
  manager: EntityManager,
  cipher: ColumnCipher,
  { batchNo, batchActionId, actorId, at }: Carrying,
  act: ActCode,
  { record, effect }: { record: CaseRecord; effect: Effect },
) {
  const definition = await getDefinition(manager, record.matter, record.definitionVersion);
  await recordOverlooked(manager, record, definition, at);
  const step = advance(definition, record.position, act, actorId, effect.road);
  const context = { manager, cipher, record, definition, actorId, at, seq: record.position.seq + 1 };
  const notices = await freezeNotices({ ...context, act, step, effect });
  const facts = { ...effect.facts, batchNo, batchAct: batchActionId };
  return {
    record,
    write: {
      definition,
      advance: step,
      act,
      actorId,
      actionId: `${batchActionId}:${record.position.caseNo}`,
      at,
      facts: notices.length > 0 ? { ...facts, notices: noticeDigests(notices) } : facts,
      notices,
      writes: effect.writes ?? [],
    },
  };
}

const checking: readonly Stage[] = ['financeReview', 'financeApproval'];

/** Why a case cannot take part any more; null: it can. Posts, duties and the place of the case are judged as for a single act. */
async function hindrance(
  manager: EntityManager,
  { act, actorId }: Carrying,
  record: CaseRecord | undefined,
): Promise<BatchLeaving | null> {
  if (!record) return 'moved';
  if (record.task?.holderId && record.task.holderId !== actorId) return 'busy';
  const { stage, waiting } = record.position;
  // The orders of a batch fall before anything was released; a single one is called back after that alone (`judgeRecall`).
  if (act === 'voidBatch') return waiting === null && checking.includes(stage) ? null : 'moved';
  const definition = await getDefinition(manager, record.matter, record.definitionVersion);
  const caseAct = caseActs[act];
  const verdict = judgeMove(definition, record.position, { act: caseAct, actorId, seenSeq: record.position.seq });
  if (!verdict.allowed) return verdict.code === 'DUTY_CONFLICT' ? 'duty' : 'moved';
  const hasRight =
    record.actor?.active === true &&
    record.actor.agencyId === record.agencyId &&
    judgeRight(definition, record.position, caseAct, record.actor.posts).allowed;
  return hasRight ? null : 'duty';
}

/** 拨付制定 of many: one order per decision, amount and payee as decided (M7); whose account is another by now leaves the batch. */
async function drawOrders(
  manager: EntityManager,
  cipher: ColumnCipher,
  carrying: Carrying,
  items: BatchItem[],
  records: ReadonlyMap<string, CaseRecord>,
): Promise<Part[]> {
  const { batchNo, actorId, at } = carrying;
  const caseNos = items.map(({ caseNo }) => caseNo);
  const [decisions, earlier, inDoubt] = await Promise.all([
    rows<{ id: string; case_no: string; due_fen: number; payee_digest: Buffer }>(
      manager,
      `SELECT id, case_no, payable_fen - offset_of(id) AS due_fen, payee_digest FROM decision
       WHERE case_no = ANY ($1::text[]) AND voided_at IS NULL AND outcome = 'approved'`,
      [caseNos],
    ),
    rows<{ case_no: string; count: number }>(
      manager,
      `SELECT case_no, count(*) AS count FROM payout_order WHERE case_no = ANY ($1::text[]) GROUP BY case_no`,
      [caseNos],
    ),
    findDebitsInDoubt(manager, caseNos),
  ]);
  const decisionOf = new Map(decisions.map((decision) => [decision.case_no, decision]));
  const drawnBefore = new Map(earlier.map((row) => [row.case_no, row.count]));
  const orders: Record<string, unknown>[] = [];
  const parts: Part[] = [];
  for (const item of items) {
    const record = records.get(item.caseNo);
    const leftAs = (await hindrance(manager, carrying, record)) ?? (inDoubt.has(item.caseNo) ? 'inDoubt' : null);
    const decision = decisionOf.get(item.caseNo);
    if (leftAs || !record) {
      parts.push({ item, leftAs: leftAs ?? 'moved' });
      continue;
    }
    const payee = openFiledClaim(cipher, record).payee;
    const { payeeEnc, payeeDigest, accountDigest } = sealPayee(cipher, payee);
    const isSame =
      decision?.id === item.decisionId &&
      decision.due_fen === item.amountFen &&
      sameBytes(payeeDigest, decision.payee_digest);
    if (!isSame) {
      parts.push({ item, leftAs: 'changed' });
      continue;
    }
    const orderNo = `${item.caseNo}P${(drawnBefore.get(item.caseNo) ?? 0) + 1}`;
    orders.push({
      order_no: orderNo,
      case_no: item.caseNo,
      decision_id: decision.id,
      agency_id: record.agencyId,
      amount_fen: item.amountFen,
      payee_enc: payeeEnc.toString('hex'),
      payee_digest: payeeDigest.toString('hex'),
      account_digest: accountDigest.toString('hex'),
    });
    const facts = {
      orderNo,
      amountFen: item.amountFen,
      payeeDigest: payeeDigest.toString('hex'),
      previousOrderNo: null,
    };
    parts.push({ item, record, effect: { facts, road: { orderNo, batchNo } } });
  }
  await rows(
    manager,
    `INSERT INTO payout_order (order_no, case_no, decision_id, agency_id, state, amount_fen, payee_enc, payee_digest, account_digest,
       drawn_by, drawn_at, batch_no)
     SELECT order_no, case_no, decision_id, agency_id, 'drawn', amount_fen, decode(payee_enc, 'hex'), decode(payee_digest, 'hex'),
       decode(account_digest, 'hex'), $2, $3, $4
     FROM jsonb_to_recordset($1::jsonb) AS o(order_no text, case_no text, decision_id uuid, agency_id text, amount_fen bigint,
       payee_enc text, payee_digest text, account_digest text)`,
    [JSON.stringify(orders), actorId, at, batchNo],
  );
  return parts;
}

/** 财务复核, 财务审批 and 作废 of many: the cases that still stand where the batch left them, each with its order. */
async function stepOrders(
  manager: EntityManager,
  carrying: Carrying,
  items: BatchItem[],
  records: ReadonlyMap<string, CaseRecord>,
): Promise<Part[]> {
  const parts: Part[] = [];
  for (const item of items) {
    const record = records.get(item.caseNo);
    // 作废 before anything was drawn: the case goes back to what it was, one person's task.
    if (carrying.act === 'voidBatch' && item.orderNo === null) {
      parts.push({ item, leftAs: 'void' });
      continue;
    }
    const leftAs = await hindrance(manager, carrying, record);
    const order = record?.order;
    if (leftAs || !record || !order || record.position.order?.orderNo !== item.orderNo) {
      parts.push({ item, leftAs: leftAs ?? 'moved' });
      continue;
    }
    const { orderNo } = item;
    const facts = carrying.act === 'voidBatch' ? { voidedOrderNo: orderNo } : { orderNo, amountFen: order.amountFen };
    parts.push({ item, record, effect: { facts } });
  }
  return parts;
}

const orderSteps = {
  reviewBatch: { from: ['drawn'], to: 'reviewed', sets: 'reviewed_by = $4::text::uuid' },
  releaseBatch: { from: ['reviewed'], to: 'released', sets: 'released_by = $4::text::uuid' },
  voidBatch: { from: ['drawn', 'reviewed'], to: 'void', sets: 'settled_at = $5::timestamptz' },
} as const;

/** Under the locks of their cases a refused move is a bug, not a race. */
async function moveOrders(
  manager: EntityManager,
  { act, actorId, at }: Carrying,
  orderNos: readonly string[],
): Promise<void> {
  if (act === 'makeBatch') return;
  const { from, to, sets } = orderSteps[act];
  const moved = await rows(
    manager,
    `UPDATE payout_order SET state = $3, ${sets}
     WHERE order_no = ANY ($1::text[]) AND state = ANY ($2::text[]) AND $4::text IS NOT NULL AND $5::timestamptz IS NOT NULL RETURNING order_no`,
    [orderNos, from, to, actorId, at],
  );
  if (moved.length !== orderNos.length)
    throw new Error(`${orderNos.length - moved.length} orders could not be moved to ${to}`);
}
