import { Injectable } from '@nestjs/common';
import type {
  MonthClose,
  ProposeMonthClose,
  ReconciliationStatement,
  ReconciliationStatementAnswer,
} from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import {
  balanceStatement,
  closedBookMonth,
  ColumnCipher,
  confirmMonthClose,
  findFinanceProposal,
  inSnapshot,
  openMonthClose,
  proposeMonthClose,
  refuseMonthClose,
  type BalanceStatement,
  type FinanceProposal,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';
import { statementBody } from './reconciliation-statement-body';

const written = (statement: BalanceStatement) => JSON.stringify(statementBody(statement));

/** 余额调节表 of the own agency, and the closing of a month by two persons. A closed month is read from what was kept then. */
@Injectable()
export class ReconciliationStatementsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  /** @throws DomainError RECONCILIATION_NO_STATEMENT, BOOK_MONTH_ALTERED */
  async month(account: Account, month: string): Promise<ReconciliationStatementAnswer> {
    const { agencyId } = account;
    const closed = await closedBookMonth(this.dataSource, this.cipher, agencyId, month);
    if (closed) {
      if (!closed.isIntact) throw new DomainError('BOOK_MONTH_ALTERED', { month });
      return {
        ...{ state: 'closed', closedAt: shanghaiInstant(closed.closedAt), close: viewOf(closed.proposal, account) },
        statement: JSON.parse(closed.body) as ReconciliationStatement,
      };
    }
    const [statement, proposal] = await Promise.all([
      inSnapshot(this.dataSource, (manager) => balanceStatement(manager, this.cipher, { agencyId, month })),
      openMonthClose(this.dataSource, this.cipher, agencyId, month),
    ]);
    return {
      ...{ state: 'open', closedAt: null, close: proposal && viewOf(proposal, account) },
      statement: statementBody(statement),
    };
  }

  /**
   * @throws DomainError MONTH_NOT_OVER, BOOK_MONTH_CLOSED, BOOK_MONTH_ORDER, BOOK_MONTH_OPEN_STATEMENT, BOOK_MONTH_DIFFERS,
   * RECONCILIATION_NO_STATEMENT, FINANCE_PROPOSAL_OPEN, ACTION_REUSED
   */
  async propose(account: Account, month: string, { id, text }: ProposeMonthClose): Promise<MonthClose> {
    const proposal = { id, agencyId: account.agencyId, month, text, proposedBy: account.id, at: new Date() };
    await this.dataSource.transaction((manager) => proposeMonthClose(manager, this.cipher, proposal, written));
    return this.view(account, id);
  }

  /** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN, BOOK_MONTH_CHANGED, and as `propose` */
  async confirm(account: Account, id: string): Promise<MonthClose> {
    const decision = { id, agencyId: account.agencyId, decidedBy: account.id, at: new Date() };
    await this.dataSource.transaction((manager) => confirmMonthClose(manager, this.cipher, decision, written));
    return this.view(account, id);
  }

  /** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN */
  async refuse(account: Account, id: string, reason: string): Promise<MonthClose> {
    const decision = { id, agencyId: account.agencyId, decidedBy: account.id, reason, at: new Date() };
    await this.dataSource.transaction((manager) => refuseMonthClose(manager, this.cipher, decision));
    return this.view(account, id);
  }

  private async view(account: Account, id: string): Promise<MonthClose> {
    const of = { agencyId: account.agencyId, kind: 'monthClose' as const, id };
    const found = await findFinanceProposal(this.dataSource, this.cipher, of);
    if (!found) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
    return viewOf(found, account);
  }
}

function viewOf(found: FinanceProposal, account: Account): MonthClose {
  const { bankFen, journalFen, adjustedFen } = found.facts as Record<string, number>;
  return {
    ...{ id: found.id, month: found.subject, bankFen: bankFen!, journalFen: journalFen!, adjustedFen: adjustedFen! },
    ...{ ...found.words, proposedBy: found.proposedByName, proposedAt: shanghaiInstant(found.proposedAt) },
    ...{ state: found.state, decidedBy: found.decidedByName, decidedAt: shanghaiInstant(found.decidedAt) },
    decisionReason: found.decision,
    mayDecide:
      found.state === 'proposed' &&
      found.proposedBy !== account.id &&
      account.posts.some((post) => post === 'financeReviewer' || post === 'financeApprover'),
  };
}
