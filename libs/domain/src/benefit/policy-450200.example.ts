import { fen } from '../money';
import type { BenefitPolicyRow, HospitalGrade, InsuranceScheme } from './policy';

const row = (
  scheme: InsuranceScheme,
  hospitalGrade: HospitalGrade,
  deductibleFen: number,
  ratioBp: number,
  annualCapFen: number,
): BenefitPolicyRow => ({
  regionCode: '450200',
  scheme,
  hospitalGrade,
  effectiveFrom: '2025-01-01',
  effectiveTo: null,
  sourceDocument: '示例数据,非正式文件',
  sourceClause: '待录入柳州市待遇文件后替换',
  deductibleFen: fen(deductibleFen),
  ratioBp,
  annualCapFen: fen(annualCapFen),
  example: true,
});

/**
 * EXAMPLE rows for 450200 柳州: the papers we have hold no 广西 numbers (02-rules § 3, R-RT), so these are made up to run
 * the demo and the tests. They are marked `example` and must be replaced by the issued document before real use.
 */
export const policyRows450200Example: readonly BenefitPolicyRow[] = [
  row('employee', 'level1', 200_00, 9000, 250_000_00),
  row('employee', 'level2', 400_00, 8700, 250_000_00),
  row('employee', 'level3', 600_00, 8400, 250_000_00),
  row('resident', 'level1', 200_00, 8500, 150_000_00),
  row('resident', 'level2', 500_00, 7500, 150_000_00),
  row('resident', 'level3', 800_00, 6000, 150_000_00),
];
