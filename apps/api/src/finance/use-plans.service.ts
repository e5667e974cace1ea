import { Injectable } from '@nestjs/common';
import type { MakeUsePlan, UsePlan, UsePlanBody, UsePlans } from '@banjie/contracts';
import {
  daysInMonth,
  DomainError,
  fen,
  forecastPayouts,
  formatYuan,
  insuranceSchemeLabels,
  insuranceSchemes,
  monthOf,
  planError,
  shanghaiDate,
  shiftMonth,
  stageLabels,
  usePlanDueDay,
  warnOfReserve,
} from '@banjie/domain';
import {
  addUsePlan,
  bankDaysOf,
  ColumnCipher,
  decideUsePlan,
  getUsePlan,
  listUsePlans,
  paidByDay,
  releaseStanding,
  reserveStanding,
  rows,
  usePlanFacts,
  type KeptUsePlan,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

type Kept = KeptUsePlan<UsePlanBody>;

const pageSize = 24;
const method =
  '逐付款日预测:已收件的按所在环节,以过去同环节办件最终支付的比例和间隔推算(已制拨付单即在财务环节);' +
  '尚未收件的,以近期每付款日支付额乘季节系数,按届时可能来自新收件的比例补足。季节系数为该月每付款日支付额与前后十二个月之比,一年只计一半;每付款日不超过近一年连续二十个付款日的最高平均,超出的顺延。';

@Injectable()
export class UsePlansService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  async list(account: Account, before: string | null): Promise<UsePlans> {
    const { agencyId } = account;
    const found = await listUsePlans<UsePlanBody>(this.dataSource, this.cipher, {
      ...{ agencyId, limit: pageSize, before: before === null ? null : new Date(before) },
    });
    const today = shanghaiDate(Date.now());
    const { month, dueOn } = dueAt(today);
    const [planned] = await rows<{ state: 'proposed' | 'confirmed' }>(
      this.dataSource,
      `SELECT state FROM finance_proposal WHERE agency_id = $1 AND kind = 'usePlan' AND subject = $2 AND state <> 'refused' ORDER BY state LIMIT 1`,
      [agencyId, month],
    );
    const state = planned?.state ?? 'none';
    return {
      due: { month, dueOn, state, isOverdue: state !== 'confirmed' && today > dueOn },
      items: await Promise.all(found.map((kept) => this.head(account, kept))),
      next: found.length === pageSize ? shanghaiInstant(found.at(-1)!.proposal.proposedAt) : null,
    };
  }

  draft(account: Account): Promise<UsePlanBody> {
    return this.drawUp(account, { yearBudgetFen: 0, adjustFen: 0 });
  }

  /** @throws DomainError USE_PLAN_MONTH, USE_PLAN_BELOW_NOUGHT, USE_PLAN_CONFIRMED, FINANCE_PROPOSAL_OPEN, ACTION_REUSED */
  async make(account: Account, wish: MakeUsePlan): Promise<UsePlan> {
    const { id, month, yearBudgetFen, adjustFen, text, document } = wish;
    const again = await this.madeBefore(account, wish);
    if (again) return again;
    const { month: due } = dueAt(shanghaiDate(Date.now()));
    if (month !== due) throw new DomainError('USE_PLAN_MONTH', { month, due }, 'month');
    const body = await this.drawUp(account, { yearBudgetFen, adjustFen });
    if (body.plannedFen < 0) {
      throw new DomainError('USE_PLAN_BELOW_NOUGHT', { amount: formatYuan(fen(body.plannedFen)) }, 'adjustFen');
    }
    try {
      await this.dataSource.transaction((manager) =>
        addUsePlan(manager, this.cipher, {
          ...{ id, agencyId: account.agencyId, body, words: { text, document }, madeBy: account.id, at: new Date() },
        }),
      );
    } catch (error) {
      // The same wish may have come twice at once; its forecast then differs by what happened in between.
      const first =
        error instanceof DomainError && error.code === 'ACTION_REUSED' && (await this.madeBefore(account, wish));
      if (!first) throw error;
      return first;
    }
    return this.one(account, id);
  }

  /** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND */
  async one(account: Account, id: string): Promise<UsePlan> {
    const kept = await getUsePlan<UsePlanBody>(this.dataSource, this.cipher, account.agencyId, id);
    const paid = await this.paidIn(account, kept.month);
    const byDay = new Map<string, { plannedFen: number; paidFen: number }>();
    const dayOf = (day: string) => byDay.get(day) ?? { plannedFen: 0, paidFen: 0 };
    for (const { day, openFen, comingFen } of kept.body.days) {
      byDay.set(day, { ...dayOf(day), plannedFen: dayOf(day).plannedFen + openFen + comingFen });
    }
    for (const one of paid?.days ?? []) {
      byDay.set(one.day, { ...dayOf(one.day), paidFen: dayOf(one.day).paidFen + one.fen });
    }
    const passed = [...byDay]
      .filter(([day]) => paid !== null && day <= paid.until)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...(await this.head(account, kept)),
      ...{ ...kept.proposal.words, body: kept.body },
      dayErrors: passed.map(([day, one]) => ({ day, ...one, ...planError(one.plannedFen, one.paidFen) })),
    };
  }

  /** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN, USE_PLAN_CONFIRMED */
  async confirm(account: Account, id: string): Promise<UsePlan> {
    const decision = {
      id,
      agencyId: account.agencyId,
      decidedBy: account.id,
      at: new Date(),
      state: 'confirmed',
    } as const;
    await this.dataSource.transaction((manager) => decideUsePlan(manager, this.cipher, decision));
    return this.one(account, id);
  }

  /** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN */
  async refuse(account: Account, id: string, reason: string): Promise<UsePlan> {
    const at = new Date();
    const decision = { id, agencyId: account.agencyId, decidedBy: account.id, at, state: 'refused', reason } as const;
    await this.dataSource.transaction((manager) => decideUsePlan(manager, this.cipher, decision));
    return this.one(account, id);
  }

  /** The plan under this id, where it is what is wished again. @throws DomainError ACTION_REUSED */
  private async madeBefore(account: Account, wish: MakeUsePlan): Promise<UsePlan | null> {
    const { id } = wish;
    const [known] = await rows(this.dataSource, `SELECT 1 FROM use_plan WHERE proposal_id = $1 AND agency_id = $2`, [
      ...[id, account.agencyId],
    ]);
    if (!known) return null;
    const { proposal, month, body } = await getUsePlan<UsePlanBody>(this.dataSource, this.cipher, account.agencyId, id);
    const told = (...parts: unknown[]) => JSON.stringify(parts);
    const isSame =
      told(proposal.proposedBy, month, body.adjustFen, body.budget.yearBudgetFen, proposal.words.text) ===
        told(account.id, wish.month, wish.adjustFen, wish.yearBudgetFen, wish.text) &&
      told(proposal.words.document.number, proposal.words.document.text) ===
        told(wish.document.number, wish.document.text);
    if (!isSame) throw new DomainError('ACTION_REUSED', { actionId: id }, 'id');
    return this.one(account, id);
  }

  private async drawUp(
    account: Account,
    { yearBudgetFen, adjustFen }: { yearBudgetFen: number; adjustFen: number },
  ): Promise<UsePlanBody> {
    const { agencyId } = account;
    const at = new Date();
    const asOf = shanghaiDate(at.getTime());
    const { month, dueOn } = dueAt(asOf);
    const [agency] = await rows<{ fund: string }>(
      this.dataSource,
      `SELECT fund_account AS fund FROM agency WHERE id = $1`,
      [agencyId],
    );
    const fundAccount = agency!.fund;
    const [facts, isPayDay, reserve, thisYear] = await Promise.all([
      usePlanFacts(this.dataSource, agencyId, asOf),
      bankDaysOf(this.dataSource, account),
      this.dataSource.transaction(async (manager) => {
        const { reserveFen } = await releaseStanding(manager, { fundAccount, actorId: account.id, at });
        return reserveStanding(manager, { fundAccount, at, reserveFen });
      }),
      paidByDay(this.dataSource, agencyId, { from: `${month.slice(0, 4)}-01-01`, to: asOf }),
    ]);
    const { days, basis } = forecastPayouts({ asOf, ...facts, isPayDay }, month);
    const { totalFen, schemes } = monthOf(days, month);
    const untilMonthFen = monthOf(days, asOf.slice(0, 7)).totalFen;
    const plannedFen = totalFen + adjustFen;
    const paidFen = thisYear.reduce((sum, one) => sum + one.fen, 0);
    // The rest of the running month is of the year of the plan but in January.
    const beforeFen = month.slice(0, 4) === asOf.slice(0, 4) ? untilMonthFen : 0;
    const { balanceFen, reserveFen } = reserve;
    const warning = warnOfReserve(days, { balanceFen, reserveFen });
    return {
      ...{ month, fundAccount, asOf, dueOn, isLate: asOf > dueOn, forecastFen: totalFen, adjustFen, plannedFen },
      schemes: insuranceSchemes.map((scheme) => ({
        ...{ scheme, label: insuranceSchemeLabels[scheme], forecastFen: schemes[scheme] },
      })),
      days: days.filter(({ day }) => day.startsWith(month)),
      untilMonthFen,
      budget: { yearBudgetFen, paidFen, leftAfterFen: yearBudgetFen - paidFen - beforeFen - plannedFen },
      reserve: {
        ...{ balanceFen, reserveFen, statedAt: shanghaiInstant(reserve.statedAt) },
        warning: warning && {
          ...warning,
          text: `如财政专户不再拨入,支出户在 ${warning.day} 付款后将低于周转金 ${formatYuan(fen(reserveFen))} 元;至月末须拨入 ${formatYuan(fen(warning.neededFen))} 元。`,
        },
        note:
          balanceFen === null ? '支出户余额未知(尚无载明余额的银行对账单),未能核对周转金。' : '至月末不低于周转金。',
      },
      basis: {
        ...{ method, payDays: basis.payDays, schemes: basis.schemes },
        stages: basis.stages.map((one) => ({ ...one, label: stageLabels[one.stage] })),
      },
    };
  }

  /** What was paid in a month until yesterday or its end; null before there is a day to compare. */
  private async paidIn({ agencyId }: Account, month: string) {
    const today = shanghaiDate(Date.now());
    const from = `${month}-01`;
    const last = `${month}-${daysInMonth(Number(month.slice(0, 4)), Number(month.slice(5)))}`;
    if (today < from) return null;
    const until = today < last ? today : last;
    return { until, isComplete: today > last, days: await paidByDay(this.dataSource, agencyId, { from, to: until }) };
  }

  private async head(account: Account, { proposal, month, body }: Kept) {
    const paid = await this.paidIn(account, month);
    const difference = (plannedFen: number, paidFen: number) => ({
      plannedFen,
      paidFen,
      ...planError(plannedFen, paidFen),
    });
    const paidOf = (scheme: string | null) =>
      (paid?.days ?? []).reduce((sum, one) => (scheme === null || one.scheme === scheme ? sum + one.fen : sum), 0);
    return {
      ...{ id: proposal.id, month, state: proposal.state, plannedFen: body.plannedFen, forecastFen: body.forecastFen },
      ...{ isLate: body.isLate, madeBy: proposal.proposedByName, madeAt: shanghaiInstant(proposal.proposedAt) },
      ...{ decidedBy: proposal.decidedByName, decidedAt: shanghaiInstant(proposal.decidedAt) },
      decisionReason: proposal.decision,
      mayDecide:
        proposal.state === 'proposed' &&
        proposal.proposedBy !== account.id &&
        account.posts.some((post) => post === 'supervisor' || post === 'deputyHead'),
      outcome: paid && {
        ...{ until: paid.until, isComplete: paid.isComplete },
        plan: difference(body.plannedFen, paidOf(null)),
        forecast: difference(body.forecastFen, paidOf(null)),
        schemes: body.schemes.map(({ scheme, label, forecastFen }) => ({
          ...{ scheme, label, ...difference(forecastFen, paidOf(scheme)) },
        })),
      },
    };
  }
}

/** The plan that is due on a day: of the next month, by the 20th of this one (K-57). */
function dueAt(today: string): { month: string; dueOn: string } {
  return { month: shiftMonth(today.slice(0, 7), 1), dueOn: `${today.slice(0, 7)}-${usePlanDueDay}` };
}
