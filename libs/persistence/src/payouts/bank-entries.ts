import { bankReasonOf, type PayoutState } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { sameBytes } from '../column-cipher';
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
  fundAccount: string;
  /** The payee's account, as `accountDigest` makes it. */
  accountDigest: Buffer;
  /** The bank's own words; kept as a code (`bankReasonOf`). */
  reason?: string | undefined;
}

/**
 * What an entry meant, by reference and amount and payee (bar 59): `settled` and `returned` moved the order; `agreed` says what was
 * known; the others call a person and stand under 待查 in the books: an order that is not ours, another amount, another account than the
 * approved one, a second booking under one number, or a state in which the bank should not have booked.
 */
export type EntryMeaning =
  'settled' | 'returned' | 'agreed' | 'unknownOrder' | 'otherAmount' | 'otherPayee' | 'bookedTwice' | 'impossible';

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
  const order = await lockPayoutOrder(manager, entry.orderNo);
  const confirmed = order ? await confirmedBy(manager, order.orderNo) : null;
  const meaning = order ? meaningOf(order, confirmed!, entry) : 'unknownOrder';
  const added = await rows(
    manager,
    `INSERT INTO bank_entry (entry_no, kind, order_no, amount_fen, at, fund_account, account_digest, meaning, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (entry_no) DO NOTHING RETURNING entry_no`,
    [
      ...[entry.entryNo, entry.kind, entry.orderNo, entry.amountFen, entry.at, entry.fundAccount, entry.accountDigest],
      ...[meaning, entry.reason ? bankReasonOf(entry.reason) : null],
    ],
  );
  if (added.length === 0) return null;
  if (!order || !['settled', 'returned', 'agreed'].includes(meaning)) return meaning;
  const at = new Date(entry.at);
  if (meaning === 'settled') {
    const { bankReference } = entry;
    await movePayoutOrder(manager, order.orderNo, { from: [order.state], to: 'paid', at, bankReference });
    // A batch looks at its orders itself, and records the words of all of them together.
    if (!order.batchNo) await wake(manager, order, 'settlePayout', `settle:${order.orderNo}`);
  } else if (meaning === 'returned') {
    const bankReason = bankReasonOf(entry.reason);
    await movePayoutOrder(manager, order.orderNo, { from: ['paid'], to: 'returned', at, bankReason });
    await wake(manager, order, 'returnPayout', `return:${order.orderNo}`);
  }
  const column = entry.kind === 'debit' ? 'debit_entry_no' : 'return_entry_no';
  await rows(manager, `UPDATE payout_order SET ${column} = $2 WHERE order_no = $1`, [order.orderNo, entry.entryNo]);
  return meaning;
}

interface Confirmed {
  debit: number | null;
  return: number | null;
}

async function confirmedBy(manager: EntityManager, orderNo: string): Promise<Confirmed> {
  const [row] = await rows<Confirmed>(
    manager,
    `SELECT debit_entry_no AS debit, return_entry_no AS return FROM payout_order WHERE order_no = $1`,
    [orderNo],
  );
  return row!;
}

function meaningOf(order: PayoutOrder, confirmed: Confirmed, entry: BankEntry): EntryMeaning {
  if (order.amountFen !== entry.amountFen) return 'otherAmount';
  if (!sameBytes(order.accountDigest, entry.accountDigest)) return 'otherPayee';
  if (confirmed[entry.kind] !== null) return 'bookedTwice';
  if (entry.kind === 'return') return order.state === 'paid' ? 'returned' : 'impossible';
  if (order.state === 'paid' || order.state === 'returned') return 'agreed';
  // 待发 after a send: the bank had said that nothing was booked, and booked after all. Its books win, and nothing is resent.
  const mayHaveBeenSent: readonly PayoutState[] = order.lastSend
    ? ['sent', 'unknown', 'released']
    : ['sent', 'unknown'];
  return mayHaveBeenSent.includes(order.state) ? 'settled' : 'impossible';
}

function wake(manager: EntityManager, { caseNo }: PayoutOrder, act: string, actionId: string): Promise<unknown> {
  return addOutbox(manager, { topic: 'wakeCase', caseNo, key: actionId, payload: { act, actionId } });
}
