/** The limits of 放行 (bar 55), in 分 and for each calendar day in Shanghai; null: no limit of this kind. */
export interface ReleaseLimits {
  perOrderFen: number | null;
  /** For one insured person. */
  perPersonDayFen: number | null;
  /** For one 支出户. */
  perFundDayFen: number | null;
  /** For whoever releases. */
  perReleaserDayFen: number | null;
}

export const releaseLimitKinds = ['order', 'person', 'fund', 'releaser'] as const;
export type ReleaseLimitKind = (typeof releaseLimitKinds)[number];

export const releaseLimitLabels = {
  order: '单笔放行限额',
  person: '每人每日放行限额',
  fund: '支出户每日放行限额',
  releaser: '放行人每日放行限额',
} as const satisfies Record<ReleaseLimitKind, string>;

/** What was released today already; what was recalled before it left counts no more. */
export interface ReleasedToday {
  fundFen: number;
  releaserFen: number;
  /** By insured person; none: nothing yet. */
  personFen: ReadonlyMap<string, number>;
}

export interface OrderToRelease {
  /** The insured person whose benefit it is, whoever the payee. */
  personId: string;
  amountFen: number;
}

export interface PassedLimit {
  kind: ReleaseLimitKind;
  limitFen: number;
  /** Released today under this limit before. */
  usedFen: number;
  askedFen: number;
  leftFen: number;
}

/**
 * The first limit that these orders would pass, all together or none; null when they keep within all of them. A sum equal to the limit
 * is within it.
 */
export function judgeRelease(
  limits: ReleaseLimits,
  today: ReleasedToday,
  orders: readonly OrderToRelease[],
): PassedLimit | null {
  const byPerson = releasedByPerson(orders);
  const askedFen = orders.reduce((sum, { amountFen }) => sum + amountFen, 0);
  const largestFen = orders.reduce((most, { amountFen }) => Math.max(most, amountFen), 0);
  return (
    passed('order', limits.perOrderFen, 0, largestFen) ??
    [...byPerson]
      .map(([personId, asked]) => passed('person', limits.perPersonDayFen, today.personFen.get(personId) ?? 0, asked))
      .find((one) => one !== null) ??
    passed('fund', limits.perFundDayFen, today.fundFen, askedFen) ??
    passed('releaser', limits.perReleaserDayFen, today.releaserFen, askedFen)
  );
}

/** What the orders bring to each insured person. */
export function releasedByPerson(orders: readonly OrderToRelease[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { personId, amountFen } of orders) sums.set(personId, (sums.get(personId) ?? 0) + amountFen);
  return sums;
}

function passed(
  kind: ReleaseLimitKind,
  limitFen: number | null,
  usedFen: number,
  askedFen: number,
): PassedLimit | null {
  if (limitFen === null || usedFen + askedFen <= limitFen) return null;
  return { kind, limitFen, usedFen, askedFen, leftFen: Math.max(0, limitFen - usedFen) };
}
