import {
  bankReasonOf,
  plainMeanings,
  receiptMeaning,
  type DoubtfulMeaning,
  type Duty,
  type EntryKind,
  type PayoutState,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { sameBytes } from '../column-cipher';
import { rows } from '../data-source';
import { addOutbox, wakeDispatch } from '../outbox/outbox';
import { lockPayoutOrder, movePayoutOrder, type PayoutOrder } from './payout-orders';

/** A payment on the bank's statement, as far as it is kept. */
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

/** Money that came in and is no payment of ours come back. */
export interface BankReceipt {
  entryNo: number;
  amountFen: number;
  at: string;
  fundAccount: string;
  /** The payer's account, as `accountDigest` makes it; null where the bank does not say. */
  accountDigest: Buffer | null;
  isInterest: boolean;
  /** Whether the payer is the 财政专户 of the account's agency. */
  isFromFiscalAccount: boolean;
}

/** How an entry came first: by the line during the day, or with a daily statement. */
export type EntryWay = 'line' | 'statement';

/**
 * What an entry meant, by reference and amount and payee (bar 59): `settled` and `returned` moved the order; `agreed` says what was
 * known; the others call a person and stand under 待查 in the books: an order that is not ours, another amount, another account than the
 * approved one, a second booking under one number, a state in which the bank should not have booked, or money that the 支出户 may not take
 * (R-FN-04).
 */
export type EntryMeaning = (typeof plainMeanings)[number] | DoubtfulMeaning;

/** Whether an entry stands under 待查. */
export const isDoubtful = (meaning: EntryMeaning): meaning is DoubtfulMeaning =>
  !(plainMeanings as readonly EntryMeaning[]).includes(meaning);

/** What is known of the fund accounts of all agencies, by account. */
export async function fundAccounts(
  store: DataSource | EntityManager,
): Promise<Map<string, { agencyId: string; fiscalAccount: string }>> {
  const found = await rows<{ account: string; agencyId: string; fiscalAccount: string }>(
    store,
    `SELECT fund_account AS account, id AS "agencyId", fiscal_account AS "fiscalAccount" FROM agency`,
  );
  return new Map(found.map(({ account, ...agency }) => [account, agency]));
}

/**
 * The last entry that came by the line; the next poll asks for what comes after it. What came with a statement first is no mark: the
 * entries of other accounts before it may not have come yet.
 */
export async function lastBankEntryNo(manager: EntityManager): Promise<number> {
  const [row] = await rows<{ last: number }>(
    manager,
    `SELECT entry_no AS last FROM bank_entry WHERE came_by = 'line' ORDER BY entry_no DESC LIMIT 1`,
  );
  return row?.last ?? 0;
}

/**
 * Takes one entry over, in the caller's transaction: the row, what it says of the order, and the wake-up of the case.
 * Null when the entry was taken over before. The statement is the bank's last word: it ends 未知 and it alone makes 退票.
 */
export async function recordBankEntry(
  manager: EntityManager,
  entry: BankEntry,
  cameBy: EntryWay = 'line',
): Promise<EntryMeaning | null> {
  const named = await lockPayoutOrder(manager, entry.orderNo);
  const confirmed = named ? await confirmedBy(manager, named.orderNo) : null;
  // An account moves the orders of its own agency alone, whatever its statement names (串户).
  const order = confirmed?.fundAccount === entry.fundAccount ? named : null;
  const judged = order && { ...order, wasSent: order.lastSend !== null };
  const meaning = judged ? meaningOf(judged, confirmed!, entry) : 'unknownOrder';
  const added = await rows(
    manager,
    `INSERT INTO bank_entry (entry_no, kind, order_no, amount_fen, at, fund_account, account_digest, meaning, reason, came_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (entry_no) DO NOTHING RETURNING entry_no`,
    [
      ...[entry.entryNo, entry.kind, entry.orderNo, entry.amountFen, entry.at, entry.fundAccount, entry.accountDigest],
      ...[meaning, entry.reason ? bankReasonOf(entry.reason) : null, cameBy],
    ],
  );
  if (added.length === 0) return null;
  if (!order || isDoubtful(meaning)) return meaning;
  const at = new Date(entry.at);
  if (meaning === 'settled') {
    const { bankReference } = entry;
    await movePayoutOrder(manager, order.orderNo, { from: [order.state], to: 'paid', at, bankReference });
    // A batch looks at its orders itself, and records the words of all of them together.
    if (order.batchNo) await wakeDispatch(manager, order.batchNo, `entry:${entry.entryNo}`);
    else await wake(manager, order, 'settlePayout', `settle:${order.orderNo}`);
  } else if (meaning === 'returned') {
    const bankReason = bankReasonOf(entry.reason);
    await movePayoutOrder(manager, order.orderNo, { from: ['paid'], to: 'returned', at, bankReason });
    await wake(manager, order, 'returnPayout', `return:${order.orderNo}`);
  }
  const column = entry.kind === 'debit' ? 'debit_entry_no' : 'return_entry_no';
  await rows(manager, `UPDATE payout_order SET ${column} = $2 WHERE order_no = $1`, [order.orderNo, entry.entryNo]);
  return meaning;
}

/**
 * Takes money over that came in, in the caller's transaction. Null when it was taken over before. The row posts what the 支出户 may take,
 * and everything else to 待查.
 */
export async function recordBankReceipt(
  manager: EntityManager,
  receipt: BankReceipt,
  cameBy: EntryWay = 'line',
): Promise<EntryMeaning | null> {
  const { entryNo, amountFen, at, fundAccount, accountDigest: digest } = receipt;
  const meaning = receiptMeaning(receipt);
  const added = await rows(
    manager,
    `INSERT INTO bank_entry (entry_no, kind, amount_fen, at, fund_account, account_digest, meaning, came_by)
     VALUES ($1, 'credit', $2, $3, $4, $5, $6, $7) ON CONFLICT (entry_no) DO NOTHING RETURNING entry_no`,
    [entryNo, amountFen, at, fundAccount, digest, meaning, cameBy],
  );
  return added.length === 0 ? null : meaning;
}

/** An entry that would move an order, in whose case one of some persons has a duty. */
export interface OwnMove {
  entryNo: number;
  orderNo: string;
  caseNo: string;
  amountFen: number;
  personId: string;
  duty: Duty;
}

/**
 * Which entries would move an order (`settled`, `returned`) in whose case one of the persons has a duty (SD-01), were they taken over now.
 * The orders of those cases stay locked until the transaction ends. OFFSET 0 as in `duties_in_payments`.
 */
export async function ownMoves(
  manager: EntityManager,
  entries: readonly {
    entryNo: number;
    kind: EntryKind;
    orderNo: string | null;
    amountFen: number;
    fundAccount: string;
    accountDigest: Buffer | null;
  }[],
  persons: readonly string[],
): Promise<OwnMove[]> {
  const held = await rows<OrderToJudge & Confirmed & Pick<OwnMove, 'orderNo' | 'caseNo' | 'personId' | 'duty'>>(
    manager,
    `SELECT o.order_no AS "orderNo", o.case_no AS "caseNo", o.state, o.amount_fen AS "amountFen", o.account_digest AS "accountDigest",
       o.debit_entry_no AS debit, o.return_entry_no AS return, a.fund_account AS "fundAccount", d.person_id AS "personId", d.duty,
       ${secondDebit} AS "hasSecondDebit",
       EXISTS (SELECT 1 FROM payout_attempt t WHERE t.order_no = o.order_no AND t.kind = 'send') AS "wasSent"
     FROM payout_order o JOIN agency a ON a.id = o.agency_id
       CROSS JOIN LATERAL (SELECT * FROM case_duty d WHERE d.case_no = o.case_no AND d.person_id = ANY($2) OFFSET 0) d
     WHERE o.order_no = ANY($1) ORDER BY o.order_no, d.person_id FOR UPDATE OF o`,
    [entries.map(({ orderNo }) => orderNo), persons],
  );
  const byOrder = new Map<string, typeof held>();
  for (const row of held) byOrder.set(row.orderNo, [...(byOrder.get(row.orderNo) ?? []), row]);
  return entries.flatMap(({ entryNo, kind, orderNo, amountFen, fundAccount, accountDigest: digest }) => {
    if (kind === 'credit' || orderNo === null || digest === null) return [];
    return (byOrder.get(orderNo) ?? []).flatMap(({ caseNo, personId, duty, ...order }) => {
      if (order.fundAccount !== fundAccount) return [];
      const meaning = meaningOf(order, order, { kind, amountFen, accountDigest: digest });
      const isMove = meaning === 'settled' || meaning === 'returned';
      return isMove ? [{ entryNo, orderNo, caseNo, amountFen, personId, duty }] : [];
    });
  });
}

type OrderToJudge = Pick<PayoutOrder, 'state' | 'amountFen' | 'accountDigest'> & { wasSent: boolean };

interface Confirmed {
  debit: number | null;
  return: number | null;
  /** The bank has booked the payment once more; cleared since or not. */
  hasSecondDebit: boolean;
  /** Where the order is paid from. */
  fundAccount: string;
}

/** Of an order `o` of the account of `a`. */
const secondDebit = `EXISTS (SELECT 1 FROM bank_entry e WHERE e.order_no = o.order_no AND e.kind = 'debit' AND e.amount_fen = o.amount_fen
  AND e.account_digest = o.account_digest AND e.fund_account = a.fund_account AND e.entry_no IS DISTINCT FROM o.debit_entry_no)`;

async function confirmedBy(manager: EntityManager, orderNo: string): Promise<Confirmed> {
  const [row] = await rows<Confirmed>(
    manager,
    `SELECT o.debit_entry_no AS debit, o.return_entry_no AS return, a.fund_account AS "fundAccount", ${secondDebit} AS "hasSecondDebit"
     FROM payout_order o JOIN agency a ON a.id = o.agency_id WHERE o.order_no = $1`,
    [orderNo],
  );
  return row!;
}

function meaningOf(
  order: OrderToJudge,
  confirmed: Confirmed,
  entry: Pick<BankEntry, 'kind' | 'amountFen' | 'accountDigest'>,
): EntryMeaning {
  if (order.amountFen !== entry.amountFen) return 'otherAmount';
  if (!sameBytes(order.accountDigest, entry.accountDigest)) return 'otherPayee';
  if (confirmed[entry.kind] !== null) return 'bookedTwice';
  if (entry.kind === 'return') {
    // Of a payment that was booked twice one comes back: the bank takes its own mistake back, or the payee's does. Two persons find out which;
    // read as 退票 it would be paid again beside the other.
    return order.state === 'paid' && !confirmed.hasSecondDebit ? 'returned' : 'impossible';
  }
  if (order.state === 'paid' || order.state === 'returned') return 'agreed';
  // 待发 after a send: the bank had said that nothing was booked, and booked after all. Its books win, and nothing is resent.
  const mayHaveBeenSent: readonly PayoutState[] = order.wasSent ? ['sent', 'unknown', 'released'] : ['sent', 'unknown'];
  return mayHaveBeenSent.includes(order.state) ? 'settled' : 'impossible';
}

function wake(manager: EntityManager, { caseNo }: PayoutOrder, act: string, actionId: string): Promise<unknown> {
  return addOutbox(manager, { topic: 'wakeCase', caseNo, key: actionId, payload: { act, actionId } });
}
