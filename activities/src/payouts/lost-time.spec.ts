import { setTimeout as sleep } from 'node:timers/promises';
import {
  accountDigest,
  beginAfterRestore,
  checkBooks,
  findBankFile,
  lastBankEntryNo,
  markCaughtUp,
  reconcile,
  recordBankEntry,
  rows,
  StatementBehind,
} from '@banjie/persistence';
import {
  createTestDatabase,
  drawTestOrder,
  moveTestOrder,
  orderStateOf,
  seedTestWorld,
  startBankProcess,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestOrder,
} from '@banjie/testing';
import { Client } from 'pg';
import { createBankClient } from './bank-client';
import { sendPaymentFile } from './file-exchange/send-payment-file';
import { createPayoutActivities } from './payout.activities';

const cipher = testCipher();
const callTimeoutMs = 400;
const finalitySeconds = 0.5;
const fundAccount = 'ZC450206';
let database: TestDatabase;
let bank: BankProcess;
const alarms: { code: string; orderNo?: unknown }[] = [];

/** How far an order was when the rows were backed up, and what the bank did about it in the time that was lost. */
const orders = {} as Record<
  | 'releasedAndPaid'
  | 'releasedOnly'
  | 'sentAndPaid'
  | 'unknownOnly'
  | 'reviewedAndPaid'
  | 'reviewedPaidAndBack'
  | 'reviewedOtherAmount'
  | 'ofALostCase'
  | 'filedAndPaid'
  | 'filedOnly',
  TestOrder
>;

const payouts = () =>
  createPayoutActivities({
    ...{ dataSource: database.dataSource, cipher, finalitySeconds, callTimeoutMs },
    bank: createBankClient(bank.url, testCallKeys(), { timeoutMs: callTimeoutMs }),
    alarm: (code, { orderNo }) => void alarms.push({ code, orderNo }),
  });
const payPast = ({ orderNo, amountFen, payee }: TestOrder, changes: { orderNo?: string; amountFen?: number } = {}) =>
  bank.pay({
    ...{ orderNo, amountFen, fundAccount, ...changes },
    ...{ payeeName: payee.accountName, payeeAccount: payee.accountNumber, payeeBankCode: payee.bankCode },
  });
const bookingsOf = async (orderNo: string) => (await bank.summary()).bookingsByOrder[orderNo] ?? 0;
const sendsOf = ({ orderNo }: TestOrder) =>
  rows<{ answer: string | null }>(
    database.dataSource,
    `SELECT answer FROM payout_attempt WHERE order_no = $1 AND kind = 'send' ORDER BY n`,
    [orderNo],
  );

async function readStatement(): Promise<void> {
  for (const entry of await bank.statement(await lastBankEntryNo(database.dataSource.manager))) {
    const taken = { ...entry, accountDigest: accountDigest(cipher, entry.payeeAccount) };
    await database.dataSource.transaction((manager) => recordBankEntry(manager, taken));
  }
  await markCaughtUp(database.dataSource.manager);
}

/** Asked until the bank has spoken, as the workflow does. */
async function askUntilKnown({ orderNo }: TestOrder): Promise<string> {
  for (;;) {
    const { word } = await payouts().askBank({ orderNo });
    if (word !== 'unknown') return word;
    await sleep(100);
  }
}

beforeAll(async () => {
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess()]);
  const world = await seedTestWorld(database.dataSource);
  const draw = async (state: Parameters<typeof moveTestOrder>[2]) =>
    drawTestOrder(database.dataSource, cipher, world, { state });
  orders.releasedAndPaid = await draw('released');
  orders.releasedOnly = await draw('released');
  orders.sentAndPaid = await draw('sent');
  orders.unknownOnly = await draw('unknown');
  orders.reviewedAndPaid = await draw('reviewed');
  orders.reviewedPaidAndBack = await draw('reviewed');
  orders.reviewedOtherAmount = await draw('reviewed');
  orders.ofALostCase = await draw('reviewed');
  orders.filedAndPaid = await draw('reviewed');
  orders.filedOnly = await draw('reviewed');

  // The lost time. What the rows knew of it is gone; the bank knows it still.
  await payPast(orders.releasedAndPaid);
  await payPast(orders.sentAndPaid);
  await payPast(orders.reviewedAndPaid);
  await payPast(orders.reviewedOtherAmount, { amountFen: orders.reviewedOtherAmount.amountFen - 1 });
  await payPast(orders.ofALostCase, { orderNo: '45020620261129000777P1' });
  await payPast(orders.filedAndPaid);
  const { orderNo } = orders.reviewedPaidAndBack;
  await bank.setFault({ kind: 'returnAfter', match: { orderNo }, ms: 50, reason: '账户已销户' });
  await payPast(orders.reviewedPaidAndBack);

  const owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await owner.query('BEGIN');
  const { doubted } = await beginAfterRestore(owner, { takenAt: new Date(Date.now() - 60_000) });
  await owner.query('COMMIT');
  await owner.end();
  expect(doubted).toBe(4);
});
afterAll(async () => {
  await bank?.stop();
  await database?.drop();
});

it('doubts every order that may have left, and nothing else', async () => {
  for (const name of ['releasedAndPaid', 'releasedOnly', 'sentAndPaid', 'unknownOnly'] as const) {
    expect(await orderStateOf(database.dataSource, orders[name].orderNo)).toBe('unknown');
    expect((await sendsOf(orders[name])).at(-1)).toEqual({ answer: 'restored' });
  }
  expect(await orderStateOf(database.dataSource, orders.reviewedAndPaid.orderNo)).toBe('reviewed');
  await expect(payouts().payOrder(orders.releasedAndPaid)).resolves.toEqual({ word: 'unknown' });
  expect(await checkBooks(database.dataSource, '450206', new Date())).toEqual([]);
});

it('takes what the bank says at once, and sends nothing before the statement was read', async () => {
  await expect(payouts().askBank(orders.sentAndPaid)).resolves.toEqual({ word: 'paid' });
  // The bank has nothing of it: free to be sent again under its number, but not yet.
  await expect(askUntilKnown(orders.unknownOnly)).resolves.toBe('resend');
  await expect(payouts().payOrder(orders.unknownOnly)).rejects.toThrow(StatementBehind);
  await expect(payouts().askBank(orders.unknownOnly)).rejects.toThrow(StatementBehind);
  expect(await bookingsOf(orders.unknownOnly.orderNo)).toBe(0);
  await readStatement();
  await expect(payouts().payOrder(orders.unknownOnly)).resolves.toEqual({ word: 'paid' });
  expect(await orderStateOf(database.dataSource, orders.releasedAndPaid.orderNo)).toBe('paid');
});

it('sends again what the bank proves not to have', async () => {
  await expect(askUntilKnown(orders.releasedOnly)).resolves.toBe('resend');
  await expect(payouts().payOrder(orders.releasedOnly)).resolves.toEqual({ word: 'paid' });
  expect(await bookingsOf(orders.releasedOnly.orderNo)).toBe(1);
});

it('settles an order that three persons let go again by the line that paid it in the lost time', async () => {
  for (const name of ['reviewedAndPaid', 'reviewedPaidAndBack'] as const) {
    await moveTestOrder(database.dataSource, orders[name].orderNo, 'released');
  }
  await readStatement(); // The 退票 may have come in the meantime.
  await expect(payouts().payOrder(orders.reviewedAndPaid)).resolves.toEqual({ word: 'paid' });
  await expect(payouts().payOrder(orders.reviewedPaidAndBack)).resolves.toEqual({ word: 'paid' });
  expect(await sendsOf(orders.reviewedAndPaid)).toEqual([]);
  expect(await orderStateOf(database.dataSource, orders.reviewedPaidAndBack.orderNo)).toBe('returned');
  const wakes = await rows(database.dataSource, `SELECT 1 FROM outbox WHERE key = $1`, [
    `return:${orders.reviewedPaidAndBack.orderNo}`,
  ]);
  expect(wakes).toHaveLength(1);
});

it('holds what the bank paid with another amount, or under the number of a case that is lost', async () => {
  for (const name of ['reviewedOtherAmount', 'ofALostCase'] as const) {
    await moveTestOrder(database.dataSource, orders[name].orderNo, 'released');
    await expect(payouts().payOrder(orders[name])).resolves.toEqual({ word: 'unknown' });
    expect(alarms).toContainEqual({ code: 'heldByStatement', orderNo: orders[name].orderNo });
    expect(await sendsOf(orders[name])).toEqual([{ answer: 'heldByStatement' }]);
  }
  // "Not received" is true of its own number, and lets nobody send it while the line stands.
  await sleep(callTimeoutMs + finalitySeconds * 1_000);
  await expect(payouts().askBank(orders.ofALostCase)).resolves.toEqual({ word: 'unknown' });
  expect(await bookingsOf(orders.ofALostCase.orderNo)).toBe(0);
});

it('leaves out of a file what was paid, and gives the file a number that the lost time did not', async () => {
  const orderNos = [orders.filedAndPaid.orderNo, orders.filedOnly.orderNo];
  for (const orderNo of orderNos) await moveTestOrder(database.dataSource, orderNo, 'released');
  const exchange = { dataSource: database.dataSource, cipher, bank: createBankClient(bank.url, testCallKeys()) };
  await rows(
    database.dataSource,
    `INSERT INTO payout_batch (batch_no, agency_id, fund_account, pay_date, occasion, channel, seq, state, carried, order_count, amount_fen,
       gathered_at, head_hash) VALUES ('450206B20261129001', '450206', $1, '2026-11-29', 'demand', 'file', 1, 'gathered', 'gathered', 2, 2,
       now() - interval '1 hour', 'x')`,
    [fundAccount],
  );
  const sent = await sendPaymentFile(exchange, { batchNo: '450206B20261129001', part: 1, orderNos });
  expect(sent).toMatchObject({ word: 'taken', count: 1, leftOut: [{ orderNo: orderNos[0], code: 'notReleased' }] });
  expect(await orderStateOf(database.dataSource, orderNos[0]!)).toBe('paid');
  const file = await findBankFile(database.dataSource, { id: sent.fileId! });
  expect(file!.messageId).toMatch(/^450206B20261129001R[0-9A-Z]{6}-1$/);
  expect(await bookingsOf(orderNos[1]!)).toBe(1);
  await moveTestOrder(database.dataSource, orderNos[1]!, 'paid');
});

it('ends with nothing paid twice, whole books, and the two doubtful lines alone for two persons', async () => {
  await readStatement();
  const summary = await bank.summary();
  expect(summary.ordersBookedTwice).toEqual([]);
  expect(await checkBooks(database.dataSource, '450206', new Date())).toEqual([]);
  const day = { from: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 3_600_000) };
  const found = await reconcile(database.dataSource, { agencyId: '450206', ...day, overdueBefore: day.from });
  expect(found!.balance.differenceFen).toBe(0);
  expect(found!.exceptions.map(({ side, reason }) => ({ side, reason }))).toEqual([
    { side: 'bank', reason: 'otherAmount' },
    { side: 'bank', reason: 'unknownOrder' },
  ]);
});

it('lets nobody take a line up for another order, or outside the lost time', async () => {
  const [foreign] = await rows<{ no: number; mark: string }>(
    database.dataSource,
    `SELECT entry_no AS no, (SELECT mark FROM restoration) AS mark FROM bank_entry WHERE order_no LIKE '%000777P1'`,
  );
  await expect(
    database.dataSource.query(
      `INSERT INTO suspense_clearing (entry_no, restoration, clearing, order_no, at) VALUES ($1, $2, 'belongsToOrder', $3, now())`,
      [foreign!.no, foreign!.mark, orders.releasedOnly.orderNo],
    ),
  ).rejects.toThrow(/is not what order/);
  await expect(database.dataSource.query(`UPDATE restoration SET caught_up_at = NULL`)).rejects.toThrow(
    /only ever added/,
  );
});
