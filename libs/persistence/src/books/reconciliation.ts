import {
  bookAccounts,
  plainMeanings,
  type BookAccount,
  type Clearing,
  type DoubtfulMeaning,
  type EntryKind,
  type PayoutState,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { inSnapshot } from '../board/snapshot';
import { rows } from '../data-source';
import { compareCarryOver, trialBalance } from './trial-balance';

/** Number and 分 of something. */
export interface Sum {
  count: number;
  fen: number;
}

/** Why a line of the statement or an order of ours agrees with nothing on the other side. */
export type ExceptionReason = DoubtfulMeaning | 'notOnStatement';

export interface ReconciliationException {
  /** Whose line it is. */
  side: 'bank' | 'books';
  entryNo: number | null;
  kind: EntryKind;
  /** Null of money that came in and is no order's. */
  orderNo: string | null;
  orderState: PayoutState | null;
  amountFen: number;
  reason: ExceptionReason;
  /** What two persons have found it to be; such an entry is no order's and stays an exception of its day. */
  clearing: Clearing | null;
  at: Date;
}

export interface Reconciliation {
  agencyId: string;
  fundAccount: string;
  from: Date;
  until: Date;
  /** Every line of the statement in the time asked for: matched or an exception. */
  bank: { debits: Sum; returns: Sum; credits: Sum };
  /** By reference and amount and payee; of credits what the 支出户 may take (R-FN-04). */
  matched: { debits: Sum; returns: Sum; credits: Sum };
  /** Left by our word and not on the statement yet: the bank still has it. */
  inTransit: Sum;
  exceptions: ReconciliationException[];
  /**
   * All that ever moved since the opening of the books: the statement, the journal of the 支出户, what stands between them, and the rest, which is 0 where the books are
   * whole (R-FN-08 by movements).
   */
  balance: { bankFen: number; journalFen: number; paidNotOnStatementFen: number; differenceFen: number };
}

export interface ReconciliationSpan {
  agencyId: string;
  from: Date;
  until: Date;
  /** What left before this and is not on the statement is an exception: the bank has had its working day. */
  overdueBefore: Date;
}

/**
 * Every 分 of a time in exactly one of matched, in transit, exception (bar 59). Judged anew from orders and entries; what the take-over
 * of the statement thought is not asked.
 */
export async function reconcile(dataSource: DataSource, span: ReconciliationSpan): Promise<Reconciliation | null> {
  return inSnapshot(dataSource, async (manager) => {
    const [agency] = await rows<{ account: string }>(
      manager,
      `SELECT fund_account AS account FROM agency WHERE id = $1`,
      [span.agencyId],
    );
    if (!agency) return null;
    const entries = await judgeEntries(manager, agency.account, span);
    const unconfirmed = await findUnconfirmed(manager, span);
    const overdue = unconfirmed.filter(({ at }) => at < span.overdueBefore);
    const waiting = unconfirmed.filter(({ at }) => at >= span.overdueBefore);
    const of = (kind: EntryKind, isMatched?: boolean) =>
      sumOf(entries.filter((e) => e.kind === kind && (isMatched === undefined || (e.reason === null) === isMatched)));
    return {
      ...{ agencyId: span.agencyId, fundAccount: agency.account, from: span.from, until: span.until },
      bank: { debits: of('debit'), returns: of('return'), credits: of('credit') },
      matched: { debits: of('debit', true), returns: of('return', true), credits: of('credit', true) },
      inTransit: sumOf(waiting),
      exceptions: [
        ...entries.flatMap((e) => (e.reason === null ? [] : [{ ...e, side: 'bank' as const, reason: e.reason }])),
        ...overdue.map((order) => ({
          ...{
            side: 'books' as const,
            entryNo: null,
            kind: 'debit' as const,
            reason: 'notOnStatement' as const,
            clearing: null,
          },
          ...order,
        })),
      ],
      balance: await balanceOf(manager, agency.account, span.agencyId),
    };
  });
}

const sumOf = (list: { amountFen: number }[]): Sum => ({
  count: list.length,
  fen: list.reduce((sum, { amountFen }) => sum + amountFen, 0),
});

interface JudgedEntry extends Omit<ReconciliationException, 'side' | 'reason'> {
  reason: ExceptionReason | null;
}

function judgeEntries(manager: EntityManager, fundAccount: string, span: ReconciliationSpan): Promise<JudgedEntry[]> {
  return rows<JudgedEntry>(
    manager,
    `SELECT e.entry_no AS "entryNo", e.kind, e.order_no AS "orderNo", o.state AS "orderState", e.amount_fen AS "amountFen", e.at,
       s.clearing, CASE WHEN s.order_no IS NOT NULL THEN NULL
         WHEN e.kind = 'credit' AND (e.meaning = 'interest' OR e.meaning = 'fiscalReceipt') THEN NULL
         WHEN e.kind = 'credit' THEN 'otherReceipt'
         WHEN o.order_no IS NULL THEN 'unknownOrder'
         WHEN o.amount_fen <> e.amount_fen THEN 'otherAmount'
         WHEN o.account_digest <> e.account_digest THEN 'otherPayee'
         WHEN EXISTS (SELECT 1 FROM bank_entry b WHERE b.order_no = e.order_no AND b.kind = e.kind AND b.entry_no < e.entry_no
           AND b.fund_account = e.fund_account AND b.amount_fen = e.amount_fen AND b.account_digest = e.account_digest)
           OR EXISTS (SELECT 1 FROM suspense_clearing c JOIN bank_entry b ON b.entry_no = c.entry_no WHERE c.order_no = e.order_no
             AND b.kind = e.kind AND b.entry_no <> e.entry_no) THEN 'bookedTwice'
         WHEN e.kind = 'debit' AND o.state NOT IN ('paid', 'returned') THEN 'impossible'
         WHEN e.kind = 'return' AND o.state <> 'returned' THEN 'impossible'
       END AS reason
     FROM bank_entry e LEFT JOIN suspense_clearing s ON s.entry_no = e.entry_no
       LEFT JOIN payout_order o ON o.order_no = coalesce(s.order_no, e.order_no) AND o.agency_id = $4
     WHERE e.fund_account = $1 AND e.at >= $2 AND e.at < $3 ORDER BY e.entry_no`,
    [fundAccount, span.from, span.until, span.agencyId],
  );
}

/** Orders that had left by the end of the time and were on no statement then. */
function findUnconfirmed(manager: EntityManager, { agencyId, until }: ReconciliationSpan) {
  return rows<{ orderNo: string; orderState: PayoutState; amountFen: number; at: Date }>(
    manager,
    `SELECT o.order_no AS "orderNo", o.state AS "orderState", o.amount_fen AS "amountFen", o.sent_at AS at FROM payout_order o
     WHERE o.agency_id = $1 AND o.state IN ('sent', 'unknown', 'paid', 'returned') AND o.sent_at < $2 AND o.debit_entry_no IS NULL
     UNION ALL
     SELECT o.order_no, o.state, o.amount_fen, o.sent_at FROM bank_entry e JOIN payout_order o ON o.debit_entry_no = e.entry_no
     WHERE o.agency_id = $1 AND o.sent_at < $2 AND e.at >= $2
     ORDER BY 1`,
    [agencyId, until],
  );
}

const endOfTime = new Date('9999-12-31T00:00:00Z');

async function balanceOf(
  manager: EntityManager,
  fundAccount: string,
  agencyId: string,
): Promise<Reconciliation['balance']> {
  const books = await trialBalance(manager, agencyId, endOfTime);
  const balance = (name: BookAccount) => {
    const { debitFen, creditFen } = books.find(({ account }) => account === name) ?? { debitFen: 0, creditFen: 0 };
    return debitFen - creditFen;
  };
  const [sums] = await rows<{ bank: number; unconfirmed: number }>(
    manager,
    `SELECT
       (SELECT coalesce(sum(CASE kind WHEN 'debit' THEN -amount_fen ELSE amount_fen END), 0)::bigint FROM bank_entry
        WHERE fund_account = $1) AS bank,
       ((SELECT coalesce(sum(amount_fen), 0) FROM payout_order WHERE agency_id = $2 AND state IN ('paid', 'returned') AND debit_entry_no IS NULL)
        - (SELECT coalesce(sum(amount_fen), 0) FROM payout_order WHERE agency_id = $2 AND state = 'returned' AND return_entry_no IS NULL))::bigint
         AS unconfirmed`,
    [fundAccount, agencyId],
  );
  const { bank, unconfirmed } = sums!;
  // Without what the books opened with.
  const journal = balance('disbursement') + balance('openingBalance');
  return {
    ...{ bankFen: bank, journalFen: journal, paidNotOnStatementFen: unconfirmed },
    differenceFen: bank - journal - unconfirmed,
  };
}

/** A figure on which the books and the rows they tell of do not agree. */
export interface BookDifference {
  figure:
    | 'benefitExpense'
    | 'owed'
    | 'recoverable'
    | 'inTransit'
    | 'disbursement'
    | 'bank'
    | 'suspense'
    | 'cleared'
    | 'opening'
    | 'carried';
  booksFen: number;
  rowsFen: number;
  /** Of a balance that was carried over. */
  month?: string;
  account?: BookAccount;
}

/**
 * The same figures another way: from decisions, orders and entries, with no look at a posting. Kept in `book_check`; what differs is an
 * alarm, for somebody changed rows past the rules.
 */
export async function checkBooks(dataSource: DataSource, agencyId: string, at: Date): Promise<BookDifference[]> {
  const differences = await inSnapshot(dataSource, (manager) => compareBooks(manager, agencyId), {
    statementMs: 300_000,
  });
  await rows(dataSource, `INSERT INTO book_check (agency_id, at, differences) VALUES ($1, $2, $3)`, [
    ...[agencyId, at, JSON.stringify(differences)],
  ]);
  return differences;
}

const plain = plainMeanings.map((meaning) => `'${meaning}'`).join(', ');

async function compareBooks(manager: EntityManager, agencyId: string): Promise<BookDifference[]> {
  const [books] = await rows<Record<BookAccount, number>>(
    manager,
    `SELECT ${bookAccounts
      .map(
        (account) => `coalesce(sum(CASE WHEN debit_account = '${account}' THEN amount_fen
             WHEN credit_account = '${account}' THEN -amount_fen END), 0)::bigint AS "${account}"`,
      )
      .join(', ')} FROM posting WHERE agency_id = $1`,
    [agencyId],
  );
  const [base] = await rows<{
    decided: number;
    away: number;
    paid: number;
    doubtful: number;
    found: number;
    elsewhere: number;
    received: number;
    opening: number;
    claimed: number;
    offset: number;
    recovered: number;
    overpaid: number;
  }>(
    manager,
    `SELECT
         (SELECT coalesce(sum(d.payable_fen), 0)::bigint FROM decision d JOIN cases c ON c.case_no = d.case_no
          WHERE c.agency_id = $1 AND d.outcome = 'approved' AND d.voided_at IS NULL AND d.payee_digest IS NOT NULL) AS decided,
         (SELECT coalesce(sum(amount_fen), 0)::bigint FROM payout_order WHERE agency_id = $1 AND state IN ('sent', 'unknown')) AS away,
         (SELECT coalesce(sum(amount_fen), 0)::bigint FROM payout_order WHERE agency_id = $1 AND state = 'paid') AS paid,
         (SELECT coalesce(sum(CASE e.kind WHEN 'debit' THEN e.amount_fen ELSE -e.amount_fen END), 0)::bigint FROM bank_entry e
          JOIN agency a ON a.fund_account = e.fund_account WHERE a.id = $1 AND e.meaning NOT IN (${plain})) AS doubtful,
         (SELECT coalesce(sum(CASE e.kind WHEN 'debit' THEN e.amount_fen ELSE -e.amount_fen END), 0)::bigint FROM suspense_clearing s
          JOIN bank_entry e ON e.entry_no = s.entry_no JOIN agency a ON a.fund_account = e.fund_account
          WHERE a.id = $1 AND s.clearing = 'belongsToOrder') AS found,
         (SELECT coalesce(sum(CASE e.kind WHEN 'debit' THEN e.amount_fen ELSE -e.amount_fen END), 0)::bigint FROM suspense_clearing s
          JOIN bank_entry e ON e.entry_no = s.entry_no JOIN agency a ON a.fund_account = e.fund_account
          WHERE a.id = $1 AND s.clearing <> 'belongsToOrder') AS elsewhere,
         (SELECT coalesce(sum(e.amount_fen), 0)::bigint FROM bank_entry e JOIN agency a ON a.fund_account = e.fund_account
          WHERE a.id = $1 AND e.meaning IN ('fiscalReceipt', 'interest')) AS received,
         (SELECT coalesce((array_agg(s.opening_fen ORDER BY s.id))[1], 0)::bigint FROM bank_statement s
          JOIN agency a ON a.fund_account = s.fund_account WHERE a.id = $1) AS opening,
         (SELECT coalesce(sum(amount_fen), 0)::bigint FROM recovery WHERE agency_id = $1 AND entry_no IS NULL) AS claimed,
         (SELECT coalesce(sum(f.amount_fen), 0)::bigint FROM recovery_offset f JOIN recovery r ON r.recovery_no = f.recovery_no
          WHERE r.agency_id = $1 AND f.voided_at IS NULL) AS "offset",
         (SELECT coalesce(sum(p.amount_fen), 0)::bigint FROM recovery_receipt p JOIN recovery r ON r.recovery_no = p.recovery_no
          WHERE r.agency_id = $1) AS recovered,
         (SELECT coalesce(sum(e.amount_fen), 0)::bigint FROM suspense_clearing s
          JOIN bank_entry e ON e.entry_no = s.entry_no JOIN agency a ON a.fund_account = e.fund_account
          WHERE a.id = $1 AND s.clearing = 'overpaid') AS overpaid`,
    [agencyId],
  );
  const [agency] = await rows<{ account: string }>(
    manager,
    `SELECT fund_account AS account FROM agency WHERE id = $1`,
    [agencyId],
  );
  const { differenceFen, bankFen } = await balanceOf(manager, agency!.account, agencyId);
  const { decided, away, paid, doubtful, found, elsewhere, received, opening } = base!;
  const { claimed, offset, recovered, overpaid } = base!;
  const figures: BookDifference[] = [
    { figure: 'benefitExpense', booksFen: books!.benefitExpense, rowsFen: decided - claimed },
    { figure: 'owed', booksFen: books!.payable + books!.returned, rowsFen: away + paid + offset - decided },
    { figure: 'inTransit', booksFen: books!.inTransit, rowsFen: 0 - away },
    { figure: 'disbursement', booksFen: books!.disbursement, rowsFen: opening + received - paid - doubtful + found },
    { figure: 'suspense', booksFen: books!.suspense, rowsFen: doubtful - found - elsewhere },
    {
      figure: 'cleared',
      // What two persons found to be received stands with what was received.
      booksFen:
        books!.bankClaim +
        books!.recoverable +
        books!.otherClaim +
        books!.fiscalTransfer +
        books!.interestDue +
        received,
      rowsFen: elsewhere + claimed - offset,
    },
    { figure: 'recoverable', booksFen: books!.recoverable, rowsFen: overpaid + claimed - recovered - offset },
    { figure: 'opening', booksFen: 0 - books!.openingBalance, rowsFen: opening },
    { figure: 'bank', booksFen: bankFen - differenceFen, rowsFen: bankFen },
  ];
  const carried = (await compareCarryOver(manager, agencyId)).map(
    ({ month, account, carriedFen, linesFen }): BookDifference => ({
      ...{ figure: 'carried', month, account, booksFen: carriedFen, rowsFen: linesFen },
    }),
  );
  return [...figures.filter(({ booksFen, rowsFen }) => booksFen !== rowsFen), ...carried];
}
