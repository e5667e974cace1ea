import { readCsvResults, readPain002, type FileFault, type TransferResult } from '@banjie/bank-files';
import { DomainError, type ErrorCode } from '@banjie/domain';
import {
  accountDigest,
  answerSends,
  endBankFile,
  findBankFile,
  keepBankFile,
  lockPayoutOrders,
  movePayoutOrders,
  ordersOfFile,
  ordersStillWith,
  rows,
  sameBytes,
  type BankFilePersons,
  type BankFileRecord,
  type ColumnCipher,
  type OrderMoveToMake,
  type PayoutOrder,
} from '@banjie/persistence';
import type { DataSource, EntityManager } from 'typeorm';
import { csvLayouts, settled, type ExchangeDependencies } from './exchange';
import { refusePaymentFile } from './refuse-payment-file';

/** A fault of a line, or of the whole where `line` is null; no name and no account. */
export type ResultFault = Pick<FileFault, 'line' | 'code' | 'message' | 'next' | 'orderNo' | 'amountFen'>;

export interface CollectedResults {
  /** `pending`: the bank has no result yet, or did not answer. `unreadable`: nothing of the file was posted; a person was called. */
  state: 'pending' | 'posted' | 'unreadable';
  /** Of the orders of the payment file, as they stand now. `open` ones are in doubt: ask for each by its number. */
  paid: number;
  failed: number;
  open: number;
  faults: ResultFault[];
}

const chunkSize = 500;

/**
 * Fetches the results of a payment file and posts them; call again while orders are open, the same bytes change nothing. A line is
 * posted by order number and amount and payee's account, and only for an order that went with this file; every other line is a fault
 * that is kept with the file and calls a person, and the others are posted. Orders without a line go on as 未知.
 * @throws Error when there is no such payment file
 */
export async function collectPaymentResults(
  dependencies: ExchangeDependencies,
  { fileId }: { fileId: number },
): Promise<CollectedResults> {
  const { dataSource, bank } = dependencies;
  const { step } = settled(dependencies);
  await step('entered');
  const payments = await findBankFile(dataSource, { id: fileId });
  if (payments?.kind !== 'payments') throw new Error(`there is no payment file ${fileId}`);
  const reply = await bank.fetchResult(payments.sha256);
  await step('fetched');
  if (!reply.known || reply.word.status === 'none') return counted(dataSource, fileId, 'pending', []);
  return takeResults(dependencies, payments, reply.word.bytes);
}

/** What posting needs; the bank is not asked for anything. */
export type PostingDependencies = Omit<ExchangeDependencies, 'bank'>;

/**
 * Posts the results of a payment file, over whatever way they came. The same bytes again change nothing.
 * @param persons of what came on a medium
 */
export async function takeResults(
  dependencies: PostingDependencies,
  payments: BankFileRecord,
  bytes: Buffer,
  persons?: BankFilePersons,
): Promise<CollectedResults> {
  const { dataSource } = dependencies;
  const { step } = settled(dependencies);
  const known = await findBankFile(dataSource, { kind: 'results', bytes });
  if (known?.state === 'posted' || known?.state === 'refused') {
    const state = known.state === 'posted' ? 'posted' : 'unreadable';
    return counted(dataSource, payments.id, state, known.report['faults'] as ResultFault[]);
  }
  const report = await readResults(payments.layout, bytes);
  const results = known ?? (await keepResults(dependencies, payments, bytes, report, persons));
  await step('kept');
  return postResults(dependencies, payments, results.id, report);
}

/** What each line would be found to be if it were posted now; nothing is changed. */
export async function judgeResults(
  { dataSource, cipher }: PostingDependencies,
  payments: BankFileRecord,
  lines: readonly TransferResult[],
): Promise<ResultFault[]> {
  const faults: ResultFault[] = [];
  for (let from = 0; from < lines.length; from += chunkSize) {
    const some = lines.slice(from, from + chunkSize);
    faults.push(...(await dataSource.transaction((manager) => judgeChunk(manager, cipher, payments.id, some))).faults);
  }
  return faults;
}

type ResultsReport = Awaited<ReturnType<typeof readResults>>;

/** Reads a result file that answers a payment file of some layout, or that is of some layout itself. */
export function readResults(layout: BankFileRecord['layout'], bytes: Buffer) {
  return layout === 'csvGb18030' || layout === 'csvUtf8'
    ? readCsvResults(bytes, csvLayouts[layout])
    : readPain002(bytes);
}

async function keepResults(
  { dataSource, cipher }: PostingDependencies,
  payments: BankFileRecord,
  bytes: Buffer,
  report: ResultsReport,
  persons: BankFilePersons | undefined,
): Promise<BankFileRecord> {
  const isXml = payments.layout === 'pain001';
  const { file } = await keepBankFile(dataSource, cipher, {
    ...{ kind: 'results', layout: isXml ? 'pain002' : payments.layout, bytes, messageId: report.file.messageId },
    ...{ agencyId: payments.agencyId, answersFile: payments.id, persons },
    ...{ lineCount: report.file.count, totalFen: report.file.sumFen },
    name: `${payments.messageId}-results.${isXml ? 'xml' : 'csv'}`,
  });
  return file;
}

/** Posts a kept result file to its end; what another call or a process that died has posted of it stays as it is. */
async function postResults(
  dependencies: PostingDependencies,
  payments: BankFileRecord,
  resultsId: number,
  report: ResultsReport,
): Promise<CollectedResults> {
  const { dataSource } = dependencies;
  const { now, alarm, step } = settled(dependencies);
  const isOurs = report.refused === null && report.head?.originalMessageId === payments.messageId;
  const foreign = report.refused === null && !isOurs ? [faultOf('RESULT_OF_OTHER_FILE', null)] : [];
  const faults: ResultFault[] = [...report.faults, ...foreign];
  const facts = { fileId: resultsId, answersFile: payments.id };
  if (!isOurs) {
    if (await endBankFile(dataSource, resultsId, { state: 'refused', at: now(), report: { faults } }))
      alarm('resultsUnreadable', { ...facts, code: report.refused ?? 'RESULT_OF_OTHER_FILE' });
    await step('recorded');
    return counted(dataSource, payments.id, 'unreadable', faults);
  }
  const refusedBecause = refusedWhole(report, payments);
  // Paid or refused one by one and now refused as a whole: nobody may guess, and each is asked about.
  const isContradicted = refusedBecause !== null && (await hasWords(dataSource, payments.id));
  if (isContradicted) faults.push(faultOf('RESULT_CONTRADICTS_FILE', null));
  else if (refusedBecause !== null) {
    await refusePaymentFile(dependencies, payments, { code: refusedBecause, isOfContent: true });
  }
  for (let from = 0; from < report.lines.length; from += chunkSize) {
    faults.push(...(await postChunk(dependencies, payments.id, report.lines.slice(from, from + chunkSize))));
    await step('chunk');
  }
  if (refusedBecause === null || isContradicted) await doubtTheRest(dependencies, payments.id);
  faults.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
  if (await endBankFile(dataSource, resultsId, { state: 'posted', at: now(), report: { faults } })) {
    for (const { code, orderNo } of faults) alarm('resultLineFaulty', { ...facts, code, orderNo });
  }
  await step('finished');
  return counted(dataSource, payments.id, 'posted', faults);
}

/**
 * Why the bank refuses the whole file, where its answer names no line: the word of the file, or of its one account, is then the word about
 * every payment in it. Null where it says nothing of the kind, or of another number of payments than we sent.
 */
function refusedWhole(report: ResultsReport, payments: BankFileRecord): string | null {
  if (report.head === null || !('group' in report.head) || report.file.count > 0 || report.faults.length > 0)
    return null;
  const { group, debtors, originalCount } = report.head;
  if (originalCount !== null && originalCount !== payments.lineCount) return null;
  if (group.outcome === 'refused') return group.reason ?? 'other';
  const [account, ...others] = debtors;
  const isOfAccount = payments.agencyId !== null && account?.outcome === 'refused' && others.length === 0;
  return isOfAccount ? (account.reason ?? 'other') : null;
}

/** Whether the bank has said of an order of the file by itself what became of it. */
async function hasWords(dataSource: DataSource, fileId: number): Promise<boolean> {
  const [found] = await rows<{ said: boolean }>(
    dataSource,
    `SELECT EXISTS (SELECT 1 FROM payout_attempt a JOIN payout_order o ON o.order_no = a.order_no
       WHERE a.file_id = $1 AND o.state IN ('paid', 'returned', 'failed')) AS said`,
    [fileId],
  );
  return found!.said;
}

/** One transaction: what the lines say of their orders, or why they say nothing. */
async function postChunk(
  dependencies: PostingDependencies,
  fileId: number,
  lines: readonly TransferResult[],
): Promise<ResultFault[]> {
  const { dataSource, cipher } = dependencies;
  const { now, step } = settled(dependencies);
  return dataSource.transaction(async (manager) => {
    const at = now();
    const { faults, moves, codes } = await judgeChunk(manager, cipher, fileId, lines);
    await Promise.all([
      movePayoutOrders(
        manager,
        moves.map((move) => ({ ...move, at })),
      ),
      answerSends(manager, fileId, { at, codes }),
    ]);
    await step('written');
    return faults;
  });
}

/** Locks the orders of some lines and says what each line makes of its own. */
async function judgeChunk(
  manager: EntityManager,
  cipher: ColumnCipher,
  fileId: number,
  lines: readonly TransferResult[],
): Promise<{ faults: ResultFault[]; moves: Omit<OrderMoveToMake, 'at'>[]; codes: Map<string, string> }> {
  const numbers = lines.map(({ orderNo }) => orderNo);
  const locked = await lockPayoutOrders(manager, numbers);
  const sent = await rows<{ no: string }>(
    manager,
    `SELECT DISTINCT order_no AS no FROM payout_attempt WHERE file_id = $1 AND order_no = ANY($2::text[])`,
    [fileId, numbers],
  );
  const ours = new Set(sent.map(({ no }) => no));
  const still = await ordersStillWith(manager, fileId, numbers);
  const orders = new Map(locked.filter(({ orderNo }) => ours.has(orderNo)).map((order) => [order.orderNo, order]));
  const faults: ResultFault[] = [];
  const moves: Omit<OrderMoveToMake, 'at'>[] = [];
  const codes = new Map<string, string>();
  for (const line of lines) {
    const digest = line.payeeAccount === null ? null : accountDigest(cipher, line.payeeAccount);
    const order = orders.get(line.orderNo);
    const judged = judge(order, line, { digest, isLastWay: still.has(line.orderNo) });
    if (typeof judged === 'string') faults.push(faultOf(judged, line));
    else {
      if (judged) moves.push({ ...judged, orderNo: line.orderNo });
      if (line.outcome !== 'pending') codes.set(line.orderNo, line.outcome);
    }
  }
  return { faults, moves, codes };
}

/**
 * What a line makes of its order: a move, nothing, or the code of its fault. Money that has left wins over what was said before of nothing
 * having left; a word against another final word changes nothing. Of an order that has gone another way since, this way says whether it was
 * booked, and nothing else.
 */
function judge(
  order: PayoutOrder | undefined,
  line: TransferResult,
  { digest, isLastWay }: { digest: Buffer | null; isLastWay: boolean },
): Pick<OrderMoveToMake, 'from' | 'to' | 'bankReference' | 'bankReason'> | ErrorCode | null {
  if (!order) return 'RESULT_ORDER_NOT_IN_FILE';
  if (order.amountFen !== line.amountFen) return 'RESULT_OTHER_AMOUNT';
  if (digest === null || !sameBytes(order.accountDigest, digest)) return 'RESULT_OTHER_PAYEE';
  const { state: from } = order;
  if (line.outcome === 'pending') return from === 'sent' && isLastWay ? { from, to: 'unknown' } : null;
  const to = line.outcome === 'booked' ? 'paid' : 'failed';
  const word = from === 'returned' ? 'paid' : from;
  if (word === 'paid' || word === 'failed') return word === to ? null : 'RESULT_CONTRADICTS';
  if (to === 'failed' && !isLastWay) return 'RESULT_CONTRADICTS';
  return { from, to, bankReference: line.bankReference, bankReason: line.reason };
}

/** Orders of which the bank says nothing yet: no answer is doubt, and each is asked for by its number. */
async function doubtTheRest({ dataSource, now }: PostingDependencies, fileId: number): Promise<void> {
  const at = now?.() ?? new Date();
  await dataSource.transaction(async (manager) => {
    const orders = await lockPayoutOrders(manager, await ordersOfFile(manager, fileId));
    const still = await ordersStillWith(manager, fileId);
    const silent = orders.filter(({ orderNo, state }) => state === 'sent' && still.has(orderNo));
    await movePayoutOrders(
      manager,
      silent.map(({ orderNo }) => ({ orderNo, from: 'sent', to: 'unknown', at })),
    );
  });
}

function faultOf(code: ErrorCode, line: TransferResult | null): ResultFault {
  const { message, next } = new DomainError(code, { orderNo: line?.orderNo ?? '' });
  return { line: null, code, message, next, orderNo: line?.orderNo ?? null, amountFen: line?.amountFen ?? null };
}

async function counted(
  dataSource: DataSource,
  fileId: number,
  state: CollectedResults['state'],
  faults: ResultFault[],
): Promise<CollectedResults> {
  const [found] = await rows<{ paid: number; failed: number; open: number }>(
    dataSource,
    `SELECT count(*) FILTER (WHERE state IN ('paid', 'returned')) AS paid, count(*) FILTER (WHERE state = 'failed') AS failed,
       count(*) FILTER (WHERE state NOT IN ('paid', 'returned', 'failed')) AS open
     FROM payout_order WHERE order_no IN (SELECT order_no FROM payout_attempt WHERE file_id = $1)`,
    [fileId],
  );
  return { state, ...found!, faults };
}
