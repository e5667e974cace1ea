import { batchPaymentGb18030, batchPaymentUtf8, type CsvLayout } from './csv/layouts';

/** What a file from the bank may be. */
export type IncomingForm = 'pain002' | 'camt053' | 'csvGb18030' | 'csvUtf8';

/**
 * What a file that somebody brings looks like from its first kilobytes. It decides who reads it and no more: the reader refuses what is
 * something else after all, in its own words.
 */
export function likelyForm(bytes: Uint8Array): IncomingForm {
  const start = Buffer.from(bytes.subarray(0, 4_096));
  // UTF-16 is refused by every reader, but by the one that speaks of the right kind of file.
  const letters = start
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/^(ï»¿|ÿþ|þÿ)/, '')
    .trimStart();
  if (letters.startsWith('<')) return /camt\.053|BkToCstmrStmt/.test(letters) ? 'camt053' : 'pain002';
  // The two forms differ in where their totals stand; a form in the other's encoding is still that form.
  const startsAs = ({ mark }: CsvLayout) =>
    ['utf-8', 'gb18030'].some((encoding) => new TextDecoder(encoding).decode(start).replace(/^"/, '').startsWith(mark));
  return startsAs(batchPaymentGb18030) || !startsAsTitles(start, batchPaymentUtf8) ? 'csvGb18030' : 'csvUtf8';
}

function startsAsTitles(start: Buffer, { results }: CsvLayout): boolean {
  const titles = results.columns.map(({ title }) => title).join(',');
  return ['utf-8', 'gb18030', 'utf-16le'].some((encoding) =>
    new TextDecoder(encoding).decode(start).startsWith(titles),
  );
}
