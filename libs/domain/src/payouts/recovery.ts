import { postLabels, type Post } from '../case/words';
import type { ErrorCode } from '../errors';

/** Movements of money outside the road of a case; each takes three persons, as a payout does (SD-01, SD-03). */
export const movementKinds = ['recovery', 'offset', 'supplement'] as const;
export type MovementKind = (typeof movementKinds)[number];

export const movementLabels = { recovery: '追回', offset: '抵扣', supplement: '补付' } as const satisfies Record<
  MovementKind,
  string
>;

/** The three steps of a movement. */
export const movementSteps = ['propose', 'check', 'approve'] as const;
export type MovementStep = (typeof movementSteps)[number];

export const movementStepLabels = {
  propose: '提出',
  check: '复核',
  approve: '审批',
} as const satisfies Record<MovementStep, string>;

/**
 * Who takes which step. That too much was paid is a matter of the benefit, so 审批岗 has the last word on it and finance alters no amount
 * (SD-03), and the same where too little was; whether a claim is taken off a payout is finance's.
 */
export const movementPosts: Record<MovementKind, Record<MovementStep, readonly Post[]>> = {
  recovery: {
    propose: ['secondReviewer', 'settlementClerk'],
    check: ['financeReviewer'],
    approve: ['approver'],
  },
  // Who raised it pays it not: where 财务复核岗 is one person, 复核岗 checks.
  supplement: { propose: ['secondReviewer'], check: ['secondReviewer', 'financeReviewer'], approve: ['approver'] },
  offset: { propose: ['settlementClerk'], check: ['financeReviewer'], approve: ['financeApprover'] },
};

type Verdict = { allowed: true } | { allowed: false; code: ErrorCode; facts: Record<string, unknown> };

export function judgeMovementRight(kind: MovementKind, step: MovementStep, posts: readonly Post[]): Verdict {
  const needed = movementPosts[kind][step];
  if (needed.some((post) => posts.includes(post))) return { allowed: true };
  const facts = {
    act: `${movementLabels[kind]}${movementStepLabels[step]}`,
    posts: needed.map((post) => postLabels[post]).join('或'),
  };
  return { allowed: false, code: 'NOT_YOUR_POST', facts };
}

/** Why money is claimed back, as a code beside the sealed words. */
export const recoveryReasons = {
  'RC-01': { label: '待遇核定有误,多付', clause: '惯例' },
  'RC-02': { label: '同一费用已在他处报销或结算', clause: 'D1 常见问题;惯例' },
  'RC-03': { label: '以欺诈、伪造证明材料等手段取得', clause: '社会保险法 第八十八条' },
  'RC-04': { label: '应由第三人负担的医疗费用', clause: '社会保险法 第三十条' },
  'RC-05': { label: '支付时已不符合享受待遇的条件', clause: '惯例' },
  'RC-06': { label: '银行多付或误付给收款人', clause: '惯例' },
  'RC-99': { label: '其他(见说明)', clause: '惯例' },
} as const;
export type RecoveryReason = keyof typeof recoveryReasons;

/** Why more is paid than was decided first. */
export const supplementReasons = {
  'SP-01': '待遇核定有误,少付',
  'SP-02': '行政复议或行政诉讼改变原决定',
  'SP-03': '待遇标准调整,补发差额',
  'SP-99': '其他(见说明)',
} as const;
export type SupplementReason = keyof typeof supplementReasons;

/**
 * On what a claim may be taken off a later payout. No text of ours allows it of the office's own accord, so the person has agreed in
 * writing, or a decision or judgment in force says so.
 */
export const offsetBases = {
  consent: '本人书面同意',
  legalDecision: '生效的行政决定或司法裁判',
} as const;
export type OffsetBasis = keyof typeof offsetBases;

/**
 * The most that may be taken off a payout, in 分: what is still claimed, and never the whole of what is due – an order of nothing cannot
 * be sent, and the case would not end.
 * @param due what is owed of the decision, less what was taken off it before
 */
export function offsetRoom({ dueFen, openFen }: { dueFen: number; openFen: number }): number {
  return Math.max(0, Math.min(openFen, dueFen - 1));
}
