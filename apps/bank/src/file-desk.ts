import {
  batchPaymentGb18030,
  batchPaymentUtf8,
  readCsvPayments,
  readPain001,
  writeCamt053,
  writeCsvResults,
  writePain002,
  type BankFileReport,
  type CsvLayout,
  type CsvPaymentsHead,
  type Pain001Head,
  type TransferResultToWrite,
} from '@banjie/bank-files';
import type {
  BankAccountLine,
  BankClosedStatement,
  BankFault,
  BankFileAnswer,
  BankFileQueryAnswer,
  BankPayment,
} from '@banjie/contracts';
import { createHash } from 'node:crypto';
import type { BankCall } from './faults';
import { isSamePayment, type Ledger } from './ledger';
import type { BankEvent, BankRecord, ReceivedFile } from './records';
import { notTaken, outOfService, refusal, type BankReply } from './replies';

/** What the desk asks of the bank; deciding an order twice is the bank's to prevent. */
export interface DeskBank {
  record: (event: BankEvent) => void;
  meetFault: (call: BankCall) => BankFault | undefined;
  afterSettled: (reply: BankReply) => Promise<BankReply>;
  decide: (payment: BankPayment) => void;
  /** Epoch milliseconds by the bank's calendar. */
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

interface ClosedPeriod {
  sequenceNo: number;
  /** Entries of all accounts up to here, the earlier periods' among them. */
  lastEntryNo: number;
  from: string;
  to: string;
}

const csvLayouts: Partial<Record<ReceivedFile['form'], CsvLayout>> = {
  csvGb18030: batchPaymentGb18030,
  csvUtf8: batchPaymentUtf8,
};

/** Files for payment in, result and statement files out, built from records like the rest of the books. */
export class FileDesk {
  private readonly files = new Map<string, ReceivedFile>();
  private readonly fileOfMessage = new Map<string, string>();
  private readonly periods = new Map<string, ClosedPeriod[]>();
  private firstAt = '';
  /** Uploads that are not decided yet. */
  private uploads = 0;

  constructor(
    private readonly ledger: Ledger,
    private readonly bank: DeskBank,
  ) {}

  apply(record: BankRecord): void {
    this.firstAt ||= record.at;
    if (record.type === 'fileReceived') {
      this.files.set(record.file.fileId, record.file);
      this.fileOfMessage.set(record.file.messageId, record.file.fileId);
    } else if (record.type === 'statementClosed') {
      const { fundAccount, sequenceNo, lastEntryNo, to = record.at } = record;
      const earlier = this.periods.get(fundAccount) ?? [];
      this.periods.set(fundAccount, [
        ...earlier,
        { sequenceNo, lastEntryNo, from: earlier.at(-1)?.to ?? this.firstAt, to },
      ]);
    }
  }

  /** Decides what a kill left undecided of the files that were taken. */
  goOn(): void {
    for (const { payments } of this.files.values()) for (const payment of payments) this.bank.decide(payment);
  }

  /** @param signedSha256 what the caller signed as the file; other bytes are nobody's file. */
  async take(contentType: string, bytes: AsyncIterable<Buffer>, signedSha256: string): Promise<BankReply> {
    const form = formOf(contentType);
    if (!form) return refusal(415, 'NOT_A_FILE', '请以 application/xml 或 text/csv(注明 charset)发送。');
    this.uploads += 1;
    let fault: BankFault | undefined;
    let reply: BankReply;
    try {
      const layout = csvLayouts[form];
      const report = await (layout ? readCsvPayments(bytes, layout) : readPain001(bytes));
      if (report.file.sha256 !== null && report.file.sha256 !== signedSha256) return otherBytes;
      fault = this.bank.meetFault({ operation: 'file' });
      if (fault?.kind === 'outage') return await this.bank.afterSettled(outOfService);
      if (fault?.kind === 'lostReplyBeforeBooking') return await this.bank.afterSettled('breakConnection');
      if (fault?.kind === 'slow') await this.bank.wait(fault.ms);
      reply = this.takeReport(report, form);
    } finally {
      this.uploads -= 1;
    }
    if (fault?.kind === 'slowReply') await this.bank.wait(fault.ms);
    return this.bank.afterSettled(fault?.kind === 'lostReplyAfterBooking' ? 'breakConnection' : reply);
  }

  /** Uploads are under way whose payments nobody knows yet. */
  get isTaking(): boolean {
    return this.uploads > 0;
  }

  async query(fileId: string): Promise<BankReply> {
    if (this.bank.meetFault({ operation: 'query' })) return this.bank.afterSettled(outOfService);
    const status = this.files.has(fileId) ? 'received' : 'notReceived';
    const body: BankFileQueryAnswer = { fileId, status, inFlight: status === 'notReceived' && this.isTaking };
    return this.bank.afterSettled({ status: 200, body });
  }

  /** Without an await inside, so that the same file twice at once is taken once. */
  private takeReport(
    report: BankFileReport<BankPayment, Pain001Head | CsvPaymentsHead>,
    form: ReceivedFile['form'],
  ): BankReply {
    const { sha256: fileId, messageId, count, sumFen } = report.file;
    if (report.refused !== null || report.head === null || fileId === null || messageId === null) {
      const status = report.refused === 'BANK_FILE_TOO_LARGE' ? 413 : 422;
      const message = report.faults.find(({ line }) => line === null)?.message ?? '文件无效。';
      return refusal(status, report.refused ?? 'BANK_FILE_ELEMENT', message);
    }
    const known = this.files.get(fileId);
    if (known) return { status: 200, body: answerOf(known, true) };
    if (this.fileOfMessage.has(messageId)) {
      return refusal(409, 'FILE_NUMBER_REUSED', `报文号 ${messageId} 已用于另一份内容不同的文件,本次没有付款。`);
    }
    const met = report.lines.map(({ orderNo, payeeAccount }) =>
      this.bank.meetFault({ operation: 'fileLine', orderNo, payeeAccount }),
    );
    if (met.some((fault) => fault?.kind === 'turnAway')) return refusal(422, 'BANK_LINE_FIELD', notTaken);
    const isTaken = (_: unknown, place: number) => met[place]?.kind !== 'lineNotTaken';
    const left = report.lines.filter((line, place) => !isTaken(line, place));
    const debtors =
      'debtors' in report.head ? report.head.debtors : [{ id: messageId, fundAccount: report.head.fundAccount }];
    const file: ReceivedFile = {
      fileId,
      form,
      messageId,
      count,
      sumFen,
      faults: [
        ...report.faults.map(({ line, code, orderNo }) => ({ line, code, orderNo })),
        ...left.map(({ orderNo }) => ({ line: null, code: 'BANK_LINE_FIELD', orderNo })),
      ],
      debtors: debtors.map(({ id, fundAccount }) => ({ id, fundAccount })),
      payments: report.lines.filter(isTaken),
    };
    this.bank.record({ type: 'fileReceived', file });
    for (const payment of file.payments) this.bank.decide(payment);
    return { status: 201, body: answerOf(file, false) };
  }

  /** The results as they stand now, in the form of the file. */
  async result(fileId: string): Promise<BankReply> {
    const file = this.files.get(fileId);
    if (!file) return this.bank.afterSettled(refusal(404, 'NOT_FOUND', '没有收到这份文件。'));
    const groups = file.debtors.map(({ id, fundAccount }) => ({
      id,
      results: file.payments
        .filter((payment) => payment.fundAccount === fundAccount)
        .flatMap((each) => this.resultOf(each)),
    }));
    const results = groups.flatMap((group) => group.results);
    const layout = csvLayouts[file.form];
    if (layout) {
      const fundAccount = file.debtors[0]?.fundAccount ?? '';
      const { bytes } = writeCsvResults({ messageId: file.messageId, fundAccount, results }, layout);
      const charset = layout.encoding === 'gb18030' ? 'gb18030' : 'utf-8';
      return this.bank.afterSettled({ status: 200, bytes, contentType: `text/csv; charset=${charset}` });
    }
    // A wrong amount is meant to be found in its line; the totals around it hold.
    const isWhole = results.length === file.count;
    const sumFen = isWhole ? results.reduce((sum, { amountFen }) => sum + amountFen, 0) : file.sumFen;
    // The same until there is something new to say: a second look brings the same bytes.
    const version = createHash('sha256').update(JSON.stringify(groups)).digest('hex').slice(0, 12);
    const { bytes } = writePain002({
      messageId: `R${fileId.slice(0, 16)}-${version}`,
      createdAt: results.reduce((last, { bookedAt }) => (bookedAt && bookedAt > last ? bookedAt : last), this.firstAt),
      original: { messageId: file.messageId, count: file.count, sumFen },
      debtors: groups.filter((group) => group.results.length > 0),
    });
    return this.bank.afterSettled({ status: 200, bytes, contentType: 'application/xml' });
  }

  private resultOf(payment: BankPayment): TransferResultToWrite[] {
    const { orderNo, payeeAccount } = payment;
    const order = this.ledger.orders.get(orderNo);
    const fault = this.bank.meetFault({ operation: 'result', orderNo, payeeAccount });
    if (fault?.kind === 'partialFile') return [];
    const line = { ...bent(fault, payment), payeeAccount };
    // Another payment under this number says nothing of this one: ask.
    if (!order || order.status === 'accepted' || !isSamePayment(order.payment, payment))
      return [{ ...line, outcome: 'pending' }];
    const { status: outcome, bankReference, bookedAt, reason } = order;
    return [{ ...line, outcome, bankReference, bookedAt, ...(reason === undefined ? {} : { reason }) }];
  }

  async closeStatement({ fundAccount }: { fundAccount: string }): Promise<BankReply> {
    if (this.ledger.openingOf(fundAccount) === undefined) return this.bank.afterSettled(noAccount);
    this.closeDays(fundAccount);
    const { sequenceNo } = this.closePeriod(fundAccount, this.ledger.lines.length);
    return this.bank.afterSettled({ status: 201, body: { fundAccount, sequenceNo } satisfies BankClosedStatement });
  }

  /** Closes the days that are over, one statement for each. */
  private closeDays(fundAccount: string): void {
    const now = this.bank.now();
    const begun = Date.parse(this.periods.get(fundAccount)?.at(-1)?.to ?? this.firstAt);
    for (let midnight = nextMidnight(begun); midnight <= now; midnight += dayMs) {
      const entries = this.ledger.lines.findIndex(({ at }) => Date.parse(at) >= midnight);
      this.closePeriod(fundAccount, entries < 0 ? this.ledger.lines.length : entries, new Date(midnight).toISOString());
    }
  }

  private closePeriod(fundAccount: string, lastEntryNo: number, to?: string): { sequenceNo: number } {
    const sequenceNo = (this.periods.get(fundAccount)?.length ?? 0) + 1;
    this.bank.record({ type: 'statementClosed', fundAccount, sequenceNo, lastEntryNo, ...(to ? { to } : {}) });
    return { sequenceNo };
  }

  async statement({ fundAccount, sequenceNo: asked }: BankClosedStatement): Promise<BankReply> {
    const fault = this.bank.meetFault({ operation: 'statementFile' });
    if (fault?.kind === 'outage') return this.bank.afterSettled(outOfService);
    const isBackwards = fault?.kind === 'outOfOrderStatement';
    const sequenceNo = isBackwards ? Math.max(1, asked - 1) : asked;
    const openedWith = this.ledger.openingOf(fundAccount);
    if (openedWith !== undefined) this.closeDays(fundAccount);
    const period = this.periods.get(fundAccount)?.[sequenceNo - 1];
    if (openedWith === undefined || !period) return this.bank.afterSettled(noAccount);
    const after = this.periods.get(fundAccount)?.[sequenceNo - 2]?.lastEntryNo ?? 0;
    const own = this.ledger.lines.filter((entry) => entry.fundAccount === fundAccount);
    const before = own.filter(({ entryNo }) => entryNo <= after);
    const entries = own
      .filter(({ entryNo }) => entryNo > after && entryNo <= period.lastEntryNo)
      .map((entry): BankAccountLine => {
        if (entry.kind === 'credit') return entry;
        const { orderNo, payeeAccount } = entry;
        return { ...entry, ...bent(this.bank.meetFault({ operation: 'entry', orderNo, payeeAccount }), entry) };
      });
    const { bytes } = writeCamt053({
      messageId: `ST-${sequenceNo}-${period.lastEntryNo}`,
      createdAt: period.to,
      statementId: `ST-${sequenceNo}`,
      sequenceNo,
      from: period.from,
      to: period.to,
      fundAccount,
      openingFen: before.reduce(
        (sum, { kind, amountFen }) => sum + (kind === 'debit' ? -amountFen : amountFen),
        openedWith,
      ),
      entries: isBackwards ? entries.reverse() : entries,
    });
    return this.bank.afterSettled({ status: 200, bytes, contentType: 'application/xml' });
  }
}

const dayMs = 86_400_000;
const beijingMs = 8 * 3_600_000;
const nextMidnight = (at: number): number => (Math.floor((at + beijingMs) / dayMs) + 1) * dayMs - beijingMs;

/** Order number and amount as a fault makes the file say them; never less than one 分. */
function bent(fault: BankFault | undefined, { orderNo, amountFen }: { orderNo: string; amountFen: number }) {
  if (fault?.kind === 'wrongAmount') return { orderNo, amountFen: Math.max(1, amountFen + fault.byFen) };
  if (fault?.kind === 'unknownReference') return { orderNo: `X${orderNo}`.slice(0, 35), amountFen };
  return { orderNo, amountFen };
}

function formOf(contentType: string): ReceivedFile['form'] | undefined {
  if (/^application\/xml\b/.test(contentType)) return 'pain.001';
  const charset = /^text\/csv;\s*charset="?([\w-]+)"?$/i.exec(contentType)?.[1]?.toLowerCase();
  return charset === 'gb18030' ? 'csvGb18030' : charset === 'utf-8' ? 'csvUtf8' : undefined;
}

function answerOf({ fileId, messageId, count, sumFen, faults }: ReceivedFile, duplicate: boolean): BankFileAnswer {
  return { fileId, messageId, count, sumFen, faults, duplicate };
}

const otherBytes = refusal(401, 'SIGNATURE_BODY', '报文内容与签名不符。本次没有办理任何业务。');
const noAccount = refusal(404, 'NOT_FOUND', '没有这个账户,或这一期对账单尚未出具。');
