import { DomainError } from '@banjie/domain';
import type { StatementHead } from './camt053';

/**
 * Whether a statement is the one to post next after `previous` of the same account: `seen` was posted before and changes
 * nothing. A number of 1 after a higher one begins a new count (the bank's new year) if its time begins after the last one's.
 * @throws DomainError BANK_STATEMENT_GAP when a statement or page between them is missing, or the balances do not meet
 */
export function statementStep(previous: StatementHead | null, next: StatementHead): 'next' | 'seen' {
  if (previous === null) return 'next';
  const gap = (reason: string) => new DomainError('BANK_STATEMENT_GAP', { statementId: next.statementId, reason });
  if (previous.fundAccount !== next.fundAccount) throw gap('不是同一账户');
  const [last, now] = [previous.sequenceNo, next.sequenceNo];
  if (last !== null && now !== null && !beginsNewCount(previous, next)) {
    if (now < last || (now === last && next.page <= previous.page)) return 'seen';
    const [dueNo, duePage] = previous.isLastPage ? [last + 1, 1] : [last, previous.page + 1];
    if (now !== dueNo || next.page !== duePage) {
      throw gap(`应为第 ${dueNo} 号第 ${duePage} 页,文件是第 ${now} 号第 ${next.page} 页`);
    }
  }
  if (next.openingFen !== previous.closingFen) throw gap('期初余额不等于上一份的期末余额');
  return 'next';
}

function beginsNewCount(previous: StatementHead, next: StatementHead): boolean {
  const isFirst = next.sequenceNo === 1 && next.page === 1 && previous.isLastPage;
  return isFirst && next.from !== null && previous.to !== null && Date.parse(next.from) >= Date.parse(previous.to);
}
