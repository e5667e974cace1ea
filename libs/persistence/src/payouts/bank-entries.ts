import { bankReasonOf } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';
import { addOutbox } from '../outbox/outbox';
import { lockPayoutOrder, movePayoutOrder, type PayoutOrder } from './payout-orders';

/** A line of the bank's statement, as far as it is kept. */
export interface BankEntry {
  entryNo: number;
  kind: 'debit' | 'return';
  orderNo: string;
  amountFen: number;
  at: string;
  bankReference: string;
  /** The bank's own words; kept as a code (`bankReasonOf`). */
  reason?: string | undefined;
}

/**
 * What an entry meant: `settled` and `returned` moved the order; `agreed` says what was known; the others call a person:
 * an order that is not ours, another amount, or a state in which the bank should not have booked.
 */
export type EntryMeaning = 'settled' | 'returned' | 'agreed' | 'unknownOrder' | 'otherAmount' | 'impossible';

/** The last entry taken over; the next poll asks for what comes after it. */
export async function lastBankEntryNo(manager: EntityManager): Promise<number> {
  const [row] = await rows<{ last: number }>(manager, `SELECT coalesce(max(entry_no), 0) AS last FROM bank_entry`);
  return row?.last ?? 0;
}

/**
 * Takes one entry over, in the caller's transaction: the row, what it says of the order, and the wake-up of the case.
 * Null when the entry was taken over before. The statement is the bank's last word: it ends 未知 and it alone makes 退票.
 */
export async function recordBankEntry(manager: EntityManager, entry: BankEntry): Promise<EntryMeaning | null> {
  const added = await rows(
    manager,
    `INSERT INTO bank_entry (entry_no, kind, order_no, amount_fen, at, reason) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (entry_no) DO NOTHING RETURNING entry_no`,
    [
      entry.entryNo,
      entry.kind,
      entry.orderNo,
      entry.amountFen,
      entry.at,
      entry.reason ? bankReasonOf(entry.reason) : null,
    ],
  );
  if (added.length === 0) return null;
  const order = await lockPayoutOrder(manager, entry.orderNo);
  if (!order) return 'unknownOrder';
  if (order.amountFen !== entry.amountFen) return 'otherAmount';
  return entry.kind === 'debit' ? settle(manager, order, entry) : bringBack(manager, order, entry);
}

async function settle(manager: EntityManager, order: PayoutOrder, entry: BankEntry): Promise<EntryMeaning> {
  if (order.state === 'paid' || order.state === 'returned') return 'agreed';
  // 待发 after a send: the bank had said that nothing was booked, and booked after all. Its books win, and nothing is resent.
  const mayHaveBeenSent =
    order.state === 'sent' || order.state === 'unknown' || (order.state === 'released' && order.lastSend);
  if (!mayHaveBeenSent) return 'impossible';
  const at = new Date(entry.at);
  const { bankReference } = entry;
  await movePayoutOrder(manager, order.orderNo, { from: [order.state], to: 'paid', at, bankReference });
  const actionId = `settle:${order.orderNo}`;
  await addOutbox(manager, {
    topic: 'wakeCase',
    caseNo: order.caseNo,
    key: actionId,
    payload: { act: 'settlePayout', actionId },
  });
  return 'settled';
}

async function bringBack(manager: EntityManager, order: PayoutOrder, entry: BankEntry): Promise<EntryMeaning> {
  if (order.state === 'returned') return 'impossible'; // 退票 of one payment twice.
  const moved = await movePayoutOrder(manager, order.orderNo, {
    from: ['paid'],
    to: 'returned',
    at: new Date(entry.at),
    bankReason: bankReasonOf(entry.reason),
  });
  if (!moved) return 'impossible';
  const actionId = `return:${order.orderNo}`;
  await addOutbox(manager, {
    topic: 'wakeCase',
    caseNo: order.caseNo,
    key: actionId,
    payload: { act: 'returnPayout', actionId },
  });
  return 'returned';
}
