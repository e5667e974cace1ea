import { DomainError } from '../errors';
import { StatementTable, type Cell } from './statement-table';

const header = ['日期', '项目编码', '项目名称', '类别', '数量', '单价', '金额'];
const row = ['2025-06-01', 'X1', '床位费', '床位费', '2', '35.00', '70.00'];

const cells = (texts: (string | Cell)[]): Cell[] => texts.map((text) => (typeof text === 'string' ? { text } : text));

function read(rows: (string | Cell)[][]) {
  const table = new StatementTable();
  rows.forEach((texts, place) => table.add(place + 1, cells(texts)));
  return table.finish();
}

function faultsOf(rows: (string | Cell)[][]): string[] {
  try {
    read(rows);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'STATEMENT_FAULTS') {
      return (error.facts.faults as { message: string }[]).map((fault) => fault.message);
    }
    throw error;
  }
  return [];
}

const withCell = (place: number, value: string | Cell) => row.map((text, at) => (at === place ? value : text));
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as DomainError).code;
  }
  return 'none';
};

it('reads a plain statement with titles, blank rows, 小计, 合计 and a footer', () => {
  const found = read([
    ['示例医院费用结算清单'],
    [],
    header,
    row,
    ['', '', '', '', '', '', ''],
    ['小计', '', '', '', '', '', '70.00'],
    ['2025/6/2', 'X2', '阿莫西林', '西药费', '0.5', '1,234.50', '617.25'],
    ['合 计', '', '', '', '', '', '687.25'],
    ['打印时间:2025-06-10'],
  ]);
  expect(found).toEqual({
    lines: [
      {
        lineNo: 1,
        serviceDate: '2025-06-01',
        itemCode: 'X1',
        itemName: '床位费',
        category: '床位费',
        quantity: '2',
        unitPriceFen: 3_500,
        amountFen: 7_000,
      },
      {
        lineNo: 2,
        serviceDate: '2025-06-02',
        itemCode: 'X2',
        itemName: '阿莫西林',
        category: '西药费',
        quantity: '0.5',
        unitPriceFen: 123_450,
        amountFen: 61_725,
      },
    ],
    printedTotalFen: 68_725,
    sumFen: 68_725,
    roundedPrices: [],
  });
});

it('knows other names of the columns, in any order and without 类别', () => {
  const found = read([
    ['序号', '金额(元)', '收费日期', '医保编码', '收费项目名称', '数量', '单价(元)'],
    ['1', '70', '20250601', 'X1', '床位费', '2.000', '35.0000'],
  ]);
  expect(found.lines[0]).toMatchObject({
    serviceDate: '2025-06-01',
    category: '',
    quantity: '2',
    unitPriceFen: 3_500,
    amountFen: 7_000,
  });
});

it('takes the noise of a spreadsheet number away and nothing else', () => {
  const numeric = (text: string): Cell => ({ text, numeric: true });
  const found = read([
    header,
    ['2025-06-01', 'X1', '药', '', numeric('3'), numeric('2880.0666666666666'), numeric('8640.2000000000007')],
  ]);
  expect(found.lines[0]).toMatchObject({ quantity: '3', amountFen: 864_020 });
  expect(faultsOf([header, withCell(6, numeric('8640.201'))])).toHaveLength(1);
});

it('rounds short unit prices half up and says so', () => {
  const found = read([header, withCell(5, '0.0356'), withCell(5, '0.005')]);
  expect(found.lines.map((line) => line.unitPriceFen)).toEqual([4, 1]);
  expect(found.roundedPrices).toEqual([{ lineNo: 1 }, { lineNo: 2 }]);
});

it.each<[string, (string | Cell)[]]>([
  ['negative amount', withCell(6, '-70.00')],
  ['negative quantity', withCell(4, '-1')],
  ['negative price', withCell(5, '-1')],
  ['three decimals', withCell(6, '70.005')],
  ['no number', withCell(6, '七十')],
  ['beyond exact numbers', withCell(6, '99999999999999999999.00')],
  ['scientific', withCell(6, '7e3')],
  ['a currency sign', withCell(6, '¥70')],
  ['no amount', withCell(6, '')],
  ['no date', withCell(0, '')],
  ['no such day', withCell(0, '2025-02-30')],
  ['a word for a date', withCell(0, '昨天')],
  ['no code', withCell(1, ' ')],
  ['a very long name', withCell(2, '药'.repeat(201))],
  ['NUL', withCell(2, '药\u0000')],
  ['four decimals of quantity', withCell(4, '1.2345')],
  ['formula in a spreadsheet', withCell(6, { text: '70', numeric: true, formula: true })],
  ['formula in a text file', withCell(2, '=HYPERLINK("x")')],
])('refuses a row with %s, by its number', (_, bad) => {
  const faults = faultsOf([['清单'], header, row, bad]);
  expect(faults.length).toBeGreaterThan(0);
  for (const fault of faults) expect(fault).toMatch(/^第 4 行“/);
});

it('tells every fault at once, up to fifty, and counts the rest', () => {
  const bad = ['昨天', '', '药', '', 'x', 'y', 'z'];
  const table = new StatementTable();
  table.add(1, cells(header));
  for (let at = 2; at < 102; at += 1) table.add(at, cells(bad));
  try {
    table.finish();
    throw new Error('not refused');
  } catch (error) {
    expect((error as DomainError).facts).toMatchObject({ count: 500 });
    expect((error as DomainError).facts.faults).toHaveLength(50);
  }
});

it('keeps 5,000 lines and stops at the one after them', () => {
  const table = new StatementTable();
  table.add(1, cells(header));
  for (let at = 0; at < 5_000; at += 1) table.add(at + 2, cells(row));
  expect(codeOf(() => table.add(5_002, cells(row)))).toBe('STATEMENT_TOO_LONG');
  expect(table.finish().lines).toHaveLength(5_000);
});

it('stops at a file of blank rows too', () => {
  const table = new StatementTable();
  table.add(1, cells(header));
  expect(codeOf(() => Array.from({ length: 30_000 }, (_, at) => table.add(at + 2, [])))).toBe('STATEMENT_TOO_LONG');
});

it('says what is missing when there is no header, no line, or a line below the total', () => {
  expect(codeOf(() => read([['日期', '金额'], row]))).toBe('STATEMENT_HEADER_MISSING');
  expect(codeOf(() => read([header]))).toBe('STATEMENT_EMPTY');
  expect(faultsOf([header, row, ['合计', '', '', '', '', '', '70'], row])).toEqual([
    '第 4 行“金额”合计行以下还有费用行。',
  ]);
});

it('refuses a sum beyond exact numbers', () => {
  expect(codeOf(() => read([header, withCell(6, '90071992547409.91'), row]))).toBe('AMOUNT_TOO_LARGE');
});
