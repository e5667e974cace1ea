import type {
  BankAccountOpening,
  BankFault,
  BankPayment,
  BankPaymentAnswer,
  BankQueryAnswer,
  BankReceipt,
  BankReceiptEntry,
  BankStatement,
  BankStatementEntry,
} from '@banjie/contracts';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { DueList, type DueWork } from './due-list';
import { Faults, type BankCall } from './faults';
import { FileDesk } from './file-desk';
import { Journal } from './journal';
import { isSamePayment, Ledger, type BankOrder } from './ledger';
import type { BankEvent, BankRecord } from './records';
import { notTaken, ok, outOfService, refusal, type BankReply } from './replies';

export interface BankSettings {
  /** Folder of the journal; this bank alone may write there. */
  home: string;
  /** Balance with which an unknown fund account opens by itself. */
  openingFen: number;
  /** How far its calendar is from the machine's: whoever proves a month's end does not wait for it. Delays are as ever. */
  clockShiftMs: number;
  /** The journal could not be written: stop the process, memory is ahead of the disk. */
  onFailure: (error: unknown) => void;
}

/**
 * The stand-in bank. Deciding is synchronous (look, record, apply), so that two calls of one order cannot both book;
 * every answer waits until what it says is on disk.
 */
export class Bank {
  private readonly ledger = new Ledger();
  private readonly faults = new Faults();
  private readonly stopping = new AbortController();
  /** Files in and out; its replies wait for the disk like all others. */
  readonly fileDesk = new FileDesk(this.ledger, {
    record: (event) => this.record(event),
    meetFault: (call) => this.meetFault(call),
    afterSettled: (reply) => this.afterSettled(reply),
    decide: (payment) => this.decideFromFile(payment),
    now: () => this.now(),
    wait: (ms) => sleep(ms, undefined, { signal: this.stopping.signal }),
  });
  private readonly dueList = new DueList((work) => this.actOnDue(work));
  /** Calls received whose order is not decided yet, by order number. */
  private readonly waiting = new Map<string, number>();
  private lastRecordNo = 0;

  private constructor(
    private readonly journal: Journal,
    private readonly settings: BankSettings,
  ) {}

  static async open(settings: BankSettings): Promise<{ bank: Bank; records: number; droppedBytes: number }> {
    const { journal, records, droppedBytes } = await Journal.open(settings.home, settings.onFailure);
    const bank = new Bank(journal, settings);
    for (const record of records) bank.apply(record);
    for (const record of records) bank.schedule(record);
    bank.fileDesk.goOn();
    return { bank, records: records.length, droppedBytes };
  }

  async pay(payment: BankPayment): Promise<BankReply> {
    const { orderNo, payeeAccount } = payment;
    const known = this.ledger.orders.get(orderNo);
    if (known && !isSamePayment(known.payment, payment)) return this.afterSettled(numberReused(orderNo));
    const fault = this.meetFault({ operation: 'pay', orderNo, payeeAccount, decided: known !== undefined });
    if (fault?.kind === 'outage') return this.afterSettled(outOfService);
    if (fault?.kind === 'lostReplyBeforeBooking') return this.afterSettled('breakConnection');
    if (fault?.kind === 'turnAway') return this.afterSettled(refusal(422, 'PAYMENT_NOT_TAKEN', notTaken));
    if (fault?.kind === 'slow') await this.waitWith(orderNo, fault.ms);

    const answer = this.decide(payment, fault);
    await this.journal.settled();
    if (fault?.kind === 'slowReply') await sleep(fault.ms, undefined, { signal: this.stopping.signal });
    return fault?.kind === 'lostReplyAfterBooking' ? 'breakConnection' : answer;
  }

  async query(orderNo: string): Promise<BankReply> {
    const order = this.ledger.orders.get(orderNo);
    const fault = this.meetFault({ operation: 'query', orderNo, payeeAccount: order?.payment.payeeAccount });
    return fault ? this.afterSettled(outOfService) : this.order(orderNo);
  }

  /** What the bank would say of an order were nothing wrong; faults are neither met nor worn out. */
  async order(orderNo: string): Promise<BankReply> {
    const order = this.ledger.orders.get(orderNo);
    // An upload that is not read yet may hold it.
    const inFlight = this.waiting.has(orderNo) || order?.status === 'accepted' || (!order && this.fileDesk.isTaking);
    if (!order || order.status === 'accepted') {
      return this.afterSettled(ok({ orderNo, status: 'notReceived', inFlight } satisfies BankQueryAnswer));
    }
    const { status, bankReference, bookedAt, reason, returned, payment } = order;
    const { amountFen } = payment;
    const found: BankQueryAnswer = { orderNo, status, inFlight, amountFen, bankReference, bookedAt, reason, returned };
    return this.afterSettled(ok({ ...found }));
  }

  async statement(page: { after: number; limit: number }): Promise<BankReply> {
    if (this.meetFault({ operation: 'statement' })) return this.afterSettled(outOfService);
    return this.entries(page);
  }

  /** The lines of all accounts as they are booked, whatever fault the statement has. */
  async entries({ after, limit }: { after: number; limit: number }): Promise<BankReply> {
    const lines = this.ledger.lines.slice(after, after + limit);
    const nextAfter = lines.at(-1)?.entryNo ?? after;
    const page: BankStatement = {
      entries: lines.filter((line): line is BankStatementEntry => line.kind !== 'credit'),
      receipts: lines.filter((line): line is BankReceiptEntry => line.kind === 'credit'),
      nextAfter,
      hasMore: nextAfter < this.ledger.lines.length,
    };
    return this.afterSettled(ok(page));
  }

  async summary(): Promise<BankReply> {
    return this.afterSettled(ok(this.ledger.summary()));
  }

  async openAccount({ fundAccount, balanceFen }: BankAccountOpening): Promise<BankReply> {
    if (this.ledger.balanceOf(fundAccount) !== undefined) {
      return this.afterSettled(refusal(409, 'ACCOUNT_EXISTS', '该账户已经开立。'));
    }
    this.record({ type: 'accountOpened', fundAccount, balanceFen });
    return this.afterSettled({ status: 201, body: { fundAccount, balanceFen } });
  }

  async receive(receipt: BankReceipt): Promise<BankReply> {
    const { receiptNo, fundAccount } = receipt;
    const known = this.ledger.receipts.get(receiptNo);
    if (known && !isDeepStrictEqual(known, receipt)) {
      return this.afterSettled(refusal(409, 'RECEIPT_NUMBER_REUSED', `收款编号 ${receiptNo} 已用于另一笔收款。`));
    }
    if (!known) {
      this.openUnknown(fundAccount);
      const { nextEntryNo: entryNo } = this.ledger;
      this.record({ type: 'moneyReceived', receipt, bankReference: this.newReference(), entryNo });
    }
    return this.afterSettled({ status: known ? 200 : 201, body: { ...receipt, duplicate: known !== undefined } });
  }

  async setFault(fault: BankFault): Promise<BankReply> {
    const faultId = randomUUID();
    this.record({ type: 'faultSet', faultId, fault });
    return this.afterSettled({ status: 201, body: this.faults.list().find((listing) => listing.faultId === faultId) });
  }

  async listFaults(): Promise<BankReply> {
    return this.afterSettled(ok({ faults: this.faults.list() }));
  }

  async clearFaults(faultId?: string): Promise<BankReply> {
    this.record({ type: 'faultsCleared', ...(faultId === undefined ? {} : { faultId }) });
    return this.afterSettled(ok({ faults: this.faults.list() }));
  }

  /** Calls that are still waiting break off with nothing booked for them; everything recorded is brought to disk. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.dueList.stop();
    await this.journal.close();
  }

  /** Decides an order once; without an await inside, so that nothing can come in between. */
  private decide(payment: BankPayment, fault: BankFault | undefined): BankReply {
    const { orderNo, fundAccount, amountFen } = payment;
    const known = this.ledger.orders.get(orderNo);
    if (known) return isSamePayment(known.payment, payment) ? paymentAnswer(known, true) : numberReused(orderNo);

    if (fault?.kind === 'refuse') this.refuse(payment, fault.reason);
    else if (fault?.kind === 'lateSuccess') {
      const bankReference = this.newReference();
      this.record({ type: 'accepted', payment, bankReference, bookAt: new Date(Date.now() + fault.ms).toISOString() });
    } else {
      this.openUnknown(fundAccount);
      const comesBack =
        fault?.kind === 'returnAfter'
          ? { comesBack: { dueAt: new Date(Date.now() + fault.ms).toISOString(), reason: fault.reason } }
          : {};
      if ((this.ledger.balanceOf(fundAccount) ?? 0) < amountFen) this.refuse(payment, '余额不足');
      else this.book(payment, this.newReference(), comesBack);
    }
    return paymentAnswer(this.getOrder(orderNo), fault?.kind === 'duplicateReply');
  }

  /** Decides a payment of a file unless its number is known, by whatever way it came. */
  private decideFromFile(payment: BankPayment): void {
    const { orderNo, payeeAccount } = payment;
    if (this.ledger.orders.has(orderNo)) return;
    this.decide(payment, this.meetFault({ operation: 'filePay', orderNo, payeeAccount, decided: false }));
  }

  private actOnDue({ orderNo, reason }: DueWork): void {
    const order = this.getOrder(orderNo);
    if (order.status === 'booked') {
      this.record({ type: 'returned', orderNo, entryNo: this.ledger.nextEntryNo, reason: reason ?? '退票' });
      return;
    }
    const { payment, bankReference } = order;
    const { fundAccount, amountFen } = payment;
    this.openUnknown(fundAccount);
    if ((this.ledger.balanceOf(fundAccount) ?? 0) < amountFen) this.refuse(payment, '余额不足', bankReference);
    else this.book(payment, bankReference);
  }

  private openUnknown(fundAccount: string): void {
    if (this.ledger.balanceOf(fundAccount) !== undefined) return;
    this.record({ type: 'accountOpened', fundAccount, balanceFen: this.settings.openingFen });
  }

  private book(
    payment: BankPayment,
    bankReference: string,
    comesBack: { comesBack?: { dueAt: string; reason: string } } = {},
  ): void {
    this.record({ type: 'booked', payment, bankReference, entryNo: this.ledger.nextEntryNo, ...comesBack });
  }

  private refuse(payment: BankPayment, reason: string, bankReference = this.newReference()): void {
    this.record({ type: 'refused', payment, bankReference, reason });
  }

  private record(event: BankEvent): void {
    this.stopping.signal.throwIfAborted(); // the journal is being closed
    const record: BankRecord = { n: this.lastRecordNo + 1, at: new Date(this.now()).toISOString(), ...event };
    this.apply(record); // first: a record that contradicts the books must not reach the journal
    this.journal.append(record);
    this.schedule(record);
  }

  private apply(record: BankRecord): void {
    this.ledger.apply(record);
    this.faults.apply(record);
    this.fileDesk.apply(record);
    this.lastRecordNo = record.n;
  }

  /** Puts what follows from a record on the due list, unless it has already happened. */
  private schedule(record: BankRecord): void {
    if (record.type === 'accepted') {
      const { orderNo } = record.payment;
      if (this.getOrder(orderNo).status === 'accepted') this.dueList.add({ dueAt: Date.parse(record.bookAt), orderNo });
    } else if (record.type === 'booked' && record.comesBack) {
      const { orderNo } = record.payment;
      const { dueAt, reason } = record.comesBack;
      if (!this.getOrder(orderNo).returned) this.dueList.add({ dueAt: Date.parse(dueAt), orderNo, reason });
    }
  }

  private meetFault(call: BankCall): BankFault | undefined {
    const listing = this.faults.find(call, Date.now());
    if (listing) this.record({ type: 'faultMet', faultId: listing.faultId });
    return listing?.fault;
  }

  private async waitWith(orderNo: string, ms: number): Promise<void> {
    this.waiting.set(orderNo, (this.waiting.get(orderNo) ?? 0) + 1);
    try {
      await sleep(ms, undefined, { signal: this.stopping.signal });
    } finally {
      const left = (this.waiting.get(orderNo) ?? 1) - 1;
      if (left > 0) this.waiting.set(orderNo, left);
      else this.waiting.delete(orderNo);
    }
  }

  /** The reply was made from what is known now; it may leave once all of that is on disk. */
  private async afterSettled(reply: BankReply): Promise<BankReply> {
    await this.journal.settled();
    return reply;
  }

  private getOrder(orderNo: string): BankOrder {
    const order = this.ledger.orders.get(orderNo);
    if (!order) throw new Error(`order ${orderNo} is not in the books`);
    return order;
  }

  private now(): number {
    return Date.now() + this.settings.clockShiftMs;
  }

  private newReference(): string {
    const day = new Date(this.now() + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '');
    return `B${day}${String(this.lastRecordNo + 1).padStart(9, '0')}`;
  }
}

function paymentAnswer({ payment, status, bankReference, bookedAt, reason }: BankOrder, duplicate: boolean): BankReply {
  const body: BankPaymentAnswer = { orderNo: payment.orderNo, status, bankReference, bookedAt, duplicate, reason };
  return { status: status === 'accepted' ? 202 : 200, body };
}

function numberReused(orderNo: string): BankReply {
  return refusal(409, 'ORDER_NUMBER_REUSED', `拨付单号 ${orderNo} 已用于另一笔内容不同的付款,本次未记账。`);
}
