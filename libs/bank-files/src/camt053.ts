import { bankOrderNoSchema } from '@banjie/contracts';
import { DomainError, fen, type BankReason, type Fen } from '@banjie/domain';
import { parseAmount } from './amounts';
import type { BankFileSource } from './file-bytes';
import {
  checkTotals,
  countOf,
  defaultReadLimits,
  readReport,
  type BankFileReport,
  type ReadLimits,
  type Reading,
} from './file-report';
import { dayOf, instantOf, reasonOf } from './transfer-results';
import { parseMessage, type XmlElement } from './xml/xml-reader';

/** Elements and their order: `camt053-writer.ts`. */
const version = 'camt.053.001.08';

/**
 * One entry of the account. `debit` pays out, `return` brings a payment back (退票: RtrInf or RvslInd), `credit` is any other
 * money coming in. A payment without an order (a fee, a handing over) has no number, and is found out by hand. Two debits under one order
 * are two lines: what the bank has booked is not hidden, reconciliation must see it.
 */
export interface StatementLine {
  /** The entry's own number in the account (NtryRef, else AcctSvcrRef), once in a file. */
  entryRef: string;
  kind: 'debit' | 'credit' | 'return';
  orderNo: string | null;
  /** Always positive; `kind` says where it went. */
  amountFen: Fen;
  fundAccount: string;
  /** Which statement of the file has it, from 0. */
  statement: number;
  /** The other party: of a credit, who paid. */
  payeeAccount: string | null;
  /** Of a credit: interest that the bank pays on the account (ACMT/MCOP/INTR). */
  isInterest: boolean;
  bankReference: string | null;
  /** The day in Beijing. */
  bookedOn: string;
  /** ISO instant with offset where the file has one. */
  bookedAt: string | null;
  /** Of a return. */
  reason: BankReason | null;
}

/** One statement, or one page of it; opening + credits − debits = closing has been checked. */
export interface StatementHead {
  statementId: string;
  fundAccount: string;
  /** ElctrncSeqNb: counts an account's statements without gaps. */
  sequenceNo: number | null;
  page: number;
  isLastPage: boolean;
  from: string | null;
  to: string | null;
  openingFen: Fen;
  closingFen: Fen;
  /** Faulty lines included. */
  debits: { count: number; sumFen: Fen };
  credits: { count: number; sumFen: Fen };
}

export interface Camt053Head {
  createdAt: string;
  statements: StatementHead[];
}

/**
 * Reads statements. An entry whose amount cannot be read refuses the file, as the balance then proves nothing; other faults of a
 * line are reported with its amount (negative where money left the account), so that every 分 stays accounted for.
 * Faults: `BankFileReport`.
 */
export function readCamt053(
  source: BankFileSource,
  limits: Partial<ReadLimits> = {},
): Promise<BankFileReport<StatementLine, Camt053Head>> {
  const allLimits = { ...defaultReadLimits, ...limits };
  return readReport<StatementLine, Camt053Head>('camt.053', source, allLimits, (bytes, reading) => {
    const expected = { label: '对账单 camt.053', versions: [version], element: 'BkToCstmrStmt' };
    const { message, hasBom } = parseMessage(bytes, expected, allLimits);
    reading.encoding = hasBom ? 'utf-8-bom' : 'utf-8';
    const header = message.get('GrpHdr');
    reading.messageId = header.getText('MsgId');
    const statements = message.all('Stmt').map((statement, n) => readStatement(statement, n, reading));
    if (statements.length === 0) throw new DomainError('BANK_FILE_ELEMENT', { element: 'BkToCstmrStmt/Stmt' });
    return { createdAt: header.getText('CreDtTm'), statements };
  });
}

function readStatement(statement: XmlElement, n: number, reading: Reading<StatementLine>): StatementHead {
  const statementId = statement.getText('Id');
  const fundAccount = statement.getText('Acct/Id/Othr/Id');
  const { openingFen, closingFen } = readBalances(statement);
  const amounts: Record<Direction, (Fen | null)[]> = { CRDT: [], DBIT: [] };
  for (const entry of statement.all('Ntry')) {
    const direction = directionOf(entry);
    if (entry.text('Sts/Cd') !== 'BOOK') {
      const line = reading.seen.length + 1;
      reading.see(line, undefined); // not in the books yet, and not in the balance
      reading.fault(line, new DomainError('BANK_LINE_STATUS', { line }));
    } else amounts[direction].push(readEntry(entry, { direction, fundAccount, statement: n, reading }));
  }
  const credits = countOf(amounts.CRDT);
  const debits = countOf(amounts.DBIT);
  const summary = statement.find('TxsSummry');
  for (const [name, what, counted] of [
    ['TtlCdtNtries', '贷方合计', credits],
    ['TtlDbtNtries', '借方合计', debits],
  ] as const) {
    checkTotals(what, { count: summary?.text(`${name}/NbOfNtries`), sum: summary?.text(`${name}/Sum`) }, counted);
  }
  const expected = openingFen + credits.sumFen - debits.sumFen;
  const unreadable = credits.unreadable + debits.unreadable > 0;
  if (unreadable || expected !== closingFen) {
    const facts = { statementId, opening: `${openingFen} 分`, closing: `${closingFen} 分` };
    const due = unreadable ? '无法计算(有金额无效)' : `${expected} 分`;
    throw new DomainError('BANK_FILE_BALANCE', { ...facts, expected: due });
  }
  return {
    statementId,
    fundAccount,
    sequenceNo: wholeNumber(statement, 'ElctrncSeqNb'),
    page: wholeNumber(statement, 'StmtPgntn/PgNb') ?? 1,
    isLastPage: ['true', '1', undefined].includes(statement.text('StmtPgntn/LastPgInd')),
    from: instantOf(statement.text('FrToDt/FrDtTm')) ?? null,
    to: instantOf(statement.text('FrToDt/ToDtTm')) ?? null,
    openingFen,
    closingFen,
    debits: { count: debits.count, sumFen: debits.sumFen },
    credits: { count: credits.count, sumFen: credits.sumFen },
  };
}

type Direction = 'CRDT' | 'DBIT';

function directionOf(element: XmlElement): Direction {
  const direction = element.getText('CdtDbtInd');
  if (direction !== 'CRDT' && direction !== 'DBIT')
    throw new DomainError('BANK_FILE_ELEMENT', { element: 'CdtDbtInd' });
  return direction;
}

/** Opening and closing balance; on a page in the middle of a statement the intermediate ones (ITBD) take their places. */
function readBalances(statement: XmlElement): { openingFen: Fen; closingFen: Fen } {
  const balances = statement.all('Bal').map((element) => {
    const amount = parseAmount(element.yuan('Amt'), { orZero: true });
    if (amount === null) throw new DomainError('BANK_FILE_ELEMENT', { element: 'Stmt/Bal/Amt' });
    const code = element.text('Tp/CdOrPrtry/Cd');
    return { code, amountFen: fen(directionOf(element) === 'DBIT' ? -amount : amount) };
  });
  const named = (...codes: string[]) => balances.filter(({ code }) => codes.includes(code ?? ''));
  const between = named('ITBD');
  const opening = named('OPBD', 'PRCD')[0] ?? between.shift();
  const closing = named('CLBD')[0] ?? between.pop();
  if (!opening || !closing) throw new DomainError('BANK_FILE_ELEMENT', { element: 'Stmt/Bal' });
  return { openingFen: opening.amountFen, closingFen: closing.amountFen };
}

/** Takes an entry, which may hold several payments booked together; answers with the entry's own amount. */
function readEntry(entry: XmlElement, of: EntryPlace): Fen | null {
  const details = entry.all('NtryDtls').flatMap((part) => part.all('TxDtls'));
  if (details.length <= 1) return readTransaction({ ...of, entry, detail: details[0] });
  const amounts = details.map((detail, place) => readTransaction({ ...of, entry, detail, place: place + 1 }));
  const amount = entry.yuan('Amt');
  checkTotals('合并入账的一笔', { count: undefined, sum: amount ?? '' }, countOf(amounts));
  return parseAmount(amount);
}

interface EntryPlace {
  direction: Direction;
  fundAccount: string;
  statement: number;
  reading: Reading<StatementLine>;
}
interface Transaction extends EntryPlace {
  entry: XmlElement;
  detail: XmlElement | undefined;
  /** Among several of one entry. */
  place?: number;
}

function readTransaction(transaction: Transaction): Fen | null {
  const { entry, detail, place, direction, fundAccount, statement, reading } = transaction;
  const line = reading.seen.length + 1;
  const amountFen = reading.see(line, place === undefined ? entry.yuan('Amt') : detail?.yuan('Amt'));
  const signedFen = amountFen === null ? null : fen(direction === 'DBIT' ? -amountFen : amountFen);
  const orderNo = bankOrderNoSchema.safeParse(detail?.text('Refs/EndToEndId')).data ?? null;
  const ownRef = entry.text('NtryRef') ?? entry.text('AcctSvcrRef');
  const entryRef = place === undefined ? ownRef : `${ownRef}/${place}`;
  const key = entryRef === undefined ? `line ${line}` : `${fundAccount} ${entryRef}`;
  reading.take({ line, key, orderNo, amountFen: signedFen }, () => {
    const isReversal = ['true', '1'].includes(entry.text('RvslInd') ?? '');
    const isReturn = isReversal || detail?.find('RtrInf') !== undefined;
    const kind = direction === 'DBIT' ? 'debit' : isReturn ? 'return' : 'credit';
    if (kind === 'debit' && isReversal) throw new DomainError('BANK_LINE_STATUS', { line });
    if (ownRef === undefined || entryRef === undefined)
      throw new DomainError('BANK_LINE_FIELD', { line, field: '流水号' });
    const isOurs = orderNo !== null && orderNo !== 'NOTPROVIDED';
    return {
      entryRef,
      kind,
      orderNo: isOurs ? orderNo : null,
      amountFen: fen(Math.abs(signedFen ?? 0)),
      fundAccount,
      statement,
      payeeAccount: payeeAccountOf(detail, fundAccount),
      isInterest: kind === 'credit' && entry.text('BkTxCd/Domn/Fmly/SubFmlyCd') === 'INTR',
      bankReference: entry.text('AcctSvcrRef') ?? null,
      ...bookingOf(entry, line),
      reason: kind === 'return' ? returnReason(detail) : null,
    };
  });
  return amountFen;
}

/** Of a return some banks name the payee as debtor, others keep the parties of the payment. */
function payeeAccountOf(detail: XmlElement | undefined, fundAccount: string): string | null {
  const parties = ['RltdPties/CdtrAcct/Id/Othr/Id', 'RltdPties/DbtrAcct/Id/Othr/Id'];
  return parties.map((path) => detail?.text(path)).find((account) => account && account !== fundAccount) ?? null;
}

function bookingOf(entry: XmlElement, line: number): { bookedOn: string; bookedAt: string | null } {
  const bookedAt = instantOf(entry.text('BookgDt/DtTm')) ?? null;
  const bookedOn = bookedAt === null ? dayOf(entry.text('BookgDt/Dt')) : beijingDay(bookedAt);
  if (bookedOn === undefined) throw new DomainError('BANK_LINE_FIELD', { line, field: '记账日期' });
  return { bookedOn, bookedAt };
}

const beijingDay = (instant: string): string =>
  new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, 10);

function returnReason(detail: XmlElement | undefined): BankReason {
  const information = detail?.find('RtrInf');
  const words = information?.all('AddtlInf').map((piece) => piece.ownText());
  return reasonOf(information?.text('Rsn/Cd') ?? information?.text('Rsn/Prtry'), words?.join(''));
}

function wholeNumber(element: XmlElement, path: string): number | null {
  const text = element.text(path);
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text)) throw new DomainError('BANK_FILE_ELEMENT', { element: path });
  return Number(text);
}
