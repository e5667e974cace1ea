import { bankPaymentSchema, type BankPayment } from '@banjie/contracts';
import { checkBankAccount, DomainError } from '@banjie/domain';
import {
  openPayee,
  payeeDigest,
  sameBytes,
  type ColumnCipher,
  type FrozenPayee,
  type PayoutOrder,
} from '@banjie/persistence';

/**
 * The payment an order asks for, the same to the letter however often it is sent: the bank knows a repeated number only
 * with a repeated body. Null when the bank's wire cannot carry it; then it cannot have been sent before either.
 * @throws DomainError PAYEE_CHANGED when payee or amount are not those of 审批 (M7); nothing may be sent then.
 */
export function paymentOf(order: PayoutOrder, cipher: ColumnCipher): BankPayment | null {
  const payee = approvedPayee(order, cipher);
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

function approvedPayee(order: PayoutOrder, cipher: ColumnCipher): FrozenPayee {
  const changed = (what: string) => new DomainError('PAYEE_CHANGED', { orderNo: order.orderNo, what });
  if (order.decision.voided) throw changed('decision');
  if (order.amountFen !== order.decision.payableFen) throw changed('amount');
  let payee: FrozenPayee;
  try {
    payee = openPayee(cipher, order.payeeEnc);
  } catch {
    // A sealed column that does not open was written by someone without the key.
    throw changed('payee');
  }
  const digest = payeeDigest(cipher, payee);
  // After 退票 or a refusal the corrected account was checked anew by finance; 审批 had seen the old one.
  const approved = order.previousOrderNo === null ? order.decision.payeeDigest : order.payeeDigest;
  if (!sameBytes(digest, order.payeeDigest) || !sameBytes(digest, approved)) throw changed('payee');
  return payee;
}
