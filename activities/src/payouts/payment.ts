import { bankPaymentSchema, type BankPayment } from '@banjie/contracts';
import { checkBankAccount, DomainError } from '@banjie/domain';
import {
  openPayee,
  payeeDigest,
  sameBytes,
  type ColumnCipher,
  type FrozenPayee,
  type PayingAct,
  type PayoutOrder,
  type SignedActs,
} from '@banjie/persistence';

/**
 * The payment an order asks for, the same to the letter however often it is sent: the bank knows a repeated number only
 * with a repeated body. Null when the bank's wire cannot carry it; then it cannot have been sent before either.
 * `signed` are its acts (`findSignedActs`): what the rows say is believed as far as these say it too.
 * @throws DomainError PAYEE_CHANGED when payee or amount are not those of 审批, or of the signed 拨付制定 for an order that follows
 * another (M7), or when one of its three persons did not sign (R-FN-03); nothing may be sent then.
 */
export function paymentOf(
  order: PayoutOrder,
  signed: SignedActs | undefined,
  cipher: ColumnCipher,
): BankPayment | null {
  const payee = approvedPayee(order, signed ?? {}, cipher);
  const account = checkBankAccount(payee.accountNumber);
  const payment: BankPayment = {
    orderNo: order.orderNo,
    amountFen: order.amountFen,
    fundAccount: fundAccountOf(order.agencyId),
    payeeName: payee.accountName,
    payeeAccount: account.ok ? account.value : payee.accountNumber,
    payeeBankCode: payee.bankCode,
  };
  return bankPaymentSchema.safeParse(payment).data ?? null;
}

/** The 支出户 of an agency as the stand-in bank names it; a real bank's account numbers come with its adapter. */
export function fundAccountOf(agencyId: string): string {
  return `ZC${agencyId.replace(/[^0-9A-Za-z]/g, '')}`.slice(0, 40).padEnd(4, '0');
}

function approvedPayee(order: PayoutOrder, signed: SignedActs, cipher: ColumnCipher): FrozenPayee {
  const changed = (what: string) => new DomainError('PAYEE_CHANGED', { orderNo: order.orderNo, what });
  const { decision } = order;
  if (decision.voided) throw changed('decision');
  if (order.amountFen !== decision.dueFen) throw changed('amount');
  let payee: FrozenPayee;
  try {
    payee = openPayee(cipher, order.payeeEnc);
  } catch {
    // A sealed column that does not open was written by someone without the key.
    throw changed('payee');
  }
  if (!sameBytes(payeeDigest(cipher, payee), order.payeeDigest)) throw changed('payee');
  // After 退票 or a refusal the corrected account was checked anew by finance; 审批 had seen the old one.
  if (order.previousOrderNo === null && !sameBytes(order.payeeDigest, decision.payeeDigest)) throw changed('payee');
  const unsigned = findUnsigned(order, signed);
  if (unsigned) throw changed(unsigned);
  return payee;
}

/** The first of the four acts that does not say what the rows do. */
function findUnsigned(order: PayoutOrder, { approve, preparePayout, ...checked }: SignedActs): PayingAct | null {
  const { orderNo, amountFen, decision } = order;
  const says = (facts: Record<string, unknown> | undefined, expected: Record<string, unknown>) =>
    facts !== undefined && Object.entries(expected).every(([fact, value]) => facts[fact] === value);
  const decided = { payableFen: decision.payableFen, payeeDigest: decision.payeeDigest.toString('hex') };
  if (!says(approve, decided)) return 'approve';
  const { previousOrderNo } = order;
  if (!says(preparePayout, { amountFen, previousOrderNo, payeeDigest: order.payeeDigest.toString('hex') })) {
    return 'preparePayout';
  }
  const { confirmPayout, releasePayout } = checked;
  if (!says(confirmPayout, { orderNo, amountFen })) return 'confirmPayout';
  return says(releasePayout, { orderNo, amountFen }) ? null : 'releasePayout';
}
