import { Injectable } from '@nestjs/common';
import type { ClearingProposal, ProposeClearing, Suspense } from '@banjie/contracts';
import {
  clearingLabels,
  clearingReasons,
  clearingsOf,
  DomainError,
  shanghaiDate,
  workingDaysBetween,
} from '@banjie/domain';
import {
  ColumnCipher,
  confirmClearing,
  currentCalendar,
  findFinanceProposal,
  findSuspense,
  proposeClearing,
  refuseClearing,
  type ClearingFacts,
  type FinanceProposal,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';
import { reasonLabels } from './finance.service';

const pageSize = 100;
const kindLabels = { debit: '支出', return: '退回', credit: '收入' } as const;

/** 待查 of the own agency, and its clearing by two persons. */
@Injectable()
export class SuspenseService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  async list(account: Account, after: number): Promise<Suspense> {
    const { agencyId } = account;
    const calendar = await currentCalendar(this.dataSource, account);
    const today = shanghaiDate(Date.now());
    const { entries, total } = await findSuspense(this.dataSource, this.cipher, agencyId, { after, limit: pageSize });
    return {
      items: entries.map(({ meaning, kind, at, proposal, ...entry }) => ({
        ...{ entryNo: entry.entryNo, kind, kindLabel: kindLabels[kind], orderNo: entry.orderNo, caseNo: entry.caseNo },
        ...{ amountFen: entry.amountFen, at: shanghaiInstant(at), meaning, meaningLabel: reasonLabels[meaning] },
        ageWorkingDays: workingDaysBetween(calendar, shanghaiDate(at.getTime()), today),
        clearings: clearingsOf(meaning, kind).map((clearing) => ({ clearing, label: clearingLabels[clearing] })),
        fittingOrders: entry.fittingOrders,
        proposal: proposal && viewOf(proposal, account),
      })),
      next: entries.length === pageSize ? entries.at(-1)!.entryNo : null,
      total,
    };
  }

  /**
   * @throws DomainError SUSPENSE_NOT_FOUND, SUSPENSE_CLEARED, CLEARING_NOT_LAWFUL, CLEARING_INCOMPLETE, CLEARING_UNFIT, FINANCE_OWN_CASE,
   * FINANCE_PROPOSAL_OPEN, ACTION_REUSED
   */
  async propose(account: Account, entryNo: number, body: ProposeClearing): Promise<ClearingProposal> {
    const { id, text, document, orderNo, counterEntryNo, recoveryNo, ...rest } = body;
    const facts: ClearingFacts = {
      ...{ entryNo, ...rest },
      ...(orderNo === undefined ? {} : { orderNo }),
      ...(counterEntryNo === undefined ? {} : { counterEntryNo }),
      ...(recoveryNo === undefined ? {} : { recoveryNo }),
    };
    const { agencyId } = account;
    await this.dataSource.transaction((manager) =>
      proposeClearing(manager, this.cipher, {
        ...{ id, agencyId, facts, words: { text, document }, proposedBy: account.id, at: new Date() },
      }),
    );
    return this.view(account, id);
  }

  /** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, _DECIDED, _OWN, FINANCE_EARLIER_OWN_CASE, and as `propose` */
  async confirm(account: Account, id: string): Promise<ClearingProposal> {
    const decision = { id, agencyId: account.agencyId, decidedBy: account.id, at: new Date() };
    await this.dataSource.transaction((manager) => confirmClearing(manager, this.cipher, decision));
    return this.view(account, id);
  }

  /** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN */
  async refuse(account: Account, id: string, reason: string): Promise<ClearingProposal> {
    const decision = { id, agencyId: account.agencyId, decidedBy: account.id, reason, at: new Date() };
    await this.dataSource.transaction((manager) => refuseClearing(manager, this.cipher, decision));
    return this.view(account, id);
  }

  private async view(account: Account, id: string): Promise<ClearingProposal> {
    const found = await findFinanceProposal(this.dataSource, this.cipher, {
      ...{ agencyId: account.agencyId, kind: 'clearing', id },
    });
    if (!found) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
    return viewOf(found, account);
  }
}

function viewOf(found: FinanceProposal, account: Account): ClearingProposal {
  const facts = found.facts as ClearingFacts;
  return {
    ...{
      id: found.id,
      entryNo: facts.entryNo,
      clearing: facts.clearing,
      clearingLabel: clearingLabels[facts.clearing],
    },
    ...{ orderNo: facts.orderNo ?? null, counterEntryNo: facts.counterEntryNo ?? null },
    recoveryNo: facts.recoveryNo ?? null,
    ...{ reason: facts.reason, reasonLabel: clearingReasons[facts.reason], ...found.words },
    ...{ proposedBy: found.proposedByName, proposedAt: shanghaiInstant(found.proposedAt), state: found.state },
    ...{ decidedBy: found.decidedByName, decidedAt: shanghaiInstant(found.decidedAt), decisionReason: found.decision },
    mayDecide:
      found.state === 'proposed' &&
      found.proposedBy !== account.id &&
      account.posts.some((post) => post === 'financeReviewer' || post === 'financeApprover'),
  };
}
