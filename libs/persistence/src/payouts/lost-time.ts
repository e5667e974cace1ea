import type { BankReason } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { sameBytes } from '../column-cipher';
import { rows } from '../data-source';
import { addOutbox } from '../outbox/outbox';
import { movePayoutOrders, startSends } from './order-sets';
import type { PayoutOrder } from './payout-orders';

/*
 * After a restore the bank knows of payments that the rows do not: orders drawn, checked and let go in the time that was lost. Their lines
 * of the statement stand under 待查 until the same orders come to be sent again.
 */

/** The bank's statement has not been read since the restore: nobody knows yet what must not be sent. Try again later. */
export class StatementBehind extends Error {}

/** The statement was read to its end. */
export async function markCaughtUp(manager: EntityManager): Promise<void> {
  await rows(manager, `UPDATE restoration SET caught_up_at = clock_timestamp() WHERE caught_up_at IS NULL`);
}

/** The mark of the last restore; it stands in numbers that must not be those of the lost time. Empty where there was none. */
export async function restorationMark(manager: EntityManager, before?: { batchNo: string }): Promise<string> {
  const [row] = await rows<{ mark: string }>(
    manager,
    `SELECT mark FROM restoration WHERE $1::text IS NULL
       OR restored_at > (SELECT gathered_at FROM payout_batch WHERE batch_no = $1) ORDER BY restored_at DESC LIMIT 1`,
    [before?.batchNo ?? null],
  );
  return row?.mark ?? '';
}

/** Whether the rows were ever taken back. @throws StatementBehind */
async function hasLostTime(manager: EntityManager): Promise<boolean> {
  const [found] = await rows<{ restorations: number; behind: number }>(
    manager,
    `SELECT count(*) AS restorations, count(*) FILTER (WHERE caught_up_at IS NULL) AS behind FROM restoration`,
  );
  if (found!.behind > 0) throw new StatementBehind('the statement has not been read since the restore');
  return found!.restorations > 0;
}

/** @throws StatementBehind */
export async function demandCaughtUp(manager: EntityManager): Promise<void> {
  await hasLostTime(manager);
}

interface LostEntry {
  entryNo: number;
  kind: 'debit' | 'return';
  /** Whose 支出户 it moved. */
  agencyId: string;
  orderNo: string;
  amountFen: number;
  accountDigest: Buffer;
  at: Date;
  /** Why it came back. */
  reason: BankReason | null;
  restoration: string;
}

/**
 * `paid`: the bank booked this very order in the lost time, and it is settled by that line. `held`: the bank booked something that may be
 * it, under its number with another amount or account, or for the same account and amount under the number of a case that is lost; it is in
 * doubt until two persons have found out what the line is.
 */
export type LostTimeWord = 'paid' | 'held';

/**
 * What the bank did in the lost time about orders that are to be sent now, locked by the caller and 待发. Those named in the answer must
 * not be sent.
 * @throws StatementBehind
 */
export async function takeUpBooked(
  manager: EntityManager,
  orders: readonly PayoutOrder[],
  at: Date,
): Promise<ReadonlyMap<string, LostTimeWord>> {
  const words = new Map<string, LostTimeWord>();
  if (!(await hasLostTime(manager))) return words;
  const entries = await findLostEntries(manager, orders);
  for (const order of orders) {
    const found = judge(order, entries);
    if (found === null) continue;
    if (found === 'held') await hold(manager, order, at);
    else await settleBy(manager, order, found, at);
    words.set(order.orderNo, found === 'held' ? found : 'paid');
  }
  return words;
}

/** Whether the statement still has something that may be this order: then "not received" about its number lets nobody send it. */
export async function isHeld(manager: EntityManager, order: PayoutOrder): Promise<boolean> {
  return judge(order, await findLostEntries(manager, [order])) !== null;
}

/** Lines of the lost time that nobody has found out about, under these numbers or for these accounts. */
function findLostEntries(manager: EntityManager, orders: readonly PayoutOrder[]): Promise<LostEntry[]> {
  return rows<LostEntry>(
    manager,
    `SELECT e.entry_no AS "entryNo", e.kind, a.id AS "agencyId", e.order_no AS "orderNo", e.amount_fen AS "amountFen",
       e.account_digest AS "accountDigest", e.at, e.reason, r.mark AS restoration
     FROM bank_entry e JOIN agency a USING (fund_account) JOIN LATERAL (SELECT mark FROM restoration WHERE after_entry_no < e.entry_no ORDER BY restored_at DESC LIMIT 1) r ON true
       LEFT JOIN suspense_clearing s ON s.entry_no = e.entry_no
     WHERE e.meaning IN ('unknownOrder', 'impossible', 'otherAmount', 'otherPayee') AND s.entry_no IS NULL
       AND (e.order_no = ANY($1::text[]) OR (e.kind = 'debit' AND e.meaning = 'unknownOrder' AND e.account_digest = ANY($2::bytea[])
         AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.case_no = regexp_replace(e.order_no, 'P[0-9]+$', ''))))
     ORDER BY e.entry_no`,
    [orders.map(({ orderNo }) => orderNo), orders.map(({ accountDigest }) => accountDigest)],
  );
}

/** The line that paid the order, with that of its 退票; `held` where something may have; null where nothing did. */
function judge(
  order: PayoutOrder,
  entries: readonly LostEntry[],
): { debit: LostEntry; back: LostEntry | null } | 'held' | null {
  const fits = (entry: LostEntry) =>
    entry.agencyId === order.agencyId &&
    entry.amountFen === order.amountFen &&
    sameBytes(entry.accountDigest, order.accountDigest);
  const own = entries.filter(({ orderNo }) => orderNo === order.orderNo);
  const [debit, ...more] = own.filter(({ kind }) => kind === 'debit');
  if (debit && more.length === 0 && fits(debit)) {
    return { debit, back: own.find((entry) => entry.kind === 'return' && fits(entry)) ?? null };
  }
  return debit || entries.some((entry) => entry.orderNo !== order.orderNo && fits(entry)) ? 'held' : null;
}

async function settleBy(
  manager: EntityManager,
  { orderNo, caseNo }: PayoutOrder,
  { debit, back }: { debit: LostEntry; back: LostEntry | null },
  at: Date,
): Promise<void> {
  await movePayoutOrders(manager, [{ orderNo, from: 'released', to: 'paid', at: debit.at }]);
  if (back) {
    await movePayoutOrders(manager, [
      { orderNo, from: 'paid', to: 'returned', at: back.at, bankReason: back.reason ?? 'other' },
    ]);
    const actionId = `return:${orderNo}`;
    await addOutbox(manager, { topic: 'wakeCase', caseNo, key: actionId, payload: { act: 'returnPayout', actionId } });
  }
  await rows(manager, `UPDATE payout_order SET debit_entry_no = $2, return_entry_no = $3 WHERE order_no = $1`, [
    ...[orderNo, debit.entryNo, back?.entryNo ?? null],
  ]);
  for (const { entryNo, restoration } of back ? [debit, back] : [debit]) {
    await rows(
      manager,
      `INSERT INTO suspense_clearing (entry_no, restoration, clearing, order_no, at) VALUES ($1, $2, 'belongsToOrder', $3, $4)`,
      [entryNo, restoration, orderNo, at],
    );
  }
}

/** In doubt without having left: asked about like any other, and settled by two persons if the line was it. */
async function hold(manager: EntityManager, { orderNo }: PayoutOrder, at: Date): Promise<void> {
  await startSends(manager, [orderNo], { at, fileId: null, answer: 'heldByStatement' });
  await movePayoutOrders(manager, [{ orderNo, from: 'released', to: 'sent', at }]);
  await movePayoutOrders(manager, [{ orderNo, from: 'sent', to: 'unknown', at }]);
}
