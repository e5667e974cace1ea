import { Injectable } from '@nestjs/common';
import type {
  PayoutRuleProposals,
  PayoutRuleProposalView,
  PayoutRules,
  PayoutRulesQuery,
  ProposePayoutRule,
} from '@banjie/contracts';
import {
  DomainError,
  judgePayoutRuleRight,
  payDayOf,
  payoutRuleKinds,
  payoutRuleLabels,
  reserveBaseMonths,
  reserveMonths,
  shanghaiDate,
  type PayoutRule,
} from '@banjie/domain';
import {
  bankDaysOf,
  ColumnCipher,
  comingBankDays,
  confirmPayoutRule,
  getRule,
  listPayoutRules,
  payoutSettingOf,
  proposePayoutRule,
  refusePayoutRule,
  releasedOn,
  releaseStanding,
  reserveStanding,
  rows,
  type PayoutRuleProposal,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

const pageSize = 50;

@Injectable()
export class PayoutRulesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  async standing(account: Account): Promise<PayoutRules> {
    const { agencyId } = account;
    const at = new Date();
    const date = shanghaiDate(at.getTime());
    const [agency] = await rows<{ fund: string }>(
      this.dataSource,
      `SELECT fund_account AS fund FROM agency WHERE id = $1`,
      [agencyId],
    );
    const fundAccount = agency!.fund;
    const { limits, reserveFen } = await this.dataSource.transaction((manager) =>
      releaseStanding(manager, { fundAccount, actorId: account.id, at }),
    );
    const [released, reserve, setting, isBankDay, bankDays] = await Promise.all([
      releasedOn(this.dataSource, fundAccount, date),
      reserveStanding(this.dataSource, { fundAccount, at, reserveFen }),
      payoutSettingOf(this.dataSource, agencyId, date),
      bankDaysOf(this.dataSource, account),
      comingBankDays(this.dataSource, agencyId, date),
    ]);
    const { base, balanceFen, statedAt, committedFen } = reserve;
    return {
      ...{ date, fundAccount, limits, setting, bankDays },
      released: {
        fundFen: released.fundFen,
        releasers: released.releasers.map(({ name, usedFen }) => ({ name, usedFen })),
      },
      reserve: {
        ...{ reserveFen: reserve.reserveFen, isSet: base.kind === 'set', balanceFen, committedFen },
        months: base.kind === 'average' ? base.months : [],
        statedAt: shanghaiInstant(statedAt),
        note: noteOf(reserve),
      },
      nextPayDay: payDayOf({ at: at.getTime(), cutOff: setting?.cutOff ?? null, isBankDay }),
      mayPropose: judgePayoutRuleRight('propose', account.posts).allowed,
    };
  }

  async list(account: Account, { kind, before }: PayoutRulesQuery): Promise<PayoutRuleProposals> {
    const found = await listPayoutRules(this.dataSource, this.cipher, {
      ...{ agencyId: account.agencyId, kinds: kind ? [kind] : payoutRuleKinds, limit: pageSize },
      before: before === undefined ? null : new Date(before),
    });
    const last = found.length === pageSize ? found.at(-1)! : null;
    return {
      items: found.map((one) => viewOf(one as PayoutRuleProposal, account)),
      next: shanghaiInstant(last?.proposedAt ?? null),
    };
  }

  /** @throws DomainError PAYOUT_RULE_PAST, PAYOUT_RULE_OWN_WORK, FINANCE_PROPOSAL_OPEN, ACTION_REUSED */
  async propose(account: Account, body: ProposePayoutRule): Promise<PayoutRuleProposalView> {
    const { id, rule, text, document } = body;
    demandRight('propose', account);
    await this.dataSource.transaction((manager) =>
      proposePayoutRule(manager, this.cipher, {
        ...{ id, agencyId: account.agencyId, rule, words: { text, document }, proposedBy: account.id, at: new Date() },
      }),
    );
    return this.view(account, id);
  }

  /**
   * @throws DomainError PAYOUT_RULE_PAST, PAYOUT_RULE_OWN_WORK, PAYOUT_RULE_PROPOSER_WORK, FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED,
   * FINANCE_PROPOSAL_OWN
   */
  async confirm(account: Account, id: string): Promise<PayoutRuleProposalView> {
    demandRight('decide', account);
    const decision = { id, agencyId: account.agencyId, decidedBy: account.id, at: new Date() };
    await this.dataSource.transaction((manager) => confirmPayoutRule(manager, this.cipher, decision));
    return this.view(account, id);
  }

  /** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN */
  async refuse(account: Account, id: string, reason: string): Promise<PayoutRuleProposalView> {
    demandRight('decide', account);
    const decision = { id, agencyId: account.agencyId, decidedBy: account.id, reason, at: new Date() };
    await this.dataSource.transaction((manager) => refusePayoutRule(manager, this.cipher, decision));
    return this.view(account, id);
  }

  private async view(account: Account, id: string): Promise<PayoutRuleProposalView> {
    return viewOf(await getRule(this.dataSource, this.cipher, account.agencyId, id), account);
  }
}

function demandRight(step: 'propose' | 'decide', { posts }: Account): void {
  const verdict = judgePayoutRuleRight(step, posts);
  if (!verdict.allowed) throw new DomainError(verdict.code, verdict.facts);
}

function noteOf({ base, balanceFen }: Awaited<ReturnType<typeof reserveStanding>>): string {
  const reserve =
    base.kind === 'set'
      ? '周转金由两名人员设定'
      : base.months.length === 0
        ? '尚无完整月份的支付,周转金暂按 0 计'
        : `周转金为前 ${base.months.length} 个月(至多 ${reserveBaseMonths} 个月)平均支付额的 ${reserveMonths} 倍`;
  return balanceFen === null
    ? `${reserve};尚无载明余额的银行对账单,支出户余额未知,放行时不能核对周转金。`
    : `${reserve}。`;
}

function viewOf(found: PayoutRuleProposal, account: Account): PayoutRuleProposalView {
  return {
    ...{ id: found.id, kindLabel: payoutRuleLabels[found.kind], ...found.words },
    rule: { kind: found.kind, ...found.facts } as PayoutRule,
    ...{ proposedBy: found.proposedByName, proposedAt: shanghaiInstant(found.proposedAt), state: found.state },
    ...{ decidedBy: found.decidedByName, decidedAt: shanghaiInstant(found.decidedAt), decisionReason: found.decision },
    mayDecide:
      found.state === 'proposed' &&
      found.proposedBy !== account.id &&
      judgePayoutRuleRight('decide', account.posts).allowed,
  };
}
