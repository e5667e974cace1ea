import ExcelJS from 'exceljs';
import JSZip from 'jszip';

/** A cell as a hospital's system writes it: text, or a number with two decimals. */
export type Cell = string | number | null;

export type CsvEncoding = 'utf8' | 'utf8Bom' | 'gb18030';

/** Comma-separated, CRLF, quoted where a field needs it. */
export function writeCsv(rows: readonly (readonly Cell[])[], encoding: CsvEncoding): Buffer {
  const text = rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
  if (encoding === 'gb18030') return encodeGb18030(text);
  return Buffer.from(encoding === 'utf8Bom' ? `\uFEFF${text}` : text, 'utf8');
}

function csvField(cell: Cell): string {
  const text = cell === null ? '' : typeof cell === 'number' ? cell.toFixed(2) : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

let gb18030: Map<string, number> | undefined;

/** Node decodes GB18030 but does not encode it: the two-byte part of its table is turned round. */
export function encodeGb18030(text: string): Buffer {
  gb18030 ??= twoByteTable();
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) {
      bytes.push(code);
      continue;
    }
    const pair = gb18030.get(character);
    if (pair === undefined) throw new Error(`U+${code.toString(16)} has no two-byte code`);
    bytes.push(pair >> 8, pair & 255);
  }
  return Buffer.from(bytes);
}

function twoByteTable(): Map<string, number> {
  const decoder = new TextDecoder('gb18030');
  const table = new Map<string, number>();
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      if (trail === 0x7f) continue;
      const character = decoder.decode(Buffer.from([lead, trail]));
      if ([...character].length === 1 && character !== '\uFFFD') table.set(character, (lead << 8) | trail);
    }
  }
  return table;
}

/** One sheet; dates inside and on the ZIP entries are fixed, so that the same rows give the same bytes. */
export async function writeXlsx(sheetName: string, rows: readonly (readonly Cell[])[]): Promise<Buffer> {
  const fixed = new Date('2026-01-01T00:00:00Z');
  const workbook = new ExcelJS.Workbook();
  workbook.created = fixed;
  workbook.modified = fixed;
  workbook.creator = 'banjie examples';
  workbook.lastModifiedBy = 'banjie examples';
  const sheet = workbook.addWorksheet(sheetName);
  for (const row of rows) {
    const added = sheet.addRow(row.map((cell) => cell ?? ''));
    added.eachCell((cell) => {
      if (typeof cell.value === 'number') cell.numFmt = '0.00';
    });
  }
  sheet.columns.forEach((column, place) => {
    column.width = [6, 12, 22, 30, 12, 10, 12, 12][place] ?? 12;
  });
  const written = await JSZip.loadAsync(Buffer.from(await workbook.xlsx.writeBuffer()));
  const repacked = new JSZip();
  for (const name of Object.keys(written.files).sort()) {
    const entry = written.files[name];
    if (!entry || entry.dir) continue;
    repacked.file(name, await entry.async('nodebuffer'), { date: fixed, createFolders: false });
  }
  return repacked.generateAsync({ type: 'nodebuffer', compression: 'DEFLATE', platform: 'DOS' });
}
