import type { ClockDefinition, MaterialDefinition, MatterDefinition, NoticeDefinition } from '../case/definition';
import { acceptanceClock, acceptanceStage, lastStages } from './shared-parts';

/** What the two 备案 of care elsewhere, P-20 and P-21, have in common: one officer, the day of acceptance, a form as the result. */

/** The road, its acts and its switches. One officer checks and registers: the texts know no levels here (`singleReview`). */
export const filingRoad = {
  follows: 'result',
  stages: [
    acceptanceStage,
    {
      stage: 'review',
      posts: ['initialReviewer'],
      duty: 'approval',
      acts: ['approve', 'reject'],
      returnsTo: [],
      customary: true,
    },
    ...lastStages,
  ],
  applicantActs: [{ act: 'withdraw', posts: ['window', 'initialReviewer'] }],
  payoutInsideReviewLimit: false,
  // Done the day it is accepted: nothing is asked for in between.
  supplementPausesClock: false,
  pauseMaximumWorkingDays: 30,
} as const satisfies Partial<MatterDefinition>;

/** 受理申请的当天办结 (T-06), behind the one working day of 受理; done when the form is in the person's hands. */
export const filingClocks = (clock: string, label: string, source: string): ClockDefinition[] => [
  acceptanceClock,
  {
    clock,
    label,
    limitWorkingDays: 0,
    startsOn: ['accepted'],
    stopsOn: ['delivered', 'withdrawn'],
    startsFromOutside: false,
    pausedBySupplement: false,
    source,
  },
];

/** The letters of every end; `form` is what an approval hands over, `refusal` what a rejection is called. */
export const filingNotices = (form: Omit<NoticeDefinition, 'on'>, refusal: string): NoticeDefinition[] => [
  { notice: 'acceptanceReceipt', label: '受理通知', on: 'accept' },
  { notice: 'acceptanceRefusal', label: '不予受理一次性告知', on: 'refuseAcceptance' },
  { ...form, on: 'approve' },
  { notice: 'rejectionNotice', label: refusal, on: 'reject' },
  { notice: 'withdrawalReceipt', label: '撤回回执', on: 'withdraw' },
];

/** One way of proof: what it is called, and the papers that are all needed for it. */
type Alternative = MaterialDefinition['alternatives'][number];
export const papersCalled = (label: string, ...papers: string[]): Alternative => ({ papers, label });

/** Proofs that several kinds of 备案 take alike. */
export const proofs = {
  residence: papersCalled('居住地居(村)委会证明', 'residenceProof'),
  villageWork: papersCalled('村委会出具的外出务工证明', 'villageWorkProof'),
  employer: papersCalled('单位证明', 'employerProof'),
  workPermit: papersCalled('务工地居住证', 'workResidencePermit'),
} as const satisfies Record<string, Alternative>;

/** A row of the acceptance matrix that any one of the alternatives satisfies. */
export const proof = (
  id: string,
  label: string,
  requiredWhen: MaterialDefinition['requiredWhen'],
  source: string,
  ...alternatives: Alternative[]
): MaterialDefinition => ({ id, label, requiredWhen, alternatives, source });
