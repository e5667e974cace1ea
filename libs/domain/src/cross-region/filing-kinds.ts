/**
 * What a filing for care outside the pooling area counts as for the ratio (02-rules § 3). The kinds a–k of P-20 differ in
 * their proofs only: a–d, f and k are `longTerm`, h is `crossProvinceLongTerm`, e, g and j are `emergency`, i is P-21's `referral`.
 */
export const crossRegionFilingKinds = ['longTerm', 'crossProvinceLongTerm', 'emergency', 'referral'] as const;
export type CrossRegionFilingKind = (typeof crossRegionFilingKinds)[number];

export const crossRegionFilingKindLabels = {
  longTerm: '长期异地居住备案',
  crossProvinceLongTerm: '跨省长期居住备案',
  emergency: '异地急诊住院备案',
  referral: '转诊转院备案',
} as const satisfies Record<CrossRegionFilingKind, string>;

/** One row of `cross_region_filing`. Dates are 'YYYY-MM-DD', first and last day included; `validTo` null = open (K-25). */
export interface CrossRegionFiling {
  id: string;
  kind: CrossRegionFilingKind;
  filedOn: string;
  /** Of an `emergency` it may lie before `filedOn` (K-22): then it is the day of the admission that it was filed for. */
  validFrom: string;
  validTo: string | null;
  /** GB/T 2260 code the filing names: of a city, or of a province where the whole of it is meant; null = only `hospitalCodes`. */
  targetRegionCode: string | null;
  /** At most three (R-FL-02); none = every networked hospital of the region (D5 第9项). */
  hospitalCodes: readonly string[];
  /** The day from which it does not hold any more: changed or cancelled on return (K-41). */
  cancelledOn: string | null;
  /** K-20: the day the 转院证明 was issued; kept in `source`. */
  certificateIssuedOn: string | null;
}
