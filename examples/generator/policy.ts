export type Scheme = 'employee' | 'resident';
export type Grade = 1 | 2 | 3;

/** The EXAMPLE policy rows of 450200, typed anew: deductible 分, ratio basis points, cap 分. */
const rows: Record<Scheme, Record<Grade, readonly [number, number, number]>> = {
  employee: { 1: [20_000, 9000, 25_000_000], 2: [40_000, 8700, 25_000_000], 3: [60_000, 8400, 25_000_000] },
  resident: { 1: [20_000, 8500, 15_000_000], 2: [50_000, 7500, 15_000_000], 3: [80_000, 6000, 15_000_000] },
};

/** 02-rules R-AM-02 for a person who has drawn nothing this year: min(max(eligible − deductible, 0) × ratio, cap), half up. */
export function payableFen(eligibleFen: number, scheme: Scheme, grade: Grade): number {
  const [deductible, ratioBp, cap] = rows[scheme][grade];
  return Math.min(halfUp(Math.max(eligibleFen - deductible, 0), ratioBp), cap);
}

/** `amount × bp / 10000` in whole 分, halves up; exact below 2^53. */
export function halfUp(amountFen: number, bp: number): number {
  const product = amountFen * bp;
  if (!Number.isSafeInteger(product * 2)) throw new Error('too large for exact arithmetic');
  return Math.floor((2 * product + 10_000) / 20_000);
}
