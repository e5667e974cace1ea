import { findCrossRegionPolicy } from '../benefit/cross-region-policy';
import { ruleCrossRegion, type CrossRegionRuling } from '../benefit/cross-region-ratio';
import { DomainError } from '../errors';
import type { CareElsewhere, FiledClaim, Finding, HospitalOfStay } from './claim';
import { isBlank, requireFields } from './comparing';
import { samePoolingArea } from '../pooling-area';
import type { Stay } from './filing';
import { gap } from './gap-table';

/** The hospital of a stay: the registry's row, or what the clerk read from sealed papers where the registry has none. */
export function hospitalOfStay({ body, hospital }: Pick<FiledClaim, 'body' | 'hospital'>): HospitalOfStay | null {
  if (hospital) return hospital;
  const { hospitalCode, describedHospital } = body.stay ?? {};
  if (!hospitalCode || !describedHospital?.name || !describedHospital.regionCode) return null;
  return { code: hospitalCode, name: describedHospital.name, regionCode: describedHospital.regionCode };
}

/**
 * The stay of P-02: outside the pooling area, in a hospital that is known or described, with the reason for being there.
 * What was filed and which rule of R-RT follows is told as a warning: it stands in the way of nothing (D3 第七十四条, D1-A 第九条).
 */
export function findElsewhereGaps(claim: FiledClaim, area: string | undefined, finding: Finding): void {
  const stay = claim.body.stay ?? {};
  requireFields(stay, 'stay', { outsideReason: '异地就医原因' }, finding);
  const hospital = hospitalOfStay(claim);
  if (stay.hospitalCode && !claim.hospital) findDescriptionGaps(stay, finding);
  if (!hospital || !area) return;
  if (samePoolingArea(hospital.regionCode, area)) {
    const facts = { hospitalRegionCode: hospital.regionCode };
    finding.gaps.push(gap('INSIDE_AREA', facts, { field: 'stay.hospitalCode' }));
    return;
  }
  const ruling = claim.elsewhere ? rulingOf(stay, hospital, claim.elsewhere, claim) : null;
  if (ruling) {
    const where = { rule: ruling.ruleId, clause: ruling.clause, field: 'stay' };
    const { note, filingId, cutBp, provisional } = ruling;
    finding.warnings.push(gap('CROSS_REGION_RULE', { note, filingId, cutBp, provisional }, where));
  }
}

function findDescriptionGaps(stay: Stay, finding: Finding): void {
  const { describedHospital: described, hospitalCode } = stay;
  if (!described || Object.values(described).every(isBlank)) {
    finding.gaps.push(gap('HOSPITAL_NOT_DESCRIBED', { hospitalCode }, { field: 'stay.describedHospital' }));
    return;
  }
  const labels = { name: '就诊医院名称', regionCode: '就诊医院所在地区', grade: '就诊医院等级' };
  requireFields(described, 'stay.describedHospital', labels, finding);
  finding.warnings.push(gap('HOSPITAL_DESCRIBED', { hospitalCode }, { field: 'stay.describedHospital' }));
}

/** Null while the dates or the area's rules are missing: those are told elsewhere, the benefit stops for a person. */
function rulingOf(
  { admissionDate, dischargeDate, outsideReason, rescue }: Stay,
  hospital: HospitalOfStay,
  { filings, policies, calendar }: CareElsewhere,
  { person }: FiledClaim,
): CrossRegionRuling | null {
  if (!admissionDate || !dischargeDate || dischargeDate < admissionDate || !person) return null;
  try {
    const policy = findCrossRegionPolicy(policies, person, dischargeDate);
    const stay = {
      hospitalRegionCode: hospital.regionCode,
      hospitalCode: hospital.code,
      admissionDate,
      dischargeDate,
      reason: outsideReason ?? null,
      rescue: rescue === true,
    };
    return ruleCrossRegion({ stay, filings, policy, calendar });
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}
