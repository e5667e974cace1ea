import type { EntityManager } from 'typeorm';
import { addCrossRegionFiling, findCrossRegionFilings } from '../cross-region/cross-region-filings';

/** Filings for care outside 450200 that the demo's persons have, by their place in `demoInsuredPersons`; made up like them. */
const demoFilings = [
  {
    // 参保丁 lives in 南宁 for good.
    person: 3,
    kind: 'longTerm',
    filedOn: '2025-03-10',
    validTo: null,
    targetRegionCode: '450100',
    hospitalCodes: ['H45010300101'],
    source: { proofs: ['residenceProof'] },
  },
  {
    // 参保戊 was referred to 广州; the filing ended after three months (K-21).
    person: 4,
    kind: 'referral',
    filedOn: '2026-03-02',
    validTo: '2026-06-02',
    targetRegionCode: '440100',
    hospitalCodes: [],
    source: { certificateIssuedOn: '2026-02-27' },
  },
] as const;

/** Gives the persons their filings once; `personIds` as in `demoInsuredPersons`. */
export async function seedDemoFilings(manager: EntityManager, personIds: readonly string[]): Promise<void> {
  for (const { person, ...filing } of demoFilings) {
    const personId = personIds[person]!;
    if ((await findCrossRegionFilings(manager, personId)).length > 0) continue;
    await addCrossRegionFiling(manager, {
      ...filing,
      personId,
      agencyId: '450206',
      caseNo: null,
      validFrom: filing.filedOn,
    });
  }
}
