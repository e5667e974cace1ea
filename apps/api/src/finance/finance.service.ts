import { Injectable } from '@nestjs/common';
import type { BooksAnswer, ReconciliationAnswer } from '@banjie/contracts';
import {
  bookAccountLabels,
  bookAccounts,
  clearingLabels,
  DomainError,
  formatDay,
  isWorkingDay,
  parseDate,
  payoutStateLabels,
  shanghaiDate,
  type WorkCalendar,
} from '@banjie/domain';
import { currentCalendar, reconcile, trialBalance, type ExceptionReason } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

export const reasonLabels: Record<ExceptionReason, string> = {
  unknownOrder: '流水中的单号不是本机构的拨付单',
  otherAmount: '金额与拨付单不一致',
  otherPayee: '收款账户与审批的账户不一致',
  bookedTwice: '同一拨付单重复记账',
  impossible: '拨付单当时的状态不应有此笔流水',
  otherReceipt: '支出户不应收取的款项:只接受财政专户拨款和利息',
  notOnStatement: '已发出超过一个工作日,流水中仍没有',
};

const startOf = (date: string) => new Date(`${date}T00:00:00+08:00`);

/** The 支出户 of an agency against its bank, and its books. Order numbers and amounts only; who is paid is not read. */
@Injectable()
export class FinanceService {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws DomainError BOOKS_DAY_FUTURE */
  async reconciliation({ agencyId, regionCode }: Account, asked: string | undefined): Promise<ReconciliationAnswer> {
    const { date, from, until } = dayOf(asked);
    const calendar = await currentCalendar(this.dataSource, { agencyId, regionCode });
    const overdueBefore = startOf(workingDayBefore(calendar, date));
    const found = await reconcile(this.dataSource, { agencyId, from, until, overdueBefore });
    if (!found) throw new DomainError('FORBIDDEN', {});
    const { fundAccount, bank, matched, inTransit, exceptions, balance } = found;
    return {
      ...{ date, agencyId, fundAccount, bank, matched, inTransit, balance },
      exceptions: exceptions.map(({ at, ...exception }) => ({
        ...exception,
        orderStateLabel: exception.orderState && payoutStateLabels[exception.orderState],
        reasonLabel: reasonLabels[exception.reason],
        clearingLabel: exception.clearing && clearingLabels[exception.clearing],
        at: shanghaiInstant(at),
      })),
    };
  }

  /** @throws DomainError BOOKS_DAY_FUTURE */
  async books({ agencyId }: Account, asked: string | undefined): Promise<BooksAnswer> {
    const { date, until } = dayOf(asked);
    const found = await trialBalance(this.dataSource, agencyId, until);
    const accounts = bookAccounts.map((account) => {
      const { debitFen, creditFen } = found.find((one) => one.account === account) ?? { debitFen: 0, creditFen: 0 };
      return { account, label: bookAccountLabels[account], debitFen, creditFen, balanceFen: debitFen - creditFen };
    });
    const total = (side: 'debitFen' | 'creditFen') => accounts.reduce((sum, account) => sum + account[side], 0);
    return { date, agencyId, accounts, total: { debitFen: total('debitFen'), creditFen: total('creditFen') } };
  }
}

function dayOf(asked: string | undefined): { date: string; from: Date; until: Date } {
  const today = shanghaiDate(Date.now());
  const date = asked ?? today;
  if (date > today) throw new DomainError('BOOKS_DAY_FUTURE', { date }, 'date');
  return { date, from: startOf(date), until: startOf(formatDay(parseDate(date) + 1)) };
}

function workingDayBefore(calendar: WorkCalendar, date: string): string {
  let day = parseDate(date) - 1;
  while (!isWorkingDay(calendar, formatDay(day))) day -= 1;
  return formatDay(day);
}
