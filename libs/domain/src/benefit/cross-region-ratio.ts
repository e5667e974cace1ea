import { addMonths, addWorkingDays } from '../calendar/counting';
import { formatDay, parseDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import { crossRegionFilingKindLabels, type CrossRegionFiling } from '../cross-region/filing-kinds';
import { samePoolingArea } from '../pooling-area';
import {
  crossRegionRuleLabels,
  type CrossRegionCut,
  type CrossRegionPolicy,
  type CrossRegionRuleId,
  type CutMode,
} from './cross-region-policy';

/** Why the person was treated elsewhere, as the claim states it; decides only which rule names a missing filing. */
export const outsideReasons = ['longTerm', 'referral', 'emergency', 'other'] as const;
export type OutsideReason = (typeof outsideReasons)[number];

export const outsideReasonLabels = {
  longTerm: '长期异地居住或工作',
  referral: '转诊转院',
  emergency: '短期外出急诊住院',
  other: '其他',
} as const satisfies Record<OutsideReason, string>;

/** The stay as the rule sees it. Dates 'YYYY-MM-DD', codes GB/T 2260. */
export interface CrossRegionStay {
  hospitalRegionCode: string;
  hospitalCode: string | null;
  admissionDate: string;
  dischargeDate: string;
  reason: OutsideReason | null;
  /** 急诊抢救, borne out by the records; 急诊住院 alone is not it (C-08). */
  rescue: boolean;
}

/** Why a filing does not hold for the stay. */
export type FilingShortfall =
  'otherPlace' | 'otherStay' | 'notYetValid' | 'ended' | 'cancelled' | 'late' | 'afterDischarge' | 'noCertificate';

export const filingShortfallLabels = {
  otherPlace: '备案的地区或医院不是本次就医地',
  otherStay: '不是为本次住院备案',
  notYetValid: '本次住院时备案尚未生效',
  ended: '入院时备案已过有效期',
  cancelled: '入院时备案已变更或取消',
  late: '未在期限内备案',
  afterDischarge: '自费出院后才补办备案',
  noCertificate: '没有转院证明的开具日期,无法核实备案期限',
} as const satisfies Record<FilingShortfall, string>;

/** A filing of the person as looked at for one stay. */
export interface JudgedFiling {
  filing: CrossRegionFiling;
  /** null: it holds. */
  shortfall: FilingShortfall | null;
  /** Last day of K-20 or K-22; null where the kind knows none. */
  lastDayToFile: string | null;
  /** Some year counted has no published calendar yet (T-12). */
  provisional: boolean;
}

/** Which rule of 02-rules § 3 a stay falls under, what it takes off the ratio, and why. Plain data: it is stored as it is. */
export interface CrossRegionRuling {
  ruleId: CrossRegionRuleId;
  place: 'withinArea' | 'insideRegion' | 'outsideRegion';
  cutBp: number;
  cutMode: CutMode;
  clause: string;
  /** The filing the rule rests on: the one that holds, or the one that falls short of it; null when none was found. */
  filingId: string | null;
  /** A Chinese sentence that says which filing was found and which rule follows; holds nothing personal. */
  note: string;
  provisional: boolean;
}

export interface CrossRegionInput {
  stay: CrossRegionStay;
  /** Every filing of the person, in any order. */
  filings: readonly CrossRegionFiling[];
  policy: CrossRegionPolicy;
  /** Working days of the insured's area, for K-20 and K-22. */
  calendar: WorkCalendar;
}

/**
 * R-RT-01…09: which rule holds for a stay and what it takes off the ratio. A filing in time wins over one that is late, and
 * the least cut over a greater one; a rescue is deemed filed (R-RT-07). Where nothing holds the rule of the missing filing
 * is taken: a filing made after discharge is R-RT-08 where the area set it, otherwise what the claim gives as its reason
 * decides, and without one R-RT-06 (inferred; 02-rules § 3).
 */
export function ruleCrossRegion(input: CrossRegionInput): CrossRegionRuling {
  const { stay, filings, policy } = input;
  const place = placeOf(stay.hospitalRegionCode, policy.regionCode);
  const judged = filings.map((filing) => judgeFiling(filing, input)).sort(byDayOfFiling);
  const rule = (ruleId: CrossRegionRuleId, basis: JudgedFiling | null, about: string): CrossRegionRuling => {
    const cut = policy.cuts[ruleId]!;
    const cutBp = cutAt(cut, place);
    return {
      ruleId,
      place,
      cutBp,
      cutMode: policy.cutMode,
      clause: cut.clause,
      filingId: basis?.filing.id ?? null,
      note: `${placeLabels[place]},${about}:${crossRegionRuleLabels[ruleId]},${cutSentence(cutBp, policy.cutMode)}`,
      provisional: judged.some(({ provisional }) => provisional),
    };
  };
  if (place === 'withinArea') return rule('R-RT-09', null, '就诊医院在参保地统筹区内');

  const holding = judged
    .filter(({ shortfall }) => shortfall === null)
    .map((one) => rule(ruleHeld[one.filing.kind], one, describe(one)));
  if (stay.rescue && policy.cuts['R-RT-07']) holding.push(rule('R-RT-07', null, '急诊抢救'));
  const [best] = holding.sort((a, b) => a.cutBp - b.cutBp);
  if (best) return best;

  const afterDischarge = judged.find(({ shortfall }) => shortfall === 'afterDischarge');
  if (afterDischarge && policy.cuts['R-RT-08']) return rule('R-RT-08', afterDischarge, describe(afterDischarge));
  const near = judged.find(({ shortfall }) => shortfall !== 'otherPlace' && shortfall !== 'otherStay') ?? null;
  const missing = stay.reason && stay.reason !== 'other' ? stay.reason : (near?.filing.kind ?? 'other');
  const basis = near && ruleMissed[near.filing.kind] === ruleMissed[missing] ? near : null;
  return rule(ruleMissed[missing], basis, basis ? describe(basis) : noneFound(judged));
}

/** Each filing of the person with what it lacks for this stay, newest first: what the reviewer is shown. */
export function judgeFilings(input: CrossRegionInput): JudgedFiling[] {
  return input.filings.map((filing) => judgeFiling(filing, input)).sort(byDayOfFiling);
}

const ruleHeld = {
  longTerm: 'R-RT-03',
  crossProvinceLongTerm: 'R-RT-03',
  referral: 'R-RT-01',
  emergency: 'R-RT-05',
} as const satisfies Record<CrossRegionFiling['kind'], CrossRegionRuleId>;

const ruleMissed = {
  longTerm: 'R-RT-04',
  crossProvinceLongTerm: 'R-RT-04',
  referral: 'R-RT-02',
  emergency: 'R-RT-06',
  other: 'R-RT-06',
} as const satisfies Record<CrossRegionFiling['kind'] | OutsideReason, CrossRegionRuleId>;

function judgeFiling(filing: CrossRegionFiling, { stay, policy, calendar }: CrossRegionInput): JudgedFiling {
  const judged = (
    shortfall: FilingShortfall | null,
    limit?: { dueDate: string; provisional: boolean },
  ): JudgedFiling => ({
    filing,
    shortfall,
    lastDayToFile: limit?.dueDate ?? null,
    provisional: limit?.provisional ?? false,
  });
  const { admissionDate, dischargeDate } = stay;
  if (!covers(filing, stay, policy)) return judged('otherPlace');
  if (filing.cancelledOn !== null && filing.cancelledOn <= admissionDate) return judged('cancelled');
  const late = filing.filedOn > dischargeDate ? 'afterDischarge' : 'late';
  switch (filing.kind) {
    case 'longTerm':
    case 'crossProvinceLongTerm':
      // D1-A names no day by which to file; D5 第6项 takes a filing until the settlement at discharge.
      if (filing.filedOn > dischargeDate) return judged('afterDischarge');
      if (filing.validFrom > dischargeDate) return judged('notYetValid');
      return judged(filing.validTo !== null && filing.validTo < admissionDate ? 'ended' : null);
    case 'emergency': {
      if (filing.filedOn < admissionDate) return judged('otherStay');
      // One that holds from before its own day names the admission it was filed for.
      const isOfLaterStay = admissionDate < filing.validFrom && filing.validFrom < filing.filedOn;
      if (isOfLaterStay) return judged('otherStay');
      const limit = addWorkingDays(calendar, admissionDate, policy.emergencyFilingWorkingDays);
      return judged(filing.filedOn <= limit.dueDate ? null : late, limit);
    }
    case 'referral': {
      // T-08, T-09: three months end on the day of the same number and do not move for a holiday.
      const months = formatDay(addMonths(parseDate(filing.filedOn), policy.referralValidMonths));
      const lastAdmission = filing.validTo !== null && filing.validTo < months ? filing.validTo : months;
      if (admissionDate > lastAdmission) return judged('ended');
      if (filing.certificateIssuedOn === null) return judged('noCertificate');
      // The five days run from the certificate, so that who is admitted within them has not filed late by being ill.
      if (admissionDate < filing.certificateIssuedOn) return judged('otherStay');
      const limit = addWorkingDays(calendar, filing.certificateIssuedOn, policy.referralFilingWorkingDays);
      return judged(filing.filedOn <= limit.dueDate ? null : late, limit);
    }
  }
}

/** Does the filing name the place of the stay? Hospitals it lists bind, unless the whole city counts (C-06). */
function covers(filing: CrossRegionFiling, stay: CrossRegionStay, policy: CrossRegionPolicy): boolean {
  const { targetRegionCode, hospitalCodes } = filing;
  const named = stay.hospitalCode !== null && hospitalCodes.includes(stay.hospitalCode);
  if (named) return true;
  if (targetRegionCode === null || !within(targetRegionCode, stay.hospitalRegionCode)) return false;
  const wholeCity =
    policy.acrossProvincesWholeCity && placeOf(stay.hospitalRegionCode, policy.regionCode) === 'outsideRegion';
  return hospitalCodes.length === 0 || wholeCity;
}

/** A province (or 直辖市) ends in four noughts, everything else counts by its city. */
function within(target: string, regionCode: string): boolean {
  return target.endsWith('0000') ? sameProvince(target, regionCode) : samePoolingArea(target, regionCode);
}

const sameProvince = (left: string, right: string): boolean => left.slice(0, 2) === right.slice(0, 2);

function placeOf(hospitalRegionCode: string, homeRegionCode: string): CrossRegionRuling['place'] {
  if (samePoolingArea(hospitalRegionCode, homeRegionCode)) return 'withinArea';
  return sameProvince(hospitalRegionCode, homeRegionCode) ? 'insideRegion' : 'outsideRegion';
}

const placeLabels = {
  withinArea: '统筹区内',
  insideRegion: '区外自治区内就医',
  outsideRegion: '自治区外就医',
} as const satisfies Record<CrossRegionRuling['place'], string>;

function cutAt(cut: CrossRegionCut, place: CrossRegionRuling['place']): number {
  if (place === 'withinArea') return 0;
  return place === 'insideRegion' ? cut.insideRegionBp : cut.outsideRegionBp;
}

function cutSentence(cutBp: number, mode: CutMode): string {
  if (cutBp === 0) return '报销比例不降低';
  return mode === 'points' ? `报销比例降低 ${cutBp / 100} 个百分点` : `报销比例按 ${cutBp / 100}% 降低`;
}

/** Newest first; of one day the order does not depend on how the rows came. */
function byDayOfFiling(a: JudgedFiling, b: JudgedFiling): number {
  if (a.filing.filedOn !== b.filing.filedOn) return a.filing.filedOn > b.filing.filedOn ? -1 : 1;
  return a.filing.id < b.filing.id ? -1 : 1;
}

/** “异地急诊住院备案(2025-10-10 备案)未在期限内备案(期限 2025-10-09)”. */
function describe({ filing, shortfall, lastDayToFile }: JudgedFiling): string {
  const span = shortfall === 'ended' && filing.validTo ? `,有效期至 ${filing.validTo}` : '';
  const limit = lastDayToFile ? `(备案期限 ${lastDayToFile})` : '';
  return `${crossRegionFilingKindLabels[filing.kind]}(${filing.filedOn} 备案${span})${shortfall ? filingShortfallLabels[shortfall] : '有效'}${limit}`;
}

function noneFound(judged: readonly JudgedFiling[]): string {
  return judged.length === 0 ? '没有备案记录' : `有 ${judged.length} 条备案记录,均不适用于本次住院`;
}
