import { daysInMonth } from '../calendar/dates';
import { foldWidth } from '../checks/checked';
import { DomainError, errorSentence } from '../errors';
import { fen, parseYuan, sumFen, type Fen } from '../money';
import type { StatementLine } from './filing';

/** A cell of the hospital's file; `numeric` when the file itself says that it is a number (its text may carry float noise). */
export interface Cell {
  text: string;
  numeric?: boolean;
  formula?: boolean;
}

export interface StatementFault {
  /** Row of the file as the person sees it, from 1. */
  row: number;
  column?: string;
  message: string;
}

export interface ReadStatement {
  lines: StatementLine[];
  /** Amount of the 合计 row, if there was one. */
  printedTotalFen: Fen | null;
  sumFen: Fen;
  /** Lines whose unit price had more than two decimals and was rounded half up; unit prices are not computed with. */
  roundedPrices: { lineNo: number }[];
}

export const statementLimits = { lines: 5_000, rows: 20_000, columns: 64, headerWithin: 30, shownFaults: 50 } as const;

type Column = 'serviceDate' | 'itemCode' | 'itemName' | 'category' | 'quantity' | 'unitPrice' | 'amount';

const columnLabels = {
  serviceDate: '日期',
  itemCode: '项目编码',
  itemName: '项目名称',
  category: '类别',
  quantity: '数量',
  unitPrice: '单价',
  amount: '金额',
} as const satisfies Record<Column, string>;

/** What hospitals call the columns; the first name is the one we ask for. */
const columnNames: Record<Column, readonly string[]> = {
  serviceDate: ['日期', '收费日期', '费用日期', '计费日期', '记账日期', '发生日期', '费用发生日期', '服务日期'],
  itemCode: ['项目编码', '编码', '项目代码', '医保编码', '医保项目编码', '国家编码', '收费项目编码'],
  itemName: ['项目名称', '名称', '收费项目', '收费项目名称', '医保项目名称', '费用名称'],
  category: ['类别', '费用类别', '项目类别', '收费类别', '费用类型'],
  quantity: ['数量'],
  unitPrice: ['单价'],
  amount: ['金额', '费用金额', '总金额', '总价', '费用'],
};

const needed: readonly Column[] = ['serviceDate', 'itemCode', 'itemName', 'quantity', 'unitPrice', 'amount'];
const totalRow = /^(?:费用)?(?:合计|总计|总合计)(?:金额)?[::]?$/;
const subtotalRow = /^(?:本页|本日|当日|分类)?小计[::]?$/;
const unwritable = /[\u0000-\u001F\u007F\uFFFD\uFFFE\uFFFF]|\p{Surrogate}/u;

/**
 * Reads a 费用结算清单 row by row: titles above the header are passed over, the header is known by its Chinese names,
 * blank rows and 小计 are skipped, the 合计 row is kept for comparison. All faults are collected and thrown together by
 * `finish`; only what makes going on pointless is thrown at once, so that a file of a million rows is not read through.
 */
export class StatementTable {
  private columns: Map<Column, number> | null = null;
  private readonly lines: StatementLine[] = [];
  private readonly faults: StatementFault[] = [];
  private readonly roundedPrices: { lineNo: number }[] = [];
  private faultCount = 0;
  private dataRows = 0;
  private rowsSeen = 0;
  private printedTotalFen: Fen | null = null;
  private ended = false;

  /** @throws DomainError STATEMENT_TOO_LONG, STATEMENT_HEADER_MISSING */
  add(row: number, cells: readonly Cell[]): void {
    this.rowsSeen += 1;
    if (this.rowsSeen > statementLimits.rows)
      throw new DomainError('STATEMENT_TOO_LONG', { limit: statementLimits.lines });
    const texts = cells.map((cell) => cell.text.trim());
    if (texts.every((text) => text === '')) return;
    if (!this.columns) {
      this.columns = headerOf(texts);
      if (!this.columns && this.rowsSeen >= statementLimits.headerWithin) throw headerMissing();
      return;
    }
    const kind = kindOf(texts);
    if (kind === 'subtotal') return;
    if (kind === 'total') return this.addTotal(row, cells);
    // Footers (打印时间, 收费员 …) stand below the total; an amount there would be a line that the total does not cover.
    if (this.ended && this.textOf(cells, 'amount') === '') return;
    if (this.ended) return this.fault(row, '合计行以下还有费用行', 'amount');
    this.addLine(row, cells);
  }

  /** @throws DomainError STATEMENT_FAULTS with up to 50 of them, STATEMENT_HEADER_MISSING, STATEMENT_EMPTY, AMOUNT_TOO_LARGE */
  finish(): ReadStatement {
    if (!this.columns) throw headerMissing();
    if (this.faultCount > 0) {
      throw new DomainError('STATEMENT_FAULTS', { count: this.faultCount, faults: this.faults }, 'file');
    }
    if (this.lines.length === 0) throw new DomainError('STATEMENT_EMPTY', {}, 'file');
    return {
      lines: this.lines,
      printedTotalFen: this.printedTotalFen,
      sumFen: sumFen(this.lines.map((line) => fen(line.amountFen))),
      roundedPrices: this.roundedPrices,
    };
  }

  private addLine(row: number, cells: readonly Cell[]): void {
    this.dataRows += 1;
    if (this.dataRows > statementLimits.lines)
      throw new DomainError('STATEMENT_TOO_LONG', { limit: statementLimits.lines });
    const before = this.faultCount;
    const lineNo = this.dataRows;
    for (const column of this.columns!.keys()) {
      const cell = this.cellOf(cells, column);
      if (cell?.formula || cell?.text.trim().startsWith('=')) this.fault(row, '是公式,请粘贴为数值', column);
    }
    if (this.faultCount > before) return;
    const line: StatementLine = {
      lineNo,
      serviceDate: this.take(row, cells, 'serviceDate', readDate) ?? '',
      itemCode: this.takeText(row, cells, 'itemCode', 40),
      itemName: this.takeText(row, cells, 'itemName', 200),
      category: this.columns!.has('category') ? this.takeText(row, cells, 'category', 40, false) : '',
      quantity: this.take(row, cells, 'quantity', readQuantity) ?? '',
      unitPriceFen: this.take(row, cells, 'unitPrice', (text, numeric) => this.readPrice(text, numeric, lineNo)) ?? 0,
      amountFen: this.take(row, cells, 'amount', readAmount) ?? 0,
    };
    if (this.faultCount === before) this.lines.push(line);
  }

  private addTotal(row: number, cells: readonly Cell[]): void {
    this.ended = true;
    const total = this.take(row, cells, 'amount', readAmount);
    if (total === undefined) return;
    if (this.printedTotalFen !== null) this.fault(row, '有两个合计行', 'amount');
    this.printedTotalFen = total;
  }

  private take<Value>(
    row: number,
    cells: readonly Cell[],
    column: Column,
    read: (text: string, numeric: boolean) => Value | Wrong,
  ): Value | undefined {
    const cell = this.cellOf(cells, column);
    const text = cell?.text.trim() ?? '';
    if (text === '') {
      this.fault(row, '没有填写', column);
      return undefined;
    }
    const value = read(text, cell?.numeric ?? false);
    if (!(value instanceof Wrong)) return value;
    this.fault(row, value.reason, column);
    return undefined;
  }

  private takeText(row: number, cells: readonly Cell[], column: Column, max: number, required = true): string {
    const text = this.textOf(cells, column);
    if (text === '' && required) this.fault(row, '没有填写', column);
    else if (text.length > max) this.fault(row, `超过 ${max} 个字符`, column);
    else if (unwritable.test(text)) this.fault(row, '含有不能使用的字符', column);
    return text;
  }

  private readPrice(text: string, numeric: boolean, lineNo: number): number | Wrong {
    const price = readUnitPrice(text, numeric);
    if (price instanceof Wrong) return price;
    if (price.rounded) this.roundedPrices.push({ lineNo });
    return price.fen;
  }

  private cellOf(cells: readonly Cell[], column: Column): Cell | undefined {
    const place = this.columns?.get(column);
    return place === undefined ? undefined : cells[place];
  }

  private textOf(cells: readonly Cell[], column: Column): string {
    return this.cellOf(cells, column)?.text.trim() ?? '';
  }

  private fault(row: number, reason: string, column: Column): void {
    this.faultCount += 1;
    if (this.faults.length >= statementLimits.shownFaults) return;
    this.faults.push({
      row,
      column: columnLabels[column],
      message: `第 ${row} 行“${columnLabels[column]}”${reason}。`,
    });
  }
}

class Wrong {
  constructor(readonly reason: string) {}
}

function headerOf(texts: string[]): Map<Column, number> | null {
  const found = new Map<Column, number>();
  texts.forEach((text, place) => {
    const name = foldWidth(text).replace(/[(/]?元\)?$/, '');
    for (const [column, names] of Object.entries(columnNames) as [Column, readonly string[]][]) {
      if (names.includes(name) && !found.has(column)) found.set(column, place);
    }
  });
  return needed.every((column) => found.has(column)) ? found : null;
}

function headerMissing(): DomainError {
  return new DomainError(
    'STATEMENT_HEADER_MISSING',
    { needed: needed.map((column) => columnLabels[column]).join('、') },
    'file',
  );
}

function kindOf(texts: string[]): 'line' | 'total' | 'subtotal' {
  const first = foldWidth(texts.find((text) => text !== '') ?? '');
  if (totalRow.test(first)) return 'total';
  return subtotalRow.test(first) ? 'subtotal' : 'line';
}

function readDate(text: string): string | Wrong {
  const match =
    /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$/.exec(text) ??
    /^(\d{4})(年)(\d{1,2})月(\d{1,2})日$/.exec(text) ??
    /^(\d{4})()(\d{2})(\d{2})$/.exec(text);
  if (!match) return new Wrong(`“${shown(text)}”不是日期,请写作 2025-06-01`);
  const [year, month, day] = [Number(match[1]), Number(match[3]), Number(match[4])];
  if (year < 1990 || year > 2100 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    return new Wrong(`“${shown(text)}”不是存在的日期`);
  }
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

function readAmount(text: string, numeric: boolean): Fen | Wrong {
  const plain = numeric ? withoutNoise(text, 2) : text.replace(/(\.\d{2})0+$/, '$1');
  if (plain.startsWith('-')) return new Wrong('不能为负数');
  try {
    return parseYuan(plain);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.code === 'AMOUNT_TOO_LARGE') return new Wrong('过大');
    return new Wrong(errorSentence('AMOUNT_MALFORMED', { value: shown(text) }).replace(/[。.]$/, '') + ',最多两位小数');
  }
}

/** Unit prices are printed with up to six decimals (a tablet at 0.0356); they are kept for the eye, in 分. */
function readUnitPrice(text: string, numeric: boolean): { fen: number; rounded: boolean } | Wrong {
  const value = Number(text);
  const plain = (numeric && Math.abs(value) < 1e12 ? value.toFixed(6) : text).replace(/,(?=\d{3}(?:[,.]|$))/g, '');
  if (plain.startsWith('-')) return new Wrong('不能为负数');
  const match = /^(\d{1,12})(?:\.(\d{1,6})0*)?$/.exec(plain);
  if (!match) return new Wrong(`“${shown(text)}”不是单价`);
  const micro = BigInt(match[1]! + (match[2] ?? '').padEnd(6, '0'));
  return { fen: Number((micro + 5_000n) / 10_000n), rounded: micro % 10_000n !== 0n };
}

function readQuantity(text: string, numeric: boolean): string | Wrong {
  const plain = numeric ? withoutNoise(text, 3) : text;
  if (plain.startsWith('-')) return new Wrong('不能为负数');
  const match = /^0*(\d{1,9})(?:\.(\d{0,3}?)0*)?$/.exec(plain);
  if (!match) return new Wrong(`“${shown(text)}”不是数量,最多三位小数`);
  return match[2] ? `${match[1]}.${match[2]}` : match[1]!;
}

/** 8640.2 is stored as 8640.2000000000007 in a spreadsheet; what differs by more than that noise is left as it is. */
function withoutNoise(text: string, decimals: number): string {
  const value = Number(text);
  if (!Number.isFinite(value) || Math.abs(value) >= 1e13) return text;
  const fixed = value.toFixed(decimals);
  const noise = Math.max(1e-9, Math.abs(value) * 4e-15);
  return Math.abs(Number(fixed) - value) <= noise ? fixed : text;
}

function shown(text: string): string {
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}
