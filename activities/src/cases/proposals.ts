import type { ActBodyOf } from '@banjie/contracts';
import { DomainError, fen, formatYuan, type NewPayee } from '@banjie/domain';
import { benefitOf, rows, sealPayee, type Statement } from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import type { Effect, EffectContext } from './effect';
import { latePapers } from './late-papers';
import { lawfulPayee } from './new-payee';
import { codedReasons } from './reasons';

interface Deduction {
  lineNo: number;
  amountFen: number;
  reasonCode: string;
  clause: string;
}

/**
 * 初审 and 复核 propose: pass with an amount (R-AM, 核减 with clause) or refuse with reasons; the decision is 审批's alone.
 * Deductions left out stay as the earlier proposal made them.
 */
export async function propose(body: ActBodyOf<'propose'>, context: EffectContext): Promise<Effect> {
  const { manager, definition, record, seq } = context;
  if (body.outcome === 'refuse') {
    if (body.payee) throw new DomainError('BAD_SHAPE', { reason: '拟不予支付的,不更改收款账户' }, 'payee');
    const reasons = codedReasons(definition, body.act, 'refuse', body.reasons ?? []);
    return { facts: { outcome: 'refuse', reasons }, sets: { proposalOutcome: 'refuse', proposedFen: 0 } };
  }
  const deductions: Deduction[] = body.deductions
    ? body.deductions.map(({ lineNo, amountFen, reasonCode, text }) => {
        const [reason] = codedReasons(definition, body.act, 'deduct', [{ code: reasonCode, text }]);
        return { lineNo, amountFen, reasonCode, clause: reason!.clause };
      })
    : await latestDeductions(manager, record.position.caseNo);
  const seen = new Set<string>();
  for (const { lineNo, reasonCode } of deductions) {
    if (seen.has(`${lineNo} ${reasonCode}`)) throw new DomainError('DUPLICATE_DEDUCTION', { lineNo }, 'deductions');
    seen.add(`${lineNo} ${reasonCode}`);
  }
  const { benefit, policyId, crossRegion } = await benefitOf(manager, context.cipher, record, deductions);
  if (body.payableFen !== undefined && body.payableFen !== benefit.payableFen) {
    throw new DomainError('AMOUNT_CHANGED', {
      payableFen: benefit.payableFen,
      payable: formatYuan(benefit.payableFen),
      shown: formatYuan(fen(body.payableFen)),
    });
  }
  const writes: Statement[] = [
    {
      sql: `INSERT INTO benefit_result (case_no, seq, payable_fen, policy_id, trace, cross_region) VALUES ($1, $2, $3, $4, $5, $6)`,
      parameters: [
        record.position.caseNo,
        seq,
        benefit.payableFen,
        policyId,
        JSON.stringify(benefit.trace),
        crossRegion && JSON.stringify(crossRegion),
      ],
    },
  ];
  if (deductions.length > 0) {
    writes.push({
      sql: `INSERT INTO line_deduction (case_no, seq, line_no, amount_fen, reason_code, clause)
       SELECT $1, $2, (d.value->>'lineNo')::int, (d.value->>'amountFen')::bigint, d.value->>'reasonCode', d.value->>'clause'
       FROM jsonb_array_elements($3::jsonb) d`,
      parameters: [record.position.caseNo, seq, JSON.stringify(deductions)],
    });
  }
  const corrected = body.payee && (await correctPayee(body.payee, body.attachmentIds ?? [], context));
  return {
    facts: {
      outcome: 'pass',
      payableFen: benefit.payableFen,
      deductedFen: benefit.deductedFen,
      deductions: deductions.map(({ lineNo, amountFen, reasonCode }) => ({ lineNo, amountFen, reasonCode })),
      // Which rule cut the ratio and by which filing: the chain holds what the amount was judged by.
      ...(crossRegion ? { rule: crossRegion.ruleId, cutBp: crossRegion.cutBp, filingId: crossRegion.filingId } : {}),
      ...corrected?.facts,
    },
    writes: corrected ? [...writes, corrected.write] : writes,
    sets: { proposalOutcome: 'pass', proposedFen: benefit.payableFen },
  };
}

/** The account that 审批 will decide on, instead of the filed one or of an earlier correction. */
async function correctPayee(payee: NewPayee, attachmentIds: string[], context: EffectContext) {
  const lawful = await lawfulPayee(payee, attachmentIds, context);
  const { payeeEnc, payeeDigest } = sealPayee(context.cipher, lawful);
  const write: Statement = {
    sql: `INSERT INTO case_payee (case_no, seq, payee_enc) VALUES ($1, $2, $3)`,
    parameters: [context.record.position.caseNo, context.seq, payeeEnc],
  };
  const facts = {
    payeeDigest: payeeDigest.toString('hex'),
    payeeRelation: lawful.relation,
    ...(await latePapers(context, attachmentIds)),
  };
  return { facts, write };
}

async function latestDeductions(manager: EntityManager, caseNo: string): Promise<Deduction[]> {
  return rows<Deduction>(
    manager,
    `SELECT line_no AS "lineNo", amount_fen AS "amountFen", reason_code AS "reasonCode", clause FROM line_deduction
     WHERE case_no = $1 AND seq = (SELECT max(seq) FROM benefit_result WHERE case_no = $1) ORDER BY line_no`,
    [caseNo],
  );
}
