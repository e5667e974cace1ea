import { requireFields } from './comparing';
import { samePoolingArea } from '../pooling-area';
import type { FiledClaim, Finding } from './claim';
import { findElsewhereGaps } from './elsewhere-gaps';
import { entryFault, gap } from './gap-table';

/** The stay and its hospital: R-EL-02, the pooling area (R-RT), dates that can be. */
export function findStayGaps(claim: FiledClaim, careElsewhere: boolean, finding: Finding): void {
  const { body, hospital, person, today, sameStayCaseNo } = claim;
  const stay = body.stay ?? {};
  const labels = {
    hospitalCode: '就诊医院',
    admissionDate: '入院日期',
    dischargeDate: '出院日期',
    diagnosis: '诊断',
  };
  requireFields(stay, 'stay', labels, finding);

  const { admissionDate, dischargeDate } = stay;
  refuseFuture(admissionDate, 'stay.admissionDate', '入院日期', today, finding);
  refuseFuture(dischargeDate, 'stay.dischargeDate', '出院日期', today, finding);
  if (admissionDate && dischargeDate && dischargeDate < admissionDate) {
    finding.gaps.push(entryFault('DISCHARGE_BEFORE_ADMISSION', 'stay.dischargeDate', { admissionDate, dischargeDate }));
  }
  if (body.injury?.happenedAt) {
    refuseFuture(body.injury.happenedAt.slice(0, 10), 'injury.happenedAt', '意外伤害发生时间', today, finding);
  }
  if (body.injury?.visitedAt) {
    refuseFuture(body.injury.visitedAt.slice(0, 10), 'injury.visitedAt', '就诊时间', today, finding);
  }

  const area = person?.regionCode ?? claim.agencyRegionCode;
  const place = { field: 'stay.hospitalCode' };
  if (careElsewhere) {
    findElsewhereGaps(claim, area, finding);
  } else if (stay.hospitalCode && !hospital) {
    finding.gaps.push(gap('HOSPITAL_UNKNOWN', { hospitalCode: stay.hospitalCode }, place));
  }
  const isOutside = hospital && area && !samePoolingArea(hospital.regionCode, area);
  if (isOutside && !careElsewhere) {
    finding.gaps.push(gap('OUTSIDE_AREA_NOT_ENABLED', { hospitalRegionCode: hospital.regionCode }, place));
  } else if (!stay.sudden && !stay.rescue && admissionDate && isWithoutAgreement(claim, admissionDate)) {
    finding.gaps.push(gap('HOSPITAL_WITHOUT_AGREEMENT', { hospitalCode: stay.hospitalCode }, place));
  }
  if (sameStayCaseNo) {
    finding.warnings.push(gap('SAME_STAY_FILED', { caseNo: sameStayCaseNo }, { field: 'stay.admissionDate' }));
  }
}

/** The agreement counts on the day of admission; what follows in the stay is the hospital's duty under it. */
function isWithoutAgreement({ hospital, body }: FiledClaim, on: string): boolean {
  // A hospital elsewhere that no registry of ours knows is 定点 there by its papers, or it is not.
  if (!hospital) return body.stay?.describedHospital?.designated === false;
  const { agreementFrom, agreementTo } = hospital;
  return agreementFrom === null || agreementFrom > on || (agreementTo !== null && on > agreementTo);
}

export function refuseFuture(
  date: string | null | undefined,
  field: string,
  label: string,
  today: string,
  finding: Finding,
): void {
  if (date && date > today) finding.gaps.push(entryFault('DATE_IN_FUTURE', field, { label, value: date }));
}
