import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { stream } from 'exceljs';

export type Cell = string | number | null;

export interface Sheet {
  name: string;
  rows: readonly (readonly Cell[])[];
  /** Number formats by column, counted from 1; a workbook without any has no styles. */
  formats?: Readonly<Record<number, string>>;
  /** In characters, by column, counted from 1. */
  widths?: Readonly<Record<number, number>>;
}

/** A workbook; the same sheets as of the same instant give the same bytes. */
export async function writeWorkbook(asOf: Date, sheets: readonly Sheet[]): Promise<Buffer> {
  const target = new PassThrough();
  const written = buffer(target);
  const useStyles = sheets.some(({ formats }) => formats !== undefined);
  const workbook = new stream.xlsx.WorkbookWriter({ stream: target, useStyles, useSharedStrings: false });
  workbook.creator = '办结';
  workbook.created = workbook.modified = asOf;
  for (const { name, rows, formats = {}, widths = {} } of sheets) {
    const sheet = workbook.addWorksheet(name);
    for (const [column, width] of Object.entries(widths)) sheet.getColumn(Number(column)).width = width;
    for (const cells of rows) {
      const row = sheet.addRow(cells);
      for (const [column, format] of Object.entries(formats)) row.getCell(Number(column)).numFmt = format;
      row.commit();
    }
    sheet.commit();
  }
  await workbook.commit();
  return withFixedTimes(await written);
}

/** 1980-01-01 00:00, the first instant a zip can name. */
const fixedDosTime = Buffer.from([0, 0, 0x21, 0]);
const [centralEntry, endOfDirectory] = [0x02014b50, 0x06054b50];

/** A zip notes when each part was packed; that must not tell one print of a closed month from the next. */
function withFixedTimes(zip: Buffer): Buffer {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || zip.readUInt32LE(end) !== endOfDirectory) throw new Error('no zip');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== centralEntry) throw new Error('no entry of a zip');
    fixedDosTime.copy(zip, at + 12);
    fixedDosTime.copy(zip, zip.readUInt32LE(at + 42) + 10);
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return zip;
}
