import { plainMeanings } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/**
 * Money that left the account of its agency for one of these claims, under any of its orders, and of which nobody has found out yet what it was: the number of the
 * first such entry, by case. The bank refused an order and booked it after all; or it booked one twice, or to another account. As long as
 * that stands under 待查, a further order could pay the claim a second time (M1): none is drawn, and none is sent.
 */
export async function findDebitsInDoubt(
  store: DataSource | EntityManager,
  caseNos: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = await rows<{ caseNo: string; entryNo: number }>(
    store,
    `SELECT o.case_no AS "caseNo", min(e.entry_no) AS "entryNo" FROM payout_order o JOIN bank_entry e ON e.order_no = o.order_no
       JOIN agency a ON a.id = o.agency_id AND a.fund_account = e.fund_account
     WHERE o.case_no = ANY($1::text[]) AND e.kind = 'debit' AND e.meaning NOT IN (${plain})
       AND NOT EXISTS (SELECT 1 FROM suspense_clearing s WHERE s.entry_no = e.entry_no)
     GROUP BY o.case_no`,
    [caseNos],
  );
  return new Map(found.map(({ caseNo, entryNo }) => [caseNo, entryNo]));
}

const plain = plainMeanings.map((meaning) => `'${meaning}'`).join(', ');
