import type {
  BankAccountLine,
  BankLedgerSummary,
  BankPayment,
  BankReceipt,
  BankStatementEntry,
} from '@banjie/contracts';
import { fen, sumFen } from '@banjie/domain';
import type { BankRecord } from './records';

const paymentFields = [
  'orderNo',
  'amountFen',
  'fundAccount',
  'payeeName',
  'payeeAccount',
  'payeeBankCode',
] as const satisfies readonly (keyof BankPayment)[];

/** Whether two bodies ask for the same payment: only then does a known number get its first result. */
export function isSamePayment(one: BankPayment, other: BankPayment): boolean {
  return paymentFields.every((field) => one[field] === other[field]);
}

/** What the bank knows of one order number. */
export interface BankOrder {
  payment: BankPayment;
  status: 'booked' | 'refused' | 'accepted';
  bankReference: string;
  bookedAt: string | null;
  reason?: string;
  returned?: { at: string; reason: string; entryNo: number };
}

/** The books: orders, accounts and statement entries, built from records alone. */
export class Ledger {
  readonly orders = new Map<string, BankOrder>();
  readonly lines: BankAccountLine[] = [];
  readonly receipts = new Map<string, BankReceipt>();
  private readonly accounts = new Map<string, { openingFen: number; balanceFen: number }>();

  /** Applies one record. Throws when the record contradicts the books: that is a bug, and the bank must stop. */
  apply(record: BankRecord): void {
    switch (record.type) {
      case 'accountOpened':
        this.accounts.set(record.fundAccount, { openingFen: record.balanceFen, balanceFen: record.balanceFen });
        return;
      case 'booked': {
        const { payment, bankReference, at } = record;
        if (this.orders.get(payment.orderNo)?.bookedAt) throw new Error(`order ${payment.orderNo} booked twice`);
        this.move(payment.fundAccount, -payment.amountFen);
        this.enter(record.entryNo, { kind: 'debit', at, bankReference }, payment);
        this.orders.set(payment.orderNo, { payment, status: 'booked', bankReference, bookedAt: at });
        return;
      }
      case 'refused':
      case 'accepted': {
        const { payment, bankReference, type: status } = record;
        const reason = record.type === 'refused' ? { reason: record.reason } : {};
        this.orders.set(payment.orderNo, { payment, status, bankReference, bookedAt: null, ...reason });
        return;
      }
      case 'returned': {
        const order = this.orders.get(record.orderNo);
        if (!order?.bookedAt || order.returned) throw new Error(`order ${record.orderNo} cannot come back`);
        const { at, reason, entryNo } = record;
        this.move(order.payment.fundAccount, order.payment.amountFen);
        this.enter(entryNo, { kind: 'return', at, bankReference: order.bankReference, reason }, order.payment);
        order.returned = { at, reason, entryNo };
        return;
      }
      case 'moneyReceived': {
        const { receipt, entryNo, bankReference, at } = record;
        const { receiptNo, ...facts } = receipt;
        if (this.receipts.has(receiptNo)) throw new Error(`receipt ${receiptNo} came twice`);
        this.move(facts.fundAccount, facts.amountFen);
        this.addLine({ entryNo, kind: 'credit', at, bankReference, ...facts });
        this.receipts.set(receiptNo, receipt);
        return;
      }
      case 'fileReceived':
      case 'statementClosed':
      case 'faultSet':
      case 'faultMet':
      case 'faultsCleared':
        return;
    }
  }

  balanceOf(fundAccount: string): number | undefined {
    return this.accounts.get(fundAccount)?.balanceFen;
  }

  /** What an account opened with; undefined when it is not open. */
  openingOf(fundAccount: string): number | undefined {
    return this.accounts.get(fundAccount)?.openingFen;
  }

  get nextEntryNo(): number {
    return this.lines.length + 1;
  }

  /** Counts from the entries, not from the orders: an order booked twice would show. */
  summary(): BankLedgerSummary {
    const totals = (kind: BankAccountLine['kind']) => {
      const amounts = this.lines.filter((entry) => entry.kind === kind).map((entry) => fen(entry.amountFen));
      return { count: amounts.length, sumFen: sumFen(amounts) };
    };
    const bookings = new Map<string, number>();
    for (const line of this.lines) {
      if (line.kind === 'debit') bookings.set(line.orderNo, (bookings.get(line.orderNo) ?? 0) + 1);
    }
    const orders = [...this.orders.values()];
    return {
      debits: totals('debit'),
      returns: totals('return'),
      receipts: totals('credit'),
      refusedCount: orders.filter((order) => order.status === 'refused').length,
      acceptedCount: orders.filter((order) => order.status === 'accepted').length,
      accounts: [...this.accounts].map(([fundAccount, account]) => ({ fundAccount, ...account })),
      bookingsByOrder: Object.fromEntries(bookings),
      ordersBookedTwice: [...bookings].filter(([, count]) => count > 1).map(([orderNo]) => orderNo),
    };
  }

  private move(fundAccount: string, amountFen: number): void {
    const account = this.accounts.get(fundAccount);
    if (!account || account.balanceFen + amountFen < 0) throw new Error('a booking without cover');
    account.balanceFen = fen(account.balanceFen + amountFen);
  }

  private enter(
    entryNo: number,
    facts: Pick<BankStatementEntry, 'kind' | 'at' | 'bankReference' | 'reason'>,
    { orderNo, amountFen, fundAccount, payeeAccount }: BankPayment,
  ): void {
    this.addLine({ entryNo, orderNo, amountFen, fundAccount, payeeAccount, ...facts });
  }

  private addLine(line: BankAccountLine): void {
    if (line.entryNo !== this.nextEntryNo) throw new Error(`entry ${line.entryNo} out of order`);
    this.lines.push(line);
  }
}
