import {
  formatDay,
  parseDate,
  shiftMonth,
  type InsuranceScheme,
  type OpenCases,
  type PastPayments,
  type PastStay,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** Seasons are read from two years; what became of cases, from those received some weeks ago, of which nearly all have come to an end. */
const monthsBack = 25;
const [cohortFrom, cohortTo] = [150, 50];

/** What a forecast of an agency stands on, as of the evening of a day; a statement each, nothing of it names a person. */
export async function usePlanFacts(
  store: DataSource | EntityManager,
  agencyId: string,
  asOf: string,
): Promise<{ open: OpenCases[]; stays: PastStay[]; paid: PastPayments[] }> {
  const [open, stays, paid] = await Promise.all([
    findOpen(store, agencyId),
    findStays(store, agencyId, asOf),
    findPaid(store, agencyId, { from: `${shiftMonth(asOf.slice(0, 7), -monthsBack)}-01`, to: asOf }),
  ]);
  return { open, stays, paid };
}

/** Claims on the road to the money, by stage and scheme, with what is decided or proposed of them; those that have orders too. */
function findOpen(store: DataSource | EntityManager, agencyId: string): Promise<OpenCases[]> {
  return rows(
    store,
    `SELECT c.stage, coalesce(p.scheme, 'resident') AS scheme, coalesce(sum(coalesce(c.payable_fen, c.proposed_fen)), 0)::bigint AS "knownFen",
       (count(*) FILTER (WHERE c.payable_fen IS NULL AND c.proposed_fen IS NULL))::int AS "unknownCount"
     FROM cases c LEFT JOIN insured_person p ON p.id = c.person_id
     WHERE c.agency_id = $1 AND c.closed_at IS NULL AND c.total_fen > 0 AND c.stage NOT IN ('deliver', 'archive', 'closed') AND NOT c.delivered
       AND c.outcome IS DISTINCT FROM 'rejected' AND c.outcome IS DISTINCT FROM 'withdrawn' AND c.outcome IS DISTINCT FROM 'refusedAcceptance'
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [agencyId],
  );
}

/** How long past cases lay where, and when they were paid. At 支付 nobody has a task; a case lies there from its release on. */
function findStays(store: DataSource | EntityManager, agencyId: string, asOf: string): Promise<PastStay[]> {
  const day = (days: number) => formatDay(parseDate(asOf) - days);
  return rows(
    store,
    `WITH past AS (
       SELECT case_no, (paid_at AT TIME ZONE 'Asia/Shanghai')::date AS paid FROM cases
       WHERE agency_id = $1 AND total_fen > 0 AND received_at >= $2::date::timestamp AT TIME ZONE 'Asia/Shanghai'
         AND received_at < $3::date::timestamp AT TIME ZONE 'Asia/Shanghai'),
     stay AS (
       SELECT t.stage, (t.opened_at AT TIME ZONE 'Asia/Shanghai')::date AS entered,
         coalesce((t.closed_at AT TIME ZONE 'Asia/Shanghai')::date, $4::date) AS left_on, p.paid
       FROM past p JOIN task t ON t.case_no = p.case_no AND t.agency_id = $1
       WHERE t.stage NOT IN ('deliver', 'archive')
       UNION ALL
       SELECT 'pay', max(t.closed_at AT TIME ZONE 'Asia/Shanghai')::date, p.paid, p.paid
       FROM past p JOIN task t ON t.case_no = p.case_no AND t.agency_id = $1 AND t.stage = 'financeApproval' AND t.state = 'done'
       WHERE p.paid IS NOT NULL GROUP BY p.case_no, p.paid)
     SELECT stage, entered AS "enteredOn", left_on AS "leftOn", paid AS "paidOn", count(*)::int AS count
     FROM stay WHERE entered <= $4 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
    [agencyId, day(cohortFrom), day(cohortTo), asOf],
  );
}

/** What left the 支出户 for benefits between two days, both included, by scheme and day; what came back counts on its day, below nought. */
export function findPaid(
  store: DataSource | EntityManager,
  agencyId: string,
  { from, to }: { from: string; to: string },
): Promise<PastPayments[]> {
  return rows(
    store,
    `SELECT coalesce(i.scheme, 'resident') AS scheme, (p.at AT TIME ZONE 'Asia/Shanghai')::date AS "paidOn", c.received_on AS "receivedOn",
       sum(CASE p.credit_account WHEN 'disbursement' THEN 1 ELSE -1 END)::int AS count,
       sum(CASE p.credit_account WHEN 'disbursement' THEN p.amount_fen ELSE -p.amount_fen END)::bigint AS fen
     FROM posting p JOIN payout_order o ON o.order_no = p.order_no JOIN cases c ON c.case_no = o.case_no
       LEFT JOIN insured_person i ON i.id = c.person_id
     WHERE p.agency_id = $1 AND p.kind = 'orderMoved' AND (p.credit_account = 'disbursement' OR p.debit_account = 'disbursement')
       AND p.at >= $2::date::timestamp AT TIME ZONE 'Asia/Shanghai' AND p.at < ($3::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
     GROUP BY 1, 2, 3 ORDER BY 2, 1, 3`,
    [agencyId, from, to],
  );
}

/** The sum of `findPaid` by scheme and day. */
export async function paidByDay(
  store: DataSource | EntityManager,
  agencyId: string,
  span: { from: string; to: string },
): Promise<{ day: string; scheme: InsuranceScheme; fen: number }[]> {
  const sums = new Map<string, { day: string; scheme: InsuranceScheme; fen: number }>();
  for (const { paidOn, scheme, fen } of await findPaid(store, agencyId, span)) {
    const key = `${paidOn} ${scheme}`;
    const known = sums.get(key) ?? { day: paidOn, scheme, fen: 0 };
    sums.set(key, { ...known, fen: known.fen + fen });
  }
  return [...sums.values()];
}
