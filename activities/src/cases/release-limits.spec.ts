import { randomUUID } from 'node:crypto';
import { DomainError, type PayoutRule } from '@banjie/domain';
import { confirmPayoutRule, demandReleasable, proposePayoutRule, rows } from '@banjie/persistence';
import {
  accountOf,
  asOwner,
  createTestDatabase,
  keepTestAct,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
  type WantedAct,
} from '@banjie/testing';
import { commitAct, type CommitDependencies } from './commit-act';

// Limits of 放行 by order, person, 支出户 and releaser (bar 55), enforced in the transaction of the act.
const cipher = testCipher();
const fundAccount = 'ZC450206';
let database: TestDatabase;
let world: TestWorld;
let dependencies: CommitDependencies;
let now = new Date();

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  dependencies = { dataSource: database.dataSource, cipher, findGaps: async () => [], now: () => now };
});
afterAll(() => database?.drop());

let effective = Date.parse('2025-01-01');
/** What two persons set, through the rows of their acts; each set takes the place of the one before. */
async function setLimits(limits: {
  order?: number;
  person?: number;
  fund?: number;
  releaser?: number;
  reserve?: number;
}) {
  effective += 86_400_000;
  const { order = null, person = null, fund = null, releaser = null, reserve = null } = limits;
  const id = randomUUID();
  const rule: PayoutRule = {
    ...{ kind: 'limits', effectiveFrom: new Date(effective).toISOString().slice(0, 10), perOrderFen: order },
    ...{ perPersonDayFen: person, perFundDayFen: fund, perReleaserDayFen: releaser, reserveFen: reserve },
  };
  const words = { text: '试', document: { number: '试', text: '试' } };
  const agencyId = '450206';
  const at = new Date(effective);
  const proposal = { id, agencyId, rule, words, proposedBy: accountOf(world, 'supervisor1').id, at };
  await database.dataSource.transaction((manager) => proposePayoutRule(manager, cipher, proposal));
  const decision = { id, agencyId, decidedBy: accountOf(world, 'deputy1').id, at };
  await database.dataSource.transaction((manager) => confirmPayoutRule(manager, cipher, decision));
}

async function act(caseNo: string, username: string, wanted: WantedAct) {
  const { id } = accountOf(world, username);
  const { actionId, seenSeq } = await keepTestAct(database.dataSource, cipher, caseNo, id, wanted);
  return commitAct(dependencies, { caseNo, actionId, act: wanted.act, actorId: id, seq: seenSeq + 1 });
}

async function refusal(work: Promise<unknown>): Promise<DomainError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

async function reviewedCase(personIndex = 1): Promise<{ caseNo: string; amountFen: number }> {
  const options = { linesFen: [400_000, 200_000], personIndex };
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, options);
  await act(caseNo, 'initial1', { act: 'accept' });
  await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
  await act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
  const [proposed] = await rows<{ fen: number }>(
    database.dataSource,
    `SELECT proposed_fen AS fen FROM cases WHERE case_no = $1`,
    [caseNo],
  );
  await act(caseNo, 'approver1', { act: 'approve', payableFen: proposed!.fen });
  await act(caseNo, 'settle1', { act: 'preparePayout' });
  await act(caseNo, 'finreview1', { act: 'confirmPayout' });
  return { caseNo, amountFen: proposed!.fen };
}

const release = (caseNo: string, who = 'finapprove1') => act(caseNo, who, { act: 'releasePayout' });
const nextDay = () => (now = new Date(now.getTime() + 86_400_000));
const usedOf = async (kind: string) =>
  (
    await rows<{ fen: number }>(
      database.dataSource,
      `SELECT coalesce(sum(used_fen), 0)::bigint AS fen FROM release_usage WHERE kind = $1
       AND day = ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date`,
      [kind, now],
    )
  )[0]!.fen;

it.each(['order', 'person', 'fund', 'releaser'] as const)('refuses what passes the limit of a %s', async (kind) => {
  nextDay();
  const { caseNo, amountFen } = await reviewedCase();
  await setLimits({ [kind]: amountFen - 1 });
  const error = await refusal(release(caseNo));
  expect(error).toMatchObject({ code: 'RELEASE_LIMIT', facts: { kind, leftFen: amountFen - 1, askedFen: amountFen } });
  expect(error!.message).toContain('还可放行');
  expect(await usedOf('fund')).toBe(0);
  await setLimits({ [kind]: amountFen });
  await release(caseNo);
  expect([await usedOf('fund'), await usedOf('person'), await usedOf('releaser')]).toEqual(Array(3).fill(amountFen));
});

it('lets only as many of those who release at once through as the limit holds', async () => {
  nextDay();
  const cases = [await reviewedCase(0), await reviewedCase(1), await reviewedCase(2), await reviewedCase(3)];
  const fund = cases[0]!.amountFen + cases[1]!.amountFen;
  await setLimits({ fund });
  const refusals = await Promise.all(
    cases.map(({ caseNo }, index) => refusal(release(caseNo, index % 2 ? 'finapprove1' : 'finapprove2'))),
  );
  expect(refusals.filter((error) => error !== null).length).toBeGreaterThanOrEqual(1);
  const [released] = await rows<{ fen: number }>(
    database.dataSource,
    `SELECT coalesce(sum(amount_fen), 0)::bigint AS fen FROM payout_order WHERE state = 'released' AND case_no = ANY($1)`,
    [cases.map(({ caseNo }) => caseNo)],
  );
  expect(released!.fen).toBeLessThanOrEqual(fund);
  expect(await usedOf('fund')).toBe(released!.fen);
  for (const error of refusals) if (error) expect(error.code).toBe('RELEASE_LIMIT');
});

it('gives back what was recalled, and begins anew the next day', async () => {
  nextDay();
  const { caseNo, amountFen } = await reviewedCase();
  await setLimits({ fund: amountFen });
  await release(caseNo);
  const other = await reviewedCase(2);
  expect(await refusal(release(other.caseNo))).toMatchObject({ code: 'RELEASE_LIMIT', facts: { leftFen: 0 } });
  await act(caseNo, 'finapprove1', { act: 'recallPayout', reasons: [{ code: 'RS-14' }] });
  expect([await usedOf('fund'), await usedOf('person'), await usedOf('releaser')]).toEqual([0, 0, 0]);
  await setLimits({ fund: other.amountFen });
  await release(other.caseNo);
  nextDay();
  const third = await reviewedCase(3);
  await setLimits({ fund: third.amountFen });
  await release(third.caseNo);
});

it('counts a whole batch or nothing of it', async () => {
  nextDay();
  await setLimits({ person: 250 });
  const at = now;
  const actorId = accountOf(world, 'finapprove1').id;
  const batch = (orders: { personId: string; amountFen: number }[]) =>
    database.dataSource.transaction((manager) => demandReleasable(manager, { fundAccount, actorId, at, orders }));
  const many = Array.from({ length: 10_000 }, (_, n) => ({ personId: `p${n % 5_000}`, amountFen: 100 }));
  await batch(many);
  expect([await usedOf('fund'), await usedOf('person'), await usedOf('releaser')]).toEqual(Array(3).fill(1_000_000));
  expect(await refusal(batch([...many.slice(0, 10), { personId: 'p1', amountFen: 51 }]))).toMatchObject({
    facts: { kind: 'person' },
  });
  expect(await usedOf('fund')).toBe(1_000_000);
});

it('holds a single order to the reserve, where the balance of the 支出户 is known; nobody approves it below', async () => {
  nextDay();
  const { dataSource } = database;
  const [{ fen: underWay } = { fen: 0 }] = await rows<{ fen: number }>(
    dataSource,
    `SELECT sum(amount_fen)::bigint AS fen FROM payout_order WHERE state = 'released'`,
  );
  const { caseNo, amountFen } = await reviewedCase();
  await setLimits({ reserve: 1_000 });
  const [file] = await rows<{ id: number }>(
    dataSource,
    `INSERT INTO bank_file (direction, kind, layout, name, sha256, content_enc, byte_count, agency_id, line_count, total_fen, state)
     VALUES ('in', 'statement', 'camt053', 's.xml', repeat('0', 64), 'x', 1, '450206', 0, 0, 'posted') RETURNING id`,
  );
  const state = (page: number, balanceFen: number) =>
    dataSource.query(
      `INSERT INTO bank_statement (file_id, fund_account, statement_id, sequence_no, page, is_last_page, from_at, to_at, opening_fen,
         closing_fen, debit_fen, credit_fen) VALUES ($1, $2, 'S', 1, $3, true, NULL, now(), $4, $4, 0, 0)`,
      [file!.id, fundAccount, page, balanceFen],
    );
  await state(1, underWay + amountFen + 999);
  expect(await refusal(release(caseNo))).toMatchObject({
    ...{ code: 'RESERVE_SHORT', facts: { reserveFen: 1_000, afterFen: 999, shortFen: 1, askedFen: amountFen } },
  });
  expect(await usedOf('fund')).toBe(0);
  await state(2, underWay + amountFen + 1_000);
  await release(caseNo);
  expect(await usedOf('fund')).toBe(amountFen);
});

it('holds in the tables: the app writes no limit, and nobody rewrites one', async () => {
  const { dataSource } = database;
  await expect(
    dataSource.query(`INSERT INTO payout_limit (agency_id, effective_from) VALUES ('450206', '2026-01-01')`),
  ).rejects.toMatchObject({ driverError: { code: '42501' } });
  await asOwner(dataSource, async (owner) => {
    await expect(owner.query(`UPDATE payout_limit SET per_order_fen = 1`)).rejects.toMatchObject({
      driverError: { code: '42501' },
    });
  });
});
