import { DomainError, fen, sumFen, type BankReason, type Fen } from '@banjie/domain';
import { amountText, parseAmount } from './amounts';
import { sha256Of, type BankFileSource, type WrittenFile } from './file-bytes';
import {
  checkTotals,
  countOf,
  defaultReadLimits,
  readReport,
  type BankFileReport,
  type ReadLimits,
  type Reading,
} from './file-report';
import { instantOf, reasonCodeOf, reasonOf, type TransferResult, type TransferResultToWrite } from './transfer-results';
import { parseMessage, type XmlElement } from './xml/xml-reader';
import { writeMessage, type XmlPiece } from './xml/xml-writer';

/*
 * pain.002, CustomerPaymentStatusReport: written as .001.12, read as .10 (the one published with pain.001.001.09) or .12,
 * which do not differ in what is named here. Order of elements, as the schema has it:
 *   GrpHdr: MsgId CreDtTm
 *   OrgnlGrpInfAndSts: OrgnlMsgId OrgnlMsgNmId OrgnlNbOfTxs OrgnlCtrlSum GrpSts StsRsnInf NbOfTxsPerSts(DtldNbOfTxs DtldSts DtldCtrlSum)
 *   OrgnlPmtInfAndSts: OrgnlPmtInfId PmtInfSts StsRsnInf NbOfTxsPerSts TxInfAndSts
 *   TxInfAndSts: OrgnlEndToEndId TxSts StsRsnInf(Rsn/Cd AddtlInf) AccptncDtTm AcctSvcrRef OrgnlTxRef(Amt/InstdAmt CdtrAcct)
 * The amount of each payment is required (OrgnlTxRef): a result is posted by reference, amount and payee, never by reference alone.
 */
const written = 'pain.002.001.12';
const read = ['pain.002.001.10', written];

type Outcome = TransferResult['outcome'];

/** ExternalPaymentTransactionStatus1Code. What is not listed is a fault: nobody guesses whether money has moved. */
const outcomes: Readonly<Record<string, Outcome>> = {
  ACSC: 'booked',
  ACCC: 'booked',
  RJCT: 'refused',
  PDNG: 'pending',
  RCVD: 'pending',
  ACTC: 'pending',
  ACCP: 'pending',
  ACSP: 'pending',
};
const statuses: Readonly<Record<Outcome, string>> = { booked: 'ACSC', refused: 'RJCT', pending: 'PDNG' };

/** What the bank says of a payment information as a whole; with `refused` and no lines, of every payment in it. */
export interface GroupStatus {
  /** `partly`: some payments were taken and some not. Null when the bank says nothing of the whole. */
  outcome: Outcome | 'partly' | null;
  reason: BankReason | null;
}

/** What the head of a pain.002 says. */
export interface Pain002Head {
  createdAt: string;
  /** The MsgId of the file that is answered. */
  originalMessageId: string;
  /** Number and sum of that file's payments, if the bank repeats them: to be held against what was sent. */
  originalCount: number | null;
  originalSumFen: Fen | null;
  /** False while the bank has not named every payment: the others are still to be asked for. */
  isComplete: boolean;
  group: GroupStatus;
  debtors: (GroupStatus & { id: string; count: number })[];
}

/** What `writePain002` is given. Results belong to the payment informations of the original message. */
export interface StatusReport {
  messageId: string;
  createdAt: string;
  original: { messageId: string; count: number; sumFen: number };
  debtors: readonly { id: string; results: readonly TransferResultToWrite[] }[];
  /** A file refused as a whole; `debtors` is then empty. */
  refusedBecause?: string;
}

/** Writes the answer of a bank to a pain.001. */
export function writePain002(report: StatusReport): WrittenFile {
  const results = report.debtors.flatMap((debtor) => debtor.results);
  const total = sumFen(results.map(({ amountFen }) => fen(amountFen)));
  const { original, refusedBecause } = report;
  const bytes = writeMessage(written, [
    'CstmrPmtStsRpt',
    [
      [
        'GrpHdr',
        [
          ['MsgId', report.messageId],
          ['CreDtTm', report.createdAt],
        ],
      ],
      [
        'OrgnlGrpInfAndSts',
        [
          ['OrgnlMsgId', original.messageId],
          ['OrgnlMsgNmId', 'pain.001.001.09'],
          ['OrgnlNbOfTxs', String(original.count)],
          ['OrgnlCtrlSum', amountText(fen(original.sumFen))],
          ['GrpSts', refusedBecause === undefined ? statusOfAll(results) : 'RJCT'],
          refusedBecause === undefined ? undefined : reasonPiece(refusedBecause),
          ...Object.values(statuses).map((status) => totalOf(status, results)),
        ],
      ],
      ...report.debtors.map(({ id, results: some }): XmlPiece => [
        'OrgnlPmtInfAndSts',
        [['OrgnlPmtInfId', id], ['PmtInfSts', statusOfAll(some)], ...some.map(transactionStatus)],
      ]),
    ],
  ]);
  return { bytes, sha256: sha256Of(bytes), messageId: report.messageId, count: results.length, sumFen: total };
}

function statusOfAll(results: readonly TransferResultToWrite[]): string {
  const [first] = results;
  if (!first) return 'PDNG';
  return results.every(({ outcome }) => outcome === first.outcome) ? statuses[first.outcome] : 'PART';
}

function totalOf(status: string, results: readonly TransferResultToWrite[]): XmlPiece | undefined {
  const some = results.filter(({ outcome }) => statuses[outcome] === status);
  if (some.length === 0) return undefined;
  return [
    'NbOfTxsPerSts',
    [
      ['DtldNbOfTxs', String(some.length)],
      ['DtldSts', status],
      ['DtldCtrlSum', amountText(sumFen(some.map(({ amountFen }) => fen(amountFen))))],
    ],
  ];
}

function transactionStatus(result: TransferResultToWrite): XmlPiece {
  const { orderNo, outcome, amountFen, payeeAccount, bankReference, bookedAt, reason } = result;
  return [
    'TxInfAndSts',
    [
      ['OrgnlEndToEndId', orderNo],
      ['TxSts', statuses[outcome]],
      reason === undefined ? undefined : reasonPiece(reason),
      bookedAt ? ['AccptncDtTm', bookedAt] : undefined,
      bankReference === undefined ? undefined : ['AcctSvcrRef', bankReference],
      [
        'OrgnlTxRef',
        [
          ['Amt', [['InstdAmt', amountText(fen(amountFen)), { Ccy: 'CNY' }]]],
          ['CdtrAcct', [['Id', [['Othr', [['Id', payeeAccount]]]]]]],
        ],
      ],
    ],
  ];
}

function reasonPiece(words: string): XmlPiece {
  return [
    'StsRsnInf',
    [
      ['Rsn', [['Cd', reasonCodeOf(words)]]],
      ['AddtlInf', [...words].slice(0, 105).join('')],
    ],
  ];
}

/**
 * Reads a bank's answer to a pain.001. Whose answer it is, is the caller's to check (`head.originalMessageId`), as are
 * amount and payee of each line against its order. The file must state what its lines come to: per status, or, where it
 * answers every payment, the sum of the original; without either it is refused. Faults: `BankFileReport`.
 */
export function readPain002(
  source: BankFileSource,
  limits: Partial<ReadLimits> = {},
): Promise<BankFileReport<TransferResult, Pain002Head>> {
  const allLimits = { ...defaultReadLimits, ...limits };
  return readReport<TransferResult, Pain002Head>('pain.002', source, allLimits, (bytes, reading) => {
    const expected = { label: '付款状态报文 pain.002', versions: read, element: 'CstmrPmtStsRpt' };
    const { message, hasBom } = parseMessage(bytes, expected, allLimits);
    reading.encoding = hasBom ? 'utf-8-bom' : 'utf-8';
    reading.messageId = message.get('GrpHdr').getText('MsgId');
    const original = message.get('OrgnlGrpInfAndSts');
    if (!original.getText('OrgnlMsgNmId').startsWith('pain.001')) {
      throw new DomainError('BANK_FILE_KIND', { expected: expected.label, reason: '答复的不是付款报文 pain.001' });
    }
    const stated: StatusLine[] = [];
    const parts = message.all('OrgnlPmtInfAndSts').map((part) => ({ part, lines: readPart(part, reading) }));
    for (const { lines } of parts) stated.push(...lines);
    const perStatus = [{ part: original, lines: stated }, ...parts].map(({ part, lines }) =>
      checkPerStatus(part, lines),
    );
    const isProven = perStatus[0] === true || (parts.length > 0 && perStatus.slice(1).every(Boolean));
    const isComplete = checkOriginal(original, stated, isProven);
    const count = original.text('OrgnlNbOfTxs');
    if (count !== undefined && !/^\d{1,15}$/.test(count)) {
      throw new DomainError('BANK_FILE_ELEMENT', { element: 'OrgnlNbOfTxs' });
    }
    return {
      createdAt: message.get('GrpHdr').getText('CreDtTm'),
      originalMessageId: original.getText('OrgnlMsgId'),
      originalCount: count === undefined ? null : Number(count),
      originalSumFen: parseAmount(original.text('OrgnlCtrlSum')),
      isComplete,
      group: groupStatus(original, 'GrpSts', stated),
      debtors: parts.map(({ part, lines }) => ({
        id: part.getText('OrgnlPmtInfId'),
        count: lines.length,
        ...groupStatus(part, 'PmtInfSts', lines),
      })),
    };
  });
}

/** A transaction's status as the file writes it, for the totals. */
interface StatusLine {
  status: string;
  amountFen: Fen | null;
}

function readPart(part: XmlElement, reading: Reading<TransferResult>): StatusLine[] {
  return part.all('TxInfAndSts').map((transaction) => {
    const line = reading.seen.length + 1;
    const status = transaction.text('TxSts') ?? '';
    const amount = transaction.yuan('OrgnlTxRef/Amt/InstdAmt');
    reading.add({ line, orderNo: transaction.text('OrgnlEndToEndId'), amount }, (orderNo, amountFen) => {
      const outcome = Object.hasOwn(outcomes, status) ? outcomes[status] : undefined;
      if (outcome === undefined) throw new DomainError('BANK_LINE_STATUS', { line });
      const accepted = transaction.text('AccptncDtTm');
      const instant = instantOf(accepted);
      if (accepted !== undefined && instant === undefined)
        throw new DomainError('BANK_LINE_FIELD', { line, field: '记账时间' });
      return {
        orderNo,
        outcome,
        amountFen,
        payeeAccount: transaction.text('OrgnlTxRef/CdtrAcct/Id/Othr/Id') ?? null,
        bankReference: transaction.text('AcctSvcrRef') ?? null,
        bookedAt: outcome === 'booked' ? (instant ?? null) : null,
        reason: outcome === 'refused' ? readReason(transaction) : null,
      };
    });
    return { status, amountFen: reading.seen.at(-1)?.amountFen ?? null };
  });
}

function readReason(element: XmlElement): BankReason {
  const [first] = element.all('StsRsnInf');
  const words = first?.all('AddtlInf').map((piece) => piece.ownText());
  return reasonOf(first?.text('Rsn/Cd') ?? first?.text('Rsn/Prtry'), words?.join(''));
}

/** Holds `NbOfTxsPerSts` against the lines; false when the element states none. Statuses it leaves out count as none. */
function checkPerStatus(element: XmlElement, lines: readonly StatusLine[]): boolean {
  const totals = element.all('NbOfTxsPerSts');
  if (totals.length === 0) return false;
  const stated = new Set<string>();
  let hasSums = true;
  for (const total of totals) {
    const status = total.getText('DtldSts');
    if (stated.has(status)) throw new DomainError('BANK_FILE_ELEMENT', { element: 'NbOfTxsPerSts/DtldSts' });
    stated.add(status);
    const sum = total.text('DtldCtrlSum');
    hasSums &&= sum !== undefined;
    const some = lines.filter((line) => line.status === status).map(({ amountFen }) => amountFen);
    checkTotals('各状态合计', { count: total.getText('DtldNbOfTxs'), sum }, countOf(some));
  }
  const others = lines.filter(({ status }) => !stated.has(status));
  checkTotals('未列出的状态', { count: '0', sum: undefined }, countOf(others.map(({ amountFen }) => amountFen)));
  return hasSums;
}

/** Holds the original's totals against lines that answer all of it; tells whether they do. */
function checkOriginal(original: XmlElement, lines: readonly StatusLine[], isProven: boolean): boolean {
  const counted = countOf(lines.map(({ amountFen }) => amountFen));
  const stated = { count: original.text('OrgnlNbOfTxs'), sum: original.text('OrgnlCtrlSum') };
  const isComplete = stated.count !== undefined && Number(stated.count) <= counted.count;
  if (isComplete) checkTotals('原付款批次', stated, counted);
  if (counted.count > 0 && !isProven && !(isComplete && stated.sum !== undefined)) {
    throw new DomainError('BANK_FILE_TOTALS', { what: '全部结果', stated: '没有合计', counted: `${counted.count} 笔` });
  }
  return isComplete;
}

/** @throws DomainError BANK_FILE_ELEMENT when the whole is said to be what its lines are not */
function groupStatus(element: XmlElement, name: 'GrpSts' | 'PmtInfSts', lines: readonly StatusLine[]): GroupStatus {
  const status = element.text(name);
  if (status === undefined) return { outcome: null, reason: null };
  const outcome = status === 'PART' ? 'partly' : Object.hasOwn(outcomes, status) ? outcomes[status] : undefined;
  const isFinal = outcome === 'booked' || outcome === 'refused';
  if (outcome === undefined || (isFinal && lines.some((line) => outcomes[line.status] !== outcome))) {
    throw new DomainError('BANK_FILE_ELEMENT', { element: name });
  }
  return { outcome, reason: outcome === 'refused' ? readReason(element) : null };
}
