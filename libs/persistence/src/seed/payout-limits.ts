import type { EntityManager } from 'typeorm';

/**
 * The limits of 放行 this release brings, for every agency without any: example figures, from then on two persons change them. High enough
 * for a pay day of a whole city.
 */
export const exampleLimits = {
  effectiveFrom: '2024-01-01',
  perOrderFen: 50_000_000,
  perPersonDayFen: 100_000_000,
  perFundDayFen: 100_000_000_000,
  perReleaserDayFen: 100_000_000_000,
} as const;

export async function seedPayoutLimits(manager: EntityManager): Promise<void> {
  const { effectiveFrom, perOrderFen, perPersonDayFen, perFundDayFen, perReleaserDayFen } = exampleLimits;
  await manager.query(
    `INSERT INTO payout_limit (agency_id, effective_from, per_order_fen, per_person_day_fen, per_fund_day_fen, per_releaser_day_fen)
     SELECT id, $1, $2, $3, $4, $5 FROM agency ON CONFLICT DO NOTHING`,
    [effectiveFrom, perOrderFen, perPersonDayFen, perFundDayFen, perReleaserDayFen],
  );
}
