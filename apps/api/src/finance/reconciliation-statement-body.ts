import { reconciliationStatementSchema, type ReconciliationStatement } from '@banjie/contracts';
import { bookAccountLabels, bookAccounts, openSideLabels, shanghaiDate, type OpenSide } from '@banjie/domain';
import type { BalanceStatement } from '@banjie/persistence';
import { shanghaiInstant } from '../edge/times';

/** The statement as it is shown and kept; the same figures give the same text, field by field in the order of the shape. */
export function statementBody(found: BalanceStatement): ReconciliationStatement {
  const group = (side: OpenSide) => {
    const items = found.open.filter((item) => item.side === side);
    return {
      label: openSideLabels[side],
      count: items.length,
      fen: items.reduce((sum, { amountFen }) => sum + amountFen, 0),
      items: items.map(({ at, ...item }) => ({ ...item, date: shanghaiDate(at.getTime()) })),
    };
  };
  const { agencyId, agencyName, fundAccount, month, isComplete, statement, differenceFen, parts, unstated } = found;
  return reconciliationStatementSchema.parse({
    ...{ agencyId, agencyName, fundAccount, month, asOf: shanghaiInstant(found.asOf), isComplete, statement },
    bank: {
      balanceFen: found.bankFen,
      plus: group('receivedByUs'),
      minus: group('paidByUs'),
      adjustedFen: found.bankAdjustedFen,
    },
    books: {
      balanceFen: found.journalFen,
      plus: group('receivedByBank'),
      minus: group('paidByBank'),
      adjustedFen: found.journalAdjustedFen,
    },
    ...{ differenceFen, parts, unstated },
    accounts: bookAccounts.map((account) => {
      const { debitFen, creditFen } = found.accounts.find((one) => one.account === account) ?? {
        ...{ debitFen: 0, creditFen: 0 },
      };
      return { account, label: bookAccountLabels[account], debitFen, creditFen, balanceFen: debitFen - creditFen };
    }),
  });
}
