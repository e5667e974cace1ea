import { bankOrderNoSchema, type BankPayment } from '@banjie/contracts';
import { DomainError, fen, sumFen, type Fen } from '@banjie/domain';

/** One 支出户 and what it pays in this file. */
export interface Debtor {
  fundAccount: string;
  /** Holder of the account as the bank has it. */
  name: string;
  bankCode: string;
}

/** What is to be paid with one file. Nothing in a file comes from the clock: the batch says when it was made. */
export interface TransferBatch {
  batchNo: string;
  /** A batch too long for one file is sent in parts, counted from 1. */
  part: number;
  /** ISO instant with offset. */
  createdAt: string;
  /** The bank working day on which to pay. */
  payOn: string;
  debtors: readonly Debtor[];
  payments: readonly BankPayment[];
}

/** The payments of one debtor, by order number. */
export interface DebtorPayments extends Debtor {
  payments: BankPayment[];
  sumFen: Fen;
}

/** A file's own number, the same each time the part is written: the bank knows a repeated file by it. */
export function messageIdOf({ batchNo, part }: Pick<TransferBatch, 'batchNo' | 'part'>): string {
  return `${batchNo}-${part}`;
}

/**
 * Groups a batch by fund account, accounts and orders in the order of their numbers, so that the same payments give the
 * same bytes in whatever order they come.
 * @throws DomainError BANK_BATCH_UNWRITABLE for an empty batch, an order named twice, an unknown fund account;
 *   PAYOUT_UNWRITABLE for an amount or order number that no file may carry
 */
export function groupByDebtor(batch: TransferBatch): DebtorPayments[] {
  const bad = (reason: string) => new DomainError('BANK_BATCH_UNWRITABLE', { reason });
  if (batch.payments.length === 0) throw bad('批次没有付款');
  if (!Number.isSafeInteger(batch.part) || batch.part < 1) throw bad('分包序号须从 1 开始');
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(batch.createdAt))
    throw bad('制作时间格式不符');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(batch.payOn)) throw bad('付款日期格式不符');
  const groups = new Map<string, DebtorPayments>();
  for (const debtor of [...batch.debtors].sort(by(({ fundAccount }) => fundAccount))) {
    if (groups.has(debtor.fundAccount)) throw bad('付款账户重复');
    groups.set(debtor.fundAccount, { ...debtor, payments: [], sumFen: fen(0) });
  }
  const orderNos = new Set<string>();
  for (const payment of [...batch.payments].sort(by(({ orderNo }) => orderNo))) {
    const { orderNo, amountFen } = payment;
    if (!bankOrderNoSchema.safeParse(orderNo).success) throw bad('拨付单号格式不符');
    if (orderNos.has(orderNo)) throw bad(`拨付单 ${orderNo} 在批次中出现两次`);
    orderNos.add(orderNo);
    if (!Number.isSafeInteger(amountFen) || amountFen <= 0) throw unwritable(orderNo, '金额', '须大于零,以分为单位');
    const group = groups.get(payment.fundAccount);
    if (!group) throw bad(`拨付单 ${orderNo} 的付款账户不在批次的付款账户之内`);
    group.payments.push(payment);
  }
  return [...groups.values()]
    .filter(({ payments }) => payments.length > 0)
    .map((group) => ({ ...group, sumFen: sumFen(group.payments.map(({ amountFen }) => fen(amountFen))) }));
}

/** Names the order and the field; never what stands in it, which may be a person's name or account. */
export function unwritable(orderNo: string, field: string, reason: string): DomainError {
  return new DomainError('PAYOUT_UNWRITABLE', { orderNo, field, reason });
}

/** The order numbers among payments that a file of this kind cannot carry, so that the others may go without them. */
export function namesOfUnwritable(
  payments: readonly BankPayment[],
  write: (payment: BankPayment) => unknown,
): Set<string> {
  const found = new Set<string>();
  for (const payment of payments) {
    try {
      write(payment);
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'PAYOUT_UNWRITABLE')) throw error;
      found.add(payment.orderNo);
    }
  }
  return found;
}

/** Why no file can carry a text, in Chinese; null when one can. */
export function textObstacle(text: string): string | null {
  if (/\p{Cs}/u.test(text)) return '含有不成对的代理字符';
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/.test(text) ? '含有控制字符' : null;
}

/** Order of code units: the same on every machine, whatever its language. */
function by<T>(key: (item: T) => string): (one: T, other: T) => number {
  return (one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0);
}
