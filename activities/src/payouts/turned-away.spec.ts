import { setTimeout as sleep } from 'node:timers/promises';
import { writePain002 } from '@banjie/bank-files';
import { checkBooks, rows } from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  drawTestOrder,
  orderStateOf,
  seedTestWorld,
  startBankProcess,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestOrder,
  type TestWorld,
} from '@banjie/testing';
import { createBankClient, type BankClient, type BankFileClient } from './bank-client';
import { createBatchActivities } from './batches/batch.activities';
import { createPayoutActivities } from './payout.activities';

/*
 * What the bank's validator does not take and ours writes: found out in few files, ended with the bank's two words, and never sent for ever.
 * And what says nothing of an order: a bank that takes nothing at all, or does not know us.
 */
const cipher = testCipher();
let database: TestDatabase;
let world: TestWorld;
let bank: BankProcess;
let alarms: string[] = [];

beforeAll(async () => {
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess()]);
  world = await seedTestWorld(database.dataSource);
});
afterAll(async () => {
  await bank?.stop();
  await database?.drop();
});
beforeEach(() => (alarms = []));
afterEach(() => bank.clearFaults());

const finalitySeconds = 0.3;
const untilFinal = () => sleep(finalitySeconds * 1_000 + 100);
function activities(
  set: Partial<BankClient & BankFileClient> = {},
  { windowSeconds = finalitySeconds, laterMs = 0 } = {},
) {
  const toBank = {
    ...{ dataSource: database.dataSource, cipher, finalitySeconds: windowSeconds },
    now: () => new Date(Date.now() + laterMs),
    bank: { ...createBankClient(bank.url, testCallKeys()), ...set },
    alarm: (code: string) => void alarms.push(code),
  };
  const payouts = createPayoutActivities(toBank);
  return {
    ...payouts,
    ...createBatchActivities({ dataSource: database.dataSource, cipher, payouts, exchange: toBank }),
  };
}

const newOrder = () => drawTestOrder(database.dataSource, cipher, world);
let batches = 0;

/** A batch that three persons have let go. */
async function newBatch(count: number, channel: 'file' | 'http' = 'file') {
  const orders: TestOrder[] = [];
  for (let n = 0; n < count; n += 1) orders.push(await newOrder());
  batches += 1;
  const batchNo = `450206B20261129${String(batches).padStart(3, '0')}`;
  const by = (username: string) => accountOf(world, username).id;
  await rows(
    database.dataSource,
    `INSERT INTO payout_batch (batch_no, agency_id, fund_account, pay_date, occasion, channel, seq, state, carried, order_count, amount_fen,
       gathered_at, made_by, reviewed_by, released_by, head_hash)
     VALUES ($1, '450206', 'ZC450206', '2026-11-29', 'demand', $2, 1, 'released', 'released', $3, 1000, now(), $4, $5, $6, 'x')`,
    [batchNo, channel, count, by('settle1'), by('finreview1'), by('finapprove1')],
  );
  await rows(
    database.dataSource,
    `INSERT INTO payout_batch_item (batch_no, case_no, decision_id, amount_fen, order_no, carried)
     SELECT $1, case_no, decision_id, amount_fen, order_no, 'released' FROM payout_order WHERE order_no = ANY($2::text[])`,
    [batchNo, orders.map(({ orderNo }) => orderNo)],
  );
  return { batchNo, orders };
}

const statesOf = async ({ batchNo }: { batchNo: string }) => {
  const found = await rows<{ state: string; count: number }>(
    database.dataSource,
    `SELECT o.state, count(*) AS count FROM payout_batch_item i JOIN payout_order o ON o.order_no = i.order_no
     WHERE i.batch_no = $1 GROUP BY o.state`,
    [batchNo],
  );
  return Object.fromEntries(found.map(({ state, count }) => [state, count]));
};
const filesOf = ({ batchNo }: { batchNo: string }) =>
  rows<{ lines: number; state: string }>(
    database.dataSource,
    `SELECT line_count AS lines, state FROM bank_file WHERE batch_no = $1 ORDER BY part`,
    [batchNo],
  );
const reasonOf = async ({ orderNo }: TestOrder) => {
  const [order] = await rows<{ reason: string | null }>(
    database.dataSource,
    `SELECT bank_reason AS reason FROM payout_order WHERE order_no = $1`,
    [orderNo],
  );
  return order!.reason;
};
const bookingsOf = async (orders: readonly TestOrder[]) => {
  const { bookingsByOrder } = await bank.summary();
  return orders.map(({ orderNo }) => bookingsByOrder[orderNo] ?? 0);
};
const ones = (count: number) => Array<number>(count).fill(1);

describe('a file with a line that the bank does not take', () => {
  it('is halved until that line stands alone; the others are paid, and its order ends with the reason', async () => {
    const batch = await newBatch(20);
    const bad = batch.orders[7]!;
    await bank.setFault({ kind: 'turnAway', match: { orderNo: bad.orderNo } });
    const { sendBatch, askBatch } = activities();
    await sendBatch(batch);
    expect(await statesOf(batch)).toEqual({ paid: 19, unknown: 1 });
    const files = await filesOf(batch);
    expect(files.map(({ lines }) => lines)).toEqual([20, 10, 10, 5, 5, 3, 2, 2, 1]);
    // Nothing is concluded before the bank has had its time, and nothing is sent meanwhile.
    await activities({}, { windowSeconds: 120 }).askBatch(batch);
    await sendBatch(batch);
    expect(await orderStateOf(database.dataSource, bad.orderNo)).toBe('unknown');
    await untilFinal();
    await askBatch(batch);
    expect(await statesOf(batch)).toEqual({ paid: 19, failed: 1 });
    expect(await reasonOf(bad)).toBe('unsendable');
    expect(alarms).toContain('orderNotTaken');
    await sendBatch(batch);
    expect(await filesOf(batch)).toHaveLength(files.length);
    const paid = batch.orders.filter(({ orderNo }) => orderNo !== bad.orderNo);
    expect(await bookingsOf(paid)).toEqual(ones(19));
    expect(await bookingsOf([bad])).toEqual([0]);
  });

  it('ends the one order that was in it', async () => {
    const batch = await newBatch(1);
    await bank.setFault({ kind: 'turnAway', match: { orderNo: batch.orders[0]!.orderNo } });
    const { sendBatch, askBatch } = activities();
    await sendBatch(batch);
    await untilFinal();
    await askBatch(batch);
    expect(await statesOf(batch)).toEqual({ failed: 1 });
    expect(await filesOf(batch)).toEqual([{ lines: 1, state: 'refused' }]);
  });

  it('may be taken without it: it is asked about, and ends', async () => {
    const batch = await newBatch(4);
    const bad = batch.orders[2]!;
    await bank.setFault({ kind: 'lineNotTaken', match: { orderNo: bad.orderNo } });
    const { sendBatch, askBatch } = activities();
    await sendBatch(batch);
    expect(alarms).toEqual(['fileLinesNotTaken']);
    expect(await statesOf(batch)).toEqual({ paid: 3, unknown: 1 });
    await untilFinal();
    await askBatch(batch);
    expect(await statesOf(batch)).toEqual({ paid: 3, failed: 1 });
    expect(await reasonOf(bad)).toBe('unsendable');
    await sendBatch(batch);
    expect(await filesOf(batch)).toHaveLength(1);
  });

  it('named as not taken and booked all the same is paid: the bank is asked first', async () => {
    const batch = await newBatch(2);
    const [odd] = batch.orders;
    await bank.setFault({ kind: 'lineNotTaken', match: { orderNo: odd!.orderNo } });
    const { sendBatch, askBatch } = activities();
    await sendBatch(batch);
    const { orderNo, amountFen, payee } = odd!;
    await bank.pay({
      ...{ orderNo, amountFen, fundAccount: 'ZC450206', payeeName: payee.accountName },
      ...{ payeeAccount: payee.accountNumber, payeeBankCode: payee.bankCode },
    });
    await untilFinal();
    await askBatch(batch);
    expect(await statesOf(batch)).toEqual({ paid: 2 });
  });
});

describe('a bank that takes no file', () => {
  it('ends no order; one file a round asks whether it takes them again, and then all are paid', async () => {
    const batch = await newBatch(10);
    await bank.setFault({ kind: 'turnAway', match: {} });
    const { sendBatch, askBatch } = activities();
    await sendBatch(batch);
    const first = (await filesOf(batch)).length;
    expect(first).toBeLessThanOrEqual(16);
    for (let round = 1; round <= 6; round += 1) {
      await sendBatch(batch);
      await untilFinal();
      await askBatch(batch);
      expect(await filesOf(batch)).toHaveLength(first + round);
    }
    expect(await statesOf(batch)).toEqual({ released: 10 });
    expect(alarms).toContain('bankTakesNoFile');
    expect(alarms).not.toContain('orderNotTaken');
    await bank.clearFaults();
    await sendBatch(batch);
    await sendBatch(batch);
    expect(await statesOf(batch)).toEqual({ paid: 10 });
    expect(await bookingsOf(batch.orders)).toEqual(ones(10));
  });
});

describe('orders that the bank turns away, all of them, two days in a row', () => {
  const aDay = { laterMs: 25 * 3_600_000 };

  it('end, whatever it does with others: by files', async () => {
    const batch = await newBatch(4);
    await bank.setFault({ kind: 'turnAway', match: {} });
    for (let round = 0; round < 4; round += 1) await activities().sendBatch(batch);
    expect(await statesOf(batch)).toMatchObject({ released: expect.any(Number) });
    for (let round = 0; round < 6; round += 1) await activities({}, aDay).sendBatch(batch);
    expect(await statesOf(batch)).toEqual({ unknown: 4 });
    await activities({}, { laterMs: aDay.laterMs + 1_000 }).askBatch(batch);
    expect(await statesOf(batch)).toEqual({ failed: 4 });
  });

  it('end, whatever it does with others: as lines of a file that it takes', async () => {
    const batch = await newBatch(4);
    await bank.setFault({ kind: 'lineNotTaken', match: {} });
    await activities().sendBatch(batch);
    await untilFinal();
    await activities().askBatch(batch);
    expect(await statesOf(batch)).toEqual({ released: 4 });
    await activities({}, aDay).sendBatch(batch);
    await activities({}, { laterMs: aDay.laterMs + 1_000 }).askBatch(batch);
    expect(await statesOf(batch)).toEqual({ failed: 4 });
  });

  it('end, whatever it does with others: by calls', async () => {
    const batch = await newBatch(5, 'http');
    await bank.setFault({ kind: 'turnAway', match: {} });
    const today = activities();
    await today.sendBatch(batch);
    await untilFinal();
    await today.askBatch(batch);
    expect(await statesOf(batch)).toEqual({ released: 5 });
    const tomorrow = activities({}, aDay);
    await tomorrow.sendBatch(batch);
    await untilFinal();
    await tomorrow.askBatch(batch);
    expect(await statesOf(batch)).toEqual({ failed: 5 });
  });
});

describe('results that refuse the whole file', () => {
  const refusing = (batchNo: string, count: number, set: { count?: number } = {}) =>
    writePain002({
      ...{
        messageId: `R-${batchNo}`,
        createdAt: '2026-11-29T10:00:00+08:00',
        debtors: [],
        refusedBecause: '账户名有误',
      },
      original: { messageId: `${batchNo}-1`, count: set.count ?? count, sumFen: count * 123_456 },
    }).bytes;
  const giving = (bytes: Buffer): Pick<BankFileClient, 'fetchResult' | 'sendFile'> => ({
    fetchResult: () => Promise.resolve({ known: true, word: { status: 'ready', bytes } }),
    // The bank takes it at first and judges it later.
    sendFile: () => Promise.resolve({ known: true, word: { status: 'taken', count: 0, sumFen: 0, notTaken: [] } }),
  });

  it('let its orders go again in halves, and call a person', async () => {
    const batch = await newBatch(3);
    await activities(giving(refusing(batch.batchNo, 3))).sendBatch(batch);
    expect(await statesOf(batch)).toEqual({ released: 3 });
    expect(await filesOf(batch)).toEqual([{ lines: 3, state: 'refused' }]);
    expect(alarms).toEqual(['fileRefused']);
    await activities().sendBatch(batch);
    expect((await filesOf(batch)).map(({ lines }) => lines)).toEqual([3, 2, 1]);
    expect(await statesOf(batch)).toEqual({ paid: 3 });
    expect(await bookingsOf(batch.orders)).toEqual(ones(3));
  });

  it('end the one order that was in it', async () => {
    const batch = await newBatch(1);
    await activities(giving(refusing(batch.batchNo, 1))).sendBatch(batch);
    expect(await statesOf(batch)).toEqual({ unknown: 1 });
    await untilFinal();
    await activities().askBatch(batch);
    expect(await statesOf(batch)).toEqual({ failed: 1 });
    expect(await reasonOf(batch.orders[0]!)).toBe('unsendable');
  });

  it('are not believed against a word about one of its orders: each is asked about', async () => {
    const batch = await newBatch(3);
    const { fetchResult } = giving(refusing(batch.batchNo, 3));
    let isFirst = true;
    const { sendBatch, askBatch } = activities({
      fetchResult: async (sha256) => {
        if (!isFirst) return fetchResult(sha256);
        isFirst = false;
        return createBankClient(bank.url, testCallKeys()).fetchResult(sha256);
      },
    });
    await bank.setFault({ kind: 'partialFile', match: { orderNo: batch.orders[1]!.orderNo } });
    await sendBatch(batch);
    expect(await statesOf(batch)).toEqual({ paid: 2, unknown: 1 });
    await sendBatch(batch);
    expect(await filesOf(batch)).toEqual([{ lines: 3, state: 'taken' }]);
    expect(alarms).toEqual(['resultLineFaulty']);
    await askBatch(batch);
    expect(await statesOf(batch)).toEqual({ paid: 3 });
  });
});

describe('a call with one order', () => {
  it('turned away for what it says is asked about, and ends', async () => {
    const order = await newOrder();
    await bank.setFault({ kind: 'turnAway', match: { orderNo: order.orderNo } });
    const { payOrder, askBank } = activities();
    await expect(payOrder(order)).resolves.toEqual({ word: 'unknown' });
    await expect(askBank(order)).resolves.toEqual({ word: 'unknown' });
    await untilFinal();
    await expect(askBank(order)).resolves.toEqual({ word: 'failed' });
    expect(await reasonOf(order)).toBe('unsendable');
    expect(alarms).toEqual(['orderTurnedAway', 'orderNotTaken']);
    expect(await bookingsOf([order])).toEqual([0]);
    await expect(payOrder(order)).resolves.toEqual({ word: 'failed' });
  });

  it.each([401, 403, 404, 408, 409, 413, 415, 429, 500, 503] as const)('is not ended by %s', async (status) => {
    const order = await newOrder();
    const { payOrder } = activities({ pay: () => Promise.resolve({ known: false, why: `http${status}` }) });
    await expect(payOrder(order)).resolves.toEqual({ word: 'unknown' });
    await untilFinal();
    await expect(activities().askBank(order)).resolves.toEqual({ word: 'resend' });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'paid' });
    expect(alarms).toEqual([]);
  });

  it('is ended by no bank that turns every order away, and all of a batch but the bad one are paid later', async () => {
    const batch = await newBatch(12, 'http');
    await bank.setFault({ kind: 'turnAway', match: {} });
    const { sendBatch, askBatch } = activities();
    await sendBatch(batch);
    await untilFinal();
    await expect(askBatch(batch)).resolves.toEqual({ asked: 12, resend: 12 });
    expect(await statesOf(batch)).toEqual({ released: 12 });
    await bank.clearFaults();
    const [bad] = batch.orders;
    await bank.setFault({ kind: 'turnAway', match: { orderNo: bad!.orderNo } });
    await sendBatch(batch);
    await untilFinal();
    await askBatch(batch);
    expect(await statesOf(batch)).toEqual({ paid: 11, failed: 1 });
    expect(await reasonOf(bad!)).toBe('unsendable');
  });
});

it('keeps the books whole through all of it', async () => {
  expect(await checkBooks(database.dataSource, '450206', new Date())).toEqual([]);
  expect((await bank.summary()).ordersBookedTwice).toEqual([]);
});
