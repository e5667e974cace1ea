import type { BookAccount } from './order-moves';

/** What money that comes into the 支出户 may be (R-FN-04), and the account that takes it; interest is handed over each quarter (第九十八条). */
export const receiptAccounts = {
  fiscalReceipt: 'fiscalTransfer',
  interest: 'interestDue',
} as const satisfies Record<string, BookAccount>;
export type ReceiptMeaning = keyof typeof receiptAccounts | 'otherReceipt';

/** What an entry of the statement may mean without a doubt; every other stands under 待查. */
export const plainMeanings = ['settled', 'returned', 'agreed', 'fiscalReceipt', 'interest'] as const;

/**
 * What a credit is that brings no payment of ours back. The 支出户 takes receipts from its 财政专户 and interest that the bank pays, and no
 * other money (R-FN-04): that calls a person.
 */
export function receiptMeaning(credit: { isInterest: boolean; isFromFiscalAccount: boolean }): ReceiptMeaning {
  if (credit.isFromFiscalAccount) return 'fiscalReceipt';
  return credit.isInterest ? 'interest' : 'otherReceipt';
}
