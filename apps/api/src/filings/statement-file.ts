import { DomainError, StatementTable, type ReadStatement } from '@banjie/domain';
import { readCsvRows } from './csv-rows';
import { readXlsxRows } from './xlsx-rows';

/**
 * The hospital's 费用结算清单 as CSV or XLSX, told apart by content. All faults are thrown together; a file that is too
 * long is left at the first line beyond the limit.
 * @throws DomainError STATEMENT_UNREADABLE, STATEMENT_TOO_LONG, STATEMENT_HEADER_MISSING, STATEMENT_EMPTY, STATEMENT_FAULTS
 */
export async function readStatementFile(file: Buffer): Promise<ReadStatement> {
  const table = new StatementTable();
  if (file.length === 0) throw new DomainError('STATEMENT_EMPTY', {}, 'file');
  if (file.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) {
    (await readXlsxRows(file)).forEach((cells, place) => table.add(place + 1, cells));
    return table.finish();
  }
  if (file.subarray(0, 4).equals(Buffer.from('d0cf11e0', 'hex'))) {
    throw new DomainError('STATEMENT_UNREADABLE', { reason: '是旧版 XLS 格式' }, 'file');
  }
  for await (const { row, texts } of readCsvRows(file))
    table.add(
      row,
      texts.map((text) => ({ text })),
    );
  return table.finish();
}
