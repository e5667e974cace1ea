import type { ActBodyOf } from '@banjie/contracts';
import {
  capYearOf,
  computeBenefit,
  DomainError,
  fen,
  findPolicyRow,
  formatYuan,
  type Benefit,
  type BenefitPolicyRow,
  type CostLine,
  type HospitalGrade,
  type InsuranceScheme,
} from '@banjie/domain';
import { rows, type CaseRecord } from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import type { Effect, EffectContext } from './effect';
import { readFiling } from './filing-facts';
import { codedReasons } from './reasons';
import { demandFact } from './refusal';

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
    const reasons = codedReasons(definition, body.act, 'refuse', body.reasons ?? []);
    return { facts: { outcome: 'refuse', reasons }, sets: { proposalOutcome: 'refuse', proposedFen: 0 } };
  }
  const earlier = await latestDeductions(manager, record.position.caseNo);
  const deductions: Deduction[] = body.deductions
    ? body.deductions.map(({ lineNo, amountFen, reasonCode, text }) => {
        const [reason] = codedReasons(definition, body.act, 'deduct', [{ code: reasonCode, text }]);
        return { lineNo, amountFen, reasonCode, clause: reason!.clause };
      })
    : earlier;
  const { benefit, policyId } = await benefitOf(context, deductions);
  if (body.payableFen !== undefined && body.payableFen !== benefit.payableFen) {
    throw new DomainError('AMOUNT_CHANGED', {
      payableFen: benefit.payableFen,
      payable: formatYuan(benefit.payableFen),
      shown: formatYuan(fen(body.payableFen)),
    });
  }
  if (deductions.length > 0) {
    await rows(
      manager,
      `INSERT INTO line_deduction (case_no, seq, line_no, amount_fen, reason_code, clause)
       SELECT $1, $2, (d.value->>'lineNo')::int, (d.value->>'amountFen')::bigint, d.value->>'reasonCode', d.value->>'clause'
       FROM jsonb_array_elements($3::jsonb) d`,
      [record.position.caseNo, seq, JSON.stringify(deductions)],
    );
  }
  await rows(
    manager,
    `INSERT INTO benefit_result (case_no, seq, payable_fen, policy_id, trace) VALUES ($1, $2, $3, $4, $5)`,
    [record.position.caseNo, seq, benefit.payableFen, policyId, JSON.stringify(benefit.trace)],
  );
  return {
    facts: {
      outcome: 'pass',
      payableFen: benefit.payableFen,
      deductedFen: benefit.deductedFen,
      deductions: deductions.map(({ lineNo, amountFen, reasonCode }) => ({ lineNo, amountFen, reasonCode })),
    },
    sets: { proposalOutcome: 'pass', proposedFen: benefit.payableFen },
  };
}

async function latestDeductions(manager: EntityManager, caseNo: string): Promise<Deduction[]> {
  return rows<Deduction>(
    manager,
    `SELECT line_no AS "lineNo", amount_fen AS "amountFen", reason_code AS "reasonCode", clause FROM line_deduction
     WHERE case_no = $1 AND seq = (SELECT max(seq) FROM benefit_result WHERE case_no = $1) ORDER BY line_no`,
    [caseNo],
  );
}

/** R-AM-01…04 for the case as it stands; also what `GET /api/cases/{caseNo}/benefit` shows before anyone proposes. */
export async function benefitOf(
  context: Pick<EffectContext, 'manager' | 'cipher' | 'record'>,
  deductions: readonly { lineNo: number; amountFen: number; reasonCode: string }[],
): Promise<{ benefit: Benefit; policyId: number; capFen: number }> {
  const { manager, record } = context;
  const { hospitalCode, dischargeDate } = (await readFiling(context)).stay;
  const lines = await statementLines(manager, record.filingId);
  for (const { lineNo } of deductions) {
    demandFact(
      lines.some((line) => line.lineNo === lineNo),
      'UNKNOWN_LINE',
      { lineNo },
    );
  }
  const insured = await insuredOf(manager, record);
  const [hospital] = await rows<{ grade: number }>(manager, `SELECT grade FROM hospital WHERE code = $1`, [
    hospitalCode,
  ]);
  demandFact(hospital !== undefined, 'NO_POLICY_ROW', { key: `医疗机构 ${hospitalCode}` });
  const policies = await policyRows(manager, record.regionCode);
  const key = {
    regionCode: record.regionCode,
    scheme: insured.scheme,
    hospitalGrade: `level${hospital.grade}` as HospitalGrade,
  };
  const policyRow = findPolicyRow(policies, key, dischargeDate);
  const capUsedFen = await capUsed(manager, insured.id, insured.scheme, capYearOf(dischargeDate));
  const benefit = computeBenefit({
    lines,
    deductions: deductions.map((d) => ({ ...d, amountFen: fen(d.amountFen) })),
    policyRow,
    capUsedFen: fen(capUsedFen),
  });
  return { benefit, policyId: policies.find((p) => p === policyRow)!.id, capFen: policyRow.annualCapFen };
}

export async function insuredOf(
  manager: EntityManager,
  record: CaseRecord,
): Promise<{ id: string; scheme: InsuranceScheme }> {
  const [person] = await rows<{ id: string; scheme: InsuranceScheme }>(
    manager,
    `SELECT id, scheme FROM insured_person WHERE id = $1`,
    [record.personId],
  );
  demandFact(person !== undefined, 'NO_POLICY_ROW', { key: '参保人' });
  return person;
}

export async function capUsed(manager: EntityManager, personId: string, scheme: string, year: number): Promise<number> {
  const [used] = await rows<{ used_fen: number }>(
    manager,
    `SELECT used_fen FROM cap_usage WHERE person_id = $1 AND scheme = $2 AND year = $3`,
    [personId, scheme, year],
  );
  return used?.used_fen ?? 0;
}

async function statementLines(manager: EntityManager, filingId: string): Promise<CostLine[]> {
  return rows<CostLine>(
    manager,
    `SELECT line_no AS "lineNo", item_code AS "itemCode", item_name AS "itemName", category, amount_fen AS "amountFen",
       (quantity_milli / 1000.0)::text AS quantity, unit_price_fen AS "unitPriceFen", catalogue_class AS "catalogueClass",
       self_paid_first_bp AS "selfPaidFirstBp"
     FROM statement_line WHERE filing_id = $1 ORDER BY line_no`,
    [filingId],
  );
}

async function policyRows(manager: EntityManager, regionCode: string): Promise<(BenefitPolicyRow & { id: number })[]> {
  return rows(
    manager,
    `SELECT id, region_code AS "regionCode", scheme, 'level' || hospital_grade AS "hospitalGrade",
       effective_from AS "effectiveFrom", effective_to AS "effectiveTo", source_document AS "sourceDocument",
       source_clause AS "sourceClause", deductible_fen AS "deductibleFen", ratio_bp AS "ratioBp",
       annual_cap_fen AS "annualCapFen", example
     FROM benefit_policy WHERE region_code = $1`,
    [regionCode],
  );
}
