import {
  messageIdOf,
  unwritableInCsv,
  unwritableInPain001,
  writeCsvPayments,
  writePain001,
  type TransferBatch,
  type WrittenFile,
} from '@banjie/bank-files';
import type { BankPayment } from '@banjie/contracts';
import { DomainError, shanghaiDate } from '@banjie/domain';
import {
  answerSends,
  endBankFile,
  findBankFile,
  findDebitsInDoubt,
  findSignedActs,
  keepBankFile,
  lockPayoutOrders,
  markTurnedAway,
  movePayoutOrders,
  openBankFile,
  ordersOfFile,
  ordersStillWith,
  reportOnBankFile,
  restorationMark,
  rows,
  startSends,
  startUpload,
  takeUpBooked,
  turnedAwayBefore,
  type BankFileRecord,
  type PayoutOrder,
  type SignedActs,
} from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import { fundAccountOf, paymentOf } from '../payment';
import {
  csvLayouts,
  longestPauseBeforeCallMs,
  settled,
  type ExchangeDependencies,
  type PaymentLayout,
} from './exchange';
import { mostTurnedAway, refusePaymentFile } from './refuse-payment-file';

/**
 * Why an order did not go with the file: `unsendable` ended it as failed, the others leave it as it is. `debitInDoubt`: money left for its
 * claim before, and nobody has found out yet what that was.
 */
export interface LeftOut {
  orderNo: string;
  code: 'unsendable' | 'payeeChanged' | 'notReleased' | 'debitInDoubt';
}

export interface SentFile {
  /** Null when no order could go, and there is no file. */
  fileId: number | null;
  /**
   * `taken`: the bank has the file. `unknown`: doubt; call again, the same bytes are asked for and never built anew. `refused`: the bank
   * pays nothing of it and its orders stand at 待发 again (one that was alone in it is asked about), or there was nothing to send.
   */
  word: 'taken' | 'unknown' | 'refused';
  count: number;
  totalFen: number;
  leftOut: LeftOut[];
}

/**
 * Sends one part of a batch as a file, of at most 5 000 orders. The file, the attempts of its orders and their way to 已发 are one
 * transaction before anything is uploaded; a call after that finds the file by batch and part and only finishes it. One upload, then
 * the bank is asked; the same bytes go again once the bank has proved that it never had them. `payOn` is the bank's working day
 * (2026-11-26), today in Beijing if absent. A part none of whose orders can go leaves no file.
 * @throws DomainError BANK_BATCH_UNWRITABLE when the batch's number or its accounts fit no file
 */
export async function sendPaymentFile(
  dependencies: ExchangeDependencies,
  input: { batchNo: string; part: number; orderNos: readonly string[]; payOn?: string },
): Promise<SentFile> {
  const { dataSource } = dependencies;
  const { step } = settled(dependencies);
  await step('entered');
  const built = await dataSource.transaction(async (manager): Promise<BankFileRecord | LeftOut[]> => {
    await rows(manager, `SELECT pg_advisory_xact_lock(hashtext($1))`, [`bank file ${messageIdOf(input)}`]);
    const file = (await findBankFile(manager, input)) ?? (await build(dependencies, manager, input));
    await step('written');
    return file;
  });
  if (Array.isArray(built)) return { fileId: null, word: 'refused', count: 0, totalFen: 0, leftOut: built };
  await step('committed');
  const word = await finish(dependencies, built);
  await step('finished');
  const { id: fileId, lineCount: count, totalFen, report } = built;
  return { fileId, word, count, totalFen, leftOut: report['leftOut'] as LeftOut[] };
}

/** Writes the file and moves its orders; what cannot go is left out and named. */
async function build(
  dependencies: ExchangeDependencies,
  manager: EntityManager,
  input: Parameters<typeof sendPaymentFile>[1],
): Promise<BankFileRecord | LeftOut[]> {
  const { cipher } = dependencies;
  const { layout, alarm, now } = settled(dependencies);
  const at = now();
  const asked = await lockPayoutOrders(manager, [...new Set(input.orderNos)]);
  const known = await takeUpBooked(
    manager,
    asked.filter(({ state }) => state === 'released'),
    at,
  );
  for (const [orderNo, word] of known) if (word === 'held') alarm('heldByStatement', { orderNo });
  const orders = asked.filter(({ orderNo }) => !known.has(orderNo));
  const [signed, inDoubt] = await Promise.all([
    findSignedActs(manager, cipher, orders),
    findDebitsInDoubt(
      manager,
      orders.map(({ caseNo }) => caseNo),
    ),
  ]);
  const { payments, leftOut } = paymentsOf(orders, { signed, inDoubt }, dependencies);
  const found = new Set(orders.map(({ orderNo }) => orderNo));
  for (const orderNo of input.orderNos) if (!found.has(orderNo)) leftOut.push({ orderNo, code: 'notReleased' });
  for (const { orderNo, code } of leftOut) {
    if (code === 'payeeChanged') alarm('payeeChanged', { orderNo });
    else if (code === 'debitInDoubt') alarm('heldByDebit', { orderNo });
  }

  // Nothing of these left the house and nothing can: proven, so that finance may draw one to another account.
  const unsendable = leftOut.filter(({ code }) => code === 'unsendable').map(({ orderNo }) => orderNo);
  await startSends(manager, unsendable, { at, fileId: null, answer: 'unsendable' });
  await movePayoutOrders(
    manager,
    unsendable.map((orderNo) => ({ orderNo, from: 'released', to: 'failed', at, bankReason: 'unsendable' })),
  );
  if (payments.length === 0) return leftOut;

  const agencyIds = [...new Set(orders.map(({ agencyId }) => agencyId))];
  const written = write(layout, {
    // The bank may know this part of the batch from the time before a restore, with other bytes.
    batchNo: `${input.batchNo}${await restorationMark(manager, input)}`,
    ...{ part: input.part, payments, payOn: input.payOn ?? shanghaiDate(at.getTime()) },
    createdAt: at.toISOString(),
    debtors: await debtorsOf(manager, agencyIds),
  });
  const { file } = await keepBankFile(manager, cipher, {
    ...{ kind: 'payments', layout, bytes: written.bytes, messageId: written.messageId },
    ...{ batchNo: input.batchNo, part: input.part, lineCount: written.count, totalFen: written.sumFen },
    name: `${written.messageId}.${layout === 'pain001' ? 'xml' : 'csv'}`,
    agencyId: agencyIds.length === 1 ? agencyIds[0]! : null,
  });
  await reportOnBankFile(manager, file.id, { leftOut });
  const orderNos = payments.map(({ orderNo }) => orderNo);
  await startSends(manager, orderNos, { at, fileId: file.id });
  await movePayoutOrders(
    manager,
    orderNos.map((orderNo) => ({ orderNo, from: 'released', to: 'sent', at })),
  );
  return { ...file, report: { leftOut } };
}

function paymentsOf(
  orders: readonly PayoutOrder[],
  { signed, inDoubt }: { signed: ReadonlyMap<string, SignedActs>; inDoubt: ReadonlyMap<string, number> },
  dependencies: ExchangeDependencies,
): { payments: BankPayment[]; leftOut: LeftOut[] } {
  const { layout } = settled(dependencies);
  const payments: BankPayment[] = [];
  const leftOut: LeftOut[] = [];
  for (const order of orders) {
    const { orderNo, caseNo } = order;
    if (order.state !== 'released') leftOut.push({ orderNo, code: 'notReleased' });
    else if (inDoubt.has(caseNo)) leftOut.push({ orderNo, code: 'debitInDoubt' });
    else {
      try {
        const payment = paymentOf(order, signed.get(orderNo), dependencies.cipher);
        if (payment) payments.push(payment);
        else leftOut.push({ orderNo, code: 'unsendable' });
      } catch (error) {
        if (!(error instanceof DomainError && error.code === 'PAYEE_CHANGED')) throw error;
        leftOut.push({ orderNo, code: 'payeeChanged' });
      }
    }
  }
  const unwritable =
    layout === 'pain001' ? unwritableInPain001(payments) : unwritableInCsv(payments, csvLayouts[layout]);
  for (const orderNo of unwritable) leftOut.push({ orderNo, code: 'unsendable' });
  return { payments: payments.filter(({ orderNo }) => !unwritable.has(orderNo)), leftOut };
}

async function debtorsOf(manager: EntityManager, agencyIds: string[]): Promise<TransferBatch['debtors']> {
  const agencies = await rows<{ id: string; name: string }>(
    manager,
    `SELECT id, name FROM agency WHERE id = ANY($1::text[])`,
    [agencyIds],
  );
  return agencies.map(({ id, name }) => ({ fundAccount: fundAccountOf(id), name, bankCode: fundBankCode }));
}

/** The stand-in bank's own number; a real one comes with the agency's account. */
const fundBankCode = '102614000001';

function write(layout: PaymentLayout, batch: TransferBatch): WrittenFile {
  return layout === 'pain001' ? writePain001(batch) : writeCsvPayments(batch, csvLayouts[layout]);
}

const contentTypes: Readonly<Record<PaymentLayout, string>> = {
  pain001: 'application/xml',
  csvGb18030: 'text/csv; charset=gb18030',
  csvUtf8: 'text/csv; charset=utf-8',
};

/** Brings a file that was written to the bank, or learns that it is there. */
async function finish(dependencies: ExchangeDependencies, file: BankFileRecord): Promise<SentFile['word']> {
  if (file.state === 'taken' || file.state === 'refused') return file.state;
  const { dataSource, cipher, bank } = dependencies;
  const { alarm, step } = settled(dependencies);
  if (file.uploads > 0) {
    const reply = await bank.askFile(file.sha256);
    await step('answered');
    if (!reply.known) return 'unknown';
    if (reply.word.status === 'received') return recordTaken(dependencies, file);
    if (reply.word.inFlight || !isFinal(dependencies, file)) return 'unknown';
  }
  const may = await writeAhead(dependencies, file);
  if (may === 'ordersMoved') return refusePaymentFile(dependencies, file, { code: may, isOfContent: false });
  if (may === 'second') return 'unknown';
  await step('uploading');
  const bytes = await openBankFile(dataSource, cipher, file.id);
  const contentType = contentTypes[file.layout as PaymentLayout];
  const reply = await bank.sendFile({ bytes, sha256: file.sha256, contentType });
  await step('answered');
  const facts = { batchNo: file.batchNo, part: file.part };
  if (!reply.known) {
    // Another file under our number, or an answer about another file: nobody may guess.
    if (reply.why === 'http409' || reply.why === 'unparsable') alarm('fileAnswerStrange', { ...facts, why: reply.why });
    return 'unknown';
  }
  if (reply.word.status === 'refused') return refusePaymentFile(dependencies, file, reply.word);
  const { notTaken } = reply.word;
  if (notTaken.length > 0) alarm('fileLinesNotTaken', { ...facts, count: notTaken.length });
  return recordTaken(dependencies, file, notTaken);
}

/**
 * Commits that an upload is coming. Judged by the upload that was last when the question was put: who is `second` sends nothing. What was
 * written in this call goes under the attempts written with it; any later upload is a further attempt of each order. Where an order
 * has gone its own way since (`ordersMoved`: asked about alone and free for another way, sent again, or ended), the file must never arrive.
 */
async function writeAhead(
  dependencies: ExchangeDependencies,
  file: BankFileRecord,
): Promise<'upload' | 'second' | 'ordersMoved'> {
  const { now } = settled(dependencies);
  return dependencies.dataSource.transaction(async (manager) => {
    const at = now();
    const orders = await lockPayoutOrders(manager, await ordersOfFile(manager, file.id));
    if (!(await startUpload(manager, file.id, { uploads: file.uploads, at }))) return 'second';
    const still = await ordersStillWith(manager, file.id);
    const isHere = ({ orderNo, state }: (typeof orders)[number]) =>
      still.has(orderNo) && (state === 'sent' || state === 'unknown');
    if (!orders.every(isHere)) return 'ordersMoved';
    const isFirst = file.uploads === 0 && at.getTime() - file.createdAt.getTime() < longestPauseBeforeCallMs;
    if (!isFirst) {
      await startSends(
        manager,
        orders.map(({ orderNo }) => orderNo),
        { at, fileId: file.id },
      );
    }
    return 'upload';
  });
}

/** An upload without an answer may be under way for as long as a call may take, and the bank may take it for a while after. */
function isFinal(dependencies: ExchangeDependencies, { uploadedAt }: BankFileRecord): boolean {
  const { now, callTimeoutMs, finalityMs } = settled(dependencies);
  return uploadedAt !== null && now().getTime() - uploadedAt.getTime() >= callTimeoutMs + finalityMs;
}

/** The lines that the bank named as not taken are in doubt at once, and end when it says that nothing was booked for them. */
async function recordTaken(
  dependencies: ExchangeDependencies,
  { id, lineCount }: BankFileRecord,
  notTaken: readonly (string | null)[] = [],
): Promise<'taken'> {
  const { now, step } = settled(dependencies);
  const at = now();
  await dependencies.dataSource.transaction(async (manager) => {
    // The orders first, as everywhere: whoever moves one begins with its row.
    const orders = notTaken.length > 0 ? await lockPayoutOrders(manager, await ordersOfFile(manager, id)) : [];
    if (await endBankFile(manager, id, { state: 'taken', at })) {
      await answerSends(manager, id, { at, code: 'accepted' });
      const still = await ordersStillWith(manager, id);
      const named = orders.filter(
        ({ state, orderNo }) =>
          (state === 'sent' || state === 'unknown') && notTaken.includes(orderNo) && still.has(orderNo),
      );
      const orderNos = named.map(({ orderNo }) => orderNo);
      // Where no line of many was taken it may be meant for all; two days in a row it is not.
      const isOfLines = notTaken.length < lineCount || lineCount <= mostTurnedAway;
      const before = isOfLines ? new Set(orderNos) : await turnedAwayBefore(manager, orderNos, at);
      const [meant, others] = [true, false].map((is) => orderNos.filter((orderNo) => before.has(orderNo) === is));
      await markTurnedAway(manager, id, meant!, { at, code: 'notTaken' });
      await markTurnedAway(manager, id, others!, { at, code: 'turnedAway' });
      await movePayoutOrders(
        manager,
        named.flatMap(({ orderNo, state }) => (state === 'sent' ? [{ orderNo, from: state, to: 'unknown', at }] : [])),
      );
    }
    await step('recorded');
  });
  return 'taken';
}
