import { crossRegionPolicies450200Example, policyRows450200Example, type HospitalGrade } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { exampleAgencies } from './agencies';
import { seedCalendars } from './calendars';
import { exampleCatalogue } from './catalogue';
import { seedDefinitions } from './definitions';
import { appointedForReferral, exampleHospitals } from './hospitals';
import { seedPayoutLimits } from './payout-limits';

/** `hospital.grade` and `benefit_policy.hospital_grade` hold 1, 2, 3. */
export const gradeNumbers = { level1: 1, level2: 2, level3: 3 } as const satisfies Record<HospitalGrade, number>;
export const hospitalGradeOf = (grade: number): HospitalGrade => `level${grade}` as HospitalGrade;

/**
 * What every installation of this release needs before its first case: definitions, agencies, registries, policy rows, calendars.
 * May run at every start: rows that are there stay as they are. Throws a sentence for a person when it must not go on.
 */
export async function seedGround(dataSource: DataSource): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.query(`SELECT pg_advisory_xact_lock(hashtext('banjie-seed'))`);
    await seedDefinitions(manager);
    await insertAll(manager, 'agency (id, name, region_code)', 'text, text, text', [
      exampleAgencies.map((a) => a.id),
      exampleAgencies.map((a) => a.name),
      exampleAgencies.map((a) => a.regionCode),
    ]);
    await seedPayoutLimits(manager);
    await insertAll(
      manager,
      'hospital (code, name, region_code, grade, agreement_from, agreement_to, appointed_for_referral)',
      'text, text, text, smallint, date, date, boolean',
      [
        exampleHospitals.map((h) => h.code),
        exampleHospitals.map((h) => h.name),
        exampleHospitals.map((h) => h.regionCode),
        exampleHospitals.map((h) => gradeNumbers[h.grade]),
        exampleHospitals.map((h) => h.agreementFrom),
        exampleHospitals.map((h) => h.agreementTo),
        exampleHospitals.map((h) => appointedForReferral.includes(h.code)),
      ],
    );
    await insertAll(
      manager,
      'catalogue_item (region_code, item_code, item_name, category, catalogue_class, self_paid_first_bp)',
      'text, text, text, text, text, integer',
      [
        exampleCatalogue.map((i) => i.regionCode),
        exampleCatalogue.map((i) => i.itemCode),
        exampleCatalogue.map((i) => i.itemName),
        exampleCatalogue.map((i) => i.category),
        exampleCatalogue.map((i) => i.catalogueClass),
        exampleCatalogue.map((i) => i.selfPaidFirstBp),
      ],
    );
    await seedCalendars(manager);
    const policies = policyRows450200Example;
    await insertAll(
      manager,
      `benefit_policy (region_code, scheme, hospital_grade, effective_from, effective_to, deductible_fen, ratio_bp,
         annual_cap_fen, source_document, source_clause, example)`,
      'text, text, smallint, date, date, bigint, integer, bigint, text, text, boolean',
      [
        policies.map((p) => p.regionCode),
        policies.map((p) => p.scheme),
        policies.map((p) => gradeNumbers[p.hospitalGrade]),
        policies.map((p) => p.effectiveFrom),
        policies.map((p) => p.effectiveTo),
        policies.map((p) => p.deductibleFen),
        policies.map((p) => p.ratioBp),
        policies.map((p) => p.annualCapFen),
        policies.map((p) => p.sourceDocument),
        policies.map((p) => p.sourceClause),
        policies.map((p) => p.example),
      ],
    );
    const cuts = crossRegionPolicies450200Example;
    await insertAll(
      manager,
      `cross_region_policy (region_code, scheme, effective_from, effective_to, cut_mode, referral_filing_working_days,
         referral_valid_months, emergency_filing_working_days, across_provinces_whole_city, cuts, source_document, example)`,
      'text, text, date, date, text, integer, integer, integer, boolean, jsonb, text, boolean',
      [
        cuts.map((p) => p.regionCode),
        cuts.map((p) => p.scheme),
        cuts.map((p) => p.effectiveFrom),
        cuts.map((p) => p.effectiveTo),
        cuts.map((p) => p.cutMode),
        cuts.map((p) => p.referralFilingWorkingDays),
        cuts.map((p) => p.referralValidMonths),
        cuts.map((p) => p.emergencyFilingWorkingDays),
        cuts.map((p) => p.acrossProvincesWholeCity),
        cuts.map((p) => JSON.stringify(p.cuts)),
        cuts.map((p) => p.sourceDocument),
        cuts.map((p) => p.example),
      ],
    );
  });
}

/** One statement for all rows, column by column; what is there already is left alone. */
async function insertAll(manager: EntityManager, target: string, types: string, columns: unknown[][]): Promise<void> {
  const arrays = types.split(', ').map((type, index) => `$${index + 1}::${type}[]`);
  await manager.query(
    `INSERT INTO ${target} SELECT * FROM unnest(${arrays.join(', ')}) ON CONFLICT DO NOTHING`,
    columns,
  );
}
