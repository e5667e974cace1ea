import { fen, mulDiv, sumFen } from '../money';

/** R-FN-09: the 支出户 keeps a working reserve (周转金) of two months (D3 第九十三条). */
export const reserveMonths = 2;
/** Of how many past months the average is taken. The law names no base; this is ours, until two persons set an amount. */
export const reserveBaseMonths = 12;

/**
 * The reserve in 分: the average of the last months' payments × 2, half up.
 * @param paidFen what was paid in each whole month, the newest last; of fewer than twelve, those there are; none: 0
 */
export function reserveOf(paidFen: readonly number[]): number {
  const months = paidFen.slice(-reserveBaseMonths);
  if (months.length === 0) return 0;
  const average = mulDiv(sumFen(months.map(fen)), reserveMonths, months.length, 'halfUp');
  return Math.max(0, average);
}

/** What stands in a 支出户 and what is already on its way out of it. */
export interface FundStanding {
  /** The bank's last stated balance with all that it has booked since; null: no statement with a balance is known. */
  balanceFen: number | null;
  /** Released before and not yet booked by the bank. */
  committedFen: number;
  reserveFen: number;
}

export type ReserveState = 'kept' | 'short' | 'balanceUnknown';

export interface ReserveJudgement extends FundStanding {
  state: ReserveState;
  askedFen: number;
  /** What is left when everything released has left, these too; null while the balance is not known. */
  afterFen: number | null;
  /** What the reserve lacks then; 0 where it is kept or cannot be known. */
  shortFen: number;
}

export const reserveStateLabels = {
  kept: '放行后余额不低于周转金',
  short: '放行后余额低于周转金,须分管领导一次性批准',
  balanceUnknown: '支出户余额未知(尚无载明余额的银行对账单),未能核对周转金',
} as const satisfies Record<ReserveState, string>;

/**
 * May so much leave the 支出户? A balance equal to the reserve is within it. Where no balance is known there is nothing to compare: the
 * release goes on and its act says so, for the law gives no ground to hold back what is owed until a statement comes.
 */
export function judgeReserve(standing: FundStanding, askedFen: number): ReserveJudgement {
  const { balanceFen, committedFen, reserveFen } = standing;
  if (balanceFen === null) return { ...standing, state: 'balanceUnknown', askedFen, afterFen: null, shortFen: 0 };
  const afterFen = balanceFen - committedFen - askedFen;
  const shortFen = Math.max(0, reserveFen - afterFen);
  return { ...standing, state: shortFen > 0 ? 'short' : 'kept', askedFen, afterFen, shortFen };
}

/** Why a batch may go below the reserve. */
export const reserveReasons = ['transferUnderWay', 'settlementPeak', 'urgentBenefits'] as const;
export type ReserveReason = (typeof reserveReasons)[number];

export const reserveReasonLabels = {
  transferUnderWay: '财政专户拨款已在途',
  settlementPeak: '集中结算期,短期内补足',
  urgentBenefits: '保障参保人待遇按时支付',
} as const satisfies Record<ReserveReason, string>;
