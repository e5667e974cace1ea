import type { ReconciliationStatement, ReconciliationStatementAnswer } from '@banjie/contracts';
import { fen as toFen, formatYuan } from '@banjie/domain';
import type { Content, TableCell } from 'pdfmake/interfaces';
import { printPaper } from '../edge/paper';
import { writeWorkbook, type Cell } from '../edge/workbooks';

const title = '银行存款余额调节表';
const mostPdfItems = 200;

const yuan = (amountFen: number): string => formatYuan(toFen(amountFen), { thousands: true });

/** A draft says so; a closed month always prints the same. */
const headOf = ({ state, statement }: ReconciliationStatementAnswer): string[] => {
  const { agencyName, agencyId, fundAccount, month, asOf, isComplete, statement: bank } = statement;
  const number = bank.sequenceNo === null ? '' : `(第 ${bank.sequenceNo} 号)`;
  return [
    `${agencyName}(${agencyId})`,
    `支出户 ${fundAccount}`,
    `${month},截至${isComplete ? '月末' : ` ${asOf.slice(0, 16).replace('T', ' ')}`}`,
    `账户对账单 ${bank.statementId}${number}`,
    state === 'closed' ? '已结账' : '未结账,数字可能变动',
  ];
};

/** The sheet itself: on the left what the bank states, on the right what our books have, the same lines in both. */
function sheetOf({ bank, books, differenceFen }: ReconciliationStatement) {
  const line = (sign: string, { label, count }: { label: string; count: number }) => `${sign}:${label}(${count} 笔)`;
  return [
    ['银行对账单余额', bank.balanceFen, '账面余额', books.balanceFen],
    [line('加', bank.plus), bank.plus.fen, line('加', books.plus), books.plus.fen],
    [line('减', bank.minus), bank.minus.fen, line('减', books.minus), books.minus.fen],
    ['调节后余额', bank.adjustedFen, '调节后余额', books.adjustedFen],
    ['差额', differenceFen, '', null],
  ] as const;
}

const itemsOf = ({ bank, books }: ReconciliationStatement) =>
  [bank.plus, bank.minus, books.plus, books.minus].flatMap(({ label, items }) =>
    items.map((item) => ({ ...item, label })),
  );

const itemColumns = ['类别', '拨付单号', '银行流水号', '日期', '金额(元)', '收款人'] as const;

/** Every 分 of the month is in one of these (bar 59). */
const partsOf = ({ parts, unstated }: ReconciliationStatement) =>
  [
    ['本月银行流水', parts.entries],
    ['其中:相符', parts.matched],
    ['其中:待查后已由两人认定', parts.cleared],
    ['其中:待查', parts.exceptions],
    ['在途(已发出,银行未付)', parts.inTransit],
    ['未列入对账单的流水', unstated],
  ] as const;

/** Three sheets: the statement, its items, and the balances of the accounts. */
export function statementWorkbook(answer: ReconciliationStatementAnswer): Promise<Buffer> {
  const { statement } = answer;
  const money = (fen: number | null): Cell => (fen === null ? null : fen / 100);
  const format = '#,##0.00';
  return writeWorkbook(new Date(statement.asOf), [
    {
      name: '调节表',
      widths: { 1: 36, 2: 22, 3: 36, 4: 22 },
      formats: { 2: format, 4: format },
      rows: [
        [title],
        ...headOf(answer).map((text) => [text]),
        [],
        ['项目', '金额(元)', '项目', '金额(元)'],
        ...sheetOf(statement).map(([left, leftFen, right, rightFen]) => [left, money(leftFen), right, money(rightFen)]),
        [],
        ['核对', '金额(元)', '笔数'],
        ...partsOf(statement).map(([label, { count, fen }]) => [label, money(fen), count]),
      ],
    },
    {
      name: '未达账项',
      widths: { 1: 24, 2: 30, 3: 14, 4: 14, 5: 20, 6: 14 },
      formats: { 5: format },
      rows: [
        itemColumns,
        ...itemsOf(statement).map(({ label, orderNo, entryNo, date, amountFen, payee }) => [
          ...[label, orderNo, entryNo, date, money(amountFen), payee],
        ]),
      ],
    },
    {
      name: '科目余额',
      widths: { 1: 24, 2: 22, 3: 22, 4: 22 },
      formats: { 2: format, 3: format, 4: format },
      rows: [
        ['科目', '借方累计(元)', '贷方累计(元)', '余额(元,借方为正)'],
        ...statement.accounts.map(({ label, debitFen, creditFen, balanceFen }) => [
          ...[label, money(debitFen), money(creditFen), money(balanceFen)],
        ]),
      ],
    },
  ]);
}

/** To be printed and signed. The same answer gives the same bytes. */
export async function statementPdf(answer: ReconciliationStatementAnswer): Promise<Buffer> {
  const { statement } = answer;
  const right = (fen: number | null): TableCell => ({ text: fen === null ? '' : yuan(fen), alignment: 'right' });
  const items = itemsOf(statement);
  const shown = items.slice(0, mostPdfItems);
  const rest = items.slice(mostPdfItems);
  const table = (widths: (string | number)[], header: readonly string[], body: TableCell[][]): Content => ({
    ...{ margin: [0, 8, 0, 0], layout: 'lightHorizontalLines' },
    table: { headerRows: 1, widths, body: [header.map(headingOf), ...body] },
  });
  const headingOf = (text: string): TableCell => ({ text, alignment: text.startsWith('金额') ? 'right' : 'left' });
  const content: Content[] = [
    { text: title, fontSize: 16, alignment: 'center' },
    ...headOf(answer).map((text): Content => ({ text, margin: [0, 2, 0, 0] })),
    table(
      ['*', 110, '*', 110],
      ['项目', '金额(元)', '项目', '金额(元)'],
      sheetOf(statement).map(([left, leftFen, other, otherFen]) => [left, right(leftFen), other, right(otherFen)]),
    ),
    table(
      ['*', 110, 60],
      ['核对', '金额(元)', '笔数'],
      partsOf(statement).map(([label, { count, fen }]) => [label, right(fen), String(count)]),
    ),
    { text: items.length === 0 ? '没有未达账项。' : '未达账项', margin: [0, 12, 0, 0] },
    ...(items.length === 0
      ? []
      : [
          table(
            ['auto', '*', 'auto', 'auto', 'auto', 'auto'],
            itemColumns,
            shown.map(({ label, orderNo, entryNo, date, amountFen, payee }) => [
              ...[label, orderNo ?? '', entryNo === null ? '' : String(entryNo), date, right(amountFen), payee ?? ''],
            ]),
          ),
        ]),
    ...(rest.length === 0
      ? []
      : [
          `其余 ${rest.length} 笔,共 ${yuan(rest.reduce((sum, { amountFen }) => sum + amountFen, 0))} 元,见同月 XLSX。`,
        ]),
    { columns: ['编制:', '复核:', '负责人:'], margin: [0, 24, 0, 0] },
  ];
  return printPaper(content, {
    ...{ title: `${title} ${statement.month}`, at: new Date(statement.asOf), foot: statement.month },
  });
}
