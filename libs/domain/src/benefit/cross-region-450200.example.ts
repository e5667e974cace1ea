import type { CrossRegionCut, CrossRegionPolicy } from './cross-region-policy';
import { insuranceSchemes, type InsuranceScheme } from './policy';

const d1a = '桂人社发〔2017〕6号';
const d5 = '国家医保局十六项便民措施';

const cut = (insideRegionBp: number, outsideRegionBp: number, clause: string): CrossRegionCut => ({
  insideRegionBp,
  outsideRegionBp,
  clause,
});

/** 02-rules § 3: D1-A 第九条, in force from 2017-07-01 (C-22). */
const cutsOfD1A: CrossRegionPolicy['cuts'] = {
  'R-RT-01': cut(500, 1000, `${d1a} 第九条(一)4`),
  'R-RT-02': cut(1500, 2000, `${d1a} 第九条(一)4`),
  'R-RT-03': cut(0, 0, `${d1a} 第九条(二)2`),
  'R-RT-04': cut(1500, 2000, `${d1a} 第九条(二)2`),
  'R-RT-05': cut(0, 0, `${d1a} 第九条(三)`),
  'R-RT-06': cut(1500, 2000, `${d1a} 第九条(三)2`),
  'R-RT-07': null,
  'R-RT-08': null,
  'R-RT-09': cut(0, 0, `${d1a} 第九条(一)2(1)`),
};

const common = (scheme: InsuranceScheme) => ({
  regionCode: '450200',
  scheme,
  cutMode: 'points' as const,
  referralFilingWorkingDays: 5,
  referralValidMonths: 3,
  emergencyFilingWorkingDays: 5,
});

/**
 * Rows for 450200 柳州. The cuts are those of D1-A. D5 prints no date of its own (02-rules § 8): that it holds for discharges
 * from 2025-01-01 is made up to run the demo, and so is the local rule of R-RT-08 (as for late filing, C-09); those rows are
 * marked `example` and must be replaced by the issued notice before real use.
 */
export const crossRegionPolicies450200Example: readonly CrossRegionPolicy[] = insuranceSchemes.flatMap((scheme) => [
  {
    ...common(scheme),
    effectiveFrom: '2017-07-01',
    effectiveTo: '2024-12-31',
    sourceDocument: d1a,
    example: false,
    acrossProvincesWholeCity: false,
    cuts: cutsOfD1A,
  },
  {
    ...common(scheme),
    effectiveFrom: '2025-01-01',
    effectiveTo: null,
    sourceDocument: `${d1a}、${d5}`,
    example: true,
    acrossProvincesWholeCity: true,
    cuts: {
      ...cutsOfD1A,
      'R-RT-07': cut(0, 0, `${d5} 第7项`),
      'R-RT-08': cut(1500, 2000, `${d5} 第8项(参保地规定:按逾期备案)`),
    },
  },
]);
