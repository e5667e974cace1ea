import { DomainError, statementLimits, type Cell } from '@banjie/domain';
import readXlsxFile from 'read-excel-file/node';
import { storeZip } from './store-zip';
import { unzipWithin } from './unzip-within';

const limits = { entries: 500, bytes: 48 * 1024 * 1024 };
const isPart = (name: string) => /^(?:\[Content_Types\]\.xml|_rels\/\.rels|xl\/[^\\]*\.(?:xml|xml\.rels))$/.test(name);
const isSheet = (name: string) => /^xl\/worksheets\/[^/]+\.xml$/.test(name);

const unreadable = (reason: string) => new DomainError('STATEMENT_UNREADABLE', { reason }, 'file');

/**
 * The rows of the one sheet that has content. Size, rows, columns and formulas are looked at in the unpacked XML before
 * the workbook is parsed, because the parser fills every gap up to the farthest row and gives formulas as values.
 * @throws DomainError STATEMENT_UNREADABLE, STATEMENT_TOO_LONG
 */
export async function readXlsxRows(file: Buffer): Promise<Cell[][]> {
  const parts = unzipWithin(file, limits, isPart);
  const sheets = [...parts].filter(([name]) => isSheet(name)).map(([, content]) => content.toString('utf8'));
  if (sheets.length === 0) throw unreadable('不是工作簿');
  for (const sheet of sheets) refuseBeyondLimits(sheet);
  const filled = sheets.filter((sheet) => /<(?:\w+:)?(?:v|t)[\s>]/.test(sheet));
  if (filled.length > 1) throw unreadable('有多张工作表,请只保留费用明细所在的一张');
  const formulas = formulaCells(filled[0] ?? '');

  const book = await parse(storeZip(parts));
  const data =
    book.map((sheet) => sheet.data).find((rows) => rows.some((row) => row.some((cell) => cell !== null))) ?? [];
  return data.map((row, rowAt) =>
    row.map((value, columnAt) => ({ ...cellOf(value), formula: formulas.has(`${columnName(columnAt)}${rowAt + 1}`) })),
  );
}

interface NumberText {
  number: string;
}

async function parse(workbook: Buffer) {
  try {
    // Numbers stay text: 8640.2 must not pass through a float on its way to 分.
    return await readXlsxFile<NumberText>(workbook, { parseNumber: (text) => ({ number: text }) });
  } catch {
    throw unreadable('工作簿内容有误');
  }
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return { text: '' };
  if (value instanceof Date) return { text: Number.isNaN(value.getTime()) ? '' : value.toISOString().slice(0, 10) };
  if (typeof value === 'object' && 'number' in value) return { text: (value as NumberText).number, numeric: true };
  return { text: typeof value === 'string' ? value : String(value as boolean) };
}

function refuseBeyondLimits(sheet: string): void {
  const { rows, columns, lines } = statementLimits;
  let seen = 0;
  for (const [, letters, number] of sheet.matchAll(/<(?:\w+:)?(?:row|c)\b[^>]*?\br="([A-Za-z]*)(\d+)"/g)) {
    if (Number(number) > rows) throw new DomainError('STATEMENT_TOO_LONG', { limit: lines }, 'file');
    if (letters && columnNumber(letters) > columns) throw unreadable(`超过 ${columns} 列`);
    if ((seen += 1) > rows * columns) throw new DomainError('STATEMENT_TOO_LONG', { limit: lines }, 'file');
  }
  const rowTags = sheet.match(/<(?:\w+:)?row\b/g)?.length ?? 0;
  if (rowTags > rows) throw new DomainError('STATEMENT_TOO_LONG', { limit: lines }, 'file');
}

/** Addresses of the cells that hold a formula, found from each `<f` back to its cell. */
function formulaCells(sheet: string): Set<string> {
  const found = new Set<string>();
  for (const match of sheet.matchAll(/<(?:\w+:)?f[\s>/]/g)) {
    const before = sheet.slice(Math.max(0, match.index - 400), match.index);
    const address = [...before.matchAll(/<(?:\w+:)?c\b[^>]*?\br="([A-Za-z]+\d+)"/g)].pop()?.[1];
    if (address) found.add(address.toUpperCase());
  }
  return found;
}

function columnNumber(letters: string): number {
  return [...letters.toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

/** 0 → A, 25 → Z, 26 → AA. */
function columnName(place: number): string {
  const letter = String.fromCharCode(65 + (place % 26));
  return place < 26 ? letter : columnName(Math.floor(place / 26) - 1) + letter;
}
