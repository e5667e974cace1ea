import {
  adjustedBalances,
  bankJournalAccounts,
  DomainError,
  maskName,
  monthSpan,
  openSideOf,
  openSides,
  plainMeanings,
  type AdjustedBalances,
  type EntryKind,
  type OpenSide,
} from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { openPayee } from '../payouts/payee';
import { trialBalance, type BookBalance } from './trial-balance';

/** A payment or receipt that one side has and the other has not. */
export interface OpenItem {
  side: OpenSide;
  /** The order, or null of an entry that names none. */
  orderNo: string | null;
  entryNo: number | null;
  at: Date;
  amountFen: number;
  /** Masked; null where nobody of ours is known. */
  payee: string | null;
}

/** Number and 分. */
interface Sum {
  count: number;
  fen: number;
}

/** What is put into a 银行存款余额调节表 (第九十九条). */
export interface BalanceStatement extends AdjustedBalances {
  agencyId: string;
  agencyName: string;
  fundAccount: string;
  month: string;
  /** The end of the month, or of the last statement while not all of them have come. */
  asOf: Date;
  isComplete: boolean;
  /** The statement that states the balance. */
  statement: { statementId: string; sequenceNo: number | null; sha256: string };
  bankFen: number;
  journalFen: number;
  open: OpenItem[];
  /**
   * Every 分 of the month: each entry is matched, was cleared by two persons, or is an exception; what left and is not on a statement is
   * in transit (bar 59).
   */
  parts: { entries: Sum; matched: Sum; cleared: Sum; exceptions: Sum; inTransit: Sum };
  /** Entries that came by the line and stand on no statement of their time, and lines of statements that could not be read. */
  unstated: Sum;
  accounts: BookBalance[];
}

interface AgencyRow {
  name: string;
  fundAccount: string;
}

/**
 * The reconciliation of a month as of its end, from postings, orders and entries as they were then: what happened since changes nothing.
 * The caller's transaction gives the one instant at which all of it is read.
 * @throws DomainError RECONCILIATION_NO_STATEMENT
 */
export async function balanceStatement(
  manager: EntityManager,
  cipher: ColumnCipher,
  { agencyId, month }: { agencyId: string; month: string },
): Promise<BalanceStatement> {
  const [agency] = await rows<AgencyRow>(
    manager,
    `SELECT name, fund_account AS "fundAccount" FROM agency WHERE id = $1`,
    [agencyId],
  );
  const { fundAccount, name: agencyName } = agency!;
  const span = monthSpan(month);
  const stated = await findStated(manager, fundAccount, span);
  if (!stated) throw new DomainError('RECONCILIATION_NO_STATEMENT', { month });
  const { asOf, isComplete, statementFen: bankFen, ...statement } = stated;
  const scope = { agencyId, fundAccount, from: span.from, until: asOf };
  const accounts = await trialBalance(manager, agencyId, asOf);
  const journalFen = accounts
    .filter(({ account }) => (bankJournalAccounts as readonly string[]).includes(account))
    .reduce((sum, { debitFen, creditFen }) => sum + debitFen - creditFen, 0);
  const open = [...(await openOrders(manager, cipher, scope)), ...(await openEntries(manager, cipher, scope))];
  const sums = Object.fromEntries(
    openSides.map((side) => [side, sumOf(open.filter((item) => item.side === side)).fen]),
  ) as Record<OpenSide, number>;
  return {
    ...{ agencyId, agencyName, fundAccount, month, asOf, isComplete, statement, bankFen, journalFen, open, accounts },
    ...adjustedBalances({ bankFen, journalFen }, sums),
    parts: { ...(await partsOf(manager, scope)), inTransit: sumOf(open.filter(({ side }) => side === 'paidByUs')) },
    unstated: await findUnstated(manager, scope),
  };
}

interface Scope {
  agencyId: string;
  fundAccount: string;
  from: Date;
  until: Date;
}

const sumOf = (list: readonly { amountFen: number }[]): Sum => ({
  count: list.length,
  fen: list.reduce((sum, { amountFen }) => sum + amountFen, 0),
});

const plain = plainMeanings.map((meaning) => `'${meaning}'`).join(', ');
const triple = bankJournalAccounts.map((account) => `'${account}'`).join(', ');

/**
 * What the bank's statements say stood on the account at the end of the month, or at the end of the last statement in it. One that reaches
 * over the end counts with its entries before it.
 */
async function findStated(
  manager: EntityManager,
  fundAccount: string,
  { from, until }: { from: Date; until: Date },
): Promise<(BalanceStatement['statement'] & { asOf: Date; isComplete: boolean; statementFen: number }) | null> {
  const [row] = await rows<{
    statementId: string;
    sequenceNo: number | null;
    sha256: string;
    to: Date;
    closing: number;
    isComplete: boolean;
    later: number;
  }>(
    manager,
    `SELECT s.statement_id AS "statementId", s.sequence_no AS "sequenceNo", f.sha256, s.to_at AS "to", s.closing_fen AS closing,
       -- Some banks end a day one second before it is over.
       EXISTS (SELECT 1 FROM bank_statement n WHERE n.fund_account = $1 AND n.is_last_page AND n.to_at >= $3::timestamptz - interval '1 second')
         AS "isComplete",
       (SELECT coalesce(sum(CASE e.kind WHEN 'debit' THEN -e.amount_fen ELSE e.amount_fen END), 0)::bigint FROM bank_statement n
        JOIN bank_statement_line l ON l.statement_id = n.id JOIN bank_entry e USING (entry_no)
        WHERE n.fund_account = $1 AND n.id > s.id AND n.from_at < $3 AND e.at < $3) AS later
     FROM bank_statement s JOIN bank_file f ON f.id = s.file_id
     WHERE s.fund_account = $1 AND s.to_at <= $3 AND s.to_at > $2 AND s.is_last_page ORDER BY s.id DESC LIMIT 1`,
    [fundAccount, from, until],
  );
  if (!row) return null;
  const { statementId, sequenceNo, sha256, to, closing, isComplete, later } = row;
  const asOf = isComplete ? until : to;
  return { statementId, sequenceNo, sha256, asOf, isComplete, statementFen: closing + (isComplete ? later : 0) };
}

/**
 * Orders whose money one side alone had moved by then. Only those can be that have no entry yet, or of which something happened since; all
 * others agreed when they were settled.
 */
async function openOrders(manager: EntityManager, cipher: ColumnCipher, scope: Scope): Promise<OpenItem[]> {
  const found = await rows<{
    orderNo: string;
    at: Date;
    payeeEnc: Buffer;
    amountFen: number;
    journalFen: number;
    bankFen: number;
    cameBackInBooks: boolean;
    cameBackAtBank: boolean;
  }>(
    manager,
    `WITH candidate AS (
       SELECT order_no FROM payout_order WHERE agency_id = $1 AND debit_entry_no IS NULL AND state IN ('sent', 'unknown', 'paid', 'returned')
       UNION SELECT order_no FROM posting WHERE agency_id = $1 AND at >= $3 AND order_no IS NOT NULL
       UNION SELECT order_no FROM bank_entry WHERE fund_account = $2 AND at >= $3 AND order_no IS NOT NULL
       UNION SELECT order_no FROM suspense_clearing WHERE at >= $3 AND order_no IS NOT NULL
     ), told AS (
       SELECT e.order_no, e.kind, e.amount_fen FROM bank_entry e WHERE e.at < $3 AND e.meaning IN (${plain})
       AND e.order_no IN (SELECT order_no FROM candidate)
       UNION ALL SELECT s.order_no, e.kind, e.amount_fen FROM suspense_clearing s JOIN bank_entry e USING (entry_no)
       WHERE s.at < $3 AND s.order_no IN (SELECT order_no FROM candidate)
     )
     SELECT o.order_no AS "orderNo", coalesce(o.sent_at, o.settled_at, o.drawn_at) AS at, o.payee_enc AS "payeeEnc",
       o.amount_fen AS "amountFen", p.fen AS "journalFen", p.back AS "cameBackInBooks", b.fen AS "bankFen", b.back AS "cameBackAtBank"
     FROM candidate JOIN payout_order o USING (order_no),
     LATERAL (SELECT coalesce(sum(CASE WHEN debit_account IN (${triple}) THEN amount_fen ELSE 0 END
         - CASE WHEN credit_account IN (${triple}) THEN amount_fen ELSE 0 END), 0)::bigint AS fen,
         coalesce(bool_or(to_state = 'returned'), false) AS back
       FROM posting WHERE order_no = o.order_no AND at < $3) p,
     LATERAL (SELECT coalesce(sum(CASE kind WHEN 'debit' THEN -amount_fen ELSE amount_fen END), 0)::bigint AS fen,
         coalesce(bool_or(kind = 'return'), false) AS back FROM told WHERE told.order_no = o.order_no) b
     WHERE o.agency_id = $1 AND p.fen <> b.fen ORDER BY at, o.order_no`,
    [scope.agencyId, scope.fundAccount, scope.until],
  );
  return found.map(({ orderNo, at, payeeEnc, journalFen, bankFen, ...cameBack }) => ({
    ...{ side: openSideOf({ journalFen, bankFen, ...cameBack })!, orderNo, entryNo: null, at },
    ...{ amountFen: Math.abs(journalFen - bankFen), payee: maskName(openPayee(cipher, payeeEnc).accountName) },
  }));
}

/** What the bank had booked by then and nobody had found out. */
async function openEntries(manager: EntityManager, cipher: ColumnCipher, scope: Scope): Promise<OpenItem[]> {
  const found = await rows<{
    entryNo: number;
    kind: EntryKind;
    orderNo: string | null;
    at: Date;
    amountFen: number;
    payeeEnc: Buffer | null;
  }>(
    manager,
    `SELECT e.entry_no AS "entryNo", e.kind, e.order_no AS "orderNo", e.at, e.amount_fen AS "amountFen", o.payee_enc AS "payeeEnc"
     FROM bank_entry e LEFT JOIN suspense_clearing s ON s.entry_no = e.entry_no AND s.at < $2
       LEFT JOIN payout_order o ON o.order_no = e.order_no AND o.agency_id = $3
     WHERE e.fund_account = $1 AND e.at < $2 AND e.meaning NOT IN (${plain}) AND s.entry_no IS NULL ORDER BY e.entry_no`,
    [scope.fundAccount, scope.until, scope.agencyId],
  );
  return found.map(({ kind, payeeEnc, ...entry }) => ({
    ...entry,
    side: kind === 'debit' ? ('paidByBank' as const) : ('receivedByBank' as const),
    payee: payeeEnc && maskName(openPayee(cipher, payeeEnc).accountName),
  }));
}

async function partsOf(
  manager: EntityManager,
  { fundAccount, from, until }: Scope,
): Promise<Omit<BalanceStatement['parts'], 'inTransit'>> {
  const found = await rows<{ part: 'matched' | 'cleared' | 'exceptions'; count: number; fen: number }>(
    manager,
    `SELECT CASE WHEN e.meaning IN (${plain}) OR s.clearing = 'belongsToOrder' THEN 'matched'
         WHEN s.clearing IS NOT NULL THEN 'cleared' ELSE 'exceptions' END AS part, count(*)::int AS count, sum(e.amount_fen)::bigint AS fen
     FROM bank_entry e LEFT JOIN suspense_clearing s ON s.entry_no = e.entry_no AND s.at < $3
     WHERE e.fund_account = $1 AND e.at >= $2 AND e.at < $3 GROUP BY 1`,
    [fundAccount, from, until],
  );
  const [entries] = await rows<Sum>(
    manager,
    `SELECT count(*)::int AS count, coalesce(sum(amount_fen), 0)::bigint AS fen FROM bank_entry WHERE fund_account = $1 AND at >= $2 AND at < $3`,
    [fundAccount, from, until],
  );
  const of = (part: string): Sum => {
    const { count, fen } = found.find((one) => one.part === part) ?? { count: 0, fen: 0 };
    return { count, fen };
  };
  return { entries: entries!, matched: of('matched'), cleared: of('cleared'), exceptions: of('exceptions') };
}

async function findUnstated(manager: EntityManager, { fundAccount, from, until }: Scope): Promise<Sum> {
  const [found] = await rows<Sum>(
    manager,
    `SELECT count(*)::int AS count, coalesce(sum(amount_fen), 0)::bigint AS fen FROM bank_entry e
     WHERE e.fund_account = $1 AND e.at >= $2 AND e.at < $3
       AND NOT EXISTS (SELECT 1 FROM bank_statement_line l WHERE l.entry_no = e.entry_no)`,
    [fundAccount, from, until],
  );
  return found!;
}
