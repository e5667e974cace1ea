import { randomUUID } from 'node:crypto';
import { formatDay, parseDate, shanghaiDate, type Post } from '@banjie/domain';
import type { PayingApi } from './paying-api.fixture';
import {
  againstStep,
  holdersOfAll,
  holdersOfAlone,
  mayAny,
  pick,
  takeStep,
  type Draw,
  type Member,
  type Proposal,
  type Subject,
} from './walk-crew.fixture';

/*
 * Payout rules: one person proposes, another confirms, and neither while work that the rule binds is in his hands (SD-06). A case that waits
 * for 拨付制定 is what somebody may hold.
 */
export type RuleKind = 'limits' | 'setting' | 'bankDays';
export interface RuleSaid {
  kind: RuleKind;
  inDays: number;
  n: number;
}
export interface Rules {
  proposals: Proposal<RuleSaid>[];
  /** In the order in which they came into force. */
  confirmed: { agencyId: string; said: RuleSaid }[];
  holder: number | null;
}
export type RuleCall = { name: string; who: number } & (
  | { does: 'propose'; id: string; said: RuleSaid }
  | { does: 'confirm' | 'refuse'; id: string }
  | { does: 'take' | 'release'; id: null }
);

const proposers: Post[] = ['settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor'];
const deciders: Post[] = ['supervisor', 'deputyHead'];

const today = shanghaiDate(Date.now());
const inDays = (days: number) => formatDay(parseDate(today) + days);

export function ruleOf({ kind, inDays: days, n }: RuleSaid): Record<string, unknown> {
  const effectiveFrom = inDays(days);
  if (kind === 'limits') {
    const none = { perPersonDayFen: null, perFundDayFen: null, perReleaserDayFen: null };
    return { effectiveFrom, perOrderFen: 40_000_000 + n, ...none, reserveFen: n % 2 ? 1_000 + n : null };
  }
  if (kind === 'setting') {
    return { effectiveFrom, channel: 'http', gatherAt: null, cutOff: '15:30', partSize: 1 + (n % 5_000) };
  }
  return { days: [{ day: inDays(days), open: n % 2 === 0 }] };
}

type ProposeCall = Extract<RuleCall, { does: 'propose' }>;
type DecideCall = Extract<RuleCall, { does: 'confirm' | 'refuse' }>;
const isDecide = (call: RuleCall): call is DecideCall => call.does === 'confirm' || call.does === 'refuse';

function againstPropose(model: Rules, { id, who, said }: ProposeCall, member: Member): string[] {
  if (!mayAny(member, proposers)) return ['FORBIDDEN'];
  const known = model.proposals.find((one) => one.id === id);
  const isSame = known && known.by === who && JSON.stringify(known.said) === JSON.stringify(said);
  if (isSame) return [];
  const reasons = known ? ['ACTION_REUSED'] : [];
  if (known && known.agencyId === member.agencyId) return reasons;
  if (said.inDays < 0) reasons.push('PAYOUT_RULE_PAST');
  if (model.holder === who) reasons.push('PAYOUT_RULE_OWN_WORK');
  const isOpen = model.proposals.some(
    (one) =>
      one.state === 'proposed' &&
      one.agencyId === member.agencyId &&
      one.said.kind === said.kind &&
      one.said.inDays === said.inDays,
  );
  return isOpen ? [...reasons, 'FINANCE_PROPOSAL_OPEN'] : reasons;
}

function againstDecide(model: Rules, { id, who, does }: DecideCall, member: Member): string[] {
  if (!mayAny(member, deciders)) return ['FORBIDDEN'];
  const proposal = model.proposals.find((one) => one.id === id)!;
  if (proposal.agencyId !== member.agencyId) return ['FINANCE_PROPOSAL_NOT_FOUND'];
  const { reasons, isOpen } = againstStep(proposal, { step: does, who, persons: 2 });
  if (does === 'confirm' && isOpen) {
    if (model.holder === who) reasons.push('PAYOUT_RULE_OWN_WORK');
    if (model.holder === proposal.by) reasons.push('PAYOUT_RULE_PROPOSER_WORK');
  }
  return reasons;
}

export function rulesSubject(
  paying: PayingApi,
  crew: readonly Member[],
  /** The task of the case that somebody may hold. */
  taskId: string,
): Subject<Rules, RuleCall> {
  const path = '/api/finance/payout-rules/proposals';
  return {
    against(model, call) {
      const member = crew[call.who]!;
      if (isDecide(call)) return againstDecide(model, call, member);
      return call.does === 'propose' ? againstPropose(model, call, member) : [];
    },
    take(model, call) {
      if (call.does === 'take') model.holder = call.who;
      else if (call.does === 'release') model.holder = null;
      else if (call.does === 'propose') {
        if (model.proposals.some(({ id }) => id === call.id)) return;
        const entry = { id: call.id, agencyId: crew[call.who]!.agencyId, said: call.said, by: call.who };
        model.proposals.push({ ...entry, checkedBy: null, decidedBy: null, state: 'proposed' });
      } else {
        const proposal = model.proposals.find(({ id }) => id === call.id)!;
        if (takeStep(proposal, call.does, call.who) && call.does === 'confirm') {
          model.confirmed.push({ agencyId: proposal.agencyId, said: proposal.said });
        }
      }
    },
    make(call) {
      const { client } = crew[call.who]!;
      if (call.does === 'take' || call.does === 'release') return client.post(`/api/tasks/${taskId}/${call.does}`, {});
      if (call.does !== 'propose') {
        const body = call.does === 'refuse' ? { reason: '依据不足' } : {};
        return client.post(`${path}/${call.id}/${call.does}`, body);
      }
      const rule = { kind: call.said.kind, ...ruleOf(call.said) };
      const document = { number: '示例〔2026〕4号', text: '调整的决定' };
      return client.post(path, { id: call.id, rule, text: '按预算调整', document });
    },
  };
}

export function planRule(
  model: Rules,
  draw: Draw,
  crew: readonly Member[],
  taken: readonly RuleCall[],
): RuleCall | [RuleCall, RuleCall] | null {
  const { die, other, which, size, kind: luck } = draw;
  // Now and then whoever has work in his hands.
  const who = luck < 25 && model.holder !== null ? model.holder : draw.who;
  const decide = (id: string, does: 'confirm' | 'refuse', by = who): RuleCall => ({
    name: `rule ${does}`,
    ...{ who: by, does, id },
  });
  const open = pick(
    model.proposals.filter(({ state }) => state === 'proposed'),
    which,
  );
  const last = pick(model.proposals, which);
  if (die < 8) {
    // Now and then somebody has the payout in his hands.
    if (model.holder !== null) return { name: 'release the task', who: model.holder, does: 'release', id: null };
    const clerk = luck < 90 ? who % holdersOfAll : holdersOfAlone.settlementClerk;
    return { name: 'take the task', who: clerk, does: 'take', id: null };
  }
  if (die < 45 && open) return decide(open.id, 'confirm');
  if (die < 52 && last) return decide(last.id, 'confirm');
  if (die < 58 && last) return decide(last.id, 'refuse');
  if (die < 64 && open) {
    return [decide(open.id, 'confirm'), decide(open.id, size < 6 ? 'confirm' : 'refuse', other)];
  }
  const again = pick(
    taken.filter(({ does }) => does !== 'take' && does !== 'release'),
    which,
  );
  if (die < 70 && again) return { ...again, who: size < 5 ? again.who : who };
  const kind = pick(['limits', 'setting', 'bankDays'] as const, which)!;
  // Only limits may hold from today on: how and when the agency pays is needed as it is.
  const days = size === 9 ? -1 : kind === 'limits' && size < 5 ? 0 : 400 + (which % 7);
  const said: RuleSaid = { kind, inDays: days, n: which };
  const isReused = die < 76 && last;
  const id = isReused ? last.id : randomUUID();
  // A number that another agency has used is no way to what is behind it.
  const by = isReused && luck < 40 ? crew.length - 1 : who;
  return { name: 'rule propose', who: by, does: 'propose', id, said };
}
