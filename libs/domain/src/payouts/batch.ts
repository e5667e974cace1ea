import type { ErrorCode } from '../errors';
import { dutyLabels, postLabels, type Duty, type Post } from '../case/words';

/** Where a batch of orders stands: 待制定 → 待复核 → 待审批 → 待发 → 已清. 作废 only before anything was released. */
export const batchStates = ['gathered', 'made', 'reviewed', 'released', 'settled', 'void'] as const;
export type BatchState = (typeof batchStates)[number];

export const batchStateLabels = {
  gathered: '待制定',
  made: '待复核',
  reviewed: '待审批',
  released: '待发',
  settled: '已清',
  void: '作废',
} as const satisfies Record<BatchState, string>;

/** What persons do with a batch; each is one act of the batch, carried out on every case in it under the same name. */
export const batchActs = ['makeBatch', 'reviewBatch', 'releaseBatch', 'voidBatch'] as const;
export type BatchAct = (typeof batchActs)[number];

/** What the system records of a batch: that it was gathered, and that the bank's word about every order is known. */
export const batchSystemActs = ['gatherBatch', 'settleBatch'] as const;
/** What a fourth person adds to a batch without moving it: its one-time approval to go below the reserve of the 支出户 (R-FN-09). */
export const reserveAct = 'approveReserve';
export type BatchActCode = BatchAct | (typeof batchSystemActs)[number] | typeof reserveAct;

export const batchActLabels = {
  gatherBatch: '归集',
  makeBatch: '批量拨付制定',
  reviewBatch: '批量财务复核',
  releaseBatch: '批量财务审批放行',
  voidBatch: '作废批次',
  approveReserve: '批准动用周转金',
  settleBatch: '批次结清',
} as const satisfies Record<BatchActCode, string>;

/** Why a batch is made void; the money stays owed and is gathered anew. */
export const batchVoidReasons = ['wrongList', 'notDue', 'fundShort', 'bankClosed'] as const;
export type BatchVoidReason = (typeof batchVoidReasons)[number];

export const batchVoidReasonLabels = {
  wrongList: '清单有误,须重新归集',
  notDue: '暂不支付',
  fundShort: '支出户余额不足',
  bankClosed: '银行当日不办理',
} as const satisfies Record<BatchVoidReason, string>;

/** Why a case stands in its batch no more. */
export const batchLeavings = ['paid', 'failed', 'moved', 'changed', 'busy', 'duty', 'inDoubt', 'void'] as const;
export type BatchLeaving = (typeof batchLeavings)[number];

export const batchLeavingLabels = {
  paid: '已支付',
  failed: '银行拒付',
  moved: '办件已转到其他环节',
  changed: '金额或收款账户与审批时不符',
  busy: '办件正由他人单独办理',
  duty: '经办人在本办件中另有职责',
  inDoubt: '另有付款流水待查,查清后单独制定',
  void: '拨付单已作废',
} as const satisfies Record<BatchLeaving, string>;

export interface BatchPosition {
  batchNo: string;
  /** The number of the last act of the batch. */
  seq: number;
  state: BatchState;
  /** Up to which state every case of the batch has been brought; behind `state` while an act is being carried out. */
  carried: BatchState;
  /** The persons who had a hand in it: SD-01 over the whole batch. */
  hands: { personId: string; duty: Duty }[];
}

interface BatchStep {
  from: readonly BatchState[];
  to: BatchState;
  posts: readonly Post[];
  duty: Duty | null;
}

/** Three persons, one after another (R-FN-03, D3 第九十七条); nobody alone moves money. */
export const batchSteps: Record<BatchAct, BatchStep> = {
  makeBatch: { from: ['gathered'], to: 'made', posts: ['settlementClerk'], duty: 'preparePayout' },
  reviewBatch: { from: ['made'], to: 'reviewed', posts: ['financeReviewer'], duty: 'financeReview' },
  releaseBatch: { from: ['reviewed'], to: 'released', posts: ['financeApprover'], duty: 'financeApproval' },
  voidBatch: {
    from: ['gathered', 'made', 'reviewed'],
    to: 'void',
    posts: ['settlementClerk', 'financeReviewer', 'financeApprover'],
    duty: null,
  },
};

type BatchVerdict = { allowed: true } | { allowed: false; code: ErrorCode; facts: Record<string, unknown> };
const no = (code: ErrorCode, facts: Record<string, unknown> = {}): BatchVerdict => ({ allowed: false, code, facts });

/** May this person's act move the batch now? Asked by the API, the workflow's validator and the transaction. */
export function judgeBatchMove(position: BatchPosition, wish: { act: BatchAct; actorId: string }): BatchVerdict {
  const step = batchSteps[wish.act];
  const facts = { batchNo: position.batchNo, state: batchStateLabels[position.state], act: batchActLabels[wish.act] };
  if (!step.from.includes(position.state)) return no('BATCH_MOVED', facts);
  if (position.carried !== position.state) return no('BATCH_BUSY', facts);
  const other = step.duty && position.hands.find((h) => h.personId === wish.actorId && h.duty !== step.duty);
  if (other) return no('BATCH_DUTY_CONFLICT', { ...facts, duty: dutyLabels[other.duty], count: 1 });
  return { allowed: true };
}

export function judgeBatchRight(act: BatchAct, posts: readonly Post[]): BatchVerdict {
  const needed = batchSteps[act].posts;
  if (needed.some((post) => posts.includes(post))) return { allowed: true };
  return no('NOT_YOUR_POST', { act: batchActLabels[act], posts: needed.map((p) => postLabels[p]).join('或') });
}

/**
 * May this person approve that the batch goes below the reserve? 分管领导 alone, between 财务复核 and 放行, and nobody who has a hand in the
 * batch; a fourth person, because none of the three may lift what binds them.
 */
export function judgeReserveApproval(
  position: BatchPosition,
  person: { personId: string; posts: readonly Post[] },
): BatchVerdict {
  const facts = { batchNo: position.batchNo, state: batchStateLabels[position.state], act: batchActLabels[reserveAct] };
  if (!person.posts.includes('deputyHead')) return no('NOT_YOUR_POST', { ...facts, posts: postLabels.deputyHead });
  if (position.state !== 'reviewed') return no('BATCH_MOVED', facts);
  if (position.carried !== position.state) return no('BATCH_BUSY', facts);
  const other = position.hands.find((hand) => hand.personId === person.personId);
  if (other) return no('BATCH_DUTY_CONFLICT', { ...facts, duty: dutyLabels[other.duty], count: 1 });
  return { allowed: true };
}

/** The position after an act; what it does to the cases is carried out afterwards. */
export function advanceBatch(before: BatchPosition, act: BatchAct, actorId: string): BatchPosition {
  const { to, duty } = batchSteps[act];
  const hands = duty ? [...before.hands, { personId: actorId, duty }] : before.hands;
  return { ...before, seq: before.seq + 1, state: to, hands };
}

/** What a person may do with the batch now, so that screens never guess. */
export function batchAbilities(
  position: BatchPosition,
  person: { personId: string; posts: readonly Post[] },
): BatchAct[] {
  return batchActs.filter(
    (act) =>
      judgeBatchMove(position, { act, actorId: person.personId }).allowed && judgeBatchRight(act, person.posts).allowed,
  );
}
