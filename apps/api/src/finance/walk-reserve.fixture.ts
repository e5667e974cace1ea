import { randomUUID } from 'node:crypto';
import type { BatchAnswer } from '@banjie/contracts';
import type { BatchAct, Post } from '@banjie/domain';
import { keepBankFile, rows } from '@banjie/persistence';
import { eventually, testCipher } from '@banjie/testing';
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
 * A batch that would go below the reserve of the 支出户 (R-FN-09): the three of a batch do not suffice, a fourth person approves, once and for
 * what stands on the account then.
 */
const fundAccount = 'ZC450206';
export const reserveFen = 1_000_000_000;

export interface ReserveModel {
  /** By case: who has which duty in it. */
  duties: Hands[];
  batchNo: string | null;
  state: 'gathered' | 'made' | 'reviewed' | 'released' | 'void' | null;
  /** Of the present batch. */
  hands: Map<number, DutyOfRoad>;
  /** What would be left above the reserve, in 分; below 0: a fourth person is needed. */
  aboveFen: number;
  approval: { by: number; aboveFen: number } | null;
  acts: { actionId: string; does: string; who: number; batchNo: string }[];
}
export type ReserveCall = { name: string; who: number; actionId: string } & (
  | { does: 'gather' }
  | { does: BatchAct | 'approveReserve'; batchNo: string; isOtherList: boolean }
  | { does: 'state'; aboveFen: number; askedFen: number }
);
type ActCall = Extract<ReserveCall, { batchNo: string }>;

type OfFinance = 'settlementClerk' | 'financeReviewer' | 'financeApprover';
const road: Record<string, { act: BatchAct; post: OfFinance; duty: DutyOfRoad; to: 'made' | 'reviewed' | 'released' }> =
  {
    gathered: { act: 'makeBatch', post: 'settlementClerk', duty: 'preparePayout', to: 'made' },
    made: { act: 'reviewBatch', post: 'financeReviewer', duty: 'financeReview', to: 'reviewed' },
    reviewed: { act: 'releaseBatch', post: 'financeApprover', duty: 'financeApproval', to: 'released' },
  };
const byAct = Object.fromEntries(Object.values(road).map((step) => [step.act, step]));
const ofFinance: Post[] = ['settlementClerk', 'financeReviewer', 'financeApprover'];
const isAct = (call: ReserveCall): call is ActCall => 'batchNo' in call;

function againstAct(model: ReserveModel, call: ActCall, member: Member): string[] {
  const { does, who, batchNo, actionId } = call;
  const isApproval = does === 'approveReserve';
  if (!mayAny(member, isApproval ? ['deputyHead'] : ofFinance)) return ['FORBIDDEN'];
  if (member.agencyId !== agencyId) return ['BATCH_NOT_FOUND'];
  const known = model.acts.find((one) => one.actionId === actionId);
  if (known) return known.does === does && known.who === who && known.batchNo === batchNo ? [] : ['ACTION_REUSED'];
  if (model.batchNo !== batchNo) return ['BATCH_MOVED'];
  const reasons: string[] = call.isOtherList ? ['BATCH_CHANGED'] : [];
  const state = model.state ?? '';
  const step = byAct[does];
  const isHere = does === 'voidBatch' ? state in road : isApproval ? state === 'reviewed' : road[state]?.act === does;
  if (!isHere) reasons.push('BATCH_MOVED');
  if (step && !mayAny(member, [step.post])) reasons.push('NOT_YOUR_POST');
  // Who approves is in no way one of the three, nor one of those who decided a case of it.
  const clashes = (duty: DutyOfRoad | undefined) => duty !== undefined && duty !== step?.duty;
  const had = [model.hands.get(who), ...model.duties.map((duties) => duties.get(who))];
  if (does !== 'voidBatch' && had.some(clashes)) reasons.push('BATCH_DUTY_CONFLICT');
  if (isApproval && model.aboveFen >= 0) reasons.push('RESERVE_NOT_NEEDED');
  if (does === 'releaseBatch') {
    if (model.approval?.by === who) reasons.push('BATCH_DUTY_CONFLICT');
    const isApproved = model.approval !== null && model.aboveFen >= model.approval.aboveFen;
    if (model.aboveFen < 0 && !isApproved) reasons.push('RESERVE_SHORT');
  }
  return reasons;
}

function takeAct(model: ReserveModel, { does, who, batchNo, actionId }: ActCall): void {
  if (model.acts.some((one) => one.actionId === actionId)) return;
  model.acts.push({ actionId, does, who, batchNo });
  if (does === 'approveReserve') model.approval = { by: who, aboveFen: model.aboveFen };
  else if (does === 'voidBatch') model.state = 'void';
  else {
    const { duty, to } = byAct[does]!;
    model.hands.set(who, duty);
    for (const duties of model.duties) duties.set(who, duty);
    model.state = to;
  }
}

let statements = 0;

/** The bank states that so much stands on the account. */
export async function stateBalance({ api }: PayingApi, balanceFen: number): Promise<void> {
  statements += 1;
  const { file } = await keepBankFile(api.database.dataSource, testCipher(), {
    ...{ kind: 'statement', layout: 'camt053', name: 'x', bytes: Buffer.from(`balance ${statements}`) },
    ...{ messageId: null, agencyId, lineCount: 0, totalFen: 0 },
  });
  await rows(
    api.database.dataSource,
    `INSERT INTO bank_statement (file_id, fund_account, statement_id, sequence_no, page, is_last_page, from_at, to_at, opening_fen,
       closing_fen, debit_fen, credit_fen) VALUES ($1, $2, $3, $4, 1, true, NULL, clock_timestamp(), $5, $5, 0, 0)`,
    [file.id, fundAccount, `BALANCE-${statements}`, 10_000 + statements, balanceFen],
  );
}

export function reserveSubject(paying: PayingApi, crew: readonly Member[]): Subject<ReserveModel, ReserveCall> {
  const seen = new Map<string, { seenSeq: number; seenDigest: string }>();
  const path = '/api/payout-batches';
  const see = async (batchNo: string) => (await crew[0]!.client.get<BatchAnswer>(`${path}/${batchNo}`)).body;
  let lastGathered: string | null = null;

  async function act(call: ActCall): Promise<Answer> {
    const { does, who, batchNo, actionId, isOtherList } = call;
    const { seq, listDigest } = await see(batchNo);
    const saw = seen.get(actionId) ?? { seenSeq: seq, seenDigest: isOtherList ? 'f'.repeat(64) : listDigest };
    seen.set(actionId, saw);
    const { client } = crew[who]!;
    if (does === 'approveReserve') {
      const body = { actionId, seenDigest: saw.seenDigest, reason: 'transferUnderWay', document: '示例〔2026〕5号' };
      return client.post(`${path}/${batchNo}/reserve-approval`, body);
    }
    const reason = does === 'voidBatch' ? { reason: 'wrongList' } : {};
    const answer = await client.post<object>(`${path}/${batchNo}/acts`, { act: does, actionId, ...saw, ...reason });
    await eventually(
      () => see(batchNo),
      ({ isCarried, state }) => isCarried && state !== 'released',
      30_000,
    );
    return answer as Answer;
  }

  return {
    against(model, call) {
      const member = crew[call.who]!;
      if (isAct(call)) return againstAct(model, call, member);
      if (call.does === 'state') return [];
      if (!mayAny(member, ['settlementClerk'])) return ['FORBIDDEN'];
      const isFree = model.state === null || model.state === 'void';
      return isFree && member.agencyId === agencyId ? [] : ['BATCH_NOTHING_TO_GATHER'];
    },
    take(model, call) {
      if (isAct(call)) takeAct(model, call);
      else if (call.does === 'state') model.aboveFen = call.aboveFen;
      else Object.assign(model, { batchNo: lastGathered, state: 'gathered', hands: new Map(), approval: null });
    },
    async make(call) {
      if (isAct(call)) return act(call);
      if (call.does === 'state') {
        await stateBalance(paying, reserveFen + call.askedFen + call.aboveFen);
        return { status: 200, headers: new Headers(), body: {} };
      }
      const answer = await crew[call.who]!.client.post<{ batchNo?: string }>(path, { actionId: call.actionId });
      if (answer.status === 201) lastGathered = answer.body.batchNo!;
      return answer as Answer;
    },
  };
}

export function planReserve(
  model: ReserveModel,
  { die, who: anybody, which, size, kind }: Draw,
  askedFen: number,
  taken: readonly ReserveCall[],
): ReserveCall {
  const actionId = randomUUID();
  const { batchNo, state } = model;
  const step = road[state ?? ''];
  const alone = size < 4 || !step ? holdersOfAlone.deputyHead : holdersOfAlone[step.post];
  const who = kind < 30 ? anybody % holdersOfAll : kind < 50 ? alone : anybody;
  if (die < 8) {
    const aboveFen = pick([-1, 0, -1_000, -1, 5_000, -2], which)!;
    return { name: 'the bank states', who: 0, actionId, does: 'state', aboveFen, askedFen };
  }
  const gather: ReserveCall = { name: 'gather', who, actionId, does: 'gather' };
  if (batchNo === null || (state === 'void' && die < 80) || die < 11) return gather;
  const about = (does: ActCall['does'], isOtherList = false): ReserveCall => ({
    ...{ name: isOtherList ? 'another list' : does, who, actionId, does, batchNo, isOtherList },
  });
  const next = step?.act ?? 'releaseBatch';
  if (die < 55) return about(state === 'reviewed' && size < 4 ? 'approveReserve' : next);
  if (die < 64) return about('approveReserve');
  if (die < 84) return about(pick(['makeBatch', 'reviewBatch', 'releaseBatch'] as const, which)!);
  if (die < 87) return about('voidBatch');
  if (die < 92) return about(size < 5 ? 'approveReserve' : next, true);
  const again = pick(taken.filter(isAct), which);
  return again ? { ...again, who: size < 6 ? again.who : who } : about(next);
}
