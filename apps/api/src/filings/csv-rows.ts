import { DomainError } from '@banjie/domain';
import { CsvError, parse } from 'csv-parse';
import { Readable, pipeline } from 'node:stream';
import { TextDecoder } from 'node:util';

const chunkBytes = 64 * 1024;
const unreadable = (reason: string) => new DomainError('STATEMENT_UNREADABLE', { reason }, 'file');

export interface CsvRow {
  /** Line of the file, from 1. */
  row: number;
  texts: string[];
}

/**
 * Rows of a text file one after the other; the reader may stop at any of them and the rest is never parsed. UTF-8 with
 * or without a mark, UTF-16 with one, otherwise GB18030; comma, tab or semicolon, whichever the first lines use.
 * @throws DomainError STATEMENT_UNREADABLE
 */
export async function* readCsvRows(file: Buffer): AsyncGenerator<CsvRow> {
  const encoding = encodingOf(file);
  const delimiter = delimiterOf(new TextDecoder(encoding).decode(file.subarray(0, chunkBytes)));
  const source = Readable.from(decoded(file, encoding));
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: chunkBytes,
  });
  pipeline(source, parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { row: info.lines, texts: record };
    }
  } catch (error) {
    if (error instanceof CsvError) throw unreadable(sentenceOf(error));
    if ((error as { code?: unknown }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw unreadable('文字编码不是 UTF-8 或 GB18030');
    throw error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function* decoded(file: Buffer, encoding: string): Generator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for (let at = 0; at < file.length; at += chunkBytes) {
    yield decoder.decode(file.subarray(at, at + chunkBytes), { stream: true });
  }
  yield decoder.decode();
}

function encodingOf(file: Buffer): string {
  if (file[0] === 0xff && file[1] === 0xfe) return 'utf-16le';
  if (file[0] === 0xfe && file[1] === 0xff) return 'utf-16be';
  const head = file.subarray(0, chunkBytes);
  if (head.includes(0)) throw unreadable('不是文本文件');
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'gb18030';
  }
}

function delimiterOf(head: string): string {
  const lines = head.split(/\r?\n/, 40).join('\n');
  const count = (mark: string) => lines.split(mark).length - 1;
  const [most] = [',', '\t', ';'].sort((a, b) => count(b) - count(a));
  return most!;
}

function sentenceOf(error: CsvError): string {
  const at = typeof error.lines === 'number' ? `第 ${error.lines} 行` : '文件中';
  if (error.code === 'CSV_MAX_RECORD_SIZE') return `${at}过长`;
  return `${at}的引号不成对`;
}
