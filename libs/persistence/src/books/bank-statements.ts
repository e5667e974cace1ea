import type { EntryKind } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { sameBytes } from '../column-cipher';
import { rows } from '../data-source';

/** A statement, or one page of it, as its head states it; ISO instants, 分. */
export interface KeptStatement {
  statementId: string;
  fundAccount: string;
  sequenceNo: number | null;
  page: number;
  isLastPage: boolean;
  from: string | null;
  to: string;
  openingFen: number;
  closingFen: number;
  debitFen: number;
  creditFen: number;
}

/** What a payment stands under of which the bank names no order, as its messages write it. */
export const noOrder = 'NOTPROVIDED';

/** An entry as a statement tells it. */
export interface StatedEntry {
  entryNo: number;
  kind: EntryKind;
  orderNo: string | null;
  amountFen: number;
  fundAccount: string;
  /** Null where the statement does not name the other party. */
  accountDigest: Buffer | null;
}

/** The statement posted last; the next one goes on from it. */
export async function lastStatement(
  store: DataSource | EntityManager,
  fundAccount: string,
): Promise<KeptStatement | null> {
  const [row] = await rows<Omit<KeptStatement, 'from' | 'to'> & { from: Date | null; to: Date }>(
    store,
    `SELECT statement_id AS "statementId", fund_account AS "fundAccount", sequence_no AS "sequenceNo", page, is_last_page AS "isLastPage",
       from_at AS "from", to_at AS "to", opening_fen AS "openingFen", closing_fen AS "closingFen", debit_fen AS "debitFen",
       credit_fen AS "creditFen"
     FROM bank_statement WHERE fund_account = $1 ORDER BY id DESC LIMIT 1`,
    [fundAccount],
  );
  return row ? { ...row, from: row.from?.toISOString() ?? null, to: row.to.toISOString() } : null;
}

/** Whether a statement, or page, of the account with this end is kept: the same day again under another number or in other bytes. */
export async function hasStatementOf(
  store: DataSource | EntityManager,
  { fundAccount, to, page }: Pick<KeptStatement, 'fundAccount' | 'to' | 'page'>,
): Promise<boolean> {
  const found = await rows(store, `SELECT 1 FROM bank_statement WHERE fund_account = $1 AND to_at = $2 AND page = $3`, [
    ...[fundAccount, to, page],
  ]);
  return found.length > 0;
}

/** Whether anything was booked in the account before an instant. */
export async function hasEntryBefore(
  store: DataSource | EntityManager,
  { fundAccount, from }: { fundAccount: string; from: string },
): Promise<boolean> {
  const found = await rows(store, `SELECT 1 FROM bank_entry WHERE fund_account = $1 AND at < $2 LIMIT 1`, [
    ...[fundAccount, from],
  ]);
  return found.length > 0;
}

/** The kept statement, or page, of this number, end and sums, where lines of its file could not be posted; null: there is none. */
export async function faultyStatement(
  store: DataSource | EntityManager,
  { fundAccount, sequenceNo, page, to, openingFen, closingFen, debitFen, creditFen }: KeptStatement,
): Promise<number | null> {
  const [found] = await rows<{ id: number }>(
    store,
    `SELECT s.id FROM bank_statement s JOIN bank_file f ON f.id = s.file_id
     WHERE s.fund_account = $1 AND s.to_at = $2 AND s.page = $3 AND s.sequence_no IS NOT DISTINCT FROM $4
       AND s.opening_fen = $5 AND s.closing_fen = $6 AND s.debit_fen = $7 AND s.credit_fen = $8
       AND jsonb_array_length(coalesce(f.report->'faults', '[]')) > 0`,
    [fundAccount, to, page, sequenceNo, openingFen, closingFen, debitFen, creditFen],
  );
  return found?.id ?? null;
}

/** What a better copy of a statement tells beyond the first; every entry is taken over. */
export async function addToStatement(
  manager: EntityManager,
  statementId: number,
  entryNos: readonly number[],
): Promise<void> {
  await rows(
    manager,
    `INSERT INTO bank_statement_line (entry_no, statement_id) SELECT unnest($1::bigint[]), $2 ON CONFLICT (entry_no) DO NOTHING
     RETURNING entry_no`,
    [entryNos, statementId],
  );
}

/** One statement of an account is posted at a time. */
export function lockStatements(manager: EntityManager, fundAccount: string): Promise<unknown> {
  return manager.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`statements ${fundAccount}`]);
}

/**
 * What of the entries is not known yet, which of the known ones say something else than was told before, and which of them do or stand on
 * another statement than this one already.
 */
export async function contradictingEntries(
  store: DataSource | EntityManager,
  stated: readonly StatedEntry[],
  statementId: number | null = null,
): Promise<{ unknown: Set<number>; differing: number[]; contradicting: number[] }> {
  const known = await rows<StatedEntry & { isStated: boolean }>(
    store,
    `SELECT e.entry_no AS "entryNo", e.kind, e.order_no AS "orderNo", e.amount_fen AS "amountFen", e.fund_account AS "fundAccount",
       e.account_digest AS "accountDigest", l.entry_no IS NOT NULL AND l.statement_id IS DISTINCT FROM $2 AS "isStated"
     FROM bank_entry e LEFT JOIN bank_statement_line l USING (entry_no) WHERE e.entry_no = ANY($1)`,
    [stated.map(({ entryNo }) => entryNo), statementId],
  );
  const byNumber = new Map(known.map((entry) => [entry.entryNo, entry]));
  const differs = (one: StatedEntry, other: StatedEntry) =>
    one.kind !== other.kind ||
    (one.orderNo !== other.orderNo && one.orderNo !== noOrder && other.orderNo !== noOrder) ||
    one.amountFen !== other.amountFen ||
    one.fundAccount !== other.fundAccount ||
    (one.accountDigest && other.accountDigest && !sameBytes(one.accountDigest, other.accountDigest));
  const differing = stated.filter((entry) => {
    const told = byNumber.get(entry.entryNo);
    return told && differs(entry, told);
  });
  const contradicting = stated.filter((entry) => byNumber.get(entry.entryNo)?.isStated || differing.includes(entry));
  return {
    unknown: new Set(stated.map(({ entryNo }) => entryNo).filter((entryNo) => !byNumber.has(entryNo))),
    differing: differing.map(({ entryNo }) => entryNo),
    contradicting: contradicting.map(({ entryNo }) => entryNo),
  };
}

/**
 * Keeps a page whose entries are all taken over, and which entries it has. Answers how many of the account's entries up to its end are on
 * no statement.
 */
export async function keepStatement(
  manager: EntityManager,
  kept: { fileId: number; statement: KeptStatement; entryNos: readonly number[] },
): Promise<number> {
  const { fileId, statement, entryNos } = kept;
  const { fundAccount, to } = statement;
  const [added] = await rows<{ id: number }>(
    manager,
    `INSERT INTO bank_statement (file_id, fund_account, statement_id, sequence_no, page, is_last_page, from_at, to_at, opening_fen,
       closing_fen, debit_fen, credit_fen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
    [
      ...[fileId, fundAccount, statement.statementId, statement.sequenceNo, statement.page, statement.isLastPage],
      ...[statement.from, to, statement.openingFen, statement.closingFen, statement.debitFen, statement.creditFen],
    ],
  );
  await rows(manager, `INSERT INTO bank_statement_line (entry_no, statement_id) SELECT unnest($1::bigint[]), $2`, [
    entryNos,
    added!.id,
  ]);
  if (!statement.isLastPage) return 0;
  const [left] = await rows<{ count: number }>(
    manager,
    `SELECT count(*)::int AS count FROM bank_entry e WHERE e.fund_account = $1 AND e.at < $2 AND e.at >= coalesce($3, $2::timestamptz - interval '1 day')
       AND NOT EXISTS (SELECT 1 FROM bank_statement_line l WHERE l.entry_no = e.entry_no)`,
    [fundAccount, to, statement.from],
  );
  return left!.count;
}

/** Statement files that are not posted to their end: taken and cut off, or waiting for an earlier one. */
export async function openStatementFiles(store: DataSource | EntityManager): Promise<number[]> {
  const found = await rows<{ id: number }>(
    store,
    `SELECT id FROM bank_file WHERE kind = 'statement' AND state IN ('received', 'waiting') ORDER BY id`,
  );
  return found.map(({ id }) => id);
}
