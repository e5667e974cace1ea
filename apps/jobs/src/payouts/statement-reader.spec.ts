import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { movePayoutOrder, rows } from '@banjie/persistence';
import {
  createTestDatabase,
  drawTestOrder,
  orderStateOf,
  seedTestWorld,
  startBankProcess,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestOrder,
  type TestWorld,
} from '@banjie/testing';
import type { PayoutState } from '@banjie/domain';
import type { Settings } from '../settings';
import { StatementReader } from './statement-reader';
import { StatementTaker } from './statement-taker';

let database: TestDatabase;
let world: TestWorld;
let bank: BankProcess;
const alarms: Record<string, unknown>[] = [];
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields: Record<string, unknown>) => void alarms.push(fields),
};

beforeAll(async () => {
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess()]);
  world = await seedTestWorld(database.dataSource);
});
beforeEach(() => (alarms.length = 0));
afterEach(() => bank.clearFaults());
afterAll(async () => {
  await bank?.stop();
  await database?.drop();
});

const reader = (dataSource = database.dataSource) =>
  new StatementReader(
    ...([dataSource, testCipher(), { bankUrl: bank.url, bankKeysPath: bank.callerKeysPath } as Settings] as const),
    ...([new StatementTaker(dataSource, testCipher(), log), log] as const),
  );

const newOrder = async (state: PayoutState, amountFen = 88_800): Promise<TestOrder> =>
  drawTestOrder(database.dataSource, testCipher(), world, { state, amountFen });

const payAtBank = ({ orderNo, amountFen, payee }: TestOrder) =>
  bank.pay({
    orderNo,
    amountFen,
    fundAccount: 'ZC450206',
    payeeName: payee.accountName,
    payeeAccount: payee.accountNumber,
    payeeBankCode: payee.bankCode,
  });

const wakesOf = ({ caseNo }: TestOrder) =>
  rows<{ key: string; payload: Record<string, unknown> }>(
    database.dataSource,
    `SELECT key, payload FROM outbox WHERE case_no = $1 AND topic = 'wakeCase' ORDER BY id`,
    [caseNo],
  );

const entriesOf = ({ orderNo }: TestOrder) =>
  rows<{ kind: string; amount_fen: number }>(
    database.dataSource,
    `SELECT kind, amount_fen FROM bank_entry WHERE order_no = $1 ORDER BY entry_no`,
    [orderNo],
  );

describe('a debit', () => {
  it.each(['sent', 'unknown'] as const)('ends an order that is %s, and wakes its case', async (state) => {
    const order = await newOrder(state);
    await payAtBank(order);
    await expect(reader().read()).resolves.toBe(1);
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('paid');
    expect(await wakesOf(order)).toEqual([
      {
        key: `settle:${order.orderNo}`,
        payload: { act: 'settlePayout', actionId: `settle:${order.orderNo}` },
      },
    ]);
    expect(await entriesOf(order)).toEqual([{ kind: 'debit', amount_fen: order.amountFen }]);
  });

  it('stops a resend when the bank had booked after all', async () => {
    const order = await newOrder('released');
    await database.dataSource.query(
      `INSERT INTO payout_attempt (order_no, n, kind, started_at) VALUES ($1, 1, 'send', now())`,
      [order.orderNo],
    );
    await payAtBank(order);
    await reader().read();
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('paid');
  });

  it('says what is known of a paid order and changes nothing', async () => {
    const order = await newOrder('paid');
    await payAtBank(order);
    await reader().read();
    expect(await wakesOf(order)).toEqual([]);
    expect(alarms).toEqual([]);
  });

  it.each(['released', 'drawn', 'failed', 'void'] as const)('of an order that is %s calls a person', async (state) => {
    const order = await newOrder(state);
    await payAtBank(order);
    await reader().read();
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe(state);
    expect(alarms).toMatchObject([{ alarm: 'statementDisagrees', meaning: 'impossible', orderNo: order.orderNo }]);
    expect(await wakesOf(order)).toEqual([]);
  });

  it('of another amount is kept and changes nothing', async () => {
    const order = await newOrder('unknown');
    await payAtBank({ ...order, amountFen: order.amountFen - 1 });
    await reader().read();
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('unknown');
    expect(await entriesOf(order)).toEqual([{ kind: 'debit', amount_fen: order.amountFen - 1 }]);
    expect(alarms).toMatchObject([{ alarm: 'statementDisagrees', meaning: 'otherAmount' }]);
  });

  it('of nobody is kept and calls a person', async () => {
    const order = { ...(await newOrder('sent')), orderNo: `X${randomUUID().slice(0, 8)}` };
    await payAtBank(order);
    await reader().read();
    expect(await entriesOf(order)).toHaveLength(1);
    expect(alarms).toMatchObject([{ meaning: 'unknownOrder', orderNo: order.orderNo }]);
  });
});

const reasonsOf = ({ orderNo }: TestOrder) =>
  rows<{ order: string | null; entry: string | null }>(
    database.dataSource,
    `SELECT o.bank_reason AS order, e.reason AS entry FROM payout_order o JOIN bank_entry e USING (order_no)
     WHERE order_no = $1 AND e.kind = 'return'`,
    [orderNo],
  );

describe('a return (退票)', () => {
  async function returned(state: PayoutState): Promise<TestOrder> {
    const order = await newOrder(state);
    await bank.setFault({
      kind: 'returnAfter',
      match: { orderNo: order.orderNo },
      ms: 100,
      reason: '账号户名不符',
    });
    await payAtBank(order);
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await bank.statement()).some((e) => e.orderNo === order.orderNo && e.kind === 'return')) return order;
      await sleep(50);
    }
    throw new Error('the bank did not return the payment');
  }

  it('takes a paid order back once, and wakes its case with an act of its own', async () => {
    const order = await returned('paid');
    await reader().read();
    await expect(reader().read()).resolves.toBe(0);
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('returned');
    const actionId = `return:${order.orderNo}`;
    expect(await wakesOf(order)).toEqual([{ key: actionId, payload: { act: 'returnPayout', actionId } }]);
    // Why it came back stays with the order as a code; the bank's own words may name a person.
    expect(await reasonsOf(order)).toEqual([{ order: 'nameDiffers', entry: 'nameDiffers' }]);
  });

  it('of an order in doubt first pays it and then takes it back', async () => {
    const order = await returned('unknown');
    await reader().read();
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('returned');
    expect((await wakesOf(order)).map((wake) => wake.payload['act'])).toEqual(['settlePayout', 'returnPayout']);
  });

  it('of an order that was never paid calls a person', async () => {
    const order = await returned('failed');
    await reader().read();
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('failed');
    expect(alarms.map((a) => a['meaning'])).toEqual(['impossible', 'impossible']);
  });
});

describe('reading', () => {
  it('begins after what was taken over, whoever was interrupted where', async () => {
    const orders = await Promise.all(Array.from({ length: 6 }, () => newOrder('sent')));
    for (const order of orders) await payAtBank(order);
    let survived = 0;
    const dying = reader({
      manager: database.dataSource.manager,
      query: database.dataSource.query.bind(database.dataSource),
      transaction: (work: Parameters<typeof database.dataSource.transaction>[0]) =>
        database.dataSource.transaction(async (manager) => {
          const answer = await (work as unknown as (m: typeof manager) => Promise<unknown>)(manager);
          survived += 1;
          if (survived === 3) throw new Error('killed');
          return answer;
        }),
    } as never);
    await expect(dying.read()).rejects.toThrow('killed');
    await expect(reader().read()).resolves.toBe(4);
    for (const order of orders) {
      expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('paid');
      expect(await wakesOf(order)).toHaveLength(1);
    }
  });

  it('by several processes at once takes each entry over once', async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, () => newOrder('unknown')));
    for (const order of orders) await payAtBank(order);
    await Promise.all(Array.from({ length: 4 }, () => reader().read()));
    const statement = await bank.statement();
    const [kept] = await rows<{ n: number; last: number }>(
      database.dataSource,
      `SELECT count(*) AS n, max(entry_no) AS last FROM bank_entry`,
    );
    expect(kept).toEqual({ n: statement.length, last: statement.length });
    for (const order of orders) expect(await wakesOf(order)).toHaveLength(1);
  });

  it('waits out an outage of the bank', async () => {
    const order = await newOrder('unknown');
    await payAtBank(order);
    await bank.setFault({ kind: 'outage', match: {} });
    await expect(reader().read()).rejects.toThrow('503');
    await bank.clearFaults();
    await reader().read();
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('paid');
  });

  it('agrees with the word of a query that came at the same moment', async () => {
    const order = await newOrder('unknown');
    await payAtBank(order);
    const asked = database.dataSource.transaction((manager) =>
      movePayoutOrder(manager, order.orderNo, { from: ['sent', 'unknown'], to: 'paid', at: new Date() }),
    );
    const [isAskedFirst] = await Promise.all([asked, reader().read()]);
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('paid');
    expect(await wakesOf(order)).toHaveLength(isAskedFirst ? 0 : 1);
    expect(alarms).toEqual([]);
  });
});
