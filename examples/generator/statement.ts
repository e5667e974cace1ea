import { daily, operations, ordinary, type Item, type Operation } from './catalogue';
import { halfUp } from './policy';
import type { Random } from './random';
import { writeCsv, writeXlsx, type Cell, type CsvEncoding } from './spreadsheets';

export interface StatementRow {
  lineNo: number;
  date: string;
  item: Item;
  /** Decimal as printed. */
  quantity: string;
  unitPriceFen: number;
  amountFen: number;
}

export interface StatementHead {
  hospital: string;
  patientName: string;
  number: string;
  admission: string;
  discharge: string;
}

export type StatementFormat = 'xlsx' | CsvEncoding;

/** The lines of a stay in the order of their days: what each day costs, then what was done, until `count` lines are there. */
export function drawLines(
  random: Random,
  days: readonly string[],
  count: number,
  operation: Operation,
  cheap: boolean,
): StatementRow[] {
  const first = days[0];
  if (first === undefined) throw new Error('a stay has at least one day');
  const pool = cheap ? ordinary.filter((item) => item.itemClass === 'A' && item.price[1] <= 2_000) : ordinary;
  const once = operations[operation].map((item) => ({ date: days[1] ?? first, item }));
  const perDay = days.flatMap((date) => (cheap ? daily.slice(2) : daily).map((item) => ({ date, item })));
  const drawn = [...once, ...perDay].slice(0, count);
  while (drawn.length < count) drawn.push({ date: random.pick(days), item: random.pick(pool) });
  drawn.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));

  const prices = new Map<string, number>();
  return drawn.map(({ date, item }, index) => {
    const unitPriceFen = prices.get(item.code) ?? random.whole(item.price[0], item.price[1]);
    prices.set(item.code, unitPriceFen);
    const quantity = quantityOf(random, item);
    return { lineNo: index + 1, date, item, quantity, unitPriceFen, amountFen: amountOf(unitPriceFen, quantity) };
  });
}

function quantityOf(random: Random, item: Item): string {
  if (item.price[0] >= 6_000 || daily.includes(item)) return '1';
  if (item.category === '西药费' && random.chance(12)) return random.pick(['0.5', '1.5', '2.5']);
  return String(random.whole(1, item.category === '材料费' || item.category === '西药费' ? 4 : 2));
}

/** Hospitals round each line: half up, to the 分. */
function amountOf(unitPriceFen: number, quantity: string): number {
  const [whole = '0', tenths = '0'] = quantity.split('.');
  return halfUp(unitPriceFen, (Number(whole) * 10 + Number(tenths)) * 1_000);
}

/** R-AM-01 in a few lines of its own: what is left of each line after 核减, catalogue and 先行自付. */
export function eligibleFen(
  lines: readonly StatementRow[],
  deductions: readonly { lineNo: number; amountFen: number }[],
): number {
  return lines.reduce((sum, { lineNo, item, amountFen }) => {
    const cut = deductions.filter((d) => d.lineNo === lineNo).reduce((total, d) => total + d.amountFen, 0);
    if (item.itemClass === 'outside') return sum;
    return sum + (amountFen - cut) - halfUp(amountFen - cut, item.selfPaidBp);
  }, 0);
}

export function totalFen(lines: readonly StatementRow[]): number {
  return lines.reduce((sum, line) => sum + line.amountFen, 0);
}

const headings = ['序号', '日期', '项目编码', '项目名称', '类别', '数量', '单价', '金额'];

/** The hospital's statement as its system exports it: a title, who and when, the lines, 合计. */
export async function writeStatement(
  head: StatementHead,
  lines: readonly StatementRow[],
  format: StatementFormat,
): Promise<{ name: string; bytes: Buffer }> {
  const yuan = (fen: number): Cell => (format === 'xlsx' ? fen / 100 : (fen / 100).toFixed(2));
  const rows: Cell[][] = [
    [`${head.hospital}住院费用结算清单`],
    ['姓名', head.patientName, '清单号', head.number, '入院', head.admission, '出院', head.discharge],
    headings,
    ...lines.map(({ lineNo, date, item, quantity, unitPriceFen, amountFen }): Cell[] => [
      String(lineNo),
      date,
      item.code,
      item.name,
      item.category,
      quantity,
      yuan(unitPriceFen),
      yuan(amountFen),
    ]),
    ['合计', null, null, null, null, null, null, yuan(totalFen(lines))],
  ];
  if (format === 'xlsx') return { name: 'statement.xlsx', bytes: await writeXlsx('结算清单', rows) };
  return { name: 'statement.csv', bytes: writeCsv(rows, format) };
}
