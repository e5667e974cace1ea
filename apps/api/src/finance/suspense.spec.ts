import { randomUUID } from 'node:crypto';
import type { ClearingProposal, ErrorAnswer, Suspense } from '@banjie/contracts';
import type { PayoutState } from '@banjie/domain';
import {
  accountDigest,
  checkBooks,
  movePayoutOrder,
  reconcile,
  recordBankEntry,
  recordBankReceipt,
  rows,
  walkAudit,
  type BankEntry,
} from '@banjie/persistence';
import {
  accountOf,
  asOwner,
  drawTestOrder,
  orderStateOf,
  startTestApi,
  testCipher,
  type TestApi,
  type TestClient,
  type TestOrder,
} from '@banjie/testing';
import { carry, claimOn } from './movements.fixture';

const cipher = testCipher();
const agencyId = '450206';
let api: TestApi;
// settle1, finreview1 and finapprove1 have drawn, reviewed and released what is drawn for tests.
let [clerk, reviewer, approver]: TestClient[] = [];
let entries = 100;

beforeAll(async () => {
  api = await startTestApi();
  [clerk, reviewer, approver] = await Promise.all(
    ['settle2', 'finreview2', 'finapprove2'].map((name) => api.signIn(name)),
  );
});
afterAll(() => api?.stop());

async function send(amountFen: number, to: PayoutState = 'sent'): Promise<TestOrder> {
  const { dataSource } = api.database;
  const order = await drawTestOrder(dataSource, cipher, api.world, { amountFen });
  for (const step of to === 'sent' ? (['sent'] as const) : (['sent', to] as const))
    await dataSource.transaction((manager) =>
      movePayoutOrder(manager, order.orderNo, { from: ['released', 'sent'], to: step, at: new Date() }),
    );
  return order;
}

async function tell(order: TestOrder, told: Partial<BankEntry> = {}): Promise<number> {
  entries += 1;
  const { orderNo, amountFen, payee } = order;
  const entry: BankEntry = {
    ...{ entryNo: entries, kind: 'debit', orderNo, amountFen, at: new Date().toISOString(), bankReference: 'B' },
    ...{ fundAccount: 'ZC450206', accountDigest: accountDigest(cipher, payee.accountNumber) },
    ...told,
  };
  await api.database.dataSource.transaction((manager) => recordBankEntry(manager, entry));
  return entries;
}

const said = (clearing: string, more: object = {}) => ({
  ...{ id: randomUUID(), clearing, reason: 'CL-01', text: '银行来函说明此笔单号登记有误' },
  document: { number: '柳银函〔2026〕17号', text: '兹证明上述流水单号登记错误。' },
  ...more,
});

const propose = (entryNo: number, body: object, by = clerk!) =>
  by.post<ClearingProposal & ErrorAnswer>(`/api/finance/exceptions/${entryNo}/proposals`, body);
const confirm = (id: string, by = reviewer!) =>
  by.post<ClearingProposal & ErrorAnswer>(`/api/finance/exceptions/proposals/${id}/confirm`, {});
const listed = async () => (await clerk!.get<Suspense>('/api/finance/exceptions')).body;

const isWhole = async () => {
  expect(await checkBooks(api.database.dataSource, agencyId, new Date())).toEqual([]);
  const span = { agencyId, from: new Date(0), until: new Date(Date.now() + 60_000), overdueBefore: new Date(0) };
  expect((await reconcile(api.database.dataSource, span))!.balance.differenceFen).toBe(0);
};

const balances = async () => {
  const found = await rows<{ account: string; fen: number }>(
    api.database.dataSource,
    `SELECT account, sum(fen)::bigint AS fen FROM (SELECT debit_account AS account, amount_fen AS fen FROM posting
       UNION ALL SELECT credit_account, -amount_fen FROM posting) lines GROUP BY 1`,
  );
  const of = (account: string) => found.find((one) => one.account === account)?.fen ?? 0;
  return { suspense: of('suspense'), bankClaim: of('bankClaim'), recoverable: of('recoverable') };
};

async function clear(entryNo: number, body: ReturnType<typeof said>): Promise<void> {
  expect(await propose(entryNo, body)).toMatchObject({ status: 201, body: { state: 'proposed', entryNo } });
  expect(await confirm(body.id)).toMatchObject({ status: 200, body: { state: 'confirmed' } });
  await isWhole();
}

it('settles a doubtful order by an entry that named another, and tells its case; nothing is sent', async () => {
  const order = await send(1_000, 'unknown');
  const entryNo = await tell(order, { orderNo: 'NOT-OURS' });
  const [item] = (await listed()).items;
  expect(item).toMatchObject({ entryNo, meaning: 'unknownOrder', amountFen: 1_000, ageWorkingDays: 0, proposal: null });
  expect(item!.clearings.map(({ clearing }) => clearing)).toEqual(['belongsToOrder', 'bankError', 'reversed', 'other']);
  const body = said('belongsToOrder', { orderNo: order.orderNo });
  expect((await propose(entryNo, body)).status).toBe(201);
  // Nothing follows from one person's word.
  expect(await orderStateOf(api.database.dataSource, order.orderNo)).toBe('unknown');
  expect((await balances()).suspense).toBe(1_000);
  expect((await listed()).items[0]!.proposal).toMatchObject({ id: body.id, text: body.text, mayDecide: false });
  expect(await confirm(body.id)).toMatchObject({ status: 200, body: { state: 'confirmed', orderNo: order.orderNo } });
  expect(await orderStateOf(api.database.dataSource, order.orderNo)).toBe('paid');
  const traces = await rows(
    api.database.dataSource,
    `SELECT (SELECT count(*)::int FROM outbox WHERE topic = 'wakeCase' AND key = 'settle:' || $1) AS wakes,
       (SELECT count(*)::int FROM payout_attempt WHERE order_no = $1) AS attempts`,
    [order.orderNo],
  );
  expect(traces).toEqual([{ wakes: 1, attempts: 0 }]);
  expect((await balances()).suspense).toBe(0);
  await isWhole();
  // A second arrival of either click is answered as the first.
  expect((await propose(entryNo, body)).status).toBe(201);
  expect((await confirm(body.id)).status).toBe(200);
  expect((await listed()).total.count).toBe(0);
  // The bank tells of the order once more under its right number: that is a second booking.
  const again = await tell(order);
  expect((await listed()).items).toEqual([expect.objectContaining({ entryNo: again, meaning: 'bookedTwice' })]);
  await clear(again, said('overpaid', { reason: 'CL-03' }));
  expect(await balances()).toEqual({ suspense: 0, bankClaim: 0, recoverable: 1_000 });
});

it('brings money home that came back under another number', async () => {
  const order = await send(700);
  await tell(order);
  const entryNo = await tell(order, { kind: 'return', orderNo: 'NOT-OURS' });
  await clear(entryNo, said('belongsToOrder', { orderNo: order.orderNo }));
  expect(await orderStateOf(api.database.dataSource, order.orderNo)).toBe('returned');
  const wakes = await rows(api.database.dataSource, `SELECT 1 FROM outbox WHERE key = $1`, [`return:${order.orderNo}`]);
  expect(wakes).toHaveLength(1);
});

it('keeps what the bank owes until it has booked it back, and knows a reversal by its counter-entry', async () => {
  const order = await send(300);
  const wrong = await tell(order, { amountFen: 299 });
  await clear(wrong, said('bankError', { reason: 'CL-04' }));
  expect((await balances()).bankClaim).toBe(299);
  const back = await tell(order, { kind: 'return', amountFen: 299 });
  await clear(back, said('bankError', { reason: 'CL-04' }));
  expect((await balances()).bankClaim).toBe(0);

  await tell(order);
  const twice = await tell(order);
  const reversal = await tell(order, { kind: 'return', orderNo: 'NOT-OURS' });
  await clear(twice, said('reversed', { counterEntryNo: reversal, reason: 'CL-03' }));
  expect(await balances()).toMatchObject({ suspense: 0, bankClaim: 0 });
  expect((await listed()).items).toEqual([]);
});

it('leaves an order paid where the bank takes back its own second booking', async () => {
  const isPaidOnce = async ({ orderNo }: TestOrder) => {
    expect(await orderStateOf(api.database.dataSource, orderNo)).toBe('paid');
    const wakes = await rows(api.database.dataSource, `SELECT 1 FROM outbox WHERE key = $1`, [`return:${orderNo}`]);
    expect(wakes).toEqual([]);
  };
  // Found out before it comes back …
  const first = await send(310);
  await tell(first);
  await clear(await tell(first), said('bankError', { reason: 'CL-03' }));
  expect((await balances()).bankClaim).toBe(310);
  const back = await tell(first, { kind: 'return' });
  expect((await listed()).items).toEqual([expect.objectContaining({ entryNo: back, meaning: 'impossible' })]);
  await clear(back, said('bankError', { reason: 'CL-03' }));
  expect(await balances()).toMatchObject({ suspense: 0, bankClaim: 0 });
  await isPaidOnce(first);
  // … or by what came back.
  const second = await send(320);
  await tell(second);
  const twice = await tell(second);
  const reversal = await tell(second, { kind: 'return' });
  await clear(twice, said('reversed', { counterEntryNo: reversal, reason: 'CL-03' }));
  expect(await balances()).toMatchObject({ suspense: 0, bankClaim: 0 });
  await isPaidOnce(second);
  // The payee's bank sent the order's own payment back, and the second one stays: two persons say so.
  const third = await send(330);
  await tell(third);
  await clear(await tell(third), said('bankError', { reason: 'CL-03' }));
  const own = await tell(third, { kind: 'return' });
  await clear(own, said('belongsToOrder', { orderNo: third.orderNo }));
  expect(await orderStateOf(api.database.dataSource, third.orderNo)).toBe('returned');
});

it('closes a claim for what was overpaid with the same money that comes back by itself', async () => {
  const order = await send(340);
  await tell(order);
  const twice = await tell(order);
  await clear(twice, said('overpaid', { reason: 'CL-03' }));
  const before = (await balances()).recoverable;
  const [second, third] = await Promise.all(['finreview2', 'approver2'].map((name) => api.signIn(name)));
  const claim = claimOn(order.orderNo, 340, { entryNo: twice, reason: 'RC-06' });
  await carry(claim, [clerk!, second!, third!]);
  const back = await tell(order, { kind: 'return' });
  const recoveryNo = `${order.caseNo}R1`;
  const body = said('recovered', { recoveryNo, reason: 'CL-99' });
  expect(await propose(back, { ...body, recoveryNo: 'NOT-OURS' })).toMatchObject({ status: 422 });
  await clear(back, body);
  expect((await balances()).recoverable).toBe(before - 340);
  expect(await orderStateOf(api.database.dataSource, order.orderNo)).toBe('paid');
});

it('finds out what money was that the 支出户 may not take by itself (R-FN-04)', async () => {
  const receive = async (amountFen: number) => {
    entries += 1;
    const receipt = { entryNo: entries, amountFen, at: new Date().toISOString(), fundAccount: 'ZC450206' };
    const from = { accountDigest: null, isInterest: false, isFromFiscalAccount: false };
    await api.database.dataSource.transaction((manager) => recordBankReceipt(manager, { ...receipt, ...from }));
    return entries;
  };
  const [late, wrong] = [await receive(2_000), await receive(30)];
  const { items, total } = await listed();
  expect(items.map(({ kind, orderNo, meaning }) => [kind, orderNo, meaning])).toEqual([
    ['credit', null, 'otherReceipt'],
    ['credit', null, 'otherReceipt'],
  ]);
  expect(total).toMatchObject({ count: 2, creditFen: 2_030 });
  expect(await propose(late, said('belongsToOrder', { orderNo: 'X' }))).toMatchObject({ status: 422 });
  await clear(late, said('fiscalTransfer'));
  await clear(wrong, said('bankError', { reason: 'CL-05' }));
  expect((await balances()).suspense).toBe(0);
  await isWhole();
  const back = await tell(await send(30), { orderNo: 'NOT-OURS' });
  await clear(back, said('bankError', { reason: 'CL-05' }));
});

it('takes two persons, none of them with a duty in the case', async () => {
  const order = await send(450);
  const entryNo = await tell(order, { amountFen: 451 });
  const body = said('bankError');
  expect(await propose(entryNo, body, reviewer)).toMatchObject({ status: 201 });
  expect(await confirm(body.id, reviewer)).toMatchObject({ status: 403, body: { code: 'FINANCE_PROPOSAL_OWN' } });
  expect(await confirm(body.id, clerk)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  expect(await propose(entryNo, said('other'))).toMatchObject({ status: 409, body: { code: 'FINANCE_PROPOSAL_OPEN' } });
  const involved = await api.signIn('finreview1');
  await rows(
    api.database.dataSource,
    `INSERT INTO case_duty (case_no, person_id, duty, since_seq) VALUES ($1, $2, 'financeReview', 1)`,
    [order.caseNo, accountOf(api.world, 'finreview1').id],
  );
  expect(await confirm(body.id, involved)).toMatchObject({ status: 403, body: { code: 'FINANCE_OWN_CASE' } });
  // A refusal of the rule undoes the second person's word as well.
  expect((await listed()).items).toEqual([
    expect.objectContaining({ entryNo, proposal: expect.objectContaining({ state: 'proposed' }) as object }),
  ]);
  const refused = await approver!.post(`/api/finance/exceptions/proposals/${body.id}/refuse`, {
    reason: '没有银行来函',
  });
  expect(refused).toMatchObject({ status: 200, body: { state: 'refused', decisionReason: '没有银行来函' } });
  expect(await confirm(body.id, approver)).toMatchObject({ status: 409, body: { code: 'FINANCE_PROPOSAL_DECIDED' } });
  expect(await propose(entryNo, said('bankError'), involved)).toMatchObject({
    status: 403,
    body: { code: 'FINANCE_OWN_CASE', next: expect.any(String) as string },
  });
  const stranger = await api.signIn('window1');
  expect((await stranger.get('/api/finance/exceptions')).status).toBe(403);
  expect((await propose(entryNo, said('other'), stranger)).status).toBe(403);
  expect((await api.stranger().get('/api/finance/exceptions')).status).toBe(401);
  await clear(entryNo, said('bankError'));
});

it('is confirmed by nobody once its proposer has a duty in the case', async () => {
  const order = await send(470);
  const entryNo = await tell(order, { amountFen: 471 });
  const body = said('bankError');
  expect((await propose(entryNo, body)).status).toBe(201);
  await rows(
    api.database.dataSource,
    `INSERT INTO case_duty (case_no, person_id, duty, since_seq) VALUES ($1, $2, 'preparePayout', 1)`,
    [order.caseNo, accountOf(api.world, 'settle2').id],
  );
  const answer = await confirm(body.id);
  expect(answer).toMatchObject({ status: 409, body: { code: 'FINANCE_EARLIER_OWN_CASE' } });
  expect(answer.body.message).toContain(`提出人已在办件 ${order.caseNo} 中承担“拨付制定”职责`);
  const path = `/api/finance/exceptions/proposals/${body.id}/refuse`;
  expect((await reviewer!.post(path, { reason: '提出人已参与办件' })).status).toBe(200);
  const anew = said('bankError');
  expect((await propose(entryNo, anew, reviewer)).status).toBe(201);
  expect((await confirm(anew.id, approver)).status).toBe(200);
});

it('cannot be stored otherwise, by whoever writes', async () => {
  const order = await send(460);
  const entryNo = await tell(order, { amountFen: 461 });
  const { dataSource } = api.database;
  const [one, other] = [accountOf(api.world, 'settle2').id, accountOf(api.world, 'finreview2').id];
  const proposal = (id: string, facts: object, decidedBy: string) =>
    rows(
      dataSource,
      `INSERT INTO finance_proposal (id, agency_id, kind, subject, facts, words_enc, proposed_by, proposed_at, state, decided_by, decided_at)
       VALUES ($1, '450206', 'clearing', $2, $3, '\\x00', $4, now(), 'confirmed', $5, now())`,
      [id, String(entryNo), facts, one, decidedBy],
    );
  const clearing = (id: string, kind: string) =>
    rows(dataSource, `INSERT INTO suspense_clearing (entry_no, proposal_id, clearing, at) VALUES ($1, $2, $3, now())`, [
      ...[entryNo, id, kind],
    ]);
  const constraint = (name: string) => ({ driverError: { constraint: name } });
  await expect(proposal(randomUUID(), { entryNo, clearing: 'bankError' }, one)).rejects.toMatchObject(
    constraint('finance_proposal_two_persons'),
  );
  const open = said('bankError');
  expect((await propose(entryNo, open)).status).toBe(201);
  await expect(clearing(open.id, 'bankError')).rejects.toMatchObject(constraint('suspense_clearing_two_persons'));
  const forged = randomUUID();
  await proposal(forged, { entryNo, clearing: 'overpaid' }, other);
  await expect(clearing(forged, 'overpaid')).rejects.toMatchObject(constraint('suspense_clearing_rule'));
  await expect(rows(dataSource, `UPDATE finance_proposal SET facts = '{}' WHERE id = $1`, [open.id])).rejects.toThrow();
  await expect(asOwner(dataSource, (owner) => owner.query(`DELETE FROM suspense_clearing`))).rejects.toThrow(
    'only ever added',
  );
  await expect(
    asOwner(dataSource, (owner) =>
      owner.query(`UPDATE finance_proposal SET state = 'proposed' WHERE id = $1`, [forged]),
    ),
  ).rejects.toThrow('only ever added');
  const faults = (await walkAudit(dataSource, cipher)).faults.filter(({ kind }) => kind === 'financeDiffers');
  // Of all that was done here, the audit doubts the forged one alone.
  expect(faults).toEqual([expect.objectContaining({ caseNo: agencyId, message: `对 ${entryNo} 的认定没有提出记录` })]);
  await asOwner(dataSource, async (owner) => {
    await owner.query(`ALTER TABLE finance_proposal DISABLE TRIGGER USER`);
    await owner.query(`UPDATE finance_proposal SET facts = facts || '{"reason":"CL-05"}' WHERE id = $1`, [open.id]);
    await owner.query(`ALTER TABLE finance_act DISABLE TRIGGER USER`);
    await owner.query(`DELETE FROM finance_act WHERE seq = 2`);
  });
  const messages = (await walkAudit(dataSource, cipher)).faults.map(({ message }) => message);
  expect(messages).toEqual(expect.arrayContaining(['财务第 3 步之前的记录缺失', `对 ${entryNo} 的认定与提出时不同`]));
});

it.each([
  ['CLEARING_NOT_LAWFUL', 422, { clearing: 'overpaid' }],
  ['CLEARING_INCOMPLETE', 422, { clearing: 'belongsToOrder' }],
  ['CLEARING_INCOMPLETE', 422, { clearing: 'bankError', orderNo: 'X' }],
  ['CLEARING_UNFIT', 422, { clearing: 'belongsToOrder', orderNo: 'NOBODYS' }],
  ['CLEARING_UNFIT', 422, { clearing: 'reversed', counterEntryNo: 'self' }],
  ['SUSPENSE_NOT_FOUND', 404, { clearing: 'reversed', counterEntryNo: 9_999_999 }],
  ['BAD_SHAPE', 400, { clearing: 'paid' }],
  ['BAD_SHAPE', 400, { clearing: 'other', document: { number: '', text: '' } }],
])('refuses with %s (%i) what does not hold: %j', async (code, status, wrong) => {
  const entryNo = await tell(await send(900), { orderNo: 'NOT-OURS' });
  const body = said(
    'other',
    'counterEntryNo' in wrong && wrong.counterEntryNo === 'self' ? { ...wrong, counterEntryNo: entryNo } : wrong,
  );
  expect(await propose(entryNo, body)).toMatchObject({ status, body: { code, next: expect.any(String) as string } });
});

it('takes no order of another amount, state or account', async () => {
  const other = await send(5_000);
  const entryNo = await tell(other, { orderNo: 'NOT-OURS' });
  const of = (order: TestOrder, more: object = {}) =>
    propose(entryNo, said('belongsToOrder', { orderNo: order.orderNo, ...more }));
  const unfit = { status: 422, body: { code: 'CLEARING_UNFIT' } };
  expect(await of(await send(5_001))).toMatchObject(unfit);
  expect(await of(await send(5_000))).toMatchObject(unfit);
  const dead = await send(5_000, 'failed');
  expect(await of(dead, { reason: 'CL-02' })).toMatchObject(unfit);
  // The bank says that its statement names the wrong account.
  expect(await of(await send(5_000), { reason: 'CL-02' })).toMatchObject({ status: 201 });
});
