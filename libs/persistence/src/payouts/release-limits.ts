import {
  DomainError,
  fen,
  formatYuan,
  judgeRelease,
  releasedByPerson,
  releaseLimitLabels,
  shanghaiDate,
  type OrderToRelease,
  type ReleasedToday,
  type ReleaseLimits,
  type ReserveJudgement,
} from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { rows, type Statement } from '../data-source';
import { judgeReserveOf } from './reserve';

export interface Releasing {
  fundAccount: string;
  /** Who releases. */
  actorId: string;
  at: Date;
}

/** What is in force for a 支出户, and what was released under it today. */
export interface ReleaseStanding {
  /** All null where no row is in force. */
  limits: ReleaseLimits;
  today: ReleasedToday;
  /** The reserve that two persons set; null: as the law has it (`reserveOf`). */
  reserveFen: number | null;
}

const noLimits: ReleaseLimits = {
  perOrderFen: null,
  perPersonDayFen: null,
  perFundDayFen: null,
  perReleaserDayFen: null,
};

/** `personIds` names the insured persons whose sums are wanted. */
export async function releaseStanding(
  manager: EntityManager,
  { fundAccount, actorId, at }: Releasing,
  personIds: readonly string[] = [],
): Promise<ReleaseStanding> {
  const day = shanghaiDate(at.getTime());
  const [[row], used] = await Promise.all([
    rows<ReleaseLimits & { reserveFen: number | null }>(
      manager,
      `SELECT per_order_fen AS "perOrderFen", per_person_day_fen AS "perPersonDayFen", per_fund_day_fen AS "perFundDayFen",
         per_releaser_day_fen AS "perReleaserDayFen", reserve_fen AS "reserveFen"
       FROM payout_limit l JOIN agency a ON a.id = l.agency_id WHERE a.fund_account = $1 AND effective_from <= $2
       ORDER BY effective_from DESC, l.id DESC LIMIT 1`,
      [fundAccount, day],
    ),
    rows<{ kind: 'fund' | 'releaser' | 'person'; subject: string; fen: number }>(
      manager,
      `SELECT kind, subject, used_fen AS fen FROM release_usage WHERE fund_account = $1 AND day = $2
         AND ((kind = 'fund' AND subject = '') OR (kind = 'releaser' AND subject = $3) OR (kind = 'person' AND subject = ANY($4::text[])))`,
      [fundAccount, day, actorId, personIds],
    ),
  ]);
  const { reserveFen, ...limits } = row ?? { ...noLimits, reserveFen: null };
  return {
    ...{ limits, reserveFen },
    today: {
      fundFen: used.find(({ kind }) => kind === 'fund')?.fen ?? 0,
      releaserFen: used.find(({ kind }) => kind === 'releaser')?.fen ?? 0,
      personFen: new Map(used.filter(({ kind }) => kind === 'person').map((one) => [one.subject, one.fen])),
    },
  };
}

export const lockFund = (fundAccount: string): Statement => ({
  sql: `SELECT pg_advisory_xact_lock(hashtext('banjie-release'), hashtext($1))`,
  parameters: [fundAccount],
});

/**
 * 放行 of one order or of a whole batch, in the caller's transaction: counts them against the limits of the day, all or none, and looks that
 * the 支出户 keeps its reserve (R-FN-09). The lock of the 支出户 is held until the transaction ends, so that two releases cannot pass a limit
 * together; take the locks of the cases before it.
 * @param release `approvedDownToFen`: what may be left of the 支出户 by a fourth person's approval of this very list
 * @throws DomainError RELEASE_LIMIT with what is left, RESERVE_SHORT with what is lacking
 */
export async function demandReleasable(
  manager: EntityManager,
  release: Releasing & { orders: readonly OrderToRelease[]; approvedDownToFen?: number | null },
): Promise<ReserveJudgement | null> {
  const { fundAccount, actorId, at, orders, approvedDownToFen = null } = release;
  if (orders.length === 0) return null;
  const byPerson = releasedByPerson(orders);
  const lock = lockFund(fundAccount);
  const [, { limits, today, reserveFen }] = await Promise.all([
    rows(manager, lock.sql, lock.parameters),
    releaseStanding(manager, release, [...byPerson.keys()]),
  ]);
  const passed = judgeRelease(limits, today, orders);
  if (passed) {
    const { kind, ...sums } = passed;
    const yuan = Object.fromEntries(
      Object.entries(sums).map(([name, amountFen]) => [name.replace(/Fen$/, ''), formatYuan(fen(amountFen))]),
    );
    throw new DomainError('RELEASE_LIMIT', { kind, kindLabel: releaseLimitLabels[kind], ...sums, ...yuan });
  }
  const sum = orders.reduce((total, { amountFen }) => total + amountFen, 0);
  const reserve = await judgeReserveOf(manager, { fundAccount, at, reserveFen, askedFen: sum });
  const isApproved = approvedDownToFen !== null && reserve.afterFen !== null && reserve.afterFen >= approvedDownToFen;
  if (reserve.state === 'short' && !isApproved) throw reserveShort(reserve);
  await rows(
    manager,
    `INSERT INTO release_usage (fund_account, day, kind, subject, used_fen)
     SELECT $1, $2, u.kind, u.subject, u.fen FROM unnest($3::text[], $4::text[], $5::bigint[]) u(kind, subject, fen)
     ON CONFLICT (fund_account, day, kind, subject) DO UPDATE SET used_fen = release_usage.used_fen + excluded.used_fen`,
    [
      ...[fundAccount, shanghaiDate(at.getTime())],
      ['fund', 'releaser', ...[...byPerson].map(() => 'person')],
      ['', actorId, ...byPerson.keys()],
      [sum, sum, ...byPerson.values()],
    ],
  );
  return reserve;
}

function reserveShort({ afterFen, shortFen, reserveFen, askedFen }: ReserveJudgement): DomainError {
  const sums = { askedFen, afterFen: afterFen ?? 0, reserveFen, shortFen };
  const yuan = Object.entries(sums).map(([name, amount]) => [name.replace(/Fen$/, ''), formatYuan(fen(amount))]);
  return new DomainError('RESERVE_SHORT', { ...sums, ...Object.fromEntries(yuan) });
}

/**
 * For the act that recalls orders which never left: what was counted on the day of their release counts no more. A batch counts on the day of
 * its act, and its orders may be released after midnight; one that had left before was given back then, and counted where it was released alone.
 */
export function giveBackReleased(fundAccount: string, orderNos: readonly string[]): Statement[] {
  const giveBack: Statement = {
    sql: `WITH gone AS (
        SELECT coalesce(i.counted_on, (o.released_at AT TIME ZONE 'Asia/Shanghai')::date) AS day, o.released_by,
          coalesce(c.person_id::text, c.case_no) AS person, o.amount_fen
        FROM payout_order o JOIN cases c ON c.case_no = o.case_no
          LEFT JOIN payout_batch_item i ON i.order_no = o.order_no AND i.carried = 'released' WHERE o.order_no = ANY($2)),
      sums AS (
        SELECT day, 'fund' AS kind, '' AS subject, sum(amount_fen) AS fen FROM gone GROUP BY day
        UNION ALL SELECT day, 'releaser', released_by::text, sum(amount_fen) FROM gone GROUP BY day, released_by
        UNION ALL SELECT day, 'person', person, sum(amount_fen) FROM gone GROUP BY day, person)
      UPDATE release_usage u SET used_fen = u.used_fen - s.fen FROM sums s
      WHERE u.fund_account = $1 AND (u.day, u.kind, u.subject) = (s.day, s.kind, s.subject)`,
    parameters: [fundAccount, orderNos],
  };
  return [lockFund(fundAccount), giveBack];
}
