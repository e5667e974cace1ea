import { createHash, randomUUID } from 'node:crypto';
import type { ErrorAnswer, UsePlan, UsePlanBody, UsePlans } from '@banjie/contracts';
import { formatDay, parseDate, shanghaiDate, shiftMonth } from '@banjie/domain';
import { movePayoutOrder, rows, usePlanFacts, walkAudit } from '@banjie/persistence';
import {
  asOwner,
  drawTestOrder,
  receiveTestCase,
  startTestApi,
  testCipher,
  type TestApi,
  type TestClient,
} from '@banjie/testing';
import { Workbook } from 'exceljs';

// 用款计划: drawn up by one person, confirmed by another, measured afterwards (P-87, R-FN-06, bar 62).
const cipher = testCipher();
const agencyId = '450206';
const today = shanghaiDate(Date.now());
const thisMonth = today.slice(0, 7);
const nextMonth = shiftMonth(thisMonth, 1);
const daysAgo = (days: number) => formatDay(parseDate(today) - days);
const noon = (date: string) => new Date(`${date}T12:00:00+08:00`);
let api: TestApi;
let [clerk, reviewer, deputy, auditor]: TestClient[] = [];

beforeAll(async () => {
  api = await startTestApi();
  [clerk, reviewer, deputy, auditor] = await Promise.all(
    ['settle1', 'finreview1', 'deputy1', 'audit1'].map((name) => api.signIn(name)),
  );
});
afterAll(() => api?.stop());

const path = '/api/finance/use-plans';
const wish = (more: object = {}) => ({
  ...{ id: randomUUID(), month: nextMonth, yearBudgetFen: 100_000_000, adjustFen: 5_000, text: '另有集中结算' },
  document: { number: '示例〔2026〕5号', text: '年度预算' },
  ...more,
});
const make = (body: object, by = clerk!) => by.post<UsePlan & ErrorAnswer>(path, body);
const decide = (id: string, how: 'confirm' | 'refuse', by = deputy!) =>
  by.post<UsePlan & ErrorAnswer>(`${path}/proposals/${id}/${how}`, how === 'confirm' ? {} : { reason: '请再核' });
const see = async (id: string) => (await auditor!.get<UsePlan>(`${path}/${id}`)).body;
const draft = async () => (await auditor!.get<UsePlanBody>(`${path}/draft`)).body;

/** What the audit says of plans; the cases here are rows of no acts. */
const planFaults = async () =>
  (await walkAudit(api.database.dataSource, cipher)).faults
    .map(({ message }) => message)
    .filter((message) => message.includes('用款计划'));

/** An order paid on a day, with its lines in the books. */
async function paidOn(date: string, amountFen: number): Promise<string> {
  const { dataSource } = api.database;
  const { orderNo, caseNo } = await drawTestOrder(dataSource, cipher, api.world, { amountFen });
  for (const [from, to] of [
    ['released', 'sent'],
    ['sent', 'paid'],
  ] as const) {
    await dataSource.transaction((manager) => movePayoutOrder(manager, orderNo, { from: [from], to, at: noon(date) }));
  }
  await dataSource.query(`UPDATE cases SET stage = 'deliver', paid_at = $2 WHERE case_no = $1`, [caseNo, noon(date)]);
  return caseNo;
}

it('foresees nothing of an agency without a past, and says what it does not know', async () => {
  const found = await draft();
  expect(found).toMatchObject({
    month: nextMonth,
    asOf: today,
    forecastFen: 0,
    plannedFen: 0,
    reserve: { warning: null },
  });
  expect(found.reserve.note).toContain('余额未知');
  expect(found.days.every(({ day }) => day.startsWith(nextMonth))).toBe(true);
});

it('reads from the rows what lies where, how long it lay, and what was paid', async () => {
  const { dataSource } = api.database;
  await paidOn(daysAgo(40), 100_000);
  await paidOn(daysAgo(12), 300_000);
  // One that was received a hundred days ago, lay at 受理 for two days, and was paid on the fifth.
  const { caseNo } = await receiveTestCase(dataSource, cipher, api.world, { at: noon(daysAgo(100)) });
  await dataSource.query(`UPDATE task SET state = 'done', closed_at = $2 WHERE case_no = $1`, [
    caseNo,
    noon(daysAgo(98)),
  ]);
  await dataSource.query(`UPDATE cases SET stage = 'closed', paid_at = $2 WHERE case_no = $1`, [
    caseNo,
    noon(daysAgo(95)),
  ]);
  await receiveTestCase(dataSource, cipher, api.world);
  const facts = await usePlanFacts(dataSource, agencyId, today);
  expect(facts.open).toEqual([{ stage: 'acceptance', scheme: expect.any(String), knownFen: 0, unknownCount: 1 }]);
  expect(facts.stays).toEqual([
    { stage: 'acceptance', enteredOn: daysAgo(100), leftOn: daysAgo(98), paidOn: daysAgo(95), count: 1 },
  ]);
  expect(facts.paid.map(({ paidOn: day, fen, count }) => [day, fen, count])).toEqual([
    [daysAgo(40), 100_000, 1],
    [daysAgo(12), 300_000, 1],
  ]);
  expect((await usePlanFacts(dataSource, '450203', today)).paid).toEqual([]);
  const found = await draft();
  expect(found.forecastFen).toBeGreaterThan(0);
  expect(found.schemes.reduce((sum, { forecastFen }) => sum + forecastFen, 0)).toBe(found.forecastFen);
  expect(found.days.reduce((sum, { openFen, comingFen }) => sum + openFen + comingFen, 0)).toBe(found.forecastFen);
});

it('warns where the payments foreseen would take the 支出户 below its reserve', async () => {
  const { dataSource } = api.database;
  const [file] = await rows<{ id: number }>(
    dataSource,
    `INSERT INTO bank_file (direction, kind, layout, name, sha256, content_enc, byte_count, agency_id, line_count, total_fen, state)
     VALUES ('in', 'statement', 'camt053', 's.xml', repeat('0', 64), 'x', 1, $1, 0, 0, 'posted') RETURNING id`,
    [agencyId],
  );
  await dataSource.query(
    `INSERT INTO bank_statement (file_id, fund_account, statement_id, sequence_no, page, is_last_page, from_at, to_at, opening_fen, closing_fen,
       debit_fen, credit_fen) VALUES ($1, 'ZC450206', 'S', 1, 1, true, NULL, now(), 1000, 1000, 0, 0)`,
    [file!.id],
  );
  const { reserve } = await draft();
  expect(reserve).toMatchObject({ balanceFen: 1_000 });
  expect(reserve.warning!.neededFen).toBeGreaterThan(0);
  expect(reserve.warning!.text).toContain('低于周转金');
});

it('is drawn up by one person, confirmed by another, once for a month, and never changes', async () => {
  expect((await auditor!.get<UsePlans>(path)).body).toMatchObject({
    due: { month: nextMonth, state: 'none' },
    items: [],
  });
  expect(await make(wish({ month: thisMonth }))).toMatchObject({ status: 422, body: { code: 'USE_PLAN_MONTH' } });
  expect(await make(wish({ adjustFen: -1_000_000_000 }))).toMatchObject({ body: { code: 'USE_PLAN_BELOW_NOUGHT' } });
  expect((await make(wish(), deputy)).status).toBe(403);

  const first = wish();
  const made = await make(first);
  expect(made).toMatchObject({
    status: 201,
    body: { state: 'proposed', outcome: null, dayErrors: [], mayDecide: false },
  });
  expect(made.body.plannedFen).toBe(made.body.forecastFen + 5_000);
  expect(made.body.body.budget).toMatchObject({ yearBudgetFen: 100_000_000, paidFen: expect.any(Number) });
  // Asked again, once more at the same time; with other words it is refused.
  for (const again of await Promise.all([make(first), make(first)])) {
    expect(again).toMatchObject({ status: 201, body: { id: first.id, madeAt: made.body.madeAt } });
  }
  expect(await make({ ...first, adjustFen: 1 })).toMatchObject({ body: { code: 'ACTION_REUSED' } });
  expect(await make(wish(), reviewer)).toMatchObject({ body: { code: 'FINANCE_PROPOSAL_OPEN' } });

  expect((await decide(first.id, 'confirm', reviewer)).status).toBe(403);
  expect(await decide(first.id, 'refuse')).toMatchObject({
    status: 200,
    body: { state: 'refused', decisionReason: '请再核' },
  });
  const second = wish({ adjustFen: 0 });
  await make(second, reviewer);
  expect(await decide(second.id, 'confirm')).toMatchObject({
    status: 200,
    body: { state: 'confirmed', decidedBy: '分管甲' },
  });
  expect(await make(wish())).toMatchObject({ body: { code: 'USE_PLAN_CONFIRMED' } });

  // What happens afterwards is no part of it.
  await paidOn(daysAgo(1), 900_000);
  expect((await see(second.id)).forecastFen).toBe(made.body.forecastFen);
  await expect(api.database.dataSource.query(`UPDATE use_plan SET body = '{}'`)).rejects.toThrow(
    /permission denied|only ever added/,
  );
  const { due, items } = (await auditor!.get<UsePlans>(path)).body;
  expect(due).toMatchObject({ state: 'confirmed', isOverdue: false, dueOn: `${thisMonth}-20` });
  expect(items.map(({ state }) => state)).toEqual(['confirmed', 'refused']);
  expect(await planFaults()).toEqual([]);
});

it('is printed as it was drawn up', async () => {
  const { items } = (await auditor!.get<UsePlans>(path)).body;
  const { id, plannedFen } = items[0]!;
  const print = async () => {
    const { cookie } = auditor as unknown as { cookie: string };
    const answer = await fetch(`${api.url}${path}/${id}/xlsx`, { headers: { cookie } });
    expect(answer.status).toBe(200);
    return Buffer.from(await answer.arrayBuffer());
  };
  const [one, two] = [await print(), await print()];
  expect(one.equals(two)).toBe(true);
  const workbook = new Workbook();
  await workbook.xlsx.load(one as never);
  const cells = new Map<unknown, unknown>();
  workbook.getWorksheet('计划')!.eachRow((row) => cells.set(row.getCell(1).value, row.getCell(2).value));
  expect(cells.get('计划用款')).toBe((plannedFen / 100).toFixed(2));
  expect(workbook.worksheets.map(({ name }) => name)).toEqual(['计划', '逐日预测', '依据']);
});

it('shows how far it was from what was paid, and is found where somebody rewrote it', async () => {
  const { dataSource } = api.database;
  const { items } = (await auditor!.get<UsePlans>(path)).body;
  const { id } = items[0]!;
  const kept = await see(id);
  // As if the month of the plan had begun: the plan and its seal, moved to this month.
  const body = {
    ...{ ...kept.body, month: thisMonth, plannedFen: 3_000_000, forecastFen: 2_000_000 },
    days: [{ day: daysAgo(1), scheme: 'resident', openFen: 800_000, comingFen: 0 }],
    schemes: kept.body.schemes.map((one) => ({ ...one, forecastFen: 1_000_000 })),
  };
  const text = JSON.stringify(body);
  const digest = createHash('sha256').update(text).digest('hex');
  await asOwner(dataSource, async (owner) => {
    await owner.query('ALTER TABLE use_plan DISABLE TRIGGER USER');
    await owner.query('ALTER TABLE finance_proposal DISABLE TRIGGER USER');
    await owner.query(`UPDATE use_plan SET month = $2, body = $3 WHERE proposal_id = $1`, [id, thisMonth, text]);
    await owner.query(
      `UPDATE finance_proposal SET subject = $2, facts = facts || jsonb_build_object('digest', $3::text) WHERE id = $1`,
      [id, thisMonth, digest],
    );
  });
  const [{ fen: paidFen } = { fen: 0 }] = await rows<{ fen: number }>(
    dataSource,
    `SELECT coalesce(sum(amount_fen), 0)::bigint AS fen FROM posting WHERE kind = 'orderMoved' AND credit_account = 'disbursement'
       AND at >= ($1 || '-01')::timestamp AT TIME ZONE 'Asia/Shanghai'`,
    [thisMonth],
  );
  const seen = await see(id);
  expect(seen.outcome).toMatchObject({ until: today, isComplete: false });
  expect(seen.outcome!.plan).toEqual({
    ...{ plannedFen: 3_000_000, paidFen, errorFen: 3_000_000 - paidFen },
    errorBp: paidFen === 0 ? null : Math.round(((3_000_000 - paidFen) / paidFen) * 10_000),
  });
  expect(seen.outcome!.schemes.reduce((sum, one) => sum + one.paidFen, 0)).toBe(paidFen);
  if (daysAgo(1).startsWith(thisMonth)) {
    expect(seen.dayErrors.find(({ day }) => day === daysAgo(1))).toMatchObject({
      ...{ plannedFen: 800_000, paidFen: 900_000, errorFen: -100_000, errorBp: -1_111 },
    });
  }
  expect(await planFaults()).toEqual([expect.stringContaining('与提出时不同')]);
  await asOwner(dataSource, (owner) => owner.query(`UPDATE use_plan SET body = replace(body, '3000000', '3000001')`));
  expect(await auditor!.get(`${path}/${id}`)).toMatchObject({ status: 500, body: { code: 'USE_PLAN_ALTERED' } });
});
