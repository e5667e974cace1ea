import { DomainError } from '../errors';
import type { Fen } from '../money';

/** 职工 or 居民 basic medical insurance. */
export type InsuranceScheme = 'employee' | 'resident';

/** 医院等级: 一级, 二级, 三级. */
export type HospitalGrade = 'level1' | 'level2' | 'level3';

export const insuranceSchemes = ['employee', 'resident'] as const satisfies readonly InsuranceScheme[];
export const hospitalGrades = ['level1', 'level2', 'level3'] as const satisfies readonly HospitalGrade[];

export const insuranceSchemeLabels = { employee: '职工', resident: '居民' } as const satisfies Record<
  InsuranceScheme,
  string
>;
export const hospitalGradeLabels = { level1: '一级', level2: '二级', level3: '三级' } as const satisfies Record<
  HospitalGrade,
  string
>;

/** One row of the policy table of 02-rules § 9 for an inpatient stay. Numbers from policy live here and nowhere else. */
export interface BenefitPolicyRow {
  /** GB/T 2260 code of the pooling area. */
  regionCode: string;
  scheme: InsuranceScheme;
  hospitalGrade: HospitalGrade;
  /** First and last day of discharge it holds for, both included; `null` while no later document ended it. */
  effectiveFrom: string;
  effectiveTo: string | null;
  sourceDocument: string;
  sourceClause: string;
  /** 起付标准 of one stay. */
  deductibleFen: Fen;
  /** 支付比例 in basis points: 85 % = 8500. */
  ratioBp: number;
  /** 年度最高支付限额 per person, scheme and year. */
  annualCapFen: Fen;
  /** True for made-up numbers; screens and papers must say so. */
  example: boolean;
}

export type PolicyKey = Pick<BenefitPolicyRow, 'regionCode' | 'scheme' | 'hospitalGrade'>;

/**
 * The row in force on the day of discharge (R-AM-04). It never takes another region's, scheme's or grade's numbers:
 * the error stops the case for a person.
 * @throws DomainError NO_POLICY_ROW, POLICY_ROWS_OVERLAP
 */
export function findPolicyRow(
  rows: readonly BenefitPolicyRow[],
  key: PolicyKey,
  dischargeDate: string,
): BenefitPolicyRow {
  const found = rows.filter(
    (row) =>
      row.regionCode === key.regionCode &&
      row.scheme === key.scheme &&
      row.hospitalGrade === key.hospitalGrade &&
      row.effectiveFrom <= dischargeDate &&
      (row.effectiveTo === null || dischargeDate <= row.effectiveTo),
  );
  const [row] = found;
  if (row && found.length === 1) return row;
  throw new DomainError(row ? 'POLICY_ROWS_OVERLAP' : 'NO_POLICY_ROW', {
    regionCode: key.regionCode,
    scheme: insuranceSchemeLabels[key.scheme],
    hospitalGrade: hospitalGradeLabels[key.hospitalGrade],
    dischargeDate,
    count: found.length,
  });
}

/** The year whose annual cap a stay is counted in (R-AM-04): that of the discharge, not of the filing. */
export function capYearOf(dischargeDate: string): number {
  return Number(dischargeDate.slice(0, 4));
}
