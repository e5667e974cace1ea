import type { PayoutState } from '../case/words';
import type { BookAccount } from './order-moves';

/** Why an entry of the statement stands under 待查: what it meant, where it moved no order of ours. */
export const doubtfulMeanings = [
  'unknownOrder',
  'otherAmount',
  'otherPayee',
  'bookedTwice',
  'impossible',
  'otherReceipt',
] as const;
export type DoubtfulMeaning = (typeof doubtfulMeanings)[number];

/** What two persons may find a doubtful entry to be. */
export const clearings = [
  'belongsToOrder',
  'bankError',
  'reversed',
  'overpaid',
  'fiscalTransfer',
  'interest',
  'recovered',
  'other',
] as const;
export type Clearing = (typeof clearings)[number];

export const clearingLabels = {
  belongsToOrder: '属于某张拨付单',
  bankError: '银行差错,由银行更正',
  reversed: '已由银行冲正',
  overpaid: '多付,向收款人追回',
  fiscalTransfer: '财政专户拨款',
  interest: '支出户利息',
  recovered: '追回的款项',
  other: '其他',
} as const satisfies Record<Clearing, string>;

/** The account that takes what leaves 待查. Nothing of it is a payment: money that went wrong is claimed, never sent anew. */
export const clearedTo = {
  // The order posted its own line when it was paid or returned; the entry was the same money a second time.
  belongsToOrder: 'disbursement',
  bankError: 'bankClaim',
  // Entry and counter-entry both pass through what the bank owes, where they make nothing.
  reversed: 'bankClaim',
  overpaid: 'recoverable',
  fiscalTransfer: 'fiscalTransfer',
  interest: 'interestDue',
  recovered: 'recoverable',
  other: 'otherClaim',
} as const satisfies Record<Clearing, BookAccount>;

/** `debit` pays out, `return` brings a payment back (退票), `credit` is any other money that comes in. */
export const entryKinds = ['debit', 'return', 'credit'] as const;
export type EntryKind = (typeof entryKinds)[number];

/**
 * What an entry can be, by what it meant when it was taken over. Another amount is never the order's own: the bank books it back and books
 * the right one (bankError, reversed). A second booking is not the order's either, which has one already. What was claimed as overpaid may come
 * back by itself (recovered). A credit is none of an order: money of ours that comes back says so.
 */
const lawful: Record<DoubtfulMeaning, Partial<Record<EntryKind, readonly Clearing[]>>> = {
  unknownOrder: {
    debit: ['belongsToOrder', 'bankError', 'reversed', 'other'],
    return: ['belongsToOrder', 'bankError', 'reversed', 'other'],
  },
  otherAmount: { debit: ['bankError', 'reversed', 'other'], return: ['bankError', 'reversed', 'other'] },
  otherPayee: {
    debit: ['belongsToOrder', 'bankError', 'reversed', 'overpaid', 'other'],
    return: ['belongsToOrder', 'bankError', 'reversed', 'recovered', 'other'],
  },
  bookedTwice: {
    debit: ['bankError', 'reversed', 'overpaid', 'other'],
    return: ['bankError', 'reversed', 'recovered', 'other'],
  },
  impossible: {
    debit: ['belongsToOrder', 'bankError', 'reversed', 'overpaid', 'other'],
    return: ['belongsToOrder', 'bankError', 'reversed', 'recovered', 'other'],
  },
  otherReceipt: { credit: ['fiscalTransfer', 'interest', 'recovered', 'bankError', 'reversed', 'other'] },
};

export const clearingsOf = (meaning: DoubtfulMeaning, kind: EntryKind): readonly Clearing[] =>
  lawful[meaning][kind] ?? [];

/**
 * What an order becomes when an entry is found to be its own; null where the entry cannot be (it is dead, was not sent, or the statement has
 * told of it). 未知 may be left this way and is never resent (M4).
 */
export function stateAfterClearing(
  order: { state: PayoutState; hasDebit: boolean; hasReturn: boolean },
  kind: EntryKind,
): PayoutState | null {
  if (kind === 'credit') return null;
  if (kind === 'return') {
    if (order.hasReturn) return null;
    return order.state === 'paid' || order.state === 'returned' ? 'returned' : null;
  }
  if (order.hasDebit) return null;
  if (order.state === 'sent' || order.state === 'unknown') return 'paid';
  return order.state === 'paid' || order.state === 'returned' ? order.state : null;
}

/** Why, as a code beside the sealed words. */
export const clearingReasons = {
  'CL-01': '银行登记的单号有误',
  'CL-02': '银行登记的收款账户有误',
  'CL-03': '银行重复记账',
  'CL-04': '银行记错金额',
  'CL-05': '银行串户',
  'CL-06': '银行迟到的记账',
  'CL-07': '数据恢复前已付,办件重新申请',
  'CL-99': '其他(见说明)',
} as const;
export type ClearingReason = keyof typeof clearingReasons;
