import type { FileEncoding } from '../file-report';

export type PaymentField = 'lineNo' | 'payeeAccount' | 'payeeName' | 'payeeBankCode' | 'amount' | 'orderNo';
export type ResultField =
  'lineNo' | 'payeeAccount' | 'amount' | 'orderNo' | 'status' | 'reason' | 'bankReference' | 'bookedAt';
/** Of the record of totals: `mark` tells it from the others; `bookedCount` and `bookedSum` are a result file's alone. */
export type TotalsField =
  'mark' | 'messageId' | 'fundAccount' | 'payOn' | 'count' | 'sum' | 'bookedCount' | 'bookedSum';

export interface CsvColumn<Field> {
  field: Field;
  title: string;
  /** In the file's encoding, as banks count; what is longer is refused, never cut. */
  longestBytes?: number;
}

/** A layout of a bank as data: another bank is another value of this type. */
export interface CsvLayout {
  name: string;
  encoding: FileEncoding;
  lineEnd: '\r\n' | '\n';
  /** Where the record of totals stands: before the titles, or behind the last line. */
  totals: 'first' | 'last';
  mark: string;
  /** In front of account and order numbers, so that a spreadsheet leaves them as text: `\t` or nothing. */
  textMark: '' | '\t';
  payments: { totals: readonly TotalsField[]; columns: readonly CsvColumn<PaymentField>[] };
  results: { totals: readonly TotalsField[]; columns: readonly CsvColumn<ResultField>[] };
  /** The first word is the one that is written. */
  statuses: Readonly<Record<'booked' | 'refused' | 'pending', readonly [string, ...string[]]>>;
}

const statuses = { booked: ['成功', '交易成功'], refused: ['失败', '交易失败'], pending: ['处理中'] } as const;

/** 批量代发 as the online banking of many banks takes it: GB18030, totals in front. */
export const batchPaymentGb18030: CsvLayout = {
  name: '批量代发(GB18030)',
  encoding: 'gb18030',
  lineEnd: '\r\n',
  totals: 'first',
  mark: '汇总',
  textMark: '',
  payments: {
    totals: ['mark', 'messageId', 'fundAccount', 'payOn', 'count', 'sum'],
    columns: [
      { field: 'lineNo', title: '序号' },
      { field: 'payeeAccount', title: '收款账号', longestBytes: 32 },
      { field: 'payeeName', title: '收款户名', longestBytes: 60 },
      { field: 'payeeBankCode', title: '收款行行号', longestBytes: 14 },
      { field: 'amount', title: '金额(元)' },
      { field: 'orderNo', title: '业务参考号', longestBytes: 40 },
    ],
  },
  results: {
    totals: ['mark', 'messageId', 'fundAccount', 'count', 'sum', 'bookedCount', 'bookedSum'],
    columns: [
      { field: 'lineNo', title: '序号' },
      { field: 'payeeAccount', title: '收款账号' },
      { field: 'amount', title: '金额(元)' },
      { field: 'orderNo', title: '业务参考号' },
      { field: 'status', title: '状态' },
      { field: 'bankReference', title: '流水号' },
      { field: 'bookedAt', title: '交易时间' },
      { field: 'reason', title: '失败原因' },
    ],
  },
  statuses,
};

/** The same for banks whose form is opened in a spreadsheet: UTF-8 with a mark, numbers as text, totals at the end. */
export const batchPaymentUtf8: CsvLayout = {
  ...batchPaymentGb18030,
  name: '批量代发(UTF-8)',
  encoding: 'utf-8-bom',
  totals: 'last',
  mark: '合计',
  textMark: '\t',
};
