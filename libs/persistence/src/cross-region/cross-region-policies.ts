import type { CrossRegionPolicy } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** The rows of a pooling area; `findCrossRegionPolicy` (libs/domain) chooses the one in force. */
export async function crossRegionPolicies(
  manager: EntityManager | DataSource,
  regionCode: string,
): Promise<(CrossRegionPolicy & { id: number })[]> {
  return rows(
    manager,
    `SELECT id, region_code AS "regionCode", scheme, effective_from AS "effectiveFrom", effective_to AS "effectiveTo",
       cut_mode AS "cutMode", referral_filing_working_days AS "referralFilingWorkingDays",
       referral_valid_months AS "referralValidMonths", emergency_filing_working_days AS "emergencyFilingWorkingDays",
       across_provinces_whole_city AS "acrossProvincesWholeCity", cuts, source_document AS "sourceDocument", example
     FROM cross_region_policy WHERE region_code = $1`,
    [regionCode],
  );
}
