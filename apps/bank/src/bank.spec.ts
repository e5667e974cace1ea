import type {
  BankFault,
  BankLedgerSummary,
  BankPayment,
  BankPaymentAnswer,
  BankQueryAnswer,
  BankStatement,
} from '@banjie/contracts';
import {
  bankErrorSchema,
  bankLedgerSummarySchema,
  bankPaymentAnswerSchema,
  bankQueryAnswerSchema,
  bankStatementSchema,
} from '@banjie/contracts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBank, type RunningBank } from './start-bank';
import { bankKeys, call } from './testing/caller';

let home: string;
let bank: RunningBank;

const start = async (): Promise<RunningBank> =>
  startBank({
    home,
    port: 0,
    openingFen: 1_000_000_000_000,
    clockShiftMs: 0,
    keys: bankKeys,
    onFailure: (error) => {
      throw error;
    },
  });

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'banjie-bank-'));
  bank = await start();
});

afterEach(async () => {
  await bank.stop();
  await rm(home, { recursive: true });
});

const restart = async (): Promise<void> => {
  await bank.stop();
  bank = await start();
};

const payment = (set: Partial<BankPayment> = {}): BankPayment => ({
  orderNo: 'ZF2026112300001',
  amountFen: 864_020,
  fundAccount: '45020000000001',
  payeeName: '测试收款人',
  payeeAccount: '6222020000000001',
  payeeBankCode: '102614000001',
  ...set,
});

const post = (path: string, body: unknown): Promise<Response> =>
  call(bank.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const pay = async (set: Partial<BankPayment> = {}): Promise<BankPaymentAnswer & { http: number }> => {
  const response = await post('/payments', payment(set));
  return { ...bankPaymentAnswerSchema.parse(await response.json()), http: response.status };
};
const query = async (orderNo = payment().orderNo): Promise<BankQueryAnswer> =>
  bankQueryAnswerSchema.parse(await (await call(`${bank.url}/payments/${orderNo}`)).json());
const statement = async (search = ''): Promise<BankStatement> =>
  bankStatementSchema.parse(await (await call(`${bank.url}/statement${search}`)).json());
const summary = async (): Promise<BankLedgerSummary> =>
  bankLedgerSummarySchema.parse(await (await call(`${bank.url}/ledger/summary`)).json());
const fault = async (set: BankFault): Promise<void> => expect((await post('/faults', set)).status).toBe(201);
const until = async <T>(look: () => Promise<T>, good: (seen: T) => boolean): Promise<T> => {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const seen = await look();
    if (good(seen)) return seen;
    await sleep(25);
  }
  throw new Error('did not happen within 5 s');
};

describe('a payment', () => {
  it('is booked, and the account and the statement show it', async () => {
    const answer = await pay();
    expect(answer).toMatchObject({ http: 200, status: 'booked', duplicate: false });
    expect(await query()).toMatchObject({ status: 'booked', inFlight: false, amountFen: 864_020, bankReference: answer.bankReference }); // prettier-ignore
    expect((await statement()).entries).toEqual([
      expect.objectContaining({ entryNo: 1, kind: 'debit', orderNo: payment().orderNo, amountFen: 864_020 }),
    ]);
    const { accounts } = await summary();
    expect(accounts).toEqual([
      { fundAccount: '45020000000001', openingFen: 1_000_000_000_000, balanceFen: 1_000_000_000_000 - 864_020 },
    ]);
  });

  it('sent again gets the first result and is not booked again', async () => {
    const first = await pay();
    await restart();
    expect(await pay()).toEqual({ ...first, duplicate: true });
    expect((await summary()).bookingsByOrder).toEqual({ [payment().orderNo]: 1 });
  });

  it.each<Partial<BankPayment>>([
    { amountFen: 864_021 },
    { payeeAccount: '6222020000000002' },
    { payeeName: '另一人' },
    { payeeBankCode: '102614000002' },
    { fundAccount: '45020000000002' },
  ])('with another body under a known number is refused with 409: %o', async (other) => {
    await pay();
    const response = await post('/payments', payment(other));
    expect(response.status).toBe(409);
    const error = bankErrorSchema.parse(await response.json());
    expect(error.code).toBe('ORDER_NUMBER_REUSED');
    expect(await summary()).toMatchObject({ debits: { count: 1, sumFen: 864_020 } });
  });

  it('sent 50 times at once is booked once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => pay()));
    expect(answers.filter((answer) => !answer.duplicate)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.bankReference)).size).toBe(1);
    expect(await summary()).toMatchObject({ debits: { count: 1 }, ordersBookedTwice: [] });
  });

  it('of 50 bodies under one number at once books one and refuses the rest', async () => {
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, n) => post('/payments', payment({ amountFen: n + 1 }))),
    );
    expect(responses.map((response) => response.status).sort()).toEqual([200, ...Array<number>(49).fill(409)]);
    expect(await summary()).toMatchObject({ debits: { count: 1 } });
  });

  it('is refused for lack of cover, for good, and takes nothing', async () => {
    await post('/accounts', { fundAccount: '4502POOR', balanceFen: 100 });
    expect(await pay({ fundAccount: '4502POOR', amountFen: 101 })).toMatchObject({
      status: 'refused',
      reason: '余额不足',
    });
    expect(await pay({ fundAccount: '4502POOR', amountFen: 101 })).toMatchObject({
      status: 'refused',
      duplicate: true,
    });
    expect(await query()).toMatchObject({ status: 'refused', inFlight: false });
    expect(await pay({ orderNo: 'ZF2', fundAccount: '4502POOR', amountFen: 100 })).toMatchObject({ status: 'booked' });
    expect((await summary()).accounts).toEqual([{ fundAccount: '4502POOR', openingFen: 100, balanceFen: 0 }]);
    expect((await post('/accounts', { fundAccount: '4502POOR', balanceFen: 100 })).status).toBe(409);
  });

  it('that never came is not received, and nothing is in flight', async () => {
    expect(await query('ZF-unknown')).toEqual({ orderNo: 'ZF-unknown', status: 'notReceived', inFlight: false });
  });

  it.each([
    ['a negative amount', JSON.stringify(payment({ amountFen: -1 })), 400],
    ['no amount at all', JSON.stringify(payment({ amountFen: 0 })), 400],
    ['a fraction of a 分', JSON.stringify(payment({ amountFen: 0.5 })), 400],
    ['an amount beyond exact numbers', JSON.stringify(payment({ amountFen: 2 ** 53 })), 400],
    ['an amount in letters', JSON.stringify({ ...payment(), amountFen: '100' }), 400],
    ['an unknown field', JSON.stringify({ ...payment(), note: 'x' }), 400],
    ['an order number with a path in it', JSON.stringify(payment({ orderNo: '../x' })), 400],
    ['broken JSON', '{', 400],
    ['nothing', '', 400],
    ['a body of a megabyte', JSON.stringify(payment({ payeeName: '韦'.repeat(350_000) })), 413],
  ])('is turned away and not booked: %s', async (_, body, status) => {
    const response = await post('/payments', body);
    expect(response.status).toBe(status);
    const { message } = bankErrorSchema.parse(await response.json());
    expect(message).not.toContain(payment().payeeAccount);
    expect(await summary()).toMatchObject({ debits: { count: 0 } });
  });

  it('is not taken as a form or as text, nor on another path', async () => {
    const asText = await call(`${bank.url}/payments`, { method: 'POST', body: JSON.stringify(payment()) });
    expect(asText.status).toBe(415);
    expect((await post('/payments/x/y', payment())).status).toBe(404);
    expect((await call(`${bank.url}/payments/%zz`)).status).toBe(404);
    expect(await (await call(`${bank.url}/health`)).json()).toEqual({ status: 'ok' });
  });
});

describe('the statement', () => {
  it('is paged in order without gaps', async () => {
    await Promise.all(Array.from({ length: 7 }, (_, n) => pay({ orderNo: `ZF${n}` })));
    const pages = [
      await statement('?limit=3'),
      await statement('?after=3&limit=3'),
      await statement('?after=6&limit=3'),
    ];
    expect(pages.map((page) => page.entries.map((entry) => entry.entryNo))).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    expect(pages.map((page) => [page.nextAfter, page.hasMore])).toEqual([
      [3, true],
      [6, true],
      [7, false],
    ]);
    expect(await statement('?after=7')).toEqual({ entries: [], receipts: [], nextAfter: 7, hasMore: false });
    expect((await call(`${bank.url}/statement?limit=0`)).status).toBe(400);
  });

  it('counts money that came in among the payments, once by its number', async () => {
    const { fundAccount } = payment();
    const receipt = { receiptNo: 'CZ1', fundAccount, amountFen: 500, payerAccount: '4502990001', purpose: 'transfer' };
    await pay();
    const statuses = [await post('/receipts', receipt), await post('/receipts', receipt)].map(({ status }) => status);
    expect(statuses).toEqual([201, 200]);
    expect((await post('/receipts', { ...receipt, amountFen: 501 })).status).toBe(409);
    expect((await post('/receipts', { ...receipt, receiptNo: 'CZ2', purpose: 'gift' })).status).toBe(400);
    await restart();
    await pay({ orderNo: 'ZF-later' });
    const page = await statement('');
    expect(page.entries.map(({ entryNo }) => entryNo)).toEqual([1, 3]);
    expect(page.receipts).toEqual([
      expect.objectContaining({ entryNo: 2, kind: 'credit', amountFen: 500, payerAccount: '4502990001' }),
    ]);
    expect(page).toMatchObject({ nextAfter: 3, hasMore: false });
    expect(await summary()).toMatchObject({ receipts: { count: 1, sumFen: 500 } });
  });
});

describe('faults', () => {
  it('lostReplyBeforeBooking: the connection breaks and nothing is booked', async () => {
    await fault({ kind: 'lostReplyBeforeBooking', match: { next: 1 } });
    await expect(pay()).rejects.toThrow();
    expect(await query()).toMatchObject({ status: 'notReceived', inFlight: false });
    expect(await pay()).toMatchObject({ status: 'booked', duplicate: false });
  });

  it('lostReplyAfterBooking: the connection breaks and the money has gone', async () => {
    await fault({ kind: 'lostReplyAfterBooking', match: { payeeAccount: payment().payeeAccount, next: 1 } });
    await expect(pay()).rejects.toThrow();
    expect(await query()).toMatchObject({ status: 'booked' });
    expect(await pay()).toMatchObject({ status: 'booked', duplicate: true });
  });

  it('slow: says in flight while it waits, then books even if the caller has left', async () => {
    await fault({ kind: 'slow', match: { orderNo: payment().orderNo }, ms: 600 });
    await expect(
      call(`${bank.url}/payments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payment()),
        signal: AbortSignal.timeout(200),
      }),
    ).rejects.toThrow();
    expect(await query()).toMatchObject({ status: 'notReceived', inFlight: true });
    await until(query, (seen) => seen.status === 'booked' && !seen.inFlight);
  });

  it('slow: a stopping bank breaks off with nothing booked', async () => {
    await fault({ kind: 'slow', match: {}, ms: 60_000 });
    const broken = expect(pay()).rejects.toThrow();
    await until(query, (seen) => seen.inFlight);
    await restart();
    await broken;
    expect(await query()).toMatchObject({ status: 'notReceived', inFlight: false });
  });

  it('slowReply: books at once and answers late', async () => {
    await fault({ kind: 'slowReply', match: {}, ms: 300 });
    const answer = pay();
    await until(query, (seen) => seen.status === 'booked');
    expect(await answer).toMatchObject({ status: 'booked', duplicate: false });
  });

  it('refuse: refuses with the reason, but never an order that is already booked', async () => {
    await pay({ orderNo: 'ZF1' });
    await fault({ kind: 'refuse', match: {}, reason: '账号户名不符' });
    expect(await pay({ orderNo: 'ZF1' })).toMatchObject({ status: 'booked', duplicate: true });
    expect(await pay({ orderNo: 'ZF2' })).toMatchObject({ status: 'refused', bookedAt: null, reason: '账号户名不符' });
    await restart();
    expect(await query('ZF2')).toMatchObject({ status: 'refused', reason: '账号户名不符' });
  });

  it('returnAfter: books, and brings the money back later, once, also over a restart', async () => {
    await fault({ kind: 'returnAfter', match: { next: 1 }, ms: 400, reason: '账户已销户' });
    expect(await pay()).toMatchObject({ status: 'booked' });
    expect((await query()).returned).toBeUndefined();
    await restart();
    const seen = await until(query, ({ returned }) => returned !== undefined);
    expect(seen).toMatchObject({ status: 'booked', returned: { reason: '账户已销户', entryNo: 2 } });
    await restart();
    await sleep(50);
    const { entries } = await statement();
    expect(entries.map((entry) => [entry.kind, entry.amountFen])).toEqual([
      ['debit', 864_020],
      ['return', 864_020],
    ]);
    const { accounts } = await summary();
    expect(accounts[0]?.balanceFen).toBe(accounts[0]?.openingFen);
  });

  it('outage: 503 to payments, queries and statements for n calls; health and books go on', async () => {
    await fault({ kind: 'outage', match: {}, calls: 3 });
    expect((await post('/payments', payment())).status).toBe(503);
    expect((await call(`${bank.url}/payments/ZF1`)).status).toBe(503);
    expect((await call(`${bank.url}/statement`)).status).toBe(503);
    expect(await pay()).toMatchObject({ status: 'booked', duplicate: false });
    expect((await summary()).debits.count).toBe(1);
  });

  it('outage: ends by itself after ms', async () => {
    await fault({ kind: 'outage', match: {}, ms: 250 });
    expect((await post('/payments', payment())).status).toBe(503);
    await until(
      () => post('/payments', payment()),
      (response) => response.status === 200,
    );
  });

  it('duplicateReply: answers a first booking as a repeated one', async () => {
    await fault({ kind: 'duplicateReply', match: {} });
    expect(await pay()).toMatchObject({ status: 'booked', duplicate: true });
    expect(await summary()).toMatchObject({ debits: { count: 1 } });
  });

  it('lateSuccess: accepted first, in flight by query, booked later, also over a restart', async () => {
    await fault({ kind: 'lateSuccess', match: { next: 1 }, ms: 400 });
    const first = await pay();
    expect(first).toMatchObject({ http: 202, status: 'accepted', bookedAt: null });
    expect(await query()).toMatchObject({ status: 'notReceived', inFlight: true });
    expect(await pay()).toMatchObject({ http: 202, status: 'accepted', duplicate: true });
    await restart();
    const seen = await until(query, ({ status }) => status === 'booked');
    expect(seen).toMatchObject({ inFlight: false, bankReference: first.bankReference });
    expect(await summary()).toMatchObject({ debits: { count: 1 }, acceptedCount: 0 });
  });

  it('lateSuccess: may still be refused for lack of cover', async () => {
    await post('/accounts', { fundAccount: '4502POOR', balanceFen: 1 });
    await fault({ kind: 'lateSuccess', match: {}, ms: 1 });
    await pay({ fundAccount: '4502POOR' });
    expect(await until(query, ({ inFlight }) => !inFlight)).toMatchObject({ status: 'refused', reason: '余额不足' });
  });

  it('meet only the calls they match, wear out, survive a restart, and are deleted', async () => {
    await fault({ kind: 'refuse', match: { payeeAccount: '9999', next: 2 }, reason: '账号不存在' });
    expect(await pay({ orderNo: 'ZF1' })).toMatchObject({ status: 'booked' });
    expect(await pay({ orderNo: 'ZF2', payeeAccount: '9999' })).toMatchObject({ status: 'refused' });
    await restart();
    const listing = async () =>
      (await (await call(`${bank.url}/faults`)).json()) as { faults: { callsLeft: number; met: number }[] };
    expect((await listing()).faults).toEqual([expect.objectContaining({ callsLeft: 1, met: 1 })]);
    expect(await pay({ orderNo: 'ZF3', payeeAccount: '9999' })).toMatchObject({ status: 'refused' });
    expect(await pay({ orderNo: 'ZF4', payeeAccount: '9999' })).toMatchObject({ status: 'booked' });

    await fault({ kind: 'refuse', match: {}, reason: '账号不存在' });
    await call(`${bank.url}/faults`, { method: 'DELETE' });
    await restart();
    expect((await listing()).faults).toEqual([]);
    expect(await pay({ orderNo: 'ZF5' })).toMatchObject({ status: 'booked' });
    expect((await post('/faults', { kind: 'meteor', match: {} })).status).toBe(400);
  });
});
