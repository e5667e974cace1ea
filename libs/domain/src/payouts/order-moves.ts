import type { PayoutState } from '../case/words';

/** The accounts of the payout books, one set for each agency. */
export const bookAccounts = [
  'benefitExpense',
  'payable',
  'inTransit',
  'returned',
  'disbursement',
  'suspense',
  'bankClaim',
  'recoverable',
  'otherClaim',
  'fiscalTransfer',
  'interestDue',
  'openingBalance',
] as const;
export type BookAccount = (typeof bookAccounts)[number];

export const bookAccountLabels = {
  benefitExpense: '待遇支出',
  payable: '应付待遇',
  inTransit: '在途款项',
  returned: '退票待付',
  disbursement: '支出户存款',
  suspense: '待查款项',
  bankClaim: '银行差错往来',
  recoverable: '应收追回款',
  otherClaim: '其他往来款',
  fiscalTransfer: '财政专户拨款',
  interestDue: '应缴财政专户利息',
  openingBalance: '期初余额',
} as const satisfies Record<BookAccount, string>;

/**
 * Where what is still owed of a decision stands: `payable`, or `returned` once money of it has come back (退票). Which of the two is
 * seen when the posting is made.
 */
export type PostedAccount = BookAccount | 'owed';

export interface OrderMove {
  from: PayoutState;
  to: PayoutState;
  /** What moves between two accounts, the whole amount of the order; null where no money changes its place. */
  posts: { debit: PostedAccount; credit: PostedAccount } | null;
}

const sent = { debit: 'owed', credit: 'inTransit' } as const;
const notSent = { debit: 'inTransit', credit: 'owed' } as const;
const paid = { debit: 'inTransit', credit: 'disbursement' } as const;

/**
 * Every step that an order may take (architecture § 5), with its line in the books; the database refuses any other and posts these by
 * itself. `unknown` is left by the bank's word alone; only `failed`, `returned` and `void` free the decision for a new order.
 */
export const orderMoves: readonly OrderMove[] = [
  { from: 'drawn', to: 'reviewed', posts: null },
  { from: 'drawn', to: 'void', posts: null },
  { from: 'reviewed', to: 'released', posts: null },
  { from: 'reviewed', to: 'void', posts: null },
  // Called back before it left; one that was ever sent is not (the database looks for the attempt).
  { from: 'released', to: 'void', posts: null },
  { from: 'released', to: 'sent', posts: sent },
  // The bank's wire cannot carry it, or the bank refused it after it had said that it received nothing.
  { from: 'released', to: 'failed', posts: null },
  // The bank had said that it booked nothing, and booked after all.
  { from: 'released', to: 'paid', posts: { debit: 'owed', credit: 'disbursement' } },
  { from: 'sent', to: 'paid', posts: paid },
  { from: 'sent', to: 'unknown', posts: null },
  { from: 'sent', to: 'failed', posts: notSent },
  { from: 'sent', to: 'released', posts: notSent },
  { from: 'unknown', to: 'paid', posts: paid },
  { from: 'unknown', to: 'failed', posts: notSent },
  { from: 'unknown', to: 'released', posts: notSent },
  { from: 'paid', to: 'returned', posts: { debit: 'disbursement', credit: 'returned' } },
];

/** The shortest lawful way between two states, without the first; null where there is none. */
export function orderWay(from: PayoutState, to: PayoutState): PayoutState[] | null {
  const ways = new Map<PayoutState, PayoutState[]>([[from, []]]);
  for (const [state, way] of ways) {
    if (state === to) return way;
    for (const move of orderMoves) if (move.from === state && !ways.has(move.to)) ways.set(move.to, [...way, move.to]);
  }
  return null;
}
