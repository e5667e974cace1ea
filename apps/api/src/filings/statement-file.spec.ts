import { DomainError } from '@banjie/domain';
import ExcelJS from 'exceljs';
import { readStatementFile } from './statement-file';
import { storeZip } from './store-zip';

const header = ['日期', '项目编码', '项目名称', '类别', '数量', '单价', '金额'];
const rows = [
  ['2025-06-01', 'CW001', '普通病房床位费', '床位费', '2', '35.00', '70.00'],
  ['2025-06-02', 'XY001', '阿莫西林,胶囊', '西药费', '0.5', '8640.40', '4320.20'],
];
const csvLine = (cells: string[], mark = ',') =>
  cells.map((cell) => (cell.includes(mark) ? `"${cell}"` : cell)).join(mark);
const csv = (mark = ',') => [header, ...rows].map((row) => csvLine(row, mark)).join('\r\n') + '\r\n';

/** GB18030 of the characters used here, made by asking the decoder for every two-byte code. */
function gb18030(text: string): Buffer {
  const decoder = new TextDecoder('gb18030');
  const table = new Map<string, [number, number]>();
  for (let high = 0x81; high <= 0xfe; high += 1) {
    for (let low = 0x40; low <= 0xfe; low += 1) table.set(decoder.decode(Uint8Array.of(high, low)), [high, low]);
  }
  return Buffer.from([...text].flatMap((c) => (c.charCodeAt(0) < 128 ? [c.charCodeAt(0)] : table.get(c)!)));
}

async function xlsx(fill: (sheet: ExcelJS.Worksheet, book: ExcelJS.Workbook) => void): Promise<Buffer> {
  const book = new ExcelJS.Workbook();
  fill(book.addWorksheet('费用清单'), book);
  return Buffer.from(await book.xlsx.writeBuffer());
}

const codeOf = (file: Buffer) =>
  readStatementFile(file).then(
    () => 'read',
    (error: unknown) => (error instanceof DomainError ? error.code : Promise.reject(error)),
  );

const expected = [
  { lineNo: 1, serviceDate: '2025-06-01', itemCode: 'CW001', quantity: '2', unitPriceFen: 3_500, amountFen: 7_000 },
  {
    lineNo: 2,
    serviceDate: '2025-06-02',
    itemName: '阿莫西林,胶囊',
    quantity: '0.5',
    unitPriceFen: 864_040,
    amountFen: 432_020,
  },
];

describe('CSV', () => {
  it.each<[string, () => Buffer]>([
    ['UTF-8', () => Buffer.from(csv())],
    ['UTF-8 with a mark', () => Buffer.from('\uFEFF' + csv())],
    ['GB18030', () => gb18030(csv())],
    ['UTF-16 with tabs', () => Buffer.from('\uFEFF' + csv('\t'), 'utf16le')],
    ['tabs', () => Buffer.from(csv('\t'))],
  ])('reads %s', async (_, file) => {
    expect(await readStatementFile(file())).toMatchObject({ lines: expected, sumFen: 439_020 });
  });

  it('says the line of an open quote', async () => {
    await expect(readStatementFile(Buffer.from(csv() + '2025-06-03,"X\n'))).rejects.toMatchObject({
      code: 'STATEMENT_UNREADABLE',
    });
  });

  it('keeps row numbers over blank lines', async () => {
    const file = Buffer.from(`${header.join()}\n\n\n${rows[0]!.join()}\n,,,,,,-1\n`);
    const error = await readStatementFile(file).catch((e: unknown) => e as DomainError);
    expect((error as DomainError).facts.faults).toContainEqual(expect.objectContaining({ row: 5, column: '金额' }));
  });

  it('leaves a file of a million lines at line 5,001', async () => {
    const line = Buffer.from('20250601,X,y,z,1,1,1\n');
    const file = Buffer.concat([Buffer.from(`${header.join()}\n`), Buffer.alloc(line.length * 900_000, line)]);
    const before = process.memoryUsage().heapUsed;
    expect(await codeOf(file)).toBe('STATEMENT_TOO_LONG');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
  });

  it('stops at one endless line', async () => {
    expect(await codeOf(Buffer.alloc(5_000_000, 'a'))).toBe('STATEMENT_UNREADABLE');
  });

  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'STATEMENT_EMPTY'],
    ['bytes of no text', Buffer.from([1, 0, 2, 0, 3]), 'STATEMENT_UNREADABLE'],
    ['an old XLS', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'STATEMENT_UNREADABLE'],
    ['a broken encoding', Buffer.concat([Buffer.from(csv()), Buffer.from([0xff, 0xff, 0xff])]), 'STATEMENT_UNREADABLE'],
    ['another table', Buffer.from('姓名,年龄\n甲,3\n'), 'STATEMENT_HEADER_MISSING'],
  ])('refuses %s', async (_, file, code) => {
    expect(await codeOf(file)).toBe(code);
  });
});

describe('XLSX', () => {
  const numbers = (row: string[]) => row.map((cell, place) => (place > 3 ? Number(cell) : cell));

  it('reads text, numbers and date cells, the total row and its formula', async () => {
    const file = await xlsx((sheet, book) => {
      sheet.addRow(['示例医院费用结算清单']);
      sheet.addRow(header);
      sheet.addRow(numbers(rows[0]!));
      const dated = sheet.addRow([new Date('2025-06-02T00:00:00Z'), ...numbers(rows[1]!).slice(1)]);
      dated.getCell(1).numFmt = 'yyyy-mm-dd';
      sheet.addRow(['合计', null, null, null, null, null, { formula: 'SUM(G3:G4)', result: 4390.2 }]);
      book.addWorksheet('Sheet2');
    });
    expect(await readStatementFile(file)).toMatchObject({ lines: expected, printedTotalFen: 439_020 });
  });

  it('refuses a formula among the lines, by its row', async () => {
    const file = await xlsx((sheet) => {
      sheet.addRow(header);
      sheet.addRow([...numbers(rows[0]!).slice(0, 6), { formula: 'E2*F2', result: 70 }]);
    });
    const error = await readStatementFile(file).catch((e: unknown) => e as DomainError);
    expect((error as DomainError).facts.faults).toEqual([
      { row: 2, column: '金额', message: '第 2 行“金额”是公式,请粘贴为数值。' },
    ]);
  });

  it('refuses two filled sheets, 5,001 lines, a far row, a far column and a damaged book', async () => {
    const two = await xlsx((sheet, book) => {
      sheet.addRow(header);
      book.addWorksheet('另一张').addRow(header);
    });
    expect(await codeOf(two)).toBe('STATEMENT_UNREADABLE');
    const long = await xlsx((sheet) => {
      sheet.addRow(header);
      for (let at = 0; at < 5_001; at += 1) sheet.addRow(numbers(rows[0]!));
    });
    expect(await codeOf(long)).toBe('STATEMENT_TOO_LONG');
    const far = await xlsx((sheet) => {
      sheet.addRow(header);
      sheet.getCell('A1048576').value = 'x';
    });
    expect(await codeOf(far)).toBe('STATEMENT_TOO_LONG');
    const wide = await xlsx((sheet) => {
      sheet.addRow(header);
      sheet.getCell('XFD2').value = 'x';
    });
    expect(await codeOf(wide)).toBe('STATEMENT_UNREADABLE');
    expect(await codeOf(far.subarray(0, far.length - 30))).toBe('STATEMENT_UNREADABLE');
    expect(await codeOf(storeZip(new Map([['readme.txt', Buffer.from('x')]])))).toBe('STATEMENT_UNREADABLE');
    expect(await codeOf(storeZip(new Map([['xl/worksheets/sheet1.xml', Buffer.from('<x')]])))).toBe(
      'STATEMENT_UNREADABLE',
    );
  });

  it('refuses a zip bomb before it unpacks it, and a directory that lies about sizes', async () => {
    const bomb = await xlsx((sheet) => {
      sheet.addRow(header);
      sheet.getCell('A2').value = 'x'.repeat(60_000_000);
    });
    expect(bomb.length).toBeLessThan(1_000_000);
    expect(await codeOf(bomb)).toBe('STATEMENT_UNREADABLE');
    const lying = Buffer.from(bomb);
    for (let at = 0; at < lying.length - 46; at += 1) {
      if (lying.readUInt32LE(at) === 0x02014b50) lying.writeUInt32LE(1_000, at + 24);
    }
    expect(await codeOf(lying)).toBe('STATEMENT_UNREADABLE');
  });
});
