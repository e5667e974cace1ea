import type { BookAccount } from '../payouts/order-moves';

/**
 * The accounts that together are the money of the 支出户 as our own papers know it: what is there, less what was sent and is on its way, and
 * without what the bank has moved and nobody here knows why. Their balance is the 账面余额 of the 余额调节表.
 */
export const bankJournalAccounts = ['disbursement', 'inTransit', 'suspense'] as const satisfies BookAccount[];

/** A month is closed no sooner than this after its end: no transaction that began in it is under way then. */
export const closeAfterHours = 2;

/** The four kinds of items that one side has and the other has not yet (未达账项), in the order of the sheet. */
export const openSides = ['receivedByUs', 'paidByUs', 'receivedByBank', 'paidByBank'] as const;
export type OpenSide = (typeof openSides)[number];

export const openSideLabels = {
  receivedByUs: '企业已收、银行未收',
  paidByUs: '企业已付、银行未付',
  receivedByBank: '银行已收、企业未收',
  paidByBank: '银行已付、企业未付',
} as const satisfies Record<OpenSide, string>;

/** What an order moved in the journal and at the bank up to an instant: 分, negative where money left. */
export interface OrderMovement {
  journalFen: number;
  bankFen: number;
  /** It came back (退票), as the books or as the bank knows it. */
  cameBackInBooks: boolean;
  cameBackAtBank: boolean;
}

/** Where the difference of an order stands; null where both sides tell the same. */
export function openSideOf({ journalFen, bankFen, ...cameBack }: OrderMovement): OpenSide | null {
  if (journalFen === bankFen) return null;
  if (journalFen < bankFen) return cameBack.cameBackAtBank ? 'receivedByBank' : 'paidByUs';
  return cameBack.cameBackInBooks ? 'receivedByUs' : 'paidByBank';
}

export interface AdjustedBalances {
  bankAdjustedFen: number;
  journalAdjustedFen: number;
  /** 0 where the reconciliation holds (R-FN-08, 第九十九条). */
  differenceFen: number;
}

/** Both balances, each with what the other side alone knows. */
export function adjustedBalances(
  balances: { bankFen: number; journalFen: number },
  open: Readonly<Record<OpenSide, number>>,
): AdjustedBalances {
  const bankAdjustedFen = balances.bankFen + open.receivedByUs - open.paidByUs;
  const journalAdjustedFen = balances.journalFen + open.receivedByBank - open.paidByBank;
  return { bankAdjustedFen, journalAdjustedFen, differenceFen: bankAdjustedFen - journalAdjustedFen };
}
