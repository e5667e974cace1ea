import { bankPaymentSchema, type BankPayment } from '@banjie/contracts';
import { DomainError, fen, type Fen } from '@banjie/domain';
import { amountText } from '../amounts';
import { sha256Of, type BankFileSource, type WrittenFile } from '../file-bytes';
import {
  checkTotals,
  countOf,
  defaultReadLimits,
  readReport,
  type BankFileReport,
  type ReadLimits,
} from '../file-report';
import {
  groupByDebtor,
  messageIdOf,
  namesOfUnwritable,
  textObstacle,
  unwritable,
  type TransferBatch,
} from '../transfer-batch';
import { encodeText, readRecords, writeRecords } from './csv-text';
import type { CsvColumn, CsvLayout, PaymentField, TotalsField } from './layouts';

/**
 * Writes the payments of one fund account. Numbers stay text; nothing is cut, replaced or escaped into something else.
 * @throws DomainError BANK_BATCH_UNWRITABLE; PAYOUT_UNWRITABLE naming the order whose field the file cannot carry: a
 *   character that the encoding lacks, more bytes than the column takes, or a beginning that a spreadsheet would run as a formula
 */
export function writeCsvPayments(batch: TransferBatch, layout: CsvLayout): WrittenFile {
  const [group, second] = groupByDebtor(batch);
  if (!group || second) throw new DomainError('BANK_BATCH_UNWRITABLE', { reason: '一份文件只能有一个付款账户' });
  const messageId = messageIdOf(batch);
  if (!/^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$/.test(messageId)) {
    throw new DomainError('BANK_BATCH_UNWRITABLE', { reason: '批次号须为字母或数字,不超过 40 位' });
  }
  const { columns, totals: totalsFields } = layout.payments;
  const totals: Partial<Record<TotalsField, string>> = {
    mark: layout.mark,
    messageId: layout.textMark + messageId,
    fundAccount: layout.textMark + group.fundAccount,
    payOn: batch.payOn,
    count: String(group.payments.length),
    sum: amountText(group.sumFen),
  };
  const titles = columns.map(({ title }) => title);
  const lines = group.payments.map((payment, place) =>
    columns.map((column) => cellOf(payment, place + 1, column, layout)),
  );
  const totalsLine = totalsFields.map((field) => totals[field] ?? '');
  const records = layout.totals === 'first' ? [totalsLine, titles, ...lines] : [titles, ...lines, totalsLine];
  const bytes = writeRecords(records, layout);
  return { bytes, sha256: sha256Of(bytes), messageId, count: lines.length, sumFen: group.sumFen };
}

/** The orders whose payments `writeCsvPayments` would refuse. */
export function unwritableInCsv(payments: readonly BankPayment[], layout: CsvLayout): Set<string> {
  return namesOfUnwritable(payments, (payment) => {
    for (const column of layout.payments.columns) cellOf(payment, 1, column, layout);
  });
}

function cellOf(payment: BankPayment, lineNo: number, column: CsvColumn<PaymentField>, layout: CsvLayout): string {
  const { field, title, longestBytes } = column;
  if (field === 'lineNo') return String(lineNo);
  if (field === 'amount') return amountText(fen(payment.amountFen));
  const text = payment[field];
  const no = (reason: string) => unwritable(payment.orderNo, title, reason);
  if (text.trim() === '') throw no('为空');
  const obstacle = textObstacle(text);
  if (obstacle) throw no(obstacle);
  if (field !== 'payeeName' && !/^[0-9A-Za-z][0-9A-Za-z._-]*$/.test(text)) throw no('只能是字母和数字');
  // In full width as well: some systems fold it before they look.
  if (/^[\s'=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text)) throw no('以空白或会被当作公式的符号开头');
  const bytes = encodeText(text, layout.encoding);
  if (bytes === undefined) throw no(`含有 ${layout.encoding.toUpperCase()} 编码没有的字`);
  if (longestBytes !== undefined && bytes.length > longestBytes) throw no(`超过该栏的 ${longestBytes} 字节`);
  return field === 'payeeName' ? text : layout.textMark + text;
}

/** What the totals of a payment file say. */
export interface CsvPaymentsHead {
  fundAccount: string;
  payOn: string;
  count: number;
  sumFen: Fen;
}

/** Reads payments as a bank does. Faults: `BankFileReport`. */
export function readCsvPayments(
  source: BankFileSource,
  layout: CsvLayout,
  limits: Partial<ReadLimits> = {},
): Promise<BankFileReport<BankPayment, CsvPaymentsHead>> {
  const allLimits = { ...defaultReadLimits, ...limits };
  return readReport<BankPayment, CsvPaymentsHead>('csvPayments', source, allLimits, (bytes, reading) => {
    const side = { label: `付款文件“${layout.name}”`, ...layout.payments };
    const { totals, lines } = readRecords(bytes, layout, side, allLimits, reading);
    reading.messageId = totals.get('messageId') ?? null;
    const fundAccount = totals.get('fundAccount') ?? '';
    for (const { line, cells } of lines) {
      const cell = (field: PaymentField) =>
        cells[side.columns.findIndex((column) => column.field === field)]?.replace(/^\t/, '');
      reading.add({ line, orderNo: cell('orderNo'), amount: cell('amount') }, (orderNo, amountFen) => {
        const isWhole = cells.length === side.columns.length;
        const payment = bankPaymentSchema.safeParse({
          orderNo,
          amountFen,
          fundAccount,
          payeeName: cell('payeeName'),
          payeeAccount: cell('payeeAccount'),
          payeeBankCode: cell('payeeBankCode'),
        });
        if (isWhole && payment.success) return payment.data;
        const wrong = side.columns.find(({ field }) => field === payment.error?.issues[0]?.path[0]);
        throw new DomainError('BANK_LINE_FIELD', { line, field: isWhole ? (wrong?.title ?? '付款账号') : '栏目数' });
      });
    }
    const counted = countOf(reading.seen.map(({ amountFen }) => amountFen));
    checkTotals('文件汇总', { count: totals.get('count'), sum: totals.get('sum') }, counted);
    return { fundAccount, payOn: totals.get('payOn') ?? '', count: counted.count, sumFen: counted.sumFen };
  });
}
