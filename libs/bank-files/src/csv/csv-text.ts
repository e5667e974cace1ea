import { DomainError } from '@banjie/domain';
import { parse, type InfoRecord } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { FileEncoding, ReadLimits, Reading } from '../file-report';
import { decodeGb18030, encodeGb18030 } from './gb18030';
import type { CsvColumn, CsvLayout, TotalsField } from './layouts';

/** A record and the line of the file on which it ends. */
export interface CsvRecord {
  line: number;
  cells: string[];
}

const isChinese = (encoding: FileEncoding): encoding is 'gb18030' | 'gbk' =>
  encoding === 'gb18030' || encoding === 'gbk';
const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Undefined when the encoding has no bytes for a character. */
export function encodeText(text: string, encoding: FileEncoding): Buffer | undefined {
  if (isChinese(encoding)) return encodeGb18030(text, encoding);
  return /\p{Cs}/u.test(text) ? undefined : Buffer.from(text, 'utf8');
}

/** The bytes of records that were checked cell by cell. */
export function writeRecords(records: readonly (readonly string[])[], { encoding, lineEnd }: CsvLayout): Buffer {
  const text = stringify(records as string[][], { record_delimiter: lineEnd });
  const bytes = encodeText(text, encoding);
  if (bytes === undefined)
    throw new DomainError('BANK_BATCH_UNWRITABLE', { reason: `含有 ${encoding} 编码没有的字符` });
  return encoding === 'utf-8-bom' ? Buffer.concat([utf8Mark, bytes]) : bytes;
}

/**
 * Reads a file of this layout into its totals and lines. The layout's encoding is not guessed at but required: bytes of one
 * encoding often pass as another one with other characters, which the column titles then betray.
 * @throws DomainError BANK_FILE_ENCODING, BANK_FILE_BROKEN, BANK_FILE_KIND, BANK_FILE_TOO_LARGE
 */
export function readRecords<Field>(
  bytes: Buffer,
  layout: CsvLayout,
  side: { label: string; totals: readonly TotalsField[]; columns: readonly CsvColumn<Field>[] },
  limits: ReadLimits,
  reading: Reading<unknown>,
): { totals: Map<TotalsField, string>; lines: CsvRecord[] } {
  const wanted = side.columns.map(({ title }) => title);
  const text = decode(bytes, layout.encoding, wanted, reading);
  const separator = /[,\n]/g;
  for (let parts = 0; separator.test(text); parts += 1) {
    if (parts >= limits.maxParts) throw new DomainError('BANK_FILE_TOO_LARGE', { limit: `${limits.maxParts} 个栏目` });
  }
  // A line cut off in its last cell looks whole; only its end proves it.
  if (!text.endsWith('\n')) throw broken('最后一行没有结束');
  const records = parseRecords(text);
  const titles = records.splice(layout.totals === 'first' ? 1 : 0, 1)[0];
  if (titles?.cells.join() !== wanted.join()) {
    throw new DomainError('BANK_FILE_KIND', { expected: side.label, reason: '栏目名称或顺序与约定的不同' });
  }
  const totals = layout.totals === 'first' ? records.shift() : records.pop();
  if (totals?.cells[side.totals.indexOf('mark')] !== layout.mark || totals.cells.length !== side.totals.length) {
    throw broken(`没有“${layout.mark}”行`);
  }
  const cells = totals.cells.map((cell) => cell.trim());
  return { totals: new Map(side.totals.map((field, place) => [field, cells[place] ?? ''])), lines: records };
}

function parseRecords(text: string): CsvRecord[] {
  try {
    const records = parse(text, {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: 16_384,
      record_delimiter: ['\r\n', '\n'],
    }) as unknown as { info: InfoRecord; record: string[] }[];
    return records.map(({ info, record }) => ({ line: info.lines, cells: record }));
  } catch {
    throw broken('引号不成对,或有一行过长');
  }
}

function decode(bytes: Buffer, encoding: FileEncoding, titles: readonly string[], reading: Reading<unknown>): string {
  const expected = encoding.toUpperCase();
  const wrong = (reason: string) => new DomainError('BANK_FILE_ENCODING', { expected, reason });
  if (bytes[0] === 0xff || bytes[0] === 0xfe) throw wrong('文件是 UTF-16');
  const hasMark = bytes.subarray(0, 3).equals(utf8Mark);
  const holdsTitles = (text: string | undefined) => text !== undefined && text.includes(titles.join(','));
  const utf8 = decodeUtf8(bytes);
  const chinese = decodeGb18030(bytes);
  if (isChinese(encoding)) {
    if (hasMark || (holdsTitles(utf8) && !holdsTitles(chinese))) throw wrong('文件是 UTF-8');
    if (chinese === undefined) throw wrong('含有不属于该编码的字节');
    reading.encoding = encoding;
    return chinese;
  }
  if (utf8 === undefined) throw wrong(holdsTitles(chinese) ? '文件是 GB18030' : '含有不属于该编码的字节');
  reading.encoding = hasMark ? 'utf-8-bom' : 'utf-8';
  return utf8;
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const broken = (at: string) => new DomainError('BANK_FILE_BROKEN', { at });
