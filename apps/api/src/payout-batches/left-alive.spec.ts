import { randomUUID } from 'node:crypto';
import type { BatchAnswer, ErrorAnswer, InboxAnswer } from '@banjie/contracts';
import { eventually, type TestClient } from '@banjie/testing';
import { startPayingApi, type PayingApi } from '../finance/paying-api.fixture';

/* What leaves its batch with its order alive is one person's again: it is checked and released alone, and its case sends it. */
let paying: PayingApi;
let reviewer2: { id: string; client: TestClient };
let releaser2: { id: string; client: TestClient };

beforeAll(async () => {
  paying = await startPayingApi(`banjie-test-left-alive-${randomUUID().slice(0, 8)}`);
  [reviewer2, releaser2] = (await paying.newStaff([['financeReviewer'], ['financeApprover']])) as [
    typeof reviewer2,
    typeof releaser2,
  ];
});
afterAll(() => paying?.stop());

const see = async (batchNo: string) =>
  (await paying.as.settle1.get<BatchAnswer>(`/api/payout-batches/${batchNo}`)).body;

async function act(batchNo: string, who: 'settle1' | 'finreview1' | 'finapprove1', code: string, more: object = {}) {
  const { seq, listDigest } = await see(batchNo);
  const body = { act: code, actionId: randomUUID(), seenSeq: seq, seenDigest: listDigest, ...more };
  const answer = await paying.as[who].post<BatchAnswer & ErrorAnswer>(`/api/payout-batches/${batchNo}/acts`, body);
  expect([code, answer.status]).toEqual([code, 200]);
  if (code === 'releaseBatch') return;
  await eventually(
    () => see(batchNo),
    ({ isCarried }) => isCarried,
  );
}

/** Two cases in a batch whose orders are drawn. */
async function madeBatch() {
  const caseNos = [await paying.receive(), await paying.receive()] as const;
  for (const caseNo of caseNos) await paying.approve(caseNo);
  const gathered = await paying.as.settle1.post<BatchAnswer>('/api/payout-batches', { actionId: randomUUID() });
  expect(gathered).toMatchObject({ status: 201, body: { count: 2 } });
  const { batchNo } = gathered.body;
  await act(batchNo, 'settle1', 'makeBatch');
  return { batchNo, caseNos };
}

/** No way of the API leads here any more: a row of the time before, or a batch that came in between. */
const hold = (caseNo: string, { id }: { id: string }) =>
  paying.api.database.dataSource.query(
    `UPDATE task SET holder_id = $2, taken_at = now() WHERE case_no = $1 AND state = 'open'`,
    [caseNo, id],
  );

const settled = (batchNo: string) =>
  eventually(
    () => see(batchNo),
    ({ state }) => state === 'settled',
    30_000,
  );
const bookingsOf = async (caseNo: string) =>
  (await paying.bank.statement()).filter(({ orderNo }) => orderNo.startsWith(caseNo));

/** Taken from the inbox, as any task that stands in no batch. */
async function take(caseNo: string, client: TestClient) {
  const { items } = (await client.get<InboxAnswer>('/api/inbox')).body;
  const task = items.find((one) => one.caseNo === caseNo);
  expect(task).toBeDefined();
  expect(await client.post(`/api/tasks/${task!.taskId}/take`, {})).toMatchObject({ status: 200 });
}

it('pays what left when its batch was released, by its own case', async () => {
  const { batchNo, caseNos } = await madeBatch();
  const [stays, left] = caseNos;
  await act(batchNo, 'finreview1', 'reviewBatch');
  await hold(left, releaser2);
  await act(batchNo, 'finapprove1', 'releaseBatch');
  const batch = await settled(batchNo);
  expect(batch.left).toMatchObject([
    { code: 'busy', count: 1 },
    { code: 'paid', count: 1 },
  ]);
  expect(await paying.act(left, releaser2.client, { act: 'releasePayout' })).toBe('pay');
  await paying.atStage(left, 'deliver');
  for (const caseNo of [stays, left]) {
    expect(await bookingsOf(caseNo)).toMatchObject([{ kind: 'debit', orderNo: `${caseNo}P1` }]);
  }
  // What left is not among what the batch paid.
  expect((await see(batchNo)).orders).toMatchObject([{ state: 'paid', count: 1 }]);
});

it('opens the next task of what left when its batch was checked to everybody of the post', async () => {
  const { batchNo, caseNos } = await madeBatch();
  const [, left] = caseNos;
  await hold(left, reviewer2);
  await act(batchNo, 'finreview1', 'reviewBatch');
  expect(await see(batchNo)).toMatchObject({ count: 1, left: [{ code: 'busy', count: 1 }] });
  expect(await paying.act(left, reviewer2.client, { act: 'confirmPayout' })).toBe('financeApproval');
  await take(left, releaser2.client);
  expect(await paying.act(left, releaser2.client, { act: 'releasePayout' })).toBe('pay');
  await paying.atStage(left, 'deliver');
  expect(await bookingsOf(left)).toMatchObject([{ kind: 'debit' }]);
  await act(batchNo, 'finapprove1', 'releaseBatch');
  await settled(batchNo);
});

it('pays what somebody held when its batch was made void', async () => {
  const { batchNo, caseNos } = await madeBatch();
  const [fell, left] = caseNos;
  await hold(left, reviewer2);
  await act(batchNo, 'finreview1', 'voidBatch', { reason: 'notDue' });
  const batch = await see(batchNo);
  expect(batch).toMatchObject({ state: 'void', count: 0 });
  expect((await paying.view(fell)).stage).toBe('preparePayout');
  expect(await paying.act(left, reviewer2.client, { act: 'confirmPayout' })).toBe('financeApproval');
  await take(left, releaser2.client);
  expect(await paying.act(left, releaser2.client, { act: 'releasePayout' })).toBe('pay');
  await paying.atStage(left, 'deliver');
  expect(await bookingsOf(left)).toMatchObject([{ kind: 'debit' }]);
  expect(batch.orders).toMatchObject([{ state: 'void', count: 1 }]);
});
