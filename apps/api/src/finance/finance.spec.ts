import type { BooksAnswer, ReconciliationAnswer } from '@banjie/contracts';
import { shanghaiDate } from '@banjie/domain';
import { accountDigest, movePayoutOrder, recordBankEntry } from '@banjie/persistence';
import {
  drawTestOrder,
  startTestApi,
  testCipher,
  type TestApi,
  type TestClient,
  type TestOrder,
} from '@banjie/testing';

let api: TestApi;
let finance: TestClient;
const cipher = testCipher();
const today = shanghaiDate(Date.now());

beforeAll(async () => {
  api = await startTestApi();
  finance = await api.signIn('finreview1');
});
afterAll(() => api?.stop());

const sendOrder = async (amountFen: number): Promise<TestOrder> => {
  const order = await drawTestOrder(api.database.dataSource, cipher, api.world, { amountFen });
  await api.database.dataSource.transaction((manager) =>
    movePayoutOrder(manager, order.orderNo, { from: ['released'], to: 'sent', at: new Date() }),
  );
  return order;
};

const tell = (entryNo: number, { orderNo, payee }: TestOrder, amountFen: number) =>
  api.database.dataSource.transaction((manager) =>
    recordBankEntry(manager, {
      ...{
        entryNo,
        kind: 'debit',
        orderNo,
        amountFen,
        at: new Date().toISOString(),
        bankReference: 'B',
        fundAccount: 'ZC450206',
      },
      accountDigest: accountDigest(cipher, payee.accountNumber),
    }),
  );

it('answers an agency without payouts with zeros', async () => {
  const { status: answered, body } = await finance.get('/api/finance/reconciliation');
  expect(answered).toBe(200);
  const nothing = { count: 0, fen: 0 };
  expect(body).toMatchObject({
    date: today,
    fundAccount: 'ZC450206',
    matched: { debits: nothing },
    inTransit: nothing,
    exceptions: [],
  });
  const books = (await finance.get<BooksAnswer>(`/api/finance/books?date=2026-01-05`)).body;
  expect(books.total).toEqual({ debitFen: 0, creditFen: 0 });
  expect(books.accounts).toHaveLength(12);
});

it('shows the day: what agrees, what is on its way, and each difference with its reason', async () => {
  const [paid, silent, cheap] = [await sendOrder(100), await sendOrder(200), await sendOrder(300)];
  await tell(1, paid, 100);
  await tell(2, cheap, 299);
  const day = (await finance.get<ReconciliationAnswer>('/api/finance/reconciliation')).body;
  expect(day.matched.debits).toEqual({ count: 1, fen: 100 });
  expect(day.inTransit).toEqual({ count: 2, fen: 200 + 300 });
  expect(day.exceptions).toEqual([
    expect.objectContaining({
      ...{
        side: 'bank',
        entryNo: 2,
        orderNo: cheap.orderNo,
        amountFen: 299,
        reason: 'otherAmount',
        orderState: 'sent',
      },
      reasonLabel: '金额与拨付单不一致',
    }),
  ]);
  expect(day.balance).toEqual({ bankFen: -399, journalFen: -399, paidNotOnStatementFen: 0, differenceFen: 0 });
  // No name and no account of anybody.
  expect(JSON.stringify(day)).not.toContain(silent.payee.accountNumber);

  const books = (await finance.get<BooksAnswer>('/api/finance/books')).body;
  expect(books.total.debitFen).toBe(books.total.creditFen);
  const balance = (account: string) => books.accounts.find((one) => one.account === account)!.balanceFen;
  expect([balance('payable'), balance('inTransit'), balance('disbursement'), balance('suspense')]).toEqual([
    0, -500, -399, 299,
  ]);
  expect(balance('benefitExpense')).toBe(600);
});

it('is of the own agency, for finance, supervision and audit', async () => {
  const elsewhere = Object.values(api.world.accounts).find(({ agencyId }) => agencyId !== '450206');
  expect(elsewhere).toBeDefined();
  for (const username of ['settle1', 'supervisor1']) {
    const client = await api.signIn(username);
    expect((await client.get('/api/finance/reconciliation')).status).toBe(200);
  }
  for (const username of ['window1', 'approver1']) {
    const client = await api.signIn(username);
    const { status: answered, body } = await client.get('/api/finance/reconciliation');
    expect(answered).toBe(403);
    expect(body).toMatchObject({ code: 'FORBIDDEN' });
  }
});

it.each([
  ['2026-02-30', 400, 'BAD_SHAPE'],
  ['heute', 400, 'BAD_SHAPE'],
  ['2099-01-01', 422, 'BOOKS_DAY_FUTURE'],
])('refuses the date %s', async (date, status, code) => {
  const { status: answered, body } = await finance.get(`/api/finance/reconciliation?date=${date}`);
  expect(answered).toBe(status);
  expect(body).toMatchObject({ code, next: expect.any(String) as string });
});
