import { DomainError } from '../errors';
import { insuranceSchemeLabels, type InsuranceScheme } from './policy';

/** The rules of 02-rules § 3, by their numbers. */
export const crossRegionRuleIds = [
  'R-RT-01',
  'R-RT-02',
  'R-RT-03',
  'R-RT-04',
  'R-RT-05',
  'R-RT-06',
  'R-RT-07',
  'R-RT-08',
  'R-RT-09',
] as const;
export type CrossRegionRuleId = (typeof crossRegionRuleIds)[number];

export const crossRegionRuleLabels = {
  'R-RT-01': '转诊转院备案有效',
  'R-RT-02': '转诊转院未备案或备案无效',
  'R-RT-03': '长期异地居住已备案',
  'R-RT-04': '长期异地居住未备案',
  'R-RT-05': '异地急诊住院按时备案',
  'R-RT-06': '短期异地就医逾期备案或未备案',
  'R-RT-07': '异地急诊抢救视同已备案',
  'R-RT-08': '自费出院后补办备案',
  'R-RT-09': '统筹区内就医,无需备案',
} as const satisfies Record<CrossRegionRuleId, string>;

/** 区外自治区内 and 自治区外: the two columns of the table. */
export interface CrossRegionCut {
  /** Basis points: 5 % = 500. */
  insideRegionBp: number;
  outsideRegionBp: number;
  clause: string;
}

/**
 * Whether 降低5% means five percentage points or five hundredths of the ratio is not in the text: `points` is the default,
 * max(0, base − cut); `relative` is base × (1 − cut).
 */
export type CutMode = 'points' | 'relative';

/** One row of the policy table `crossRegionCut` (02-rules § 9). Numbers from policy live here and nowhere else. */
export interface CrossRegionPolicy {
  /** Pooling area of the insured, GB/T 2260. */
  regionCode: string;
  scheme: InsuranceScheme;
  /** First and last day of discharge it holds for (R-AM-04), both included; null while no later document ended it. */
  effectiveFrom: string;
  effectiveTo: string | null;
  sourceDocument: string;
  /** True for made-up numbers or dates; screens and papers must say so. */
  example: boolean;
  cutMode: CutMode;
  /** K-20: 转院证明 to filing. */
  referralFilingWorkingDays: number;
  /** K-21: filing to admission. */
  referralValidMonths: number;
  /** K-22: admission to filing. */
  emergencyFilingWorkingDays: number;
  /** C-06, D5 第9项: a filing across provinces holds for every hospital of its city, whichever it names. */
  acrossProvincesWholeCity: boolean;
  /**
   * R-RT-07 and R-RT-08 may be null: D5 第7、8项 is not in force or its local rule not set, and then D1-A decides as for
   * a stay that was not filed or filed late (C-08, C-09).
   */
  cuts: Record<Exclude<CrossRegionRuleId, 'R-RT-07' | 'R-RT-08'>, CrossRegionCut> &
    Record<'R-RT-07' | 'R-RT-08', CrossRegionCut | null>;
}

/**
 * The row in force on the day of discharge. It never takes another region's or scheme's numbers: the error stops the case
 * for a person.
 * @throws DomainError NO_CROSS_REGION_POLICY, POLICY_ROWS_OVERLAP
 */
export function findCrossRegionPolicy<Row extends CrossRegionPolicy>(
  policies: readonly Row[],
  key: { regionCode: string; scheme: InsuranceScheme },
  dischargeDate: string,
): Row {
  const found = policies.filter(
    (row) =>
      row.regionCode === key.regionCode &&
      row.scheme === key.scheme &&
      row.effectiveFrom <= dischargeDate &&
      (row.effectiveTo === null || dischargeDate <= row.effectiveTo),
  );
  const [row] = found;
  if (row && found.length === 1) return row;
  throw new DomainError(row ? 'POLICY_ROWS_OVERLAP' : 'NO_CROSS_REGION_POLICY', {
    regionCode: key.regionCode,
    scheme: insuranceSchemeLabels[key.scheme],
    dischargeDate,
    count: found.length,
  });
}
