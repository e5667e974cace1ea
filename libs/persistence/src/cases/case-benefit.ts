import {
  capYearOf,
  computeBenefit,
  DomainError,
  fen,
  findCrossRegionPolicy,
  findPolicyRow,
  hospitalOfStay,
  ruleCrossRegion,
  type Benefit,
  type BenefitPolicyRow,
  type CostLine,
  type CrossRegionRuling,
  type FilingBody,
  type RegisteredHospital,
  type InsuranceScheme,
} from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { findElsewhere, findHospital } from '../filings/filing-gaps';
import { getDefinition } from './definitions';
import type { CaseRecord } from './case-record';
import { openPayee, type FrozenPayee } from '../payouts/payee';

/** The part of a filing that acts need; the whole shape is libs/contracts `filing.ts`. */
export interface FiledClaimFacts {
  stay: NonNullable<FilingBody['stay']> & { hospitalCode: string; dischargeDate: string };
  /** As filed, or as corrected since by 初审 or 复核. */
  payee: FrozenPayee;
}

/** @throws DomainError FILING_HAS_GAPS where the filing lacks what a decision stands on */
export function openFiledClaim(
  cipher: ColumnCipher,
  { filingBody, correctedPayee }: Pick<CaseRecord, 'filingBody' | 'correctedPayee'>,
): FiledClaimFacts {
  const body = cipher.decryptJson<Partial<FiledClaimFacts>>('filing.body', filingBody);
  if (!body.stay?.hospitalCode || !body.stay.dischargeDate || !body.payee?.accountNumber) {
    throw new DomainError('FILING_HAS_GAPS', { count: 1 });
  }
  const payee = correctedPayee ? openPayee(cipher, correctedPayee) : body.payee;
  return { ...(body as FiledClaimFacts), payee };
}

/**
 * R-AM-01…04 for the case as it stands, with the cut of R-RT where its matter pays for care outside the pooling area; also what
 * `POST /api/cases/{caseNo}/benefit` shows before anyone proposes.
 */
export async function benefitOf(
  manager: EntityManager,
  cipher: ColumnCipher,
  record: CaseRecord,
  deductions: readonly { lineNo: number; amountFen: number; reasonCode: string }[],
): Promise<{ benefit: Benefit; policyId: number; crossRegion: StoredRuling | null; capFen: number }> {
  const { stay } = openFiledClaim(cipher, record);
  const { hospitalCode, dischargeDate } = stay;
  const insured = insuredOf(record);
  const { careElsewhere } = await getDefinition(manager, record.matter, record.definitionVersion);
  const [lines, hospital, policies, capUsedFen, elsewhere] = await Promise.all([
    statementLines(manager, record.filingId),
    findHospital(manager, hospitalCode),
    policyRows(manager, record.regionCode),
    capUsed(manager, insured.id, insured.scheme, capYearOf(dischargeDate)),
    careElsewhere ? findElsewhere(manager, insured.id, record) : null,
  ]);
  for (const { lineNo } of deductions) {
    if (!lines.some((line) => line.lineNo === lineNo)) throw new DomainError('UNKNOWN_LINE', { lineNo });
  }
  const hospitalGrade = hospital?.grade ?? (careElsewhere ? stay.describedHospital?.grade : null);
  if (!hospitalGrade) throw new DomainError('NO_POLICY_ROW', { key: `医疗机构 ${hospitalCode}` });
  const key = { regionCode: record.regionCode, scheme: insured.scheme, hospitalGrade };
  const policyRow = findPolicyRow(policies, key, dischargeDate);
  const crossRegion = elsewhere ? rulingOf(stay, hospital, key, elsewhere) : null;
  const benefit = computeBenefit({
    lines,
    deductions: deductions.map((d) => ({ ...d, amountFen: fen(d.amountFen) })),
    policyRow,
    capUsedFen: fen(capUsedFen),
    crossRegion,
  });
  const policyId = policies.find((p) => p === policyRow)!.id;
  return { benefit, policyId, crossRegion, capFen: policyRow.annualCapFen };
}

/** The ruling as it is stored beside the trace, with the policy row and the filing it was made by. */
export type StoredRuling = CrossRegionRuling & { policyId: number };

/** @throws DomainError NO_CROSS_REGION_POLICY, POLICY_ROWS_OVERLAP; FILING_HAS_GAPS without a place or a day of admission */
function rulingOf(
  stay: FiledClaimFacts['stay'],
  hospital: RegisteredHospital | null,
  key: { regionCode: string; scheme: InsuranceScheme },
  { filings, policies, calendar }: Awaited<ReturnType<typeof findElsewhere>>,
): StoredRuling {
  const place = hospitalOfStay({ body: { stay }, hospital });
  if (!place || !stay.admissionDate) throw new DomainError('FILING_HAS_GAPS', { count: 1 });
  const policy = findCrossRegionPolicy(policies, key, stay.dischargeDate);
  const ruling = ruleCrossRegion({
    stay: {
      hospitalRegionCode: place.regionCode,
      hospitalCode: place.code,
      admissionDate: stay.admissionDate,
      dischargeDate: stay.dischargeDate,
      reason: stay.outsideReason ?? null,
      rescue: stay.rescue === true,
    },
    filings,
    policy,
    calendar,
  });
  return { ...ruling, policyId: policy.id };
}

/** @throws DomainError NO_POLICY_ROW for a case of nobody in the register: no rule says what he is owed */
export function insuredOf({ personId, scheme }: Pick<CaseRecord, 'personId' | 'scheme'>): {
  id: string;
  scheme: InsuranceScheme;
} {
  if (personId === null || scheme === null) throw new DomainError('NO_POLICY_ROW', { key: '参保人' });
  return { id: personId, scheme };
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
