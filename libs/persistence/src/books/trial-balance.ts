import type { BookAccount } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

export interface BookBalance {
  account: BookAccount;
  debitFen: number;
  creditFen: number;
}

/**
 * The trial balance of an agency up to an instant: what the last month closed by then carried over, and the postings since. Debits and
 * credits over all accounts are equal by the form of a posting.
 */
export function trialBalance(store: DataSource | EntityManager, agencyId: string, until: Date): Promise<BookBalance[]> {
  return rows<BookBalance>(
    store,
    `WITH carried AS (SELECT month, until FROM book_month WHERE agency_id = $1 AND until <= $2 ORDER BY month DESC LIMIT 1),
       since AS (SELECT coalesce((SELECT until FROM carried), '-infinity') AS at)
     SELECT account, sum(debit)::bigint AS "debitFen", sum(credit)::bigint AS "creditFen" FROM (
       SELECT account, debit_fen AS debit, credit_fen AS credit FROM book_balance JOIN carried USING (month) WHERE agency_id = $1
       UNION ALL SELECT debit_account, amount_fen, 0 FROM posting, since WHERE agency_id = $1 AND posting.at < $2 AND posting.at >= since.at
       UNION ALL SELECT credit_account, 0, amount_fen FROM posting, since WHERE agency_id = $1 AND posting.at < $2 AND posting.at >= since.at) lines
     GROUP BY account ORDER BY account`,
    [agencyId, until],
  );
}

/** A month and account whose carried balance is not the sum of its lines. */
export interface CarryOverDifference {
  month: string;
  account: BookAccount;
  /** What was carried, debit − credit. */
  carriedFen: number;
  /** What the lines come to. */
  linesFen: number;
}

/** Compares every carried balance with the sum of all lines up to the end of its month. */
export function compareCarryOver(manager: EntityManager, agencyId: string): Promise<CarryOverDifference[]> {
  return rows<CarryOverDifference>(
    manager,
    `WITH moved AS (
       SELECT account, to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month, sum(debit) AS debit, sum(credit) AS credit FROM (
         SELECT debit_account AS account, at, amount_fen AS debit, 0 AS credit FROM posting WHERE agency_id = $1
         UNION ALL SELECT credit_account, at, 0, amount_fen FROM posting WHERE agency_id = $1) lines GROUP BY 1, 2
     ), summed AS (
       SELECT m.month, v.account, sum(v.debit)::bigint AS debit, sum(v.credit)::bigint AS credit FROM book_month m JOIN moved v ON v.month <= m.month
       WHERE m.agency_id = $1 GROUP BY 1, 2
     ), carried AS (SELECT month, account, debit_fen AS debit, credit_fen AS credit FROM book_balance WHERE agency_id = $1)
     SELECT month, account, (coalesce(c.debit, 0) - coalesce(c.credit, 0))::bigint AS "carriedFen",
       (coalesce(s.debit, 0) - coalesce(s.credit, 0))::bigint AS "linesFen"
     FROM summed s FULL JOIN carried c USING (month, account)
     WHERE (s.debit, s.credit) IS DISTINCT FROM (c.debit, c.credit) ORDER BY month, account`,
    [agencyId],
  );
}
