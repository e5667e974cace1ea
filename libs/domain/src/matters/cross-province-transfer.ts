import type { ClockDefinition, MaterialDefinition, MatterDefinition, StageDefinition } from '../case/definition';
import {
  acceptanceClock,
  acceptanceStage,
  commonReasons,
  identityMaterials,
  lastStages,
  otherReason,
} from './shared-parts';

const d5 = '十六项便民措施';
const customary = '惯例(医保办发〔2021〕43号 所列分段,不在五份文件内)';

/**
 * P-61 跨省转移接续. An application may begin at either end (D5 第3项), so there is a matter for each: where it was handed in at
 * the agency moved to, the other end acts first; where at the agency left, last. Its share runs on a clock of its own and is
 * told as theirs. Two regimes by date (C-27): 45 WD with 参保凭证 and 联系函, then 15 WD with neither; a case keeps the one in
 * force on the day of its receipt. D5 prints no date of effect: configuration.
 */
type End = 'in' | 'out';
interface Regime {
  version: number;
  effectiveFrom: string;
  sourceDocument: string;
  limitWorkingDays: number;
  limitSource: string;
  /** Working days of the agency left and of the agency moved to; null: the regime knows no split. */
  split: { out: number; in: number } | null;
  asksForLetters: boolean;
}

const before: Regime = {
  version: 1,
  effectiveFrom: '2017-01-01',
  sourceDocument: '桂社保发〔2017〕8号 第十六条(跨省转移接续原规定)',
  limitWorkingDays: 45,
  limitSource: `${d5} 第2项(原为45个工作日)`,
  split: null,
  asksForLetters: true,
};
const now: Regime = {
  version: 2,
  effectiveFrom: '2023-09-01',
  sourceDocument: `${d5} 第1–3项`,
  limitWorkingDays: 15,
  limitSource: `${d5} 第2项`,
  split: { out: 10, in: 5 },
  asksForLetters: false,
};

/** 转移接续 asks two persons of ours (C-01): 初审 proposes, 审批 decides; final authority is the agency moved to (silent). */
function stagesOf(end: End): StageDefinition[] {
  const initialReview: StageDefinition = {
    stage: 'initialReview',
    posts: ['initialReviewer'],
    duty: 'initialReview',
    acts: ['propose', 'askSupplement'],
    returnsTo: [],
    customary: true,
  };
  const other = (stage: 'transferOut' | 'transferIn'): StageDefinition => ({
    stage,
    posts: ['initialReviewer'],
    duty: null,
    acts: ['recordAnswer'],
    returnsTo: [],
    party: 'outside',
    customary: true,
  });
  const approval = (...returnsTo: StageDefinition['returnsTo']): StageDefinition => ({
    stage: 'approval',
    posts: ['approver'],
    duty: 'approval',
    acts: ['approve', 'reject', 'sendBack'],
    returnsTo,
    customary: true,
  });
  return end === 'in'
    ? [acceptanceStage, other('transferOut'), initialReview, approval('transferOut', 'initialReview'), ...lastStages]
    : [acceptanceStage, initialReview, other('transferIn'), approval('initialReview', 'transferIn'), ...lastStages];
}

function clocksOf(end: End, { limitWorkingDays, limitSource, split }: Regime): ClockDefinition[] {
  const whole: ClockDefinition = {
    // K-11: the text does not say when it begins; customary from 受理. 补正 pauses it as it pauses K-02 (customary).
    clock: 'K-11',
    label: '跨省转移接续',
    limitWorkingDays,
    startsOn: ['accepted'],
    stopsOn: ['decided', 'withdrawn'],
    startsFromOutside: false,
    pausedBySupplement: true,
    source: limitSource,
  };
  const delivery: ClockDefinition = {
    clock: 'K-03',
    label: '送达',
    limitWorkingDays: 1,
    startsOn: ['decided'],
    stopsOn: ['delivered'],
    startsFromOutside: false,
    pausedBySupplement: false,
    source: '惯例(比照 K-03)',
  };
  if (!split) return [acceptanceClock, whole, delivery];
  const out: ClockDefinition = {
    clock: 'K-11a',
    label: '转出地办理',
    limitWorkingDays: split.out,
    startsOn: end === 'in' ? ['enter:transferOut'] : ['accepted'],
    stopsOn: end === 'in' ? ['enter:initialReview', 'withdrawn'] : ['enter:transferIn', 'withdrawn'],
    startsFromOutside: false,
    pausedBySupplement: end === 'out',
    source: customary,
    ...(end === 'in' ? { party: 'outside' } : {}),
  };
  const into: ClockDefinition = {
    clock: 'K-11b',
    label: '转入地办理',
    limitWorkingDays: split.in,
    startsOn: end === 'in' ? ['enter:initialReview'] : ['enter:transferIn'],
    stopsOn: end === 'in' ? ['decided', 'withdrawn'] : ['enter:approval', 'withdrawn'],
    startsFromOutside: false,
    pausedBySupplement: end === 'in',
    source: customary,
    ...(end === 'out' ? { party: 'outside' } : {}),
  };
  return [acceptanceClock, whole, out, into, delivery];
}

const letters: MaterialDefinition[] = [
  {
    id: 'P61-2',
    label: '基本医疗保险参保凭证',
    requiredWhen: 'always',
    alternatives: [{ papers: ['insuranceCertificate'], label: '转出地经办机构出具的参保凭证' }],
    source: `${d5} 第1项(原要求)`,
  },
  {
    id: 'P61-3',
    label: '基本医疗保险关系转移接续联系函',
    requiredWhen: 'always',
    alternatives: [{ papers: ['transferContactLetter'], label: '转移接续联系函' }],
    source: `${d5} 第1项(原要求)`,
  },
];

function transferMatter(end: End, regime: Regime): MatterDefinition {
  const source = regime.sourceDocument;
  return {
    matter: end === 'in' ? 'crossProvinceTransferIn' : 'crossProvinceTransferOut',
    procedure: 'P-61',
    label: end === 'in' ? '跨省转移接续(转入地受理)' : '跨省转移接续(转出地受理)',
    version: regime.version,
    effectiveFrom: regime.effectiveFrom,
    sourceDocument: source,
    follows: 'result',
    result: { result: 'transfer', direction: end, counterpart: 'counterpartRegion' },
    form: {
      number: '申请表',
      label: '基本医疗保险关系跨省转移接续申请表',
      source: `${d5} 第3项`,
      // Who moves in is not on our register yet; who moves out may have stopped paying.
      applicant: end === 'in' ? 'anyone' : 'registered',
      fields: [
        {
          field: 'counterpartRegion',
          label: end === 'in' ? '转出地(行政区划代码)' : '转入地(行政区划代码)',
          kind: 'region',
          requiredWhen: 'always',
          where: 'otherProvince',
          clause: `${d5} 第3项`,
        },
        {
          field: 'counterpartAgency',
          label: end === 'in' ? '转出地经办机构' : '转入地经办机构',
          kind: 'text',
          requiredWhen: 'always',
          clause: `${d5} 第3项`,
        },
        {
          field: 'insuredFrom',
          label: '在转出地参保起始日期',
          kind: 'date',
          requiredWhen: 'always',
          clause: `${d5} 第2项`,
        },
      ],
      rules: [],
    },
    ...(regime.asksForLetters
      ? {}
      : {
          neverAsked: { papers: ['insuranceCertificate', 'transferContactLetter'], source: `${d5} 第1项` },
        }),
    stages: stagesOf(end),
    applicantActs: [
      { act: 'supplement', posts: ['window', 'initialReviewer'] },
      { act: 'withdraw', posts: ['window', 'initialReviewer'] },
    ],
    clocks: clocksOf(end, regime),
    payoutInsideReviewLimit: false,
    supplementPausesClock: true,
    pauseMaximumWorkingDays: 30,
    reasons: [
      ...commonReasons({ materials: source, conditions: source }),
      {
        code: 'RS-19',
        label: '对方经办机构答复不能办理',
        clause: source,
        uses: ['refuse', 'reject'],
      },
      { code: 'RS-20', label: '对方经办机构的答复不全,需重新答复', clause: customary, uses: ['sendBack'] },
      otherReason(source),
    ],
    materials: [...identityMaterials('P61'), ...(regime.asksForLetters ? letters : [])],
    notices: [
      { notice: 'acceptanceReceipt', label: '受理通知', on: 'accept' },
      { notice: 'acceptanceRefusal', label: '不予受理一次性告知', on: 'refuseAcceptance' },
      { notice: 'supplementNotice', label: '补正一次性告知', on: 'askSupplement' },
      { notice: 'transferDone', label: '转移接续办结通知', on: 'approve', said: '已办结,医保关系已转移接续' },
      { notice: 'rejectionNotice', label: '不予转移接续一次性告知', on: 'reject' },
      { notice: 'withdrawalReceipt', label: '撤回回执', on: 'withdraw' },
    ],
  };
}

/** Both ends under both regimes. */
export const crossProvinceTransfers: readonly MatterDefinition[] = [
  transferMatter('in', before),
  transferMatter('out', before),
  transferMatter('in', now),
  transferMatter('out', now),
];
