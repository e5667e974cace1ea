import { createHash, randomUUID } from 'node:crypto';
import {
  commitAct,
  createBankClient,
  createBatchActivities,
  createPayoutActivities,
  type BatchActivities,
} from '@banjie/activities';
import type { BatchAnswer, ErrorAnswer } from '@banjie/contracts';
import type { BatchAct } from '@banjie/domain';
import { createStaffAccount, hashPassword, keepBankFile, reserveStanding, rows, walkAudit } from '@banjie/persistence';
import {
  accountOf,
  asOwner,
  keepTestAct,
  receiveTestCase,
  startTestApi,
  testCallKeys,
  testCipher,
  type TestApi,
  type TestClient,
  type WantedAct,
} from '@banjie/testing';

// The 支出户 keeps two months of payments; below that a fourth person of higher post lets one batch go, once (R-FN-09).
const cipher = testCipher();
const fundAccount = 'ZC450206';
let api: TestApi;
let activities: BatchActivities;
let clerk: TestClient;
let deputy: TestClient;

beforeAll(async () => {
  api = await startTestApi();
  const { dataSource } = api.database;
  activities = activitiesAt(() => new Date());
  const entry = { agencyId: '450206', username: 'deputy2', displayName: '分管乙' };
  await createStaffAccount(
    dataSource,
    { ...entry, posts: ['deputyHead', 'financeApprover', 'financeReviewer'] },
    await hashPassword(api.world.password),
  );
  [clerk, deputy] = [await api.signIn('settle1'), await api.signIn('deputy1')];
});
afterAll(() => api?.stop());

/** Nothing here goes to a bank: the money has not been let go, or what follows is not asked for. */
function activitiesAt(now: () => Date): BatchActivities {
  const { dataSource } = api.database;
  const bank = createBankClient('http://127.0.0.1:9', testCallKeys());
  const toBank = { dataSource, cipher, bank, finalitySeconds: 1 };
  return createBatchActivities({ dataSource, cipher, payouts: createPayoutActivities(toBank), exchange: toBank, now });
}

const idOf = (username: string) => accountOf(api.world, username).id;

async function act(caseNo: string, username: string, wanted: WantedAct) {
  const { dataSource } = api.database;
  const { actionId, seenSeq } = await keepTestAct(dataSource, cipher, caseNo, idOf(username), wanted);
  const input = { caseNo, actionId, act: wanted.act, actorId: idOf(username), seq: seenSeq + 1 };
  return commitAct({ dataSource, cipher, findGaps: async () => [] }, input);
}

async function approvedCase(): Promise<{ caseNo: string; amountFen: number }> {
  const { dataSource } = api.database;
  const { caseNo } = await receiveTestCase(dataSource, cipher, api.world, { linesFen: [400_000, 200_000] });
  await act(caseNo, 'initial1', { act: 'accept' });
  await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
  await act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
  const [proposed] = await rows<{ fen: number }>(
    dataSource,
    `SELECT proposed_fen AS fen FROM cases WHERE case_no = $1`,
    [caseNo],
  );
  await act(caseNo, 'approver1', { act: 'approve', payableFen: proposed!.fen });
  return { caseNo, amountFen: proposed!.fen };
}

const see = async (batchNo: string, who = clerk) => (await who.get<BatchAnswer>(`/api/payout-batches/${batchNo}`)).body;

async function batchAct(batchNo: string, username: string, code: BatchAct, by = activities) {
  const { listDigest } = await see(batchNo);
  const input = { batchNo, actionId: randomUUID(), act: code, actorId: idOf(username), reason: null };
  return by.commitBatchAct({ ...input, seenDigest: listDigest });
}

const release = (batchNo: string, username = 'finapprove1') =>
  batchAct(batchNo, username, 'releaseBatch').then(
    () => null,
    (error: { type: string; details: [Record<string, unknown>] }) => ({ code: error.type, facts: error.details[0] }),
  );

/** A batch of `count` cases that waits for 放行. */
async function reviewedBatch(count: number) {
  const found: { caseNo: string; amountFen: number }[] = [];
  for (let n = 0; n < count; n += 1) found.push(await approvedCase());
  const { batchNo, amountFen } = (await clerk.post<BatchAnswer>('/api/payout-batches', { actionId: randomUUID() }))
    .body;
  await batchAct(batchNo, 'settle1', 'makeBatch');
  await activities.carryOutBatch({ batchNo });
  await batchAct(batchNo, 'finreview1', 'reviewBatch');
  await activities.carryOutBatch({ batchNo });
  return { batchNo, amountFen, cases: found };
}

async function approve(batchNo: string, who = deputy, more: object = {}) {
  const { listDigest } = await see(batchNo);
  const body = {
    actionId: randomUUID(),
    seenDigest: listDigest,
    reason: 'transferUnderWay',
    document: '示例〔2026〕1号',
  };
  const path = `/api/payout-batches/${batchNo}/reserve-approval`;
  return who.post<BatchAnswer & ErrorAnswer>(path, { ...body, ...more });
}

let statements = 0;
/** What the bank states of the 支出户; nothing is booked in it. */
async function state(balanceFen: number) {
  const { dataSource } = api.database;
  statements += 1;
  const bytes = Buffer.from(`statement ${statements}`);
  const { file } = await keepBankFile(dataSource, cipher, {
    ...{
      kind: 'statement',
      layout: 'camt053',
      name: `${statements}.xml`,
      messageId: `S${statements}`,
      agencyId: '450206',
    },
    ...{ lineCount: 0, totalFen: 0, bytes },
  });
  await dataSource.query(
    `INSERT INTO bank_statement (file_id, fund_account, statement_id, sequence_no, page, is_last_page, from_at, to_at, opening_fen,
       closing_fen, debit_fen, credit_fen) VALUES ($1, $2, $3, $4, 1, true, NULL, now(), $5, $5, 0, 0)`,
    [file.id, fundAccount, createHash('sha256').update(bytes).digest('hex').slice(0, 30), statements, balanceFen],
  );
}

/** Payments of past months, as the books keep them: the month that many months ago, in 分. */
const paidBefore = (months: readonly [number, number][]) =>
  asOwner(api.database.dataSource, async (owner) => {
    for (const [ago, amountFen] of months) {
      await owner.query(
        `INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen)
         VALUES (date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai' - make_interval(months => $1) + interval '3 days',
           '450206', 'orderMoved', 'inTransit', 'disbursement', $2)`,
        [ago, amountFen],
      );
    }
  });

it('lets a batch go while no balance is known, and says so on the batch and in its act', async () => {
  const { batchNo } = await reviewedBatch(1);
  expect((await see(batchNo)).reserve).toMatchObject({ state: 'balanceUnknown', balanceFen: null, mayApprove: false });
  expect((await see(batchNo)).reserve!.label).toContain('余额未知');
  expect(await approve(batchNo)).toMatchObject({ status: 409, body: { code: 'RESERVE_NOT_NEEDED' } });
  expect(await release(batchNo)).toBeNull();
  expect((await see(batchNo)).reserve).toBeNull();
  const [released] = await rows<{ facts: object }>(
    api.database.dataSource,
    `SELECT facts FROM payout_batch_act WHERE batch_no = $1 AND act = 'releaseBatch'`,
    [batchNo],
  );
  expect(released!.facts).toMatchObject({ reserve: { state: 'balanceUnknown' } });
  await activities.carryOutBatch({ batchNo });
});

it('counts what is on its way out, and stops a batch 1 分 below the reserve until a fourth person approves its list', async () => {
  // Three months, one without a payment: 2 × (90 000 + 0 + 30 001) ÷ 3 = 80 000.67, half up.
  await paidBefore([
    [3, 90_000],
    [1, 30_001],
  ]);
  const [{ fen: underWay } = { fen: 0 }] = await rows<{ fen: number }>(
    api.database.dataSource,
    `SELECT sum(amount_fen)::bigint AS fen FROM payout_order WHERE state = 'released'`,
  );
  const { batchNo, amountFen } = await reviewedBatch(2);
  await state(underWay + amountFen + 80_001);
  expect((await see(batchNo)).reserve).toMatchObject({ state: 'kept', committedFen: underWay, afterFen: 80_001 });
  // Months long over are counted once.
  const kept = await rows<{ fen: number }>(
    api.database.dataSource,
    `SELECT paid_fen AS fen FROM payout_month ORDER BY month LIMIT 2`,
  );
  expect(kept).toEqual([{ fen: 90_000 }, { fen: 0 }]);
  expect(await approve(batchNo)).toMatchObject({ status: 409, body: { code: 'RESERVE_NOT_NEEDED' } });
  await state(underWay + amountFen + 80_000);
  const sums = { reserveFen: 80_001, afterFen: 80_000, shortFen: 1 };
  expect((await see(batchNo, deputy)).reserve).toMatchObject({ state: 'short', ...sums, mayApprove: true });
  expect(await release(batchNo)).toMatchObject({ code: 'RESERVE_SHORT', facts: { ...sums, askedFen: amountFen } });
  const [used] = await rows<{ fen: number }>(
    api.database.dataSource,
    `SELECT used_fen AS fen FROM release_usage WHERE kind = 'fund'`,
  );
  // A refused release counts nothing.
  expect(used!.fen).toBe(underWay);

  // Nobody of another post, none of its hands, and no list that has changed.
  expect(await approve(batchNo, await api.signIn('finapprove1'))).toMatchObject({ status: 403 });
  expect(await approve(batchNo, deputy, { seenDigest: '0'.repeat(64) })).toMatchObject({
    body: { code: 'BATCH_CHANGED' },
  });
  const actionId = randomUUID();
  const approved = await approve(batchNo, deputy, { actionId });
  expect(approved).toMatchObject({
    status: 200,
    body: { state: 'reviewed', reserve: { approval: { downToFen: 80_000 } } },
  });
  expect((await approve(batchNo, deputy, { actionId })).status).toBe(200);
  expect(approved.body.acts.map((entry) => entry.act)).toEqual([
    ...['gatherBatch', 'makeBatch', 'reviewBatch', 'approveReserve'],
  ]);

  // The approval was for what stood there then: with less on the account it is asked for anew.
  await state(underWay + amountFen + 79_999);
  expect(await release(batchNo)).toMatchObject({ code: 'RESERVE_SHORT' });
  await state(underWay + amountFen + 80_000);
  expect(await release(batchNo)).toBeNull();
  await activities.carryOutBatch({ batchNo });
  const [facts] = await rows<{ reserve: object }>(
    api.database.dataSource,
    `SELECT facts->'reserve' AS reserve FROM payout_batch_act WHERE batch_no = $1 AND act = 'releaseBatch'`,
    [batchNo],
  );
  expect(facts!.reserve).toMatchObject({ state: 'short', approvedIn: 4, afterFen: 80_000, reserveFen: 80_001 });
  expect((await walkAudit(api.database.dataSource, cipher)).faults).toEqual([]);
});

it('takes no approval from a hand of the batch, and no release from who approved', async () => {
  const { batchNo } = await reviewedBatch(1);
  const both = await api.signIn('deputy2');
  const [{ id } = { id: '' }] = await rows<{ id: string }>(
    api.database.dataSource,
    `SELECT id FROM staff_account WHERE username = 'deputy2'`,
  );
  expect(await approve(batchNo, both)).toMatchObject({ status: 200 });
  const { listDigest } = await see(batchNo);
  const wish = { batchNo, actionId: randomUUID(), act: 'releaseBatch' as const, actorId: id, reason: null };
  await expect(activities.commitBatchAct({ ...wish, seenDigest: listDigest })).rejects.toMatchObject({
    type: 'BATCH_DUTY_CONFLICT',
  });
  // The table holds it too, whatever asks.
  await expect(
    asOwner(api.database.dataSource, (owner) =>
      owner.query(`UPDATE payout_batch SET state = 'released', released_by = reserve_approved_by WHERE batch_no = $1`, [
        batchNo,
      ]),
    ),
  ).rejects.toMatchObject({ driverError: { constraint: 'payout_batch_fourth_person' } });
});

it('names an approval that was taken out of the chain', async () => {
  const { dataSource } = api.database;
  await asOwner(dataSource, async (owner) => {
    await owner.query('ALTER TABLE payout_batch_act DISABLE TRIGGER USER');
    await owner.query(
      `UPDATE payout_batch_act SET facts = facts || '{"afterFen": 1}' WHERE act = 'approveReserve' AND seq = 4 AND batch_no = (
         SELECT batch_no FROM payout_batch_act WHERE act = 'releaseBatch' AND facts->'reserve'->>'state' = 'short')`,
    );
    await owner.query('ALTER TABLE payout_batch_act ENABLE TRIGGER USER');
  });
  const { faults } = await walkAudit(dataSource, cipher);
  expect(faults).toMatchObject([{ kind: 'batchDiffers', seq: 4 }]);
});

it('gives back the share of the day of what leaves before its release is carried out', async () => {
  await state(10_000_000_000);
  const usage = () =>
    rows<{ kind: string; subject: string; fen: number }>(
      api.database.dataSource,
      `SELECT kind, subject, used_fen AS fen FROM release_usage ORDER BY kind, subject`,
    );
  const before = await usage();
  const sumOf = (found: { kind: string; fen: number }[], kind: string) =>
    found.filter((one) => one.kind === kind).reduce((sum, { fen }) => sum + fen, 0);
  const { batchNo, cases } = await reviewedBatch(3);
  expect(await release(batchNo)).toBeNull();
  const [gone, busy, stays] = cases as [(typeof cases)[0], (typeof cases)[0], (typeof cases)[0]];
  // One is sent back: its order falls, and it leaves at once; one is in somebody else's hands when its turn comes.
  await act(gone.caseNo, 'finapprove2', { act: 'sendBack', toStage: 'initialReview', reasons: [{ code: 'RS-14' }] });
  await api.database.dataSource.query(
    `UPDATE task SET holder_id = $2, taken_at = now() WHERE case_no = $1 AND state = 'open'`,
    [busy.caseNo, idOf('finapprove2')],
  );
  await activities.carryOutBatch({ batchNo });
  const after = await usage();
  for (const kind of ['fund', 'releaser', 'person']) {
    expect([kind, sumOf(after, kind) - sumOf(before, kind)]).toEqual([kind, stays.amountFen]);
  }
  expect(await see(batchNo)).toMatchObject({ count: 1, left: [{ code: 'busy' }, { code: 'void' }] });
});

it('counts an order that left its batch and was released alone as what is on its way out, and lets its case send it', async () => {
  const committed = async () =>
    (await reserveStanding(api.database.dataSource, { fundAccount, at: new Date(), reserveFen: 1 })).committedFen;
  const { batchNo, cases } = await reviewedBatch(2);
  const before = await committed();
  expect(await release(batchNo)).toBeNull();
  const [left, stays] = cases as [(typeof cases)[0], (typeof cases)[0]];
  // As it is let go, and as it is carried out on one of them: who released has another duty in the other since.
  expect(await committed()).toBe(before + left.amountFen + stays.amountFen);
  await api.database.dataSource.query(
    `INSERT INTO case_duty (case_no, person_id, duty, since_seq) VALUES ($1, $2, 'approval', 1)`,
    [left.caseNo, idOf('finapprove1')],
  );
  await activities.carryOutBatch({ batchNo });
  expect(await see(batchNo)).toMatchObject({ count: 1, left: [{ code: 'duty', count: 1 }] });
  expect(await committed()).toBe(before + stays.amountFen);
  const { order } = await act(left.caseNo, 'finapprove2', { act: 'releasePayout' });
  expect(order).toEqual({ orderNo: `${left.caseNo}P1`, state: 'released' });
  expect(await committed()).toBe(before + left.amountFen + stays.amountFen);
});

it('frees the day that counted a release, though its batch was carried out after midnight', async () => {
  const { dataSource } = api.database;
  const usage = () =>
    rows<{ day: string; kind: string; subject: string; fen: number }>(
      dataSource,
      `SELECT day, kind, subject, used_fen AS fen FROM release_usage WHERE used_fen > 0 ORDER BY day, kind, subject`,
    );
  const before = await usage();
  const { batchNo, cases } = await reviewedBatch(2);
  const [kept, busy] = cases as [(typeof cases)[0], (typeof cases)[0]];
  // Nobody whom the registry knows: the limits of a person count him by his case.
  await asOwner(dataSource, (owner) =>
    owner.query(`UPDATE cases SET person_id = NULL WHERE case_no = $1`, [kept.caseNo]),
  );
  const dayBefore = new Date(Date.now() - 86_400_000);
  await batchAct(
    batchNo,
    'finapprove1',
    'releaseBatch',
    activitiesAt(() => dayBefore),
  );
  await dataSource.query(`UPDATE task SET holder_id = $2, taken_at = now() WHERE case_no = $1 AND state = 'open'`, [
    busy.caseNo,
    idOf('finapprove2'),
  ]);
  await activities.carryOutBatch({ batchNo });
  // What left was given back then; released alone, it counts on its own day.
  await act(busy.caseNo, 'finapprove2', { act: 'releasePayout' });
  const subjects = (await usage()).filter(({ kind }) => kind === 'person').map(({ subject }) => subject);
  expect(subjects).toContain(kept.caseNo);
  for (const [caseNo, who] of [
    [kept.caseNo, 'finapprove1'],
    [busy.caseNo, 'finapprove2'],
  ] as const) {
    await act(caseNo, who, { act: 'recallPayout', reasons: [{ code: 'RS-14' }] });
  }
  expect(await usage()).toEqual(before);
});
