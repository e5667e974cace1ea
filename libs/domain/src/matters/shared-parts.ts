import type { ClockDefinition, MaterialDefinition, ReasonDefinition, StageDefinition } from '../case/definition';

/** Parts of the road and of the tables that matters without payment have in common. */

export const acceptanceStage: StageDefinition = {
  stage: 'acceptance',
  posts: ['initialReviewer'],
  duty: null,
  acts: ['accept', 'refuseAcceptance'],
  returnsTo: [],
};

export const lastStages: StageDefinition[] = [
  { stage: 'deliver', posts: ['window', 'initialReviewer'], duty: null, acts: ['deliver'], returnsTo: [] },
  { stage: 'archive', posts: [], duty: null, acts: ['archive'], returnsTo: [] },
];

/** 受理 within one working day of 收件: no text for these matters; customary, as K-01 (04-clocks K-18). */
export const acceptanceClock: ClockDefinition = {
  clock: 'K-01',
  label: '收件与受理',
  limitWorkingDays: 1,
  startsOn: ['received'],
  stopsOn: ['accepted', 'acceptanceRefused', 'withdrawn'],
  startsFromOutside: true,
  pausedBySupplement: false,
  source: '惯例(比照 K-01)',
};

/**
 * A 退票 has a clock of its own (04-clocks § 2): from the day on which the money came back until it is paid anew, once for each return. No
 * text gives a number; ten working days are our default, and a version of the matter may set another.
 */
export const returnedPaymentClock: ClockDefinition = {
  clock: 'K-86',
  label: '退票更正账户并重新支付',
  limitWorkingDays: 10,
  startsOn: ['paymentReturned'],
  stopsOn: ['repaid'],
  startsFromOutside: false,
  pausedBySupplement: false,
  source: '惯例(法规未定期限)',
};

/** Who applies, and who applies for him: as in D1 申请材料 1; D5 第16项 takes the electronic credential everywhere. */
export const identityMaterials = (prefix: string): MaterialDefinition[] => [
  {
    id: `${prefix}-1`,
    label: '医保电子凭证或有效身份证件或社保卡',
    requiredWhen: 'always',
    alternatives: [
      { papers: ['electronicCredential'], label: '医保电子凭证' },
      { papers: ['idCard'], label: '有效身份证件' },
      { papers: ['socialSecurityCard'], label: '社保卡' },
    ],
    source: '十六项便民措施 第16项',
  },
  {
    id: `${prefix}-1b`,
    label: '代办人身份证',
    requiredWhen: 'proxy',
    alternatives: [{ papers: ['proxyIdCard'], label: '代办人身份证原件或复印件' }],
    source: '惯例(比照 D1 申请材料 1)',
  },
];

/** The reasons every such matter has, with its own clauses. */
export const commonReasons = (clauses: { materials: string; conditions: string }): ReasonDefinition[] => [
  {
    code: 'RS-01',
    label: '申请材料不齐全或不符合要求',
    clause: clauses.materials,
    uses: ['refuseAcceptance', 'refuse', 'reject', 'sendBack', 'askSupplement'],
    gaps: ['*'],
  },
  {
    code: 'RS-02',
    label: '材料字迹不清,无法辨认',
    clause: clauses.materials,
    uses: ['refuseAcceptance', 'sendBack', 'askSupplement'],
    gaps: ['PAPER_ILLEGIBLE'],
  },
  {
    code: 'RS-04',
    label: '材料不是参保人本人的',
    clause: clauses.materials,
    uses: ['refuseAcceptance', 'refuse', 'reject', 'sendBack'],
    gaps: ['PERSON_NAME_DIFFERS', 'PAPER_NAME_DIFFERS'],
  },
  {
    code: 'RS-05',
    label: '不符合办理条件',
    clause: clauses.conditions,
    uses: ['refuseAcceptance', 'refuse', 'reject'],
    gaps: [
      'PERSON_UNKNOWN',
      'PERSON_OF_OTHER_AREA',
      'NOT_ENTITLED_TODAY',
      'FILED_AS_OTHER_MATTER',
      'PLACE_IN_OWN_AREA',
      'PLACE_IN_OWN_PROVINCE',
      'TOO_FEW_MONTHS',
      'TOO_MANY_MONTHS',
    ],
  },
];

export const otherReason = (clause: string): ReasonDefinition => ({
  code: 'RS-99',
  label: '其他',
  clause,
  uses: ['refuseAcceptance', 'refuse', 'reject', 'sendBack', 'askSupplement'],
  needsText: true,
});
