import { randomUUID } from 'node:crypto';
import type { ErrorAnswer, PayoutRuleProposals, PayoutRuleProposalView, PayoutRules } from '@banjie/contracts';
import { formatDay, parseDate, shanghaiDate } from '@banjie/domain';
import { createStaffAccount, hashPassword, rows, walkAudit } from '@banjie/persistence';
import {
  accountOf,
  asOwner,
  receiveTestCase,
  startTestApi,
  testCipher,
  type TestApi,
  type TestClient,
} from '@banjie/testing';

// Limits, reserve, way and days of payment are set by two persons (SD-06, bar 55).
const cipher = testCipher();
let api: TestApi;
let [reviewer, supervisor, deputy, auditor]: TestClient[] = [];
const today = shanghaiDate(Date.now());
const inDays = (days: number) => formatDay(parseDate(today) + days);

beforeAll(async () => {
  api = await startTestApi();
  [reviewer, supervisor, deputy, auditor] = await Promise.all(
    ['finreview1', 'supervisor1', 'deputy1', 'audit1'].map((name) => api.signIn(name)),
  );
});
afterAll(() => api?.stop());

const path = '/api/finance/payout-rules';
const limits = (more: object = {}) => ({
  ...{ kind: 'limits', effectiveFrom: today, perOrderFen: 100, perPersonDayFen: null, perFundDayFen: 900_000 },
  ...{ perReleaserDayFen: null, reserveFen: 5_000, ...more },
});
const propose = (rule: object, by = reviewer!, id: string = randomUUID()) =>
  by.post<PayoutRuleProposalView & ErrorAnswer>(`${path}/proposals`, {
    ...{ id, rule, text: '按年度预算调整' },
    document: { number: '示例〔2026〕3号', text: '限额调整的决定' },
  });
const confirm = (id: string, by = deputy!) =>
  by.post<PayoutRuleProposalView & ErrorAnswer>(`${path}/proposals/${id}/confirm`, {});
const standing = async (who = auditor!) => (await who.get<PayoutRules>(path)).body;

it('says what stands: the limits that the release brought, nothing used, no balance known', async () => {
  const found = await standing();
  expect(found).toMatchObject({
    ...{ date: today, fundAccount: 'ZC450206', setting: null, bankDays: [], mayPropose: false },
    limits: { perOrderFen: 50_000_000 },
    released: { fundFen: 0, releasers: [] },
    reserve: { reserveFen: 0, isSet: false, months: [], balanceFen: null },
  });
  expect(found.reserve.note).toContain('余额未知');
  expect(await (await api.signIn('window1')).get(path)).toMatchObject({ status: 403 });
});

it('puts limits in force that one person proposed and another confirmed, from their day on', async () => {
  const id = randomUUID();
  const proposed = await propose(limits(), reviewer, id);
  expect(proposed).toMatchObject({ status: 201, body: { state: 'proposed', rule: limits(), mayDecide: false } });
  // Asked again it is the same; said otherwise it is refused; and one of a day is open at a time.
  expect((await propose(limits(), reviewer, id)).status).toBe(201);
  expect(await propose(limits({ perOrderFen: 1 }), reviewer, id)).toMatchObject({ body: { code: 'ACTION_REUSED' } });
  expect(await propose(limits({ perOrderFen: 1 }), supervisor)).toMatchObject({
    body: { code: 'FINANCE_PROPOSAL_OPEN' },
  });
  expect((await standing()).limits.perOrderFen).toBe(50_000_000);

  expect((await confirm(id, reviewer)).status).toBe(403);
  expect((await confirm(id, auditor)).status).toBe(403);
  // The way for doubtful entries is no way round.
  const asEntry = await (await api.signIn('finreview2')).post(`/api/finance/exceptions/proposals/${id}/confirm`, {});
  expect(asEntry).toMatchObject({ status: 404, body: { code: 'FINANCE_PROPOSAL_NOT_FOUND' } });
  expect(await confirm(id)).toMatchObject({ status: 200, body: { state: 'confirmed', decidedBy: '分管甲' } });
  expect((await confirm(id)).status).toBe(200);
  expect(await confirm(id, supervisor)).toMatchObject({ body: { code: 'FINANCE_PROPOSAL_DECIDED' } });
  expect(await standing()).toMatchObject({
    limits: { perOrderFen: 100, perPersonDayFen: null, perFundDayFen: 900_000, perReleaserDayFen: null },
    reserve: { reserveFen: 5_000, isSet: true },
  });

  const later = await propose(limits({ effectiveFrom: inDays(1), perOrderFen: 7 }), supervisor);
  // Who proposed does not decide, whatever his post.
  expect(await confirm(later.body.id, supervisor)).toMatchObject({ body: { code: 'FINANCE_PROPOSAL_OWN' } });
  await confirm(later.body.id);
  expect((await standing()).limits.perOrderFen).toBe(100);
});

it('takes a number that another agency has used for no proposal', async () => {
  const posts = ['financeReviewer'] as const;
  const entry = { agencyId: '450203', username: 'finreview-elsewhere', displayName: '邻区复核', posts };
  await createStaffAccount(api.database.dataSource, entry, await hashPassword(api.world.password));
  const elsewhere = await api.signIn(entry.username);
  const { id } = (await propose(limits({ effectiveFrom: inDays(30), perOrderFen: 3 }))).body;
  expect(await propose(limits({ effectiveFrom: inDays(30), perOrderFen: 3 }), elsewhere, id)).toMatchObject({
    ...{ status: 409, body: { code: 'ACTION_REUSED' } },
  });
  expect((await confirm(id)).status).toBe(200);
});

it('takes no day that has passed, and nothing out of shape', async () => {
  expect(await propose(limits({ effectiveFrom: inDays(-1) }))).toMatchObject({ body: { code: 'PAYOUT_RULE_PAST' } });
  expect((await propose(limits({ perOrderFen: 0 }))).status).toBe(400);
  expect(
    (
      await propose({
        kind: 'bankDays',
        days: [
          { day: inDays(3), open: false },
          { day: inDays(2), open: true },
        ],
      })
    ).status,
  ).toBe(400);
  expect((await propose(limits(), deputy)).status).toBe(403);
});

it('dates the way of payment and the days of the bank, and the next pay day follows them', async () => {
  const setting = {
    kind: 'setting',
    effectiveFrom: today,
    channel: 'file',
    gatherAt: '14:30',
    cutOff: '15:30',
    partSize: 2_000,
  };
  const way = await propose(setting);
  await confirm(way.body.id, supervisor);
  const { nextPayDay, setting: found } = await standing();
  expect(found).toEqual({ effectiveFrom: today, channel: 'file', gatherAt: '14:30', cutOff: '15:30', partSize: 2_000 });
  const closed = await propose({ kind: 'bankDays', days: [{ day: nextPayDay, open: false }] });
  expect(await confirm(closed.body.id)).toMatchObject({ status: 200 });
  const after = await standing();
  expect(after.bankDays).toEqual([{ day: nextPayDay, open: false }]);
  expect(after.nextPayDay > nextPayDay).toBe(true);
});

it('is refused with a reason, and keeps everything for the auditor', async () => {
  const { id } = (await propose(limits({ effectiveFrom: inDays(9) }))).body;
  const refuse = (by: TestClient) =>
    by.post<PayoutRuleProposalView>(`${path}/proposals/${id}/refuse`, { reason: '依据不足' });
  expect((await refuse(reviewer!)).status).toBe(403);
  expect(await refuse(deputy!)).toMatchObject({ status: 200, body: { state: 'refused', decisionReason: '依据不足' } });
  const list = (await auditor!.get<PayoutRuleProposals>(`${path}/proposals?kind=limits`)).body;
  expect(list.items.map(({ state }) => state)).toEqual(['refused', 'confirmed', 'confirmed', 'confirmed']);
  expect(list.items[3]).toMatchObject({ document: { number: '示例〔2026〕3号' }, proposedBy: '财务复核甲' });
  expect(list.next).toBeNull();
});

it('is no matter for those whose own open work it binds, nor once its proposer has taken such work', async () => {
  const { caseNo } = await receiveTestCase(api.database.dataSource, cipher, api.world);
  const free = await propose(limits({ effectiveFrom: inDays(19), perOrderFen: 8 }));
  expect(free.status).toBe(201);
  await asOwner(api.database.dataSource, (owner) =>
    owner.query(`UPDATE task SET stage = 'financeReview', holder_id = $2, taken_at = now() WHERE case_no = $1`, [
      caseNo,
      accountOf(api.world, 'finreview1').id,
    ]),
  );
  expect(await propose(limits({ effectiveFrom: inDays(20) }))).toMatchObject({
    status: 403,
    body: { code: 'PAYOUT_RULE_OWN_WORK' },
  });
  const refused = await confirm(free.body.id);
  expect(refused).toMatchObject({ status: 409, body: { code: 'PAYOUT_RULE_PROPOSER_WORK' } });
  expect(refused.body.message).toContain(`办件 ${caseNo}的财务复核`);
  // Once the work is done the rule may be confirmed.
  await asOwner(api.database.dataSource, (owner) =>
    owner.query(`UPDATE task SET holder_id = NULL, taken_at = NULL WHERE case_no = $1`, [caseNo]),
  );
  expect(await confirm(free.body.id)).toMatchObject({ status: 200, body: { state: 'confirmed' } });
});

it('is found where somebody changed a limit behind the two persons', async () => {
  const { dataSource } = api.database;
  expect((await walkAudit(dataSource, cipher)).faults).toEqual([]);
  await asOwner(dataSource, async (owner) => {
    await owner.query('ALTER TABLE payout_limit DISABLE TRIGGER USER');
    await owner.query(`UPDATE payout_limit SET per_order_fen = 101 WHERE per_order_fen = 100`);
  });
  const { faults } = await walkAudit(dataSource, cipher);
  expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining('放行限额与周转金')]);
  expect(await rows(dataSource, `SELECT 1 FROM payout_limit WHERE per_order_fen = 101`)).toHaveLength(1);
});
