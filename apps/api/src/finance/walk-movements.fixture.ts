import type { Post } from '@banjie/domain';
import { eventually } from '@banjie/testing';
import type { PayingApi } from './paying-api.fixture';
import {
  againstStep,
  agencyId,
  mayAny,
  takeStep,
  type Answer,
  type Member,
  type Proposal,
  type Step,
  type Subject,
} from './walk-crew.fixture';

/*
 * 追回, 抵扣, 补付 and money that came in for a claim, with the payouts that they touch: a case that is closed and paid, and another of the
 * same person that waits for 拨付制定.
 */
export type Said =
  | { kind: 'recovery'; orderNo: string; fen: number }
  | { kind: 'supplement'; caseNo: string; fen: number }
  | { kind: 'offset'; caseNo: string; recoveryNo: string; fen: number }
  | { kind: 'recovered'; entryNo: number; recoveryNo: string };
type Kind = Said['kind'];

interface Decision {
  fen: number;
  /** Of a 补付: the three persons. */
  raisedBy: number[];
  isVoid: boolean;
  offsets: { recoveryNo: string; fen: number; isVoid: boolean }[];
}
interface Order {
  orderNo: string;
  decision: number;
  fen: number;
  state: 'drawn' | 'reviewed' | 'paid' | 'void';
  /** Of the crew: who drew, checked and released it. */
  hands: number[];
}
export interface CaseModel {
  caseNo: string;
  stage: 'closed' | 'deliver' | 'preparePayout' | 'financeReview' | 'financeApproval';
  /** SD-01: whoever has one has no other, ever. */
  duties: Map<number, string>;
  totalFen: number;
  decisions: Decision[];
  orders: Order[];
}
interface Movement extends Proposal<Said> {
  /** Of a 抵扣: the decision that stood when it was proposed. */
  decision: number;
}
export interface Movements {
  paid: CaseModel;
  waiting: CaseModel;
  proposals: Movement[];
  claims: { recoveryNo: string; caseNo: string; orderNo: string; fen: number; openFen: number; proposal: string }[];
  entries: { entryNo: number; fen: number; foundBy: string | null }[];
  acts: { actionId: string; act: string; who: number; caseNo: string }[];
}

export const payActs = ['preparePayout', 'confirmPayout', 'releasePayout', 'sendBack'] as const;
type PayAct = (typeof payActs)[number];
export type Call = { name: string; who: number } & (
  | { does: 'propose'; id: string; said: Said }
  | { does: Step; id: string; door: 'movement' | 'clearing' }
  | { does: PayAct; caseNo: string; actionId: string; isStale: boolean }
);

const posts: Record<Kind, Record<'propose' | Step, Post[]>> = {
  recovery: {
    ...{ propose: ['secondReviewer', 'settlementClerk'], check: ['financeReviewer'], confirm: ['approver'] },
    refuse: ['financeReviewer', 'approver'],
  },
  supplement: {
    ...{ propose: ['secondReviewer'], check: ['secondReviewer', 'financeReviewer'], confirm: ['approver'] },
    refuse: ['secondReviewer', 'financeReviewer', 'approver'],
  },
  offset: {
    ...{ propose: ['settlementClerk'], check: ['financeReviewer'], confirm: ['financeApprover'] },
    refuse: ['financeReviewer', 'financeApprover'],
  },
  recovered: {
    ...{ propose: ['settlementClerk', 'financeReviewer', 'financeApprover'], check: [] },
    ...{ confirm: ['financeReviewer', 'financeApprover'], refuse: ['financeReviewer', 'financeApprover'] },
  },
};
export const road = {
  preparePayout: { act: 'preparePayout', post: 'settlementClerk', to: 'financeReview' },
  financeReview: { act: 'confirmPayout', post: 'financeReviewer', to: 'financeApproval' },
  financeApproval: { act: 'releasePayout', post: 'financeApprover', to: null },
} as const;
export const isOnRoad = (stage: string): stage is keyof typeof road => stage in road;

const caseOf = ({ paid, waiting }: Movements, caseNo: string) => (paid.caseNo === caseNo ? paid : waiting);
const orderOf = ({ paid, waiting }: Movements, orderNo: string) =>
  [...paid.orders, ...waiting.orders].find((order) => order.orderNo === orderNo);
const claimOf = ({ claims }: Movements, recoveryNo: string) => claims.find((claim) => claim.recoveryNo === recoveryNo);
const sum = (list: readonly { fen: number }[]) => list.reduce((total, { fen }) => total + fen, 0);
const dueOf = ({ fen, offsets }: Decision) => fen - sum(offsets.filter(({ isVoid }) => !isVoid));
const isLive = ({ state }: Order) => state !== 'void';

/** The decision whose order is drawn next; -1: none waits. */
export function undrawn({ decisions, orders }: CaseModel): number {
  return decisions.findLastIndex(
    ({ isVoid }, n) => !isVoid && !orders.some((order) => order.decision === n && isLive(order)),
  );
}

/** How much may be said at most; nothing may be, where it is below 1. */
export function roomOf(model: Movements, said: Said): number {
  if (said.kind === 'recovery') {
    const order = orderOf(model, said.orderNo);
    if (order?.state !== 'paid') return 0;
    // Of a decision, whichever of its orders was claimed from.
    const { orders } = touched(model, said)[0]!;
    const ofDecision = orders.filter(({ decision }) => decision === order.decision).map(({ orderNo }) => orderNo);
    return order.fen - sum(model.claims.filter(({ orderNo }) => ofDecision.includes(orderNo)));
  }
  if (said.kind === 'supplement') {
    const { stage, totalFen, decisions } = caseOf(model, said.caseNo);
    return stage === 'closed' ? totalFen - sum(decisions.filter(({ isVoid }) => !isVoid)) : 0;
  }
  if (said.kind === 'offset') {
    const decision = model.waiting.decisions[undrawn(model.waiting)];
    const claim = claimOf(model, said.recoveryNo);
    return decision && claim ? Math.min(claim.openFen, dueOf(decision) - 1) : 0;
  }
  return claimOf(model, said.recoveryNo)?.openFen ?? 0;
}

function unfit(model: Movements, said: Said, agency: string): string[] {
  const isOurs = agency === agencyId;
  if (said.kind === 'recovered') {
    if (!isOurs) return ['SUSPENSE_NOT_FOUND'];
    const entry = model.entries.find(({ entryNo }) => entryNo === said.entryNo)!;
    return [
      ...(entry.foundBy ? ['SUSPENSE_CLEARED'] : []),
      ...(entry.fen > roomOf(model, said) ? ['CLEARING_UNFIT'] : []),
    ];
  }
  const fits = isOurs && said.fen <= roomOf(model, said);
  if (said.kind === 'recovery') return fits ? [] : ['RECOVERY_UNFIT'];
  if (said.kind === 'supplement') return fits ? [] : ['SUPPLEMENT_UNFIT'];
  if (!isOurs || !claimOf(model, said.recoveryNo)) return ['RECOVERY_NOT_FOUND'];
  return fits ? [] : ['OFFSET_UNFIT'];
}

/** The cases whose payouts it touches. */
export function touched(model: Movements, said: Said): CaseModel[] {
  if (said.kind === 'supplement') return [caseOf(model, said.caseNo)];
  if (said.kind === 'recovery') {
    return [model.paid, model.waiting].filter(({ orders }) => orders.some(({ orderNo }) => orderNo === said.orderNo));
  }
  const claim = claimOf(model, said.recoveryNo);
  const ofClaim = claim ? [caseOf(model, claim.caseNo)] : [];
  return said.kind === 'offset' ? [model.waiting, ...ofClaim] : ofClaim;
}

/** Whether a duty in a case that it touches stands against a person; whoever raised a 补付 may raise another of the same case. */
export const isBound = (model: Movements, said: Said, who: number): boolean =>
  touched(model, said).some(({ duties }) => {
    const duty = duties.get(who);
    return duty !== undefined && !(said.kind === 'supplement' && duty === 'supplement');
  });

const subjectOf = (said: Said): string =>
  said.kind === 'recovery' ? said.orderNo : said.kind === 'recovered' ? String(said.entryNo) : said.caseNo;
export const doorOf = (kind: Kind) => (kind === 'recovered' ? ('clearing' as const) : ('movement' as const));
const notYours = ['FORBIDDEN', 'NOT_YOUR_POST'];

type ProposeCall = Extract<Call, { does: 'propose' }>;
type StepCall = Extract<Call, { does: Step }>;
type PayCall = Extract<Call, { does: PayAct }>;
const isPay = (call: Call): call is PayCall => 'actionId' in call;
const isPropose = (call: Call): call is ProposeCall => call.does === 'propose';

function againstPropose(model: Movements, { id, who, said }: ProposeCall, member: Member): string[] {
  if (!mayAny(member, posts[said.kind].propose)) return notYours;
  const known = model.proposals.find((one) => one.id === id);
  if (known) {
    const isSame = known.by === who && JSON.stringify(known.said) === JSON.stringify(said);
    if (isSame) return [];
    return ['ACTION_REUSED', ...(member.agencyId === known.agencyId ? [] : unfit(model, said, member.agencyId))];
  }
  const isOpen = model.proposals.some(
    (one) => one.state === 'proposed' && one.said.kind === said.kind && subjectOf(one.said) === subjectOf(said),
  );
  return [
    ...unfit(model, said, member.agencyId),
    ...(isBound(model, said, who) ? ['FINANCE_OWN_CASE'] : []),
    ...(isOpen ? ['FINANCE_PROPOSAL_OPEN'] : []),
  ];
}

function againstMovementStep(model: Movements, { id, who, does, door }: StepCall, member: Member): string[] {
  const proposal = model.proposals.find((one) => one.id === id)!;
  const { said, agencyId: agency, by, checkedBy } = proposal;
  const isHere = agency === member.agencyId && doorOf(said.kind) === door;
  const kinds = isHere ? [said.kind] : (Object.keys(posts) as Kind[]).filter((kind) => doorOf(kind) === door);
  const reasons = kinds.some((kind) => mayAny(member, posts[kind][does])) ? [] : [...notYours];
  if (!isHere) return [...reasons, 'FINANCE_PROPOSAL_NOT_FOUND'];
  const persons = door === 'movement' ? (3 as const) : (2 as const);
  const found = againstStep(proposal, { step: does, who, persons });
  reasons.push(...found.reasons);
  if (does === 'refuse' || !found.isOpen) return reasons;
  reasons.push(...unfit(model, said, agency));
  if (said.kind === 'offset' && proposal.decision !== undrawn(model.waiting)) reasons.push('OFFSET_UNFIT');
  if (isBound(model, said, who)) reasons.push('FINANCE_OWN_CASE');
  const before = [by, checkedBy].filter((one) => one !== null);
  if (before.some((one) => isBound(model, said, one))) reasons.push('FINANCE_EARLIER_OWN_CASE');
  return reasons;
}

function againstPay(model: Movements, call: PayCall, member: Member): string[] {
  const { does, who, caseNo, actionId } = call;
  if (member.agencyId !== agencyId) return ['CASE_NOT_FOUND'];
  const known = model.acts.find((one) => one.actionId === actionId);
  if (known) return known.act === does && known.who === who && known.caseNo === caseNo ? [] : ['ACTION_REUSED'];
  const { stage, duties } = caseOf(model, caseNo);
  if (stage === 'closed') return ['CASE_CLOSED'];
  if (call.isStale) return ['CASE_MOVED'];
  if (!isOnRoad(stage)) return ['ACT_NOT_ALLOWED'];
  const here = road[stage];
  if (does !== here.act && does !== 'sendBack') return ['ACT_NOT_ALLOWED'];
  const reasons = mayAny(member, [here.post]) ? [] : ['NOT_YOUR_POST'];
  if ((duties.get(who) ?? stage) !== stage) reasons.push('DUTY_CONFLICT');
  return reasons;
}

function takePay(model: Movements, { does, who, caseNo, actionId }: PayCall): void {
  if (model.acts.some((one) => one.actionId === actionId)) return;
  model.acts.push({ actionId, act: does, who, caseNo });
  const of = caseOf(model, caseNo);
  const stage = of.stage as keyof typeof road;
  of.duties.set(who, stage);
  const order = of.orders.findLast(isLive);
  if (does === 'sendBack') {
    // The decision falls, and with it its order and what was to be taken off; 复核 and 审批 decide the same anew.
    const fallen = of.decisions.findLast(({ isVoid }) => !isVoid)!;
    fallen.isVoid = true;
    for (const offset of fallen.offsets.filter(({ isVoid }) => !isVoid)) {
      offset.isVoid = true;
      claimOf(model, offset.recoveryNo)!.openFen += offset.fen;
    }
    if (stage !== 'preparePayout') order!.state = 'void';
    of.decisions.push({ fen: fallen.fen, raisedBy: [], isVoid: false, offsets: [] });
    of.stage = 'preparePayout';
  } else if (does === 'preparePayout') {
    const decision = undrawn(of);
    const orderNo = `${caseNo}P${of.orders.length + 1}`;
    of.orders.push({ orderNo, decision, fen: dueOf(of.decisions[decision]!), state: 'drawn', hands: [who] });
    of.stage = 'financeReview';
  } else {
    order!.hands.push(who);
    order!.state = does === 'confirmPayout' ? 'reviewed' : 'paid';
    of.stage = road[stage].to ?? (of === model.paid ? 'closed' : 'deliver');
  }
}

function takeMovementStep(model: Movements, { id, who, does }: StepCall): void {
  const proposal = model.proposals.find((one) => one.id === id)!;
  if (!takeStep(proposal, does, who) || does !== 'confirm') return;
  const { said, by, checkedBy } = proposal;
  if (said.kind === 'recovery') {
    const { caseNo } = touched(model, said)[0]!;
    const recoveryNo = `${caseNo}R${model.claims.filter((claim) => claim.caseNo === caseNo).length + 1}`;
    model.claims.push({ ...said, recoveryNo, caseNo, openFen: said.fen, proposal: id });
  } else if (said.kind === 'supplement') {
    const of = caseOf(model, said.caseNo);
    const raisedBy = [by, checkedBy!, who];
    of.decisions.push({ fen: said.fen, raisedBy, isVoid: false, offsets: [] });
    // Who raised it has no hand in paying it, nor in what is claimed of it.
    for (const one of raisedBy) of.duties.set(one, 'supplement');
    of.stage = 'preparePayout';
  } else if (said.kind === 'offset') {
    model.waiting.decisions[proposal.decision]!.offsets.push({ ...said, isVoid: false });
    claimOf(model, said.recoveryNo)!.openFen -= said.fen;
  } else {
    const entry = model.entries.find(({ entryNo }) => entryNo === said.entryNo)!;
    entry.foundBy = id;
    claimOf(model, said.recoveryNo)!.openFen -= entry.fen;
  }
}

const words = { text: '复查发现', document: { number: '示例〔2026〕3号', text: '决定书' } };

/** The body of the proposal, and where it is sent. */
function proposalOf({ id, said }: ProposeCall): { path: string; body: object } {
  if (said.kind === 'recovered') {
    const { entryNo, recoveryNo } = said;
    const path = `/api/finance/exceptions/${entryNo}/proposals`;
    return { path, body: { id, clearing: 'recovered', recoveryNo, reason: 'CL-99', ...words } };
  }
  const { fen: amountFen, ...rest } = said;
  const ground = { recovery: { reason: 'RC-01' }, supplement: { reason: 'SP-01' }, offset: { basis: 'consent' } };
  const movement = { ...rest, amountFen, ...ground[said.kind] };
  return { path: '/api/finance/recoveries/proposals', body: { id, movement, ...words } };
}

export function movementsSubject(paying: PayingApi, crew: readonly Member[]): Subject<Movements, Call> {
  const decideAnew = async (caseNo: string) => {
    await paying.act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
    const { proposedFen: payableFen } = await paying.view(caseNo);
    await paying.act(caseNo, 'approver1', { act: 'approve', payableFen });
  };
  const seen = new Map<string, number>();
  async function pay({ does, who, caseNo, actionId, isStale }: PayCall): Promise<Answer> {
    // Sent again it is the same to the letter.
    const seenSeq = seen.get(actionId) ?? (await paying.view(caseNo)).seq - (isStale ? 1 : 0);
    seen.set(actionId, seenSeq);
    const more = does === 'sendBack' ? { toStage: 'secondReview', reasons: [{ code: 'RS-14' }] } : {};
    const body = { act: does, actionId, seenSeq, ...more };
    const answer = await crew[who]!.client.post<{ stage: string; code?: string }>(`/api/cases/${caseNo}/acts`, body);
    if (answer.status !== 200) return answer as Answer;
    const { stage } = answer.body;
    // What follows of itself is waited for, so that the next call finds the case at rest.
    if (does === 'sendBack' && stage === 'secondReview') await decideAnew(caseNo);
    if (stage === 'pay') {
      await eventually(
        () => paying.view(caseNo),
        (now) => now.stage === 'deliver' || now.stage === 'closed',
        30_000,
      );
    }
    return answer as Answer;
  }

  return {
    against(model, call) {
      const member = crew[call.who]!;
      if (isPay(call)) return againstPay(model, call, member);
      return isPropose(call) ? againstPropose(model, call, member) : againstMovementStep(model, call, member);
    },
    take(model, call) {
      if (isPay(call)) return takePay(model, call);
      if (!isPropose(call)) return takeMovementStep(model, call);
      const { id, who, said } = call;
      if (model.proposals.some((one) => one.id === id)) return;
      const entry = { id, agencyId: crew[who]!.agencyId, said, by: who, checkedBy: null, decidedBy: null };
      model.proposals.push({ ...entry, state: 'proposed', decision: undrawn(model.waiting) });
    },
    async make(call) {
      if (isPay(call)) return pay(call);
      const { client } = crew[call.who]!;
      if (isPropose(call)) {
        const { path, body } = proposalOf(call);
        return client.post(path, body);
      }
      const door = call.door === 'movement' ? 'recoveries' : 'exceptions';
      const path = `/api/finance/${door}/proposals/${call.id}/${call.does}`;
      const answer = await client.post<{ kind?: string; movement?: { caseNo: string } }>(
        path,
        call.does === 'refuse' ? { reason: '依据不足' } : {},
      );
      // The relay in jobs wakes a case that was re-opened.
      const { kind, movement } = answer.body;
      if (answer.status === 200 && call.does === 'confirm' && kind === 'supplement')
        await paying.wake(movement!.caseNo);
      return answer as Answer;
    },
  };
}
