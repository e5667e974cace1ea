import { createHash, randomUUID } from 'node:crypto';
import type {
  ActAnswer,
  BatchAnswer,
  BatchesAnswer,
  BatchFiles,
  BatchItemsAnswer,
  CaseView,
  ErrorAnswer,
  InboxAnswer,
} from '@banjie/contracts';
import type { Post } from '@banjie/domain';
import { checkBooks, recordBankEntry, rows, walkAudit } from '@banjie/persistence';
import {
  asOwner,
  eventually,
  receiveTestCase,
  testCipher,
  type BankProcess,
  type TestApi,
  type TestClient,
} from '@banjie/testing';
import { startPayingApi, type PayingApi } from '../finance/paying-api.fixture';

/* Batches over HTTP, with the workflows, the bank and the rows as they run. */
const cipher = testCipher();
const posts: Post[][] = [
  ['initialReviewer', 'window'],
  ['secondReviewer'],
  ['approver'],
  ['settlementClerk'],
  ['financeReviewer'],
  ['financeApprover'],
  // Somebody with every post of finance, who has reviewed a case besides.
  ['initialReviewer', 'settlementClerk', 'financeReviewer', 'financeApprover'],
];
let paying: PayingApi;
let api: TestApi;
let bank: BankProcess;
let clients: TestClient[];
const [first, second, approver, clerk, reviewer, releaser, everything] = [0, 1, 2, 3, 4, 5, 6];

beforeAll(async () => {
  paying = await startPayingApi(`banjie-test-batches-${randomUUID().slice(0, 8)}`);
  ({ api, bank } = paying);
  clients = (await paying.newStaff(posts)).map(({ client }) => client);
});
afterAll(() => paying?.stop());

async function caseAct(
  caseNo: string,
  who: number,
  act: string,
  more: object = {},
): Promise<{ status: number; code?: string }> {
  const view = (await clients[who]!.get<CaseView>(`/api/cases/${caseNo}`)).body;
  const body = { act, actionId: randomUUID(), seenSeq: view.seq, ...more };
  const answer = await clients[who]!.post<ActAnswer & ErrorAnswer>(`/api/cases/${caseNo}/acts`, body);
  return { status: answer.status, code: answer.body.code };
}

async function approvedCase(initialReviewer = first): Promise<string> {
  const { caseNo } = await receiveTestCase(api.database.dataSource, cipher, api.world);
  const steps: [number, string, () => object][] = [
    [first, 'accept', () => ({})],
    [initialReviewer, 'propose', () => ({ outcome: 'pass', deductions: [] })],
    [second, 'propose', () => ({ outcome: 'pass' })],
  ];
  for (const [who, act, more] of steps) expect(await caseAct(caseNo, who, act, more())).toMatchObject({ status: 200 });
  const [head] = await rows<{ fen: number }>(
    api.database.dataSource,
    `SELECT proposed_fen AS fen FROM cases WHERE case_no = $1`,
    [caseNo],
  );
  expect(await caseAct(caseNo, approver, 'approve', { payableFen: head!.fen })).toMatchObject({ status: 200 });
  return caseNo;
}

const gather = (who = clerk, actionId = randomUUID()) =>
  clients[who]!.post<BatchAnswer & ErrorAnswer>('/api/payout-batches', { actionId });
const see = async (batchNo: string, who = clerk) =>
  (await clients[who]!.get<BatchAnswer>(`/api/payout-batches/${batchNo}`)).body;

async function act(batchNo: string, who: number, code: string, more: object = {}) {
  const batch = await see(batchNo, who);
  const body = { act: code, actionId: randomUUID(), seenSeq: batch.seq, seenDigest: batch.listDigest, ...more };
  const answer = await clients[who]!.post<BatchAnswer & ErrorAnswer>(`/api/payout-batches/${batchNo}/acts`, body);
  return { status: answer.status, code: answer.body.code, body, answer: answer.body };
}

const carried = (batchNo: string) =>
  eventually(
    () => see(batchNo),
    (batch) => batch.isCarried,
  );
const settled = (batchNo: string) =>
  eventually(
    () => see(batchNo),
    (batch) => batch.state === 'settled',
    30_000,
  );
const stageOf = async (caseNo: string) => (await clients[clerk]!.get<CaseView>(`/api/cases/${caseNo}`)).body.stage;
const bookingsOf = async (caseNo: string) =>
  (await bank.statement()).filter(({ orderNo }) => orderNo.startsWith(caseNo));

it('says plainly that there is nothing to gather', async () => {
  expect(await gather()).toMatchObject({ status: 422, body: { code: 'BATCH_NOTHING_TO_GATHER' } });
});

it('pays the cases of a batch once each, by three persons, and tells every case', async () => {
  const caseNos = [await approvedCase(), await approvedCase(), await approvedCase()];
  const taken = await approvedCase();
  const inbox = (await clients[clerk]!.get<InboxAnswer>('/api/inbox')).body;
  const { taskId } = inbox.items.find((task) => task.caseNo === taken)!;
  await clients[clerk]!.post(`/api/tasks/${taskId}/take`, {});

  const actionId = randomUUID();
  const gathered = await gather(clerk, actionId);
  expect(gathered).toMatchObject({ status: 201, body: { state: 'gathered', count: 3, isCarried: true } });
  const { batchNo, amountFen } = gathered.body;
  // The second click, and a second person at the same moment: one batch.
  expect((await gather(clerk, actionId)).body.batchNo).toBe(batchNo);
  expect(await gather()).toMatchObject({ status: 422, body: { code: 'BATCH_NOTHING_TO_GATHER' } });
  // What stands in the batch is nobody's single task any more; what was taken before stays whose it was.
  const after = (await clients[clerk]!.get<InboxAnswer>('/api/inbox')).body.items;
  expect(after.map((task) => task.caseNo)).toEqual([taken]);
  expect(await caseAct(caseNos[0]!, clerk, 'preparePayout')).toMatchObject({ status: 409, code: 'IN_BATCH' });

  // In their order, by their posts, over the list that was seen.
  expect(await act(batchNo, reviewer, 'reviewBatch')).toMatchObject({ status: 409, code: 'BATCH_MOVED' });
  expect(await act(batchNo, releaser, 'makeBatch')).toMatchObject({ status: 403, code: 'NOT_YOUR_POST' });
  expect(await act(batchNo, clerk, 'makeBatch', { seenDigest: '0'.repeat(64) })).toMatchObject({
    status: 409,
    code: 'BATCH_CHANGED',
  });
  const made = await act(batchNo, clerk, 'makeBatch');
  expect(made).toMatchObject({ status: 200, answer: { state: 'made' } });
  // The same act again, as after a lost answer; another's under its id.
  const again = await clients[clerk]!.post<BatchAnswer>(`/api/payout-batches/${batchNo}/acts`, made.body);
  expect(again).toMatchObject({ status: 200, body: { batchNo } });
  const stolen = await clients[reviewer]!.post(`/api/payout-batches/${batchNo}/acts`, made.body);
  expect(stolen).toMatchObject({ status: 409, body: { code: 'ACTION_REUSED' } });
  await carried(batchNo);
  expect(await stageOf(caseNos[0]!)).toBe('financeReview');

  // One person in every post of finance holds one duty of the batch alone.
  expect(await act(batchNo, everything, 'reviewBatch')).toMatchObject({ status: 200 });
  await carried(batchNo);
  expect(await act(batchNo, everything, 'releaseBatch')).toMatchObject({ status: 409, code: 'BATCH_DUTY_CONFLICT' });
  expect(await bank.statement()).toEqual([]);
  expect(await act(batchNo, releaser, 'releaseBatch')).toMatchObject({ status: 200 });

  const paid = await settled(batchNo);
  expect(paid).toMatchObject({
    count: 0,
    left: [{ code: 'paid', count: 3 }],
    orders: [{ state: 'paid', count: 3, amountFen }],
  });
  expect(paid.acts.map((entry) => entry.act)).toEqual([
    ...['gatherBatch', 'makeBatch', 'reviewBatch', 'releaseBatch', 'settleBatch'],
  ]);
  for (const caseNo of caseNos) {
    expect(await stageOf(caseNo)).toBe('deliver');
    expect(await bookingsOf(caseNo)).toMatchObject([{ kind: 'debit' }]);
    const acts = await rows<{ act: string; actor: string }>(
      api.database.dataSource,
      `SELECT act, actor_id AS actor FROM case_act WHERE case_no = $1 ORDER BY seq DESC LIMIT 4`,
      [caseNo],
    );
    expect(acts.map((entry) => entry.act).reverse()).toEqual([
      ...['preparePayout', 'confirmPayout', 'releasePayout', 'settlePayout'],
    ]);
    expect(new Set(acts.map((entry) => entry.actor)).size).toBe(4);
  }
  const items = (await clients[clerk]!.get<BatchItemsAnswer>(`/api/payout-batches/${batchNo}/items?limit=2`)).body;
  expect(items.items.map((item) => [item.caseNo, item.orderState, item.leftAs])).toEqual(
    caseNos.slice(0, 2).map((caseNo) => [caseNo, 'paid', 'paid']),
  );
  expect(items.nextAfter).toBe(caseNos[1]);
  // What went and came stands there for whoever asks, the bytes for those who settle alone.
  const filesUrl = `/api/payout-batches/${batchNo}/files`;
  expect(await clients[approver]!.refusal('GET', filesUrl)).toEqual([403, 'FORBIDDEN']);
  const kept = (await clients[reviewer]!.get<BatchFiles>(filesUrl)).body.items;
  expect(kept).toMatchObject([
    {
      kind: 'payments',
      part: 1,
      state: 'taken',
      lineCount: 3,
      totalFen: amountFen,
      uploads: 1,
      refusedLabel: null,
      cameBy: null,
    },
    { kind: 'results', part: 1, state: 'posted', lineCount: 3, totalFen: amountFen, cameBy: 'line', faults: [] },
  ]);
  for (const { sha256, byteCount } of kept) {
    const { status, body } = await clients[releaser]!.get<string>(`${filesUrl}/${sha256}/content`);
    expect(status).toBe(200);
    const bytes = Buffer.from(body);
    expect(bytes).toHaveLength(byteCount);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  }
  expect(await clients[clerk]!.refusal('GET', `${filesUrl}/${'0'.repeat(64)}/content`)).toEqual([
    ...[404, 'BATCH_FILE_NOT_FOUND'],
  ]);
  const read = await rows(api.database.dataSource, `SELECT 1 FROM read_log WHERE what LIKE 'bankFile:%'`);
  expect(read).toHaveLength(2);
  // A case goes on by itself: its workflow reads what the batch wrote.
  expect(
    await caseAct(caseNos[0]!, first, 'deliver', { way: 'window', receiver: '本人', deliveredOn: today() }),
  ).toMatchObject({
    status: 200,
  });
  await eventually(
    () => stageOf(caseNos[0]!),
    (stage) => stage === 'closed',
  );
});

it('keeps a person out who had another duty in one of its cases', async () => {
  const caseNo = await approvedCase(everything);
  const { batchNo } = (await gather()).body;
  expect(await act(batchNo, everything, 'makeBatch')).toMatchObject({ status: 409, code: 'BATCH_DUTY_CONFLICT' });
  // Sent back meanwhile: not in the list any more once the act is carried out, and the list says so.
  expect(
    await caseAct(caseNo, clerk, 'sendBack', { toStage: 'initialReview', reasons: [{ code: 'RS-14' }] }),
  ).toMatchObject({ status: 200 });
  expect(await act(batchNo, clerk, 'makeBatch')).toMatchObject({ status: 200 });
  await carried(batchNo);
  expect(await see(batchNo)).toMatchObject({
    count: 0,
    left: [{ code: 'moved', label: '办件已转到其他环节', count: 1 }],
  });
  expect(await act(batchNo, clerk, 'voidBatch')).toMatchObject({ status: 400, code: 'BAD_SHAPE' });
  expect(await act(batchNo, clerk, 'voidBatch', { reason: 'wrongList' })).toMatchObject({
    status: 200,
    answer: { state: 'void' },
  });
});

it('gathers a case anew that was sent back from a batch nobody had made, and keeps no other from it', async () => {
  const caseNo = await approvedCase();
  const before = (await gather()).body;
  expect(before).toMatchObject({ count: 1 });
  expect(
    await caseAct(caseNo, clerk, 'sendBack', { toStage: 'secondReview', reasons: [{ code: 'RS-14' }] }),
  ).toMatchObject({ status: 200 });
  expect(await see(before.batchNo)).toMatchObject({ count: 0, left: [{ code: 'moved', count: 1 }] });
  // Who signs over the list as it was is told that it is another one.
  const stale = { act: 'makeBatch', actionId: randomUUID(), seenSeq: before.seq, seenDigest: before.listDigest };
  expect(await clients[clerk]!.refusal('POST', `/api/payout-batches/${before.batchNo}/acts`, stale)).toEqual([
    409,
    'BATCH_CHANGED',
  ]);
  expect(await caseAct(caseNo, second, 'propose', { outcome: 'pass' })).toMatchObject({ status: 200 });
  const [head] = await rows<{ fen: number }>(
    api.database.dataSource,
    `SELECT proposed_fen AS fen FROM cases WHERE case_no = $1`,
    [caseNo],
  );
  expect(await caseAct(caseNo, approver, 'approve', { payableFen: head!.fen })).toMatchObject({ status: 200 });
  const after = (await gather()).body;
  expect(after).toMatchObject({ count: 1 });
  for (const batchNo of [before.batchNo, after.batchNo])
    expect(await act(batchNo, clerk, 'voidBatch', { reason: 'wrongList' })).toMatchObject({ status: 200 });
  await carried(after.batchNo);
  expect(await caseAct(caseNo, clerk, 'preparePayout')).toMatchObject({ status: 200 });
});

it('gives back what stands in a batch that is made void, for the next one', async () => {
  const caseNo = await approvedCase();
  const { batchNo } = (await gather()).body;
  expect(await act(batchNo, clerk, 'makeBatch')).toMatchObject({ status: 200 });
  await carried(batchNo);
  expect(await act(batchNo, reviewer, 'voidBatch', { reason: 'notDue' })).toMatchObject({ status: 200 });
  await carried(batchNo);
  expect(await see(batchNo)).toMatchObject({ state: 'void', count: 0, orders: [{ state: 'void', count: 1 }] });
  expect(await stageOf(caseNo)).toBe('preparePayout');
  expect(await bookingsOf(caseNo)).toEqual([]);
  const next = (await gather()).body;
  expect(next).toMatchObject({ count: 1 });
  expect(next.batchNo).not.toBe(batchNo);
  expect(await act(next.batchNo, clerk, 'makeBatch')).toMatchObject({ status: 200 });
  await carried(next.batchNo);
  expect(await act(next.batchNo, reviewer, 'reviewBatch')).toMatchObject({ status: 200 });
  await carried(next.batchNo);
  expect(await act(next.batchNo, releaser, 'releaseBatch')).toMatchObject({ status: 200 });
  await settled(next.batchNo);
  expect(await bookingsOf(caseNo)).toMatchObject([{ kind: 'debit', orderNo: `${caseNo}P2` }]);
});

/** Makes, checks and releases a batch of everything that waits. */
async function released(): Promise<string> {
  const { batchNo } = (await gather()).body;
  const hands = [
    [clerk, 'makeBatch'],
    [reviewer, 'reviewBatch'],
    [releaser, 'releaseBatch'],
  ] as const;
  for (const [who, code] of hands) {
    expect(await act(batchNo, who, code)).toMatchObject({ status: 200 });
    if (code !== 'releaseBatch') await carried(batchNo);
  }
  return batchNo;
}

it('pays each once where the upload is answered by nothing, a line is missing, and an account is closed', async () => {
  const [lost, missing, closed] = [await approvedCase(), await approvedCase(), await approvedCase()];
  await bank.setFault({ kind: 'lostReplyAfterBooking', match: { next: 1 } });
  await bank.setFault({ kind: 'partialFile', match: { orderNo: `${missing}P1` } });
  await bank.setFault({ kind: 'refuse', match: { orderNo: `${closed}P1` }, reason: '账户已销户' });
  const batchNo = await released();
  expect(await settled(batchNo)).toMatchObject({
    left: [
      { code: 'failed', label: '银行拒付', count: 1 },
      { code: 'paid', count: 2 },
    ],
  });
  expect([await stageOf(lost), await stageOf(missing), await stageOf(closed)]).toEqual([
    ...['deliver', 'deliver', 'preparePayout'],
  ]);
  expect(await bookingsOf(lost)).toMatchObject([{ kind: 'debit' }]);
  expect(await bookingsOf(missing)).toMatchObject([{ kind: 'debit' }]);
  expect(await bookingsOf(closed)).toEqual([]);
  // What the bank refused needs another account: it is one person's task again, and no batch takes it.
  expect(await gather()).toMatchObject({ status: 422, body: { code: 'BATCH_NOTHING_TO_GATHER' } });
  const inbox = (await clients[clerk]!.get<InboxAnswer>('/api/inbox')).body.items;
  expect(inbox.map((task) => task.caseNo)).toContain(closed);
  await bank.clearFaults();
});

it('gives a case back with the reason where the bank refuses the file for it alone', async () => {
  const [good, bad, other] = [await approvedCase(), await approvedCase(), await approvedCase()];
  await bank.setFault({ kind: 'turnAway', match: { orderNo: `${bad}P1` } });
  const batchNo = await released();
  expect(await settled(batchNo)).toMatchObject({
    channel: 'file',
    left: [
      { code: 'failed', label: '银行拒付', count: 1 },
      { code: 'paid', count: 2 },
    ],
  });
  expect([await stageOf(good), await stageOf(bad), await stageOf(other)]).toEqual([
    ...['deliver', 'preparePayout', 'deliver'],
  ]);
  expect(await caseAct(bad, clerk, 'preparePayout')).toMatchObject({ status: 422, code: 'NEW_PAYEE_REQUIRED' });
  const { items } = (await clients[clerk]!.get<BatchFiles>(`/api/payout-batches/${batchNo}/files`)).body;
  const payments = items.filter(({ kind }) => kind === 'payments');
  expect(payments.map(({ lineCount, state }) => [lineCount, state])).toEqual(
    expect.arrayContaining([
      [3, 'refused'],
      [1, 'refused'],
    ]),
  );
  for (const { state, refusedLabel } of payments) expect(refusedLabel === null).toBe(state === 'taken');
  await bank.clearFaults();
});

it('pays by calls where the agency has agreed on calls', async () => {
  const { dataSource } = api.database;
  await asOwner(dataSource, (owner) =>
    rows(owner, `INSERT INTO payout_setting (agency_id, channel) VALUES ('450206', 'http')`),
  );
  const caseNo = await approvedCase();
  await bank.setFault({ kind: 'lostReplyAfterBooking', match: { orderNo: `${caseNo}P1`, next: 1 } });
  const batchNo = await released();
  expect(await settled(batchNo)).toMatchObject({ channel: 'http', left: [{ code: 'paid', count: 1 }] });
  expect(await bookingsOf(caseNo)).toMatchObject([{ kind: 'debit' }]);
  await bank.clearFaults();
});

it('draws nothing for a case while the bank has booked its void order after all', async () => {
  const { dataSource } = api.database;
  const caseNo = await approvedCase();
  const before = (await gather()).body.batchNo;
  expect(await act(before, clerk, 'makeBatch')).toMatchObject({ status: 200 });
  await carried(before);
  expect(await act(before, reviewer, 'voidBatch', { reason: 'notDue' })).toMatchObject({ status: 200 });
  await carried(before);
  const [order] = await rows<{ amountFen: number; accountDigest: Buffer }>(
    dataSource,
    `SELECT amount_fen AS "amountFen", account_digest AS "accountDigest" FROM payout_order WHERE order_no = $1`,
    [`${caseNo}P1`],
  );
  const entry = {
    ...({ entryNo: 900_001, kind: 'debit', orderNo: `${caseNo}P1`, at: new Date().toISOString() } as const),
    ...{ bankReference: 'B', fundAccount: 'ZC450206', ...order! },
  };
  expect(await dataSource.transaction((manager) => recordBankEntry(manager, entry, 'statement'))).toBe('impossible');
  const { batchNo } = (await gather()).body;
  expect(await act(batchNo, clerk, 'makeBatch')).toMatchObject({ status: 200 });
  await carried(batchNo);
  expect(await see(batchNo)).toMatchObject({
    count: 0,
    left: [{ code: 'inDoubt', label: '另有付款流水待查,查清后单独制定', count: 1 }],
  });
  expect(await caseAct(caseNo, clerk, 'preparePayout')).toMatchObject({ status: 409, code: 'DEBIT_IN_DOUBT' });
  expect(await act(batchNo, clerk, 'voidBatch', { reason: 'wrongList' })).toMatchObject({ status: 200 });
});

it('shows batches to their agency alone, and leaves books and chains intact', async () => {
  const list = (await clients[clerk]!.get<BatchesAnswer>('/api/payout-batches')).body;
  expect(list.batches.length).toBeGreaterThanOrEqual(6);
  expect((await clients[clerk]!.get<BatchesAnswer>('/api/payout-batches?open=true')).body.batches).toEqual([]);
  expect(await clients[clerk]!.get('/api/payout-batches/450207B20261125001')).toMatchObject({
    status: 404,
    body: { code: 'BATCH_NOT_FOUND' },
  });
  expect(await clients[first]!.get('/api/payout-batches')).toMatchObject({ status: 403 });
  expect(await checkBooks(api.database.dataSource, '450206', new Date())).toEqual([]);
  expect((await walkAudit(api.database.dataSource, cipher)).faults).toEqual([]);
});

it('finds what an owner changed in the chain of a batch', async () => {
  const { dataSource } = api.database;
  const [batch] = await rows<{ batch_no: string }>(
    dataSource,
    `SELECT batch_no FROM payout_batch WHERE state = 'settled' ORDER BY batch_no LIMIT 1`,
  );
  const forged = (sql: string) =>
    asOwner(dataSource, async (owner) => {
      await owner.query('ALTER TABLE payout_batch_act DISABLE TRIGGER USER');
      await owner.query(sql, [batch!.batch_no]);
    });
  await forged(`UPDATE payout_batch_act SET facts = facts || '{"amountFen": 1}' WHERE batch_no = $1 AND seq = 3`);
  const { faults } = await walkAudit(dataSource, cipher);
  expect(faults).toMatchObject([{ caseNo: batch!.batch_no, seq: 3, kind: 'batchDiffers' }]);
});

const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
