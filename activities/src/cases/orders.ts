import type { ActBodyOf } from '@banjie/contracts';
import { bankReasonLabels, DomainError, payoutStateLabels, type BankReason, type PayoutState } from '@banjie/domain';
import {
  demandReleasable,
  findDebitsInDoubt,
  giveBackReleased,
  insuredOf,
  lockPayoutOrder,
  openFiledClaim,
  rows,
  sameBytes,
  openPayee,
  payeeDigest,
  sealPayee,
  type FrozenPayee,
  type Statement,
} from '@banjie/persistence';
import { fundAccountOf } from '../payouts/payment';
import type { Effect, EffectContext } from './effect';
import { latePapers } from './late-papers';
import { lawfulPayee } from './new-payee';
import { codedReasons } from './reasons';
import { demandFact } from './refusal';

/**
 * 拨付制定: one order per decision, amount and payee as decided (M7). After a refusal by the bank, a 退票 or a return from finance
 * a new order, linked to the old, goes to another account, checked again by 财务复核; the sum never exceeds the decision, because
 * the old one is dead.
 */
export async function drawOrder(body: ActBodyOf<'preparePayout'>, context: EffectContext): Promise<Effect> {
  const { manager, cipher, record, actorId, at } = context;
  const deciding = rows<Decision>(
    manager,
    `SELECT d.id, d.payable_fen, offset_of(d.id) AS offset_fen, d.payee_digest, d.supplements IS NOT NULL AS is_supplement
     FROM decision d WHERE d.case_no = $1 AND d.voided_at IS NULL AND d.outcome = 'approved'
       AND NOT EXISTS (SELECT 1 FROM payout_order o WHERE o.decision_id = d.id AND o.state NOT IN ('failed', 'returned', 'void'))
     ORDER BY EXISTS (SELECT 1 FROM payout_order o WHERE o.decision_id = d.id AND o.order_no = $2) DESC, d.round DESC LIMIT 1`,
    [record.position.caseNo, record.position.order?.orderNo ?? null],
  );
  const drawn = rows<{
    order_no: string;
    state: PayoutState;
    decision_id: string;
    bank_reason: BankReason | null;
    payee_enc: Buffer;
  }>(
    manager,
    `SELECT order_no, state, decision_id, bank_reason, payee_enc FROM payout_order WHERE case_no = $1 ORDER BY drawn_at, order_no`,
    [record.position.caseNo],
  );
  const doubting = findDebitsInDoubt(manager, [record.position.caseNo]);
  const [[decision], earlier, inDoubt] = await Promise.all([deciding, drawn, doubting]);
  demandFact(decision !== undefined, 'ORDER_MISSING');
  // What the bank booked for this claim after all may be the payment itself (M1).
  const [entryNo] = inDoubt.values();
  if (entryNo !== undefined) throw new DomainError('DEBIT_IN_DOUBT', { entryNo });
  const ofDecision = earlier.filter((o) => o.decision_id === decision.id);
  const previous = ofDecision.at(-1) ?? null;
  // The account failed at the bank: only another one can follow. What finance alone let fall says nothing of the account.
  const spoilt = ofDecision.filter(({ state }) => state === 'failed' || state === 'returned').at(-1);
  if (spoilt && !body.payee) {
    const { order_no: orderNo, state, bank_reason: reason } = spoilt;
    const bankReason = bankReasonLabels[reason ?? 'other'];
    throw new DomainError('NEW_PAYEE_REQUIRED', { orderNo, state: payoutStateLabels[state], bankReason }, 'payee');
  }
  // Before anything was sent another account is no matter of finance: 复核 names it, and 审批 decides anew (M7).
  if (!spoilt && body.payee) throw new DomainError('PAYEE_CHANGED', {}, 'payee');

  const payee = body.payee
    ? await lawfulPayee(body.payee, body.attachmentIds ?? [], context)
    : decision.is_supplement
      ? paidPayee(earlier, decision, cipher)
      : openFiledClaim(cipher, record).payee;
  const { payeeEnc, payeeDigest: digest, accountDigest } = sealPayee(cipher, payee);
  demandFact(body.payee !== undefined || sameBytes(digest, decision.payee_digest), 'PAYEE_CHANGED');
  // An order to the approved account stands on the decision alone, whatever was recalled before it (paymentOf).
  const linked = body.payee ? (previous?.order_no ?? null) : null;
  const orderNo = `${record.position.caseNo}P${earlier.length + 1}`;
  // 抵扣: what three persons took off this payout for a claim on the same person.
  const amountFen = decision.payable_fen - decision.offset_fen;
  const write: Statement = {
    sql: `INSERT INTO payout_order (order_no, case_no, decision_id, agency_id, state, amount_fen, payee_enc, payee_digest,
       account_digest, previous_order_no, drawn_by, drawn_at)
     VALUES ($1, $2, $3, $4, 'drawn', $5, $6, $7, $8, $9, $10, $11)`,
    parameters: [
      orderNo,
      record.position.caseNo,
      decision.id,
      record.agencyId,
      amountFen,
      payeeEnc,
      digest,
      accountDigest,
      linked,
      actorId,
      at,
    ],
  };
  return {
    facts: {
      orderNo,
      amountFen,
      ...(decision.offset_fen > 0 ? { offsetFen: decision.offset_fen } : {}),
      payeeDigest: digest.toString('hex'),
      previousOrderNo: linked,
      ...(body.payee
        ? { payeeRelation: payee.relation, ...(await latePapers(context, body.attachmentIds ?? [])) }
        : {}),
    },
    writes: [write],
    road: { orderNo },
  };
}

interface Decision {
  id: string;
  payable_fen: number;
  offset_fen: number;
  payee_digest: Buffer;
  is_supplement: boolean;
}

/** 补付 goes to the account that was paid before: the one its decision names. */
function paidPayee(
  earlier: readonly { payee_enc: Buffer }[],
  { payee_digest: wanted }: Decision,
  cipher: EffectContext['cipher'],
): FrozenPayee {
  const payees = earlier.map(({ payee_enc: sealed }) => openPayee(cipher, sealed));
  const payee = payees.find((one) => sameBytes(payeeDigest(cipher, one), wanted));
  if (!payee) throw new DomainError('PAYEE_CHANGED');
  return payee;
}

/** 财务复核 and 财务审批: the order takes one step; finance can alter neither amount nor payee (SD-03). */
export async function stepOrder(
  { record, actorId }: EffectContext,
  from: PayoutState,
  to: PayoutState,
  column: 'reviewed_by' | 'released_by',
): Promise<Effect> {
  const orderNo = record.position.order?.orderNo;
  demandFact(orderNo !== undefined && record.order?.state === from, 'ORDER_MISSING');
  const write: Statement = {
    sql: `UPDATE payout_order SET state = $3, ${column} = $4 WHERE order_no = $1 AND state = $2 RETURNING order_no`,
    parameters: [orderNo, from, to, actorId],
    demandsOneRow: 'ORDER_MISSING',
  };
  return { facts: { orderNo, amountFen: record.order.amountFen }, writes: [write] };
}

/** 财务审批: the order may leave, within the limits of the day; it counts on the day of this act. */
export async function releaseOrder(_body: ActBodyOf<'releasePayout'>, context: EffectContext): Promise<Effect> {
  const { manager, record, actorId, at } = context;
  const effect = await stepOrder(context, 'reviewed', 'released', 'released_by');
  const orders = [{ personId: insuredOf(record).id, amountFen: record.order!.amountFen }];
  await demandReleasable(manager, { fundAccount: fundAccountOf(record.agencyId), actorId, at, orders });
  const stamp: Statement = {
    sql: `UPDATE payout_order SET released_at = $2 WHERE order_no = $1`,
    parameters: [record.position.order!.orderNo, at],
  };
  return { ...effect, writes: [...effect.writes!, stamp] };
}

/**
 * 撤回拨付: an order that was released and has not left, not even once, falls; what was decided stands and is drawn anew. The order's lock
 * settles the race with the sending.
 */
export async function recallOrder(body: ActBodyOf<'recallPayout'>, context: EffectContext): Promise<Effect> {
  const { manager, definition, record, at } = context;
  const reasons = codedReasons(definition, body.act, 'sendBack', body.reasons);
  const orderNo = record.position.order?.orderNo;
  const order = orderNo === undefined ? null : await lockPayoutOrder(manager, orderNo);
  demandFact(order !== null, 'ORDER_MISSING');
  demandFact(order.state === 'released' && order.lastSend === null, 'RECALL_TOO_LATE', { orderNo });
  const write: Statement = {
    sql: `UPDATE payout_order SET state = 'void', settled_at = $2 WHERE order_no = $1 AND state = 'released' RETURNING order_no`,
    parameters: [order.orderNo, at],
    demandsOneRow: 'RECALL_TOO_LATE',
  };
  const givenBack = giveBackReleased(fundAccountOf(record.agencyId), [order.orderNo]);
  return { facts: { reasons, voidedOrderNo: order.orderNo }, writes: [write, ...givenBack] };
}

/** A return from finance after a 退票: the order drawn for the new account falls; decision, amount and reserved cap stand. */
export async function voidOrder({ manager, record, at }: EffectContext): Promise<Record<string, unknown>> {
  const orderNo = record.position.order?.orderNo;
  demandFact(orderNo !== undefined, 'ORDER_MISSING');
  const voided = await rows(
    manager,
    `UPDATE payout_order SET state = 'void', settled_at = $2 WHERE order_no = $1 AND state IN ('drawn', 'reviewed')
     RETURNING order_no`,
    [orderNo, at],
  );
  demandFact(voided.length === 1, 'ORDER_MISSING');
  return { voidedOrderNo: orderNo };
}
