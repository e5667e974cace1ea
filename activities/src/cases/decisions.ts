import { randomUUID } from 'node:crypto';
import type { ActBodyOf } from '@banjie/contracts';
import { capYearOf, DomainError, fen, formatYuan } from '@banjie/domain';
import {
  capUsed,
  findLatestBenefit,
  findProposedPayee,
  insuredOf,
  openFiledClaim,
  payeeDigest,
  rows,
  type Statement,
} from '@banjie/persistence';
import type { Effect, EffectContext } from './effect';
import { codedReasons } from './reasons';
import { demandFact } from './refusal';

/**
 * 审批 approves the proposed amount and no other. The yearly cap is reserved by one conditional update (R-AM-02b); where less
 * is left than was shown, the answer names the new amount and the approver decides on that.
 */
export async function approveCase(
  body: ActBodyOf<'approve'> & { payableFen: number },
  context: EffectContext,
): Promise<Effect> {
  const { manager, cipher, record } = context;
  demandFact(record.proposalOutcome !== null, 'PROPOSAL_MISSING');
  demandFact(record.proposalOutcome === 'pass', 'PROPOSAL_IS_REFUSAL');
  const filing = openFiledClaim(cipher, record);
  const insured = insuredOf(record);
  const benefit = await findLatestBenefit(manager, record.position.caseNo);
  demandFact(benefit !== null, 'PROPOSAL_MISSING');
  const { basicPayFen, capFen } = benefit;
  const year = capYearOf(filing.stay.dischargeDate);
  const shown = body.payableFen;
  const reserving = rows(
    manager,
    `INSERT INTO cap_usage (person_id, scheme, year, used_fen) SELECT $1, $2, $3, $4::bigint WHERE $4::bigint <= $5::bigint
     ON CONFLICT (person_id, scheme, year) DO UPDATE SET used_fen = cap_usage.used_fen + $4::bigint
       WHERE cap_usage.used_fen + $4::bigint <= $5::bigint
     RETURNING used_fen`,
    [insured.id, insured.scheme, year, shown, capFen],
  );
  // What the person had left before this reservation; the row is locked by it.
  const [reserved, usedNow] = await Promise.all([reserving, capUsed(manager, insured.id, insured.scheme, year)]);
  const used = usedNow - (reserved.length === 1 ? shown : 0);
  const payableFen = Math.max(0, Math.min(basicPayFen, capFen - used));
  if (payableFen !== shown || reserved.length !== 1) {
    const code =
      payableFen < Math.min(basicPayFen, record.proposedFen ?? basicPayFen) ? 'CAP_CHANGED' : 'AMOUNT_CHANGED';
    throw new DomainError(code, { payableFen, payable: formatYuan(fen(payableFen)), shown: formatYuan(fen(shown)) });
  }
  const digest = payeeDigest(cipher, filing.payee);
  if (record.correctedPayee) {
    // A row is believed as far as the proposal signed it.
    const proposed = await findProposedPayee(manager, cipher, record.position.caseNo);
    demandFact(proposed === digest.toString('hex'), 'PAYEE_CHANGED');
  }
  const { decisionId, write } = decide(context, 'approved', payableFen, digest);
  return {
    facts: { decisionId, payableFen, payeeDigest: digest.toString('hex'), capYear: year },
    writes: [write],
    benefit,
    road: { payableFen },
    sets: { payableFen },
  };
}

/** Only 审批 rejects, a proposal to pass as well as one to refuse. */
export async function rejectCase(body: ActBodyOf<'reject'>, context: EffectContext): Promise<Effect> {
  const reasons = codedReasons(context.definition, body.act, 'reject', body.reasons);
  demandFact(context.record.proposalOutcome !== null, 'PROPOSAL_MISSING');
  const digest = payeeDigest(context.cipher, openFiledClaim(context.cipher, context.record).payee);
  const { decisionId, write } = decide(context, 'rejected', 0, digest);
  const facts = { decisionId, payeeDigest: digest.toString('hex'), reasons };
  return { facts, writes: [write], sets: { payableFen: 0 } };
}

/** The row of a decision; `digest` says whom the money goes to, null where a matter pays nothing. */
export function decide(
  { record, actorId, at }: EffectContext,
  outcome: 'approved' | 'rejected',
  payableFen = 0,
  digest: Buffer | null = null,
): { decisionId: string; write: Statement } {
  const decisionId = randomUUID();
  const { caseNo, round } = record.position;
  return {
    decisionId,
    write: {
      sql: `INSERT INTO decision (id, case_no, round, outcome, payable_fen, payee_digest, decided_by, decided_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      parameters: [decisionId, caseNo, round, outcome, payableFen, digest, actorId, at],
    },
  };
}

/** A return from finance: the approval and its unpaid order fall, the reserved part of the cap is free again. */
export async function voidDecision(context: EffectContext): Promise<Record<string, unknown>> {
  const { manager, cipher, record, at } = context;
  const voided = await rows<{ id: string; payable_fen: number }>(
    manager,
    `UPDATE decision SET voided_at = $2 WHERE case_no = $1 AND voided_at IS NULL RETURNING id, payable_fen`,
    [record.position.caseNo, at],
  );
  if (voided.length !== 1) throw new Error('an approved case without one live decision');
  const { id, payable_fen: payableFen } = voided[0]!;
  const orders = await rows<{ order_no: string }>(
    manager,
    `UPDATE payout_order SET state = 'void', settled_at = $2 WHERE decision_id = $1 AND state IN ('drawn', 'reviewed')
     RETURNING order_no`,
    [id, at],
  );
  const left = await rows(
    manager,
    `SELECT 1 FROM payout_order WHERE decision_id = $1 AND state NOT IN ('void', 'failed', 'returned')`,
    [id],
  );
  if (left.length > 0) throw new DomainError('ALREADY_PAID');
  const insured = insuredOf(record);
  const year = capYearOf(openFiledClaim(cipher, record).stay.dischargeDate);
  await rows(
    manager,
    `UPDATE cap_usage SET used_fen = used_fen - $4 WHERE person_id = $1 AND scheme = $2 AND year = $3`,
    [insured.id, insured.scheme, year, payableFen],
  );
  return { voidedDecisionId: id, voidedOrderNo: orders[0]?.order_no ?? null };
}
