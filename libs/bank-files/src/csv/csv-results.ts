import { DomainError, fen, sumFen, type Fen } from '@banjie/domain';
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
import { instantOf, reasonOf, type TransferResult, type TransferResultToWrite } from '../transfer-results';
import { readRecords, writeRecords } from './csv-text';
import type { CsvLayout, ResultField, TotalsField } from './layouts';

/** What `writeCsvResults` is given; `messageId` is that of the payment file. */
export interface CsvResultsToWrite {
  messageId: string;
  fundAccount: string;
  results: readonly TransferResultToWrite[];
}

/** Writes the results of a payment file as a bank gives them back. */
export function writeCsvResults(
  { messageId, fundAccount, results }: CsvResultsToWrite,
  layout: CsvLayout,
): WrittenFile {
  const sumOf = (some: readonly TransferResultToWrite[]) => sumFen(some.map(({ amountFen }) => fen(amountFen)));
  const booked = results.filter(({ outcome }) => outcome === 'booked');
  const text = (value: string | undefined) => (value === undefined ? '' : layout.textMark + value);
  const totals: Partial<Record<TotalsField, string>> = {
    mark: layout.mark,
    messageId: text(messageId),
    fundAccount: text(fundAccount),
    count: String(results.length),
    sum: amountText(sumOf(results)),
    bookedCount: String(booked.length),
    bookedSum: amountText(sumOf(booked)),
  };
  const cell = (result: TransferResultToWrite, place: number, field: ResultField): string => {
    const { orderNo, payeeAccount, amountFen, outcome, bankReference, bookedAt, reason = '' } = result;
    switch (field) {
      case 'lineNo':
        return String(place + 1);
      case 'orderNo':
        return text(orderNo);
      case 'payeeAccount':
        return text(payeeAccount);
      case 'amount':
        return amountText(fen(amountFen));
      case 'status':
        return layout.statuses[outcome][0];
      case 'bankReference':
        return text(bankReference);
      case 'bookedAt':
        return bookedAt
          ? new Date(Date.parse(bookedAt) + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
          : '';
      case 'reason':
        // Free words: an apostrophe keeps a spreadsheet from running them, and no line may break inside.
        return reason.replace(/\s+/g, ' ').replace(/^[=+\-@]/, "'$&");
    }
  };
  const { columns, totals: totalsFields } = layout.results;
  const titles = columns.map(({ title }) => title);
  const lines = results.map((result, place) => columns.map(({ field }) => cell(result, place, field)));
  const totalsLine = totalsFields.map((field) => totals[field] ?? '');
  const records = layout.totals === 'first' ? [totalsLine, titles, ...lines] : [titles, ...lines, totalsLine];
  const bytes = writeRecords(records, layout);
  return { bytes, sha256: sha256Of(bytes), messageId, count: results.length, sumFen: sumOf(results) };
}

/** What the totals of a result file say. */
export interface CsvResultsHead {
  /** Of the payment file that is answered. */
  originalMessageId: string;
  fundAccount: string;
}

/**
 * Reads a bank's results. Whose they are, and each line's amount and payee against its order, are the caller's to check.
 * Faults: `BankFileReport`.
 */
export function readCsvResults(
  source: BankFileSource,
  layout: CsvLayout,
  limits: Partial<ReadLimits> = {},
): Promise<BankFileReport<TransferResult, CsvResultsHead>> {
  const allLimits = { ...defaultReadLimits, ...limits };
  return readReport<TransferResult, CsvResultsHead>('csvResults', source, allLimits, (bytes, reading) => {
    const side = { label: `结果文件“${layout.name}”`, ...layout.results };
    const { totals, lines } = readRecords(bytes, layout, side, allLimits, reading);
    const originalMessageId = totals.get('messageId') ?? '';
    reading.messageId = originalMessageId;
    const bookedAmounts: (Fen | null)[] = [];
    for (const { line, cells } of lines) {
      const cell = (field: ResultField) =>
        cells[side.columns.findIndex((column) => column.field === field)]?.replace(/^\t/, '');
      const outcome = outcomeOf(cell('status') ?? '', layout);
      reading.add({ line, orderNo: cell('orderNo'), amount: cell('amount') }, (orderNo, amountFen) => {
        if (cells.length !== side.columns.length) throw new DomainError('BANK_LINE_FIELD', { line, field: '栏目数' });
        if (outcome === undefined) throw new DomainError('BANK_LINE_STATUS', { line });
        const bookedAt = instantOf(cell('bookedAt')?.replace(' ', 'T')) ?? null;
        if (cell('bookedAt') && bookedAt === null)
          throw new DomainError('BANK_LINE_FIELD', { line, field: '交易时间' });
        return {
          orderNo,
          outcome,
          amountFen,
          payeeAccount: cell('payeeAccount') || null,
          bankReference: cell('bankReference') || null,
          bookedAt: outcome === 'booked' ? bookedAt : null,
          reason: outcome === 'refused' ? reasonOf(undefined, cell('reason')) : null,
        };
      });
      if (outcome === 'booked') bookedAmounts.push(reading.seen.at(-1)?.amountFen ?? null);
    }
    const all = countOf(reading.seen.map(({ amountFen }) => amountFen));
    checkTotals('文件汇总', { count: totals.get('count'), sum: totals.get('sum') }, all);
    const stated = { count: totals.get('bookedCount'), sum: totals.get('bookedSum') };
    checkTotals('成功合计', stated, countOf(bookedAmounts));
    return { originalMessageId, fundAccount: totals.get('fundAccount') ?? '' };
  });
}

function outcomeOf(word: string, { statuses }: CsvLayout): TransferResult['outcome'] | undefined {
  const outcomes = ['booked', 'refused', 'pending'] as const;
  return outcomes.find((outcome) => statuses[outcome].includes(word));
}
