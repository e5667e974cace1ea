import {
  judgeReserve,
  reserveBaseMonths,
  reserveOf,
  shanghaiDate,
  shiftMonth,
  type ReserveJudgement,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** A 支出户 as R-FN-09 looks at it. 分 throughout. */
export interface ReserveStanding {
  balanceFen: number | null;
  /** Until when the bank's statement reaches that the balance stands on. */
  statedAt: Date | null;
  committedFen: number;
  reserveFen: number;
  /** What the reserve stands on: an amount that two persons set, or the payments of the months named. */
  base: { kind: 'set' } | { kind: 'average'; months: MonthPaid[] };
}

export interface MonthPaid {
  /** 'YYYY-MM'. */
  month: string;
  paidFen: number;
}

/**
 * What a 支出户 holds, what is on its way out, and what must stay, all as of now; ask under the lock of the account where something is
 * decided by it. The balance is the bank's last stated closing with every entry booked since; without such a statement nothing else is asked.
 */
export async function reserveStanding(
  store: DataSource | EntityManager,
  { fundAccount, at, reserveFen }: { fundAccount: string; at: Date; reserveFen: number | null },
): Promise<ReserveStanding> {
  const [stated] = await rows<{ fen: number; at: Date }>(
    store,
    `SELECT s.closing_fen + coalesce((SELECT sum(CASE e.kind WHEN 'debit' THEN -e.amount_fen ELSE e.amount_fen END) FROM bank_entry e
       WHERE e.fund_account = $1 AND e.at >= s.to_at), 0)::bigint AS fen, s.to_at AS at
     FROM bank_statement s WHERE s.fund_account = $1 AND s.is_last_page ORDER BY s.to_at DESC, s.id DESC LIMIT 1`,
    [fundAccount],
  );
  const months =
    reserveFen === null ? await monthsPaid(store, fundAccount, shanghaiDate(at.getTime()).slice(0, 7)) : [];
  return {
    balanceFen: stated?.fen ?? null,
    statedAt: stated?.at ?? null,
    committedFen: await committed(store, fundAccount),
    reserveFen: reserveFen ?? reserveOf(months.map(({ paidFen }) => paidFen)),
    base: reserveFen === null ? { kind: 'average', months } : { kind: 'set' },
  };
}

/** Judges a release; asks for the reserve only where a balance is known. The caller holds the lock of the account. */
export async function judgeReserveOf(
  manager: EntityManager,
  about: { fundAccount: string; at: Date; reserveFen: number | null; askedFen: number },
): Promise<ReserveJudgement> {
  const [known] = await rows(manager, `SELECT 1 FROM bank_statement WHERE fund_account = $1 AND is_last_page LIMIT 1`, [
    about.fundAccount,
  ]);
  if (!known) return judgeReserve({ balanceFen: null, committedFen: 0, reserveFen: 0 }, about.askedFen);
  const { balanceFen, committedFen, reserveFen } = await reserveStanding(manager, about);
  return judgeReserve({ balanceFen, committedFen, reserveFen }, about.askedFen);
}

/** Released, and not yet booked by the bank, in a batch or alone; and what stands in a batch whose release was not carried out on it yet. */
async function committed(store: DataSource | EntityManager, fundAccount: string): Promise<number> {
  const [row] = await rows<{ fen: number }>(
    store,
    `SELECT (coalesce((SELECT sum(i.amount_fen) FROM payout_batch b JOIN payout_batch_item i ON i.batch_no = b.batch_no
       WHERE b.agency_id = a.id AND b.state NOT IN ('settled', 'void') AND b.state = 'released' AND i.left_as IS NULL
         AND i.carried = 'reviewed'), 0)
       + coalesce((SELECT sum(amount_fen) FROM payout_order WHERE agency_id = a.id AND state = 'released'), 0)
       + coalesce((SELECT sum(amount_fen) FROM payout_order WHERE agency_id = a.id AND debit_entry_no IS NULL
         AND state IN ('sent', 'unknown', 'paid')), 0))::bigint AS fen
     FROM agency a WHERE a.fund_account = $1`,
    [fundAccount],
  );
  return row?.fen ?? 0;
}

/** Until so many days after its end a month is counted anew each time it is asked for: the bank may still tell of payments in it. */
const openForDays = 10;

/**
 * What left the 支出户 for benefits in each whole month before `before` ('YYYY-MM'), less what came back, the oldest first: the last twelve,
 * or those since the first payment. A month without payments between others counts as 0. A month that is long over is counted once and kept
 * (`payout_month`), so that a release does not add up a year.
 */
export async function monthsPaid(
  store: DataSource | EntityManager,
  fundAccount: string,
  before: string,
  count = reserveBaseMonths,
): Promise<MonthPaid[]> {
  const [agency] = await rows<{ id: string; firstMonth: string | null }>(
    store,
    `SELECT a.id, to_char((SELECT p.at FROM posting p WHERE p.agency_id = a.id AND ${isPayment} ORDER BY p.at LIMIT 1)
       AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS "firstMonth" FROM agency a WHERE a.fund_account = $1`,
    [fundAccount],
  );
  if (!agency?.firstMonth) return [];
  const kept = await rows<MonthPaid>(
    store,
    `SELECT month, paid_fen AS "paidFen" FROM payout_month WHERE agency_id = $1 AND month >= $2 AND month < $3`,
    [agency.id, shiftMonth(before, -count), before],
  );
  const known = new Map(kept.map(({ month, paidFen }) => [month, paidFen]));
  const months: MonthPaid[] = [];
  const from = shiftMonth(before, -count);
  for (let month = agency.firstMonth > from ? agency.firstMonth : from; month < before; month = shiftMonth(month, 1)) {
    months.push({ month, paidFen: known.get(month) ?? (await countMonth(store, agency.id, month)) });
  }
  return months;
}

const isPayment = `p.kind = 'orderMoved' AND (p.credit_account = 'disbursement' OR p.debit_account = 'disbursement')`;

async function countMonth(store: DataSource | EntityManager, agencyId: string, month: string): Promise<number> {
  const [counted] = await rows<{ fen: number; isOver: boolean }>(
    store,
    `SELECT coalesce(sum(CASE p.credit_account WHEN 'disbursement' THEN p.amount_fen ELSE -p.amount_fen END), 0)::bigint AS fen,
       now() > ($3 || '-01')::timestamp AT TIME ZONE 'Asia/Shanghai' + make_interval(days => $4) AS "isOver"
     FROM posting p WHERE p.agency_id = $1 AND ${isPayment} AND p.at >= ($2 || '-01')::timestamp AT TIME ZONE 'Asia/Shanghai'
       AND p.at < ($3 || '-01')::timestamp AT TIME ZONE 'Asia/Shanghai'`,
    [agencyId, month, shiftMonth(month, 1), openForDays],
  );
  if (counted!.isOver) {
    await rows(
      store,
      `INSERT INTO payout_month (agency_id, month, paid_fen) VALUES ($1, $2, $3) ON CONFLICT (agency_id, month) DO NOTHING`,
      [agencyId, month, counted!.fen],
    );
  }
  return counted!.fen;
}
