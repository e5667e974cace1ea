import { bankOrderNoSchema } from '@banjie/contracts';
import { DomainError, fen, sumFen, type ErrorCode, type Fen } from '@banjie/domain';
import { readLimited, sha256Of, type BankFileSource } from './file-bytes';
import { parseAmount } from './amounts';

export type BankFileKind = 'pain.001' | 'pain.002' | 'camt.053' | 'csvPayments' | 'csvResults';
export type FileEncoding = 'utf-8' | 'utf-8-bom' | 'gb18030' | 'gbk';

/** What is wrong with one line, or with the file where `line` is null. Sentences name order numbers, never persons. */
export interface FileFault {
  /** XML: the transaction's place in the file; CSV: the line of the file. Both count from 1. */
  line: number | null;
  code: ErrorCode;
  message: string;
  next: string;
  /** The line's order number where it could be read. */
  orderNo: string | null;
  /** The line's amount where it could be read, so that its money can be accounted for as an exception. */
  amountFen: Fen | null;
}

/**
 * What came of reading a bank file. `refused` is the code that refuses the whole file; then `lines` is empty, `head` is
 * null, and nothing of the file may be posted. Otherwise every line is in `lines` or in `faults`, never in both.
 */
export interface BankFileReport<Line, Head> {
  file: {
    /** Of the exact bytes; null when the file was too large to be read. */
    sha256: string | null;
    /** Bytes read; of a file that is too large, those read until that was known. */
    bytes: number;
    encoding: FileEncoding | null;
    kind: BankFileKind;
    messageId: string | null;
    /** Lines seen, faulty ones included, and the sum of the amounts that could be read. */
    count: number;
    sumFen: Fen;
  };
  head: Head | null;
  lines: Line[];
  faults: FileFault[];
  refused: ErrorCode | null;
}

/** How much is read at most. The second limit holds what a small file can unfold to in memory. */
export interface ReadLimits {
  /** Default 64 MiB. */
  maxBytes: number;
  /** XML elements or CSV lines; default one million, some forty thousand payments. */
  maxParts: number;
}
export const defaultReadLimits: ReadLimits = { maxBytes: 64 * 1024 * 1024, maxParts: 1_000_000 };

/** A line as it stands in the file. */
export interface RawLine {
  line: number;
  orderNo: string | undefined;
  amount: string | undefined;
}

interface LineFacts {
  line: number;
  /** What may stand in the file once. */
  key: string;
  orderNo: string | null;
  amountFen: Fen | null;
}

/** Collects lines and faults of one file; what a line says about money counts in the totals also when the line is bad. */
export class Reading<Line> {
  encoding: FileEncoding | null = null;
  messageId: string | null = null;
  readonly faults: FileFault[] = [];
  readonly seen: { line: number; amountFen: Fen | null }[] = [];
  private readonly good = new Map<number, Line>();
  private readonly firstWith = new Map<string, LineFacts>();

  get lines(): Line[] {
    return [...this.good.values()];
  }

  /** Takes one line about a payment, each order at most once. What `make` throws as a DomainError becomes its fault. */
  add(raw: RawLine, make: (orderNo: string, amountFen: Fen) => Line): void {
    const { line } = raw;
    const amountFen = this.see(line, raw.amount);
    const orderNo = bankOrderNoSchema.safeParse(raw.orderNo).data;
    if (orderNo === undefined) this.fault(line, new DomainError('BANK_LINE_ORDER_NO', { line }), null, amountFen);
    else this.take({ line, key: orderNo, orderNo, amountFen }, (amount) => make(orderNo, amount));
  }

  /** Reads an amount and counts its line, good or bad. */
  see(line: number, amount: string | undefined): Fen | null {
    const amountFen = parseAmount(amount);
    this.seen.push({ line, amountFen });
    return amountFen;
  }

  /** Takes one line under a key that no other line may have: nobody could tell which is meant, so the first goes as well. */
  take(facts: LineFacts, make: (amountFen: Fen) => Line): void {
    const { line, key, orderNo, amountFen } = facts;
    const first = this.firstWith.get(key);
    if (first) {
      if (this.good.delete(first.line)) this.duplicate(first, line);
      return this.duplicate(facts, first.line);
    }
    this.firstWith.set(key, facts);
    try {
      if (amountFen === null) throw new DomainError('BANK_LINE_AMOUNT', { line });
      this.good.set(line, make(amountFen));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.fault(line, error, orderNo, amountFen);
    }
  }

  private duplicate({ line, orderNo, amountFen }: LineFacts, first: number): void {
    this.fault(line, new DomainError('BANK_LINE_DUPLICATE', { line, first }), orderNo, amountFen);
  }

  fault(line: number | null, error: DomainError, orderNo: string | null = null, amountFen: Fen | null = null): void {
    this.faults.push({ line, code: error.code, message: error.message, next: error.next, orderNo, amountFen });
  }
}

/** Lines and readable sum of a part of the file, to be held against what the file states. */
export interface Counted {
  count: number;
  sumFen: Fen;
  /** Lines whose amount cannot be read. */
  unreadable: number;
}

export function countOf(amounts: readonly (Fen | null)[]): Counted {
  const readable = amounts.filter((amount) => amount !== null);
  return { count: amounts.length, sumFen: sumFen(readable), unreadable: amounts.length - readable.length };
}

/**
 * Holds stated totals against the lines. The number of lines must agree always, the sum to the 分; beside lines whose
 * amount cannot be read it must leave them at least one 分 each, which is all that can then be known.
 * @throws DomainError BANK_FILE_TOTALS
 */
export function checkTotals(
  what: string,
  stated: { count: string | undefined; sum: string | undefined },
  counted: Counted,
): void {
  const fault = (said: string, found: string) =>
    new DomainError('BANK_FILE_TOTALS', { what, stated: said, counted: found });
  if (stated.count !== undefined && !/^0*\d{1,15}$/.test(stated.count))
    throw fault('不是数字的笔数', `${counted.count} 笔`);
  if (stated.count !== undefined && Number(stated.count) !== counted.count) {
    throw fault(`${Number(stated.count)} 笔`, `${counted.count} 笔`);
  }
  if (stated.sum === undefined) return;
  const sum = parseAmount(stated.sum, { orZero: true });
  if (sum === null) throw fault('不是数字的金额', `${counted.sumFen} 分`);
  const left = sum - counted.sumFen;
  if (counted.unreadable === 0 ? left !== 0 : left < counted.unreadable)
    throw fault(`${sum} 分`, `${counted.sumFen} 分`);
}

/**
 * Reads a whole file under the limits and hands its bytes to `parse`; a DomainError thrown there refuses the file.
 * Errors of the source itself (a broken stream) are passed on.
 */
export async function readReport<Line, Head>(
  kind: BankFileKind,
  source: BankFileSource,
  limits: ReadLimits,
  parse: (bytes: Buffer, reading: Reading<Line>) => Head,
): Promise<BankFileReport<Line, Head>> {
  const { bytes, length } = await readLimited(source, limits.maxBytes);
  const reading = new Reading<Line>();
  const sha256 = bytes === null ? null : sha256Of(bytes);
  const report = (outcome: { head: Head | null; lines: Line[]; refused: ErrorCode | null }) => {
    const { encoding, messageId, seen, faults } = reading;
    const counted = refusedSum(seen.map(({ amountFen }) => amountFen));
    faults.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
    return { file: { sha256, bytes: length, encoding, kind, messageId, ...counted }, faults, ...outcome };
  };
  try {
    if (bytes === null)
      throw new DomainError('BANK_FILE_TOO_LARGE', { limit: `${Math.floor(limits.maxBytes / 1024 / 1024)} MB` });
    if (bytes.length === 0) throw new DomainError('BANK_FILE_BROKEN', { at: '文件是空的' });
    const head = parse(bytes, reading);
    return report({ head, lines: reading.lines, refused: null });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    reading.fault(null, error);
    return report({ head: null, lines: [], refused: error.code });
  }
}

/** Count and sum for the report; a sum beyond what can be counted exactly has refused the file and is shown as nothing. */
function refusedSum(amounts: readonly (Fen | null)[]): { count: number; sumFen: Fen } {
  try {
    return { count: amounts.length, sumFen: countOf(amounts).sumFen };
  } catch {
    return { count: amounts.length, sumFen: fen(0) };
  }
}
