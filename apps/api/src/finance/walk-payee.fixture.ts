import { randomUUID } from 'node:crypto';
import type { Post } from '@banjie/domain';
import { eventually } from '@banjie/testing';
import type { PayingApi } from './paying-api.fixture';
import {
  agencyId,
  holdersOfAll,
  holdersOfAlone,
  mayAny,
  pick,
  type Answer,
  type Draw,
  type DutyOfRoad,
  type Hands,
  type Member,
  type Subject,
} from './walk-crew.fixture';

/*
 * Another account for a case that was approved (M7): it goes back to 复核, is decided anew, and what is paid is the account of that decision
 * and no other, whoever of finance asks for one.
 */
export interface PayeeModel {
  stage: DutyOfRoad | 'deliver';
  duties: Hands;
  /** Account that 审批 would decide on, and that it decided on. */
  proposed: string;
  approved: string | null;
  /** Decisions and orders so far. */
  decisions: number;
  orders: number;
  acts: { actionId: string; does: string; who: number }[];
}
export type PayeeCall = {
  name: string;
  who: number;
  does: 'propose' | 'approve' | 'preparePayout' | 'confirmPayout' | 'releasePayout' | 'sendBack';
  actionId: string;
  payee: { accountNumber: string; isStrangers: boolean } | null;
  isStale: boolean;
};

const road = {
  secondReview: { does: 'propose', post: 'secondReviewer', to: 'approval' },
  approval: { does: 'approve', post: 'approver', to: 'preparePayout' },
  preparePayout: { does: 'preparePayout', post: 'settlementClerk', to: 'financeReview' },
  financeReview: { does: 'confirmPayout', post: 'financeReviewer', to: 'financeApproval' },
  financeApproval: { does: 'releasePayout', post: 'financeApprover', to: 'deliver' },
} as const satisfies Record<string, { does: PayeeCall['does']; post: Post; to: string }>;
type Here = keyof typeof road;
const isOnRoad = (stage: string): stage is Here => stage in road;

function against(model: PayeeModel, call: PayeeCall, member: Member): string[] {
  const { does, who, actionId, payee } = call;
  if (member.agencyId !== agencyId) return ['CASE_NOT_FOUND'];
  const known = model.acts.find((one) => one.actionId === actionId);
  if (known) return known.does === does && known.who === who ? [] : ['ACTION_REUSED'];
  if (call.isStale) return ['CASE_MOVED'];
  const { stage, duties } = model;
  if (does === 'sendBack' && stage === 'secondReview') return ['BAD_RETURN', 'NOT_YOUR_POST', 'DUTY_CONFLICT'];
  const isBack = does === 'sendBack';
  if (!isOnRoad(stage) || (does !== road[stage].does && !isBack)) return ['ACT_NOT_ALLOWED'];
  const reasons = mayAny(member, [road[stage].post]) ? [] : ['NOT_YOUR_POST'];
  if ((duties.get(who) ?? stage) !== stage) reasons.push('DUTY_CONFLICT');
  if (does === 'propose' && payee?.isStrangers) reasons.push('PAYEE_NOT_LAWFUL');
  // The approved account was never tried: finance names no other.
  if (does === 'preparePayout' && payee) reasons.push('PAYEE_CHANGED');
  return reasons;
}

function take(model: PayeeModel, { does, who, actionId, payee }: PayeeCall): void {
  if (model.acts.some((one) => one.actionId === actionId)) return;
  model.acts.push({ actionId, does, who });
  const stage = model.stage as Here;
  model.duties.set(who, stage);
  model.stage = does === 'sendBack' ? 'secondReview' : road[stage].to;
  if (does === 'sendBack') model.approved = null;
  if (does === 'propose' && payee) model.proposed = payee.accountNumber;
  if (does === 'approve') Object.assign(model, { approved: model.proposed, decisions: model.decisions + 1 });
  if (does === 'preparePayout') model.orders += 1;
}

export function payeeSubject(
  paying: PayingApi,
  crew: readonly Member[],
  about: { caseNo: string; accountName: string },
): Subject<PayeeModel, PayeeCall> {
  const { caseNo, accountName } = about;
  const seen = new Map<string, { seenSeq: number; payableFen: number }>();
  return {
    against: (model, call) => against(model, call, crew[call.who]!),
    take,
    async make({ does, who, actionId, payee, isStale }) {
      const { seq, proposedFen } = await paying.view(caseNo);
      const saw = seen.get(actionId) ?? { seenSeq: isStale ? seq - 1 : seq, payableFen: proposedFen ?? 1 };
      seen.set(actionId, saw);
      const account = payee && {
        ...{ accountName: payee.isStrangers ? '路人甲' : accountName, accountNumber: payee.accountNumber },
        ...{ bankCode: '103100000026', relation: 'self' },
      };
      const body = {
        ...{ act: does, actionId, seenSeq: saw.seenSeq },
        ...(does === 'propose' ? { outcome: 'pass' } : {}),
        ...(account && (does === 'propose' || does === 'preparePayout') ? { payee: account } : {}),
        ...(does === 'approve' ? { payableFen: saw.payableFen } : {}),
        ...(does === 'sendBack' ? { toStage: 'secondReview', reasons: [{ code: 'RS-15' }] } : {}),
      };
      const answer = await crew[who]!.client.post<{ stage?: string }>(`/api/cases/${caseNo}/acts`, body);
      if (answer.status === 200 && answer.body.stage === 'pay') {
        await eventually(
          () => paying.view(caseNo),
          ({ stage }) => stage === 'deliver',
          30_000,
        );
      }
      return answer as Answer;
    },
  };
}

let accounts = 0;

export function planPayee(
  { stage, decisions }: PayeeModel,
  { die, who: anybody, which, size, kind }: Draw,
  taken: readonly PayeeCall[],
): PayeeCall {
  const alone = isOnRoad(stage) ? holdersOfAlone[road[stage].post] : anybody;
  const who = which < 350 ? anybody % holdersOfAll : which < 550 ? alone : anybody;
  const again = pick(taken, which);
  if (die < 8 && again) return { ...again, who: size < 6 ? again.who : who };
  const next = isOnRoad(stage) ? road[stage].does : 'releasePayout';
  const every = Object.values(road).map(({ does }) => does);
  const isBack = isOnRoad(stage) && stage !== 'secondReview' && kind % 10 < (decisions > 1 ? 1 : 5);
  const does = die < 80 ? (isBack ? 'sendBack' : next) : die < 90 ? pick(every, which)! : next;
  const isStale = die >= 95;
  accounts += 1;
  const accountNumber = `62170000${String(accounts).padStart(8, '0')}`;
  const takesPayee = does === 'propose' ? size < 6 : does === 'preparePayout' && size < 2;
  const payee = takesPayee ? { accountNumber, isStrangers: size === 0 } : null;
  const name = isStale ? `${does} too late` : payee ? `${does} with an account` : does;
  return { name, who, does, actionId: randomUUID(), payee, isStale };
}
