import { randomUUID } from 'node:crypto';
import { monthSpan, shanghaiDate } from '@banjie/domain';
import {
  balanceStatement,
  checkBooks,
  confirmMonthClose,
  inSnapshot,
  movePayoutOrder,
  proposeMonthClose,
  rows,
  walkAudit,
  type BalanceStatement,
} from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  drawTestOrder,
  eventually,
  seedTestWorld,
  startBankProcess,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestOrder,
  type TestWorld,
} from '@banjie/testing';
import type { Settings } from '../settings';
import { StatementReader } from './statement-reader';
import { StatementTaker } from './statement-taker';

/*
 * The last days of a month with a bank that is a process of its own, its calendar in that month: the statements that it makes at each
 * midnight, the reconciliation, and the closing (第九十九条).
 */
const cipher = testCipher();
const dayMs = 86_400_000;
const agencyId = '450206';
const fundAccount = 'ZC450206';
const firstOfThis = monthSpan(shanghaiDate(Date.now() - 3 * 3_600_000).slice(0, 7)).from.getTime();
const month = shanghaiDate(firstOfThis - dayMs).slice(0, 7);
/** How far the bank's calendar is from ours when it has this instant. */
const shiftTo = (instant: number) => instant - Date.now();
const write = (statement: BalanceStatement) => JSON.stringify(statement);

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
  const clockShiftMs = shiftTo(firstOfThis - 2 * dayMs + 36_000_000);
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess({ clockShiftMs })]);
  world = await seedTestWorld(database.dataSource);
});
afterAll(async () => {
  await bank?.stop();
  await database?.drop();
});

async function send(amountFen: number, at: Date): Promise<TestOrder> {
  const order = await drawTestOrder(database.dataSource, cipher, world, { amountFen });
  await database.dataSource.transaction((manager) =>
    movePayoutOrder(manager, order.orderNo, { from: ['released'], to: 'sent', at }),
  );
  return order;
}
const pay = ({ orderNo, amountFen, payee }: TestOrder) =>
  bank.pay({
    ...{ orderNo, amountFen, fundAccount, payeeName: payee.accountName },
    ...{ payeeAccount: payee.accountNumber, payeeBankCode: payee.bankCode },
  });
const read = async () => {
  const reader = new StatementReader(
    ...([database.dataSource, cipher, { bankUrl: bank.url, bankKeysPath: bank.callerKeysPath } as Settings] as const),
    ...([new StatementTaker(database.dataSource, cipher, log), log] as const),
  );
  await reader.read();
  return reader.readStatements();
};
const statement = () =>
  inSnapshot(database.dataSource, (manager) => balanceStatement(manager, cipher, { agencyId, month }));
const close = async () => {
  const id = randomUUID();
  const [by, decidedBy] = [accountOf(world, 'settle2').id, accountOf(world, 'finreview2').id];
  const at = new Date();
  await database.dataSource.transaction((manager) =>
    proposeMonthClose(manager, cipher, { id, agencyId, month, text: '已核对', proposedBy: by, at }, write),
  );
  return database.dataSource.transaction((manager) =>
    confirmMonthClose(manager, cipher, { id, agencyId, decidedBy, at }, write),
  );
};

it('reconciles with the statements of each day, and closes when the last of them has come', async () => {
  const before = new Date(firstOfThis - 2 * dayMs + 32_000_000);
  const [paid, overMidnight, late] = [await send(300, before), await send(5_000, before), await send(70, before)];
  await bank.receive({
    receiptNo: 'CZ1',
    fundAccount,
    amountFen: 10_000,
    payerAccount: 'CZ450206',
    purpose: 'transfer',
  });
  await pay(paid);
  expect(await read()).toBe(0);
  await expect(statement()).rejects.toMatchObject({ code: 'RECONCILIATION_NO_STATEMENT' });

  // The last day: one statement is made, the last is not.
  await bank.crashAndRestart(shiftTo(firstOfThis - dayMs + 36_000_000));
  await pay(late);
  await bank.receive({ receiptNo: 'LX1', fundAccount, amountFen: 9, payerAccount: null, purpose: 'interest' });
  expect(await read()).toBe(1);
  expect(await statement()).toMatchObject({ isComplete: false, differenceFen: 0, asOf: new Date(firstOfThis - dayMs) });
  await expect(close()).rejects.toMatchObject({ code: 'BOOK_MONTH_OPEN_STATEMENT' });

  // The month after: the bank books what was under way at midnight.
  await bank.crashAndRestart(shiftTo(firstOfThis + 1_000));
  await pay(overMidnight);
  expect(await read()).toBe(1);
  const found = await statement();
  expect(found).toMatchObject({
    ...{ isComplete: true, differenceFen: 0, unstated: { count: 0 } },
    bankFen: 1_000_000_000_000 + 10_000 - 300 - 70 + 9,
    bankAdjustedFen: 1_000_000_000_000 + 10_000 - 300 - 70 + 9 - 5_000,
    open: [{ side: 'paidByUs', orderNo: overMidnight.orderNo, amountFen: 5_000, payee: '测****' }],
    parts: {
      entries: { count: 4 },
      matched: { count: 4 },
      exceptions: { count: 0 },
      inTransit: { count: 1, fen: 5_000 },
    },
  });
  expect(await close()).toBe(month);
  const [carried] = await rows<{ fen: number }>(
    database.dataSource,
    `SELECT sum(debit_fen - credit_fen)::bigint AS fen FROM book_balance WHERE account IN ('disbursement', 'inTransit', 'suspense')`,
  );
  expect(carried!.fen).toBe(found.journalFen);
  expect(await checkBooks(database.dataSource, agencyId, new Date())).toEqual([]);
  expect(await walkAudit(database.dataSource, cipher)).not.toMatchObject({
    faults: expect.arrayContaining([expect.objectContaining({ kind: 'financeDiffers' })]) as unknown,
  });
  expect(alarms).toEqual([]);
});

it('keeps whoever posts waiting while a month is closed, and books it after the month', async () => {
  const { dataSource } = database;
  const closing = dataSource.createQueryRunner();
  await closing.startTransaction();
  await closing.query(`SELECT pg_advisory_xact_lock(books_lock($1))`, [agencyId]);
  let isPosted = false;
  const at = new Date(firstOfThis - 1_000);
  const posting = send(40, at).then(() => (isPosted = true));
  const waits = async () =>
    (
      await rows<{ n: number }>(
        dataSource,
        `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
    )[0]!.n;
  await eventually(waits, (count) => count > 0, 10_000);
  expect(isPosted).toBe(false);
  await closing.commitTransaction();
  await closing.release();
  await posting;
  const inClosed = await rows(dataSource, `SELECT 1 FROM posting WHERE at = $1 AND kind <> 'opening'`, [at]);
  expect(inClosed).toEqual([]);
  expect(await checkBooks(dataSource, agencyId, new Date())).toEqual([]);
});
