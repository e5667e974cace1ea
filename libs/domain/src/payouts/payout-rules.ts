import { postLabels, type Post } from '../case/words';
import type { ErrorCode } from '../errors';

/** What two persons set about the payouts of an agency: limits and reserve of its 支出户, how it pays, and the days of its bank. */
export const payoutRuleKinds = ['limits', 'setting', 'bankDays'] as const;
export type PayoutRuleKind = (typeof payoutRuleKinds)[number];

export const payoutRuleLabels = {
  limits: '放行限额与周转金',
  setting: '批次付款方式与时间',
  bankDays: '银行营业日',
} as const satisfies Record<PayoutRuleKind, string>;

/** 分; null: no limit of this kind, and for the reserve the average of twelve months × 2 (R-FN-09). */
export interface LimitsRule {
  effectiveFrom: string;
  perOrderFen: number | null;
  perPersonDayFen: number | null;
  perFundDayFen: number | null;
  perReleaserDayFen: number | null;
  reserveFen: number | null;
}

/** 'HH:MM' in Shanghai; null: never gathered by itself; the bank takes orders the whole day. */
export interface SettingRule {
  effectiveFrom: string;
  channel: 'file' | 'http';
  gatherAt: string | null;
  cutOff: string | null;
  /** Orders of one file. */
  partSize: number;
}

/** Days on which the bank differs from the working days of the agency's calendar, in their order. */
export interface BankDaysRule {
  days: { day: string; open: boolean }[];
}

export type PayoutRule =
  ({ kind: 'limits' } & LimitsRule) | ({ kind: 'setting' } & SettingRule) | ({ kind: 'bankDays' } & BankDaysRule);

const proposers: readonly Post[] = ['settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor'];
/** Above those who are bound by it. */
const deciders: readonly Post[] = ['supervisor', 'deputyHead'];

type Verdict = { allowed: true } | { allowed: false; code: ErrorCode; facts: Record<string, unknown> };

export function judgePayoutRuleRight(step: 'propose' | 'decide', posts: readonly Post[]): Verdict {
  const needed = step === 'propose' ? proposers : deciders;
  if (needed.some((post) => posts.includes(post))) return { allowed: true };
  const facts = { act: '提出或决定付款规则', posts: needed.map((post) => postLabels[post]).join('或') };
  return { allowed: false, code: 'NOT_YOUR_POST', facts };
}

/** The first day that a rule speaks of, which must not have passed: nothing is changed for days that were paid by another rule. */
export const firstDayOf = (rule: PayoutRule): string =>
  rule.kind === 'bankDays'
    ? rule.days.reduce((first, { day }) => (day < first ? day : first), '9999-12-31')
    : rule.effectiveFrom;
