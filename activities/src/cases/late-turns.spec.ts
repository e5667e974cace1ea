import { randomUUID } from 'node:crypto';
import type { ActBody } from '@banjie/contracts';
import { DomainError, type ActCode, type CasePosition } from '@banjie/domain';
import { createDataSource, keepActBody, rows } from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { commitAct, loadCase, type CommitDependencies } from './commit-act';

// What comes after the ordinary end of something: papers after the pause, a wrong account after a 退票, a wait without a pause.
const cipher = testCipher();
let database: TestDatabase;
let world: TestWorld;
let dependencies: CommitDependencies;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  dependencies = { dataSource: database.dataSource, cipher, findGaps: async () => [] };
});
afterAll(() => database?.drop());

type Wanted = ActBody extends infer Body ? (Body extends ActBody ? Omit<Body, 'actionId' | 'seenSeq'> : never) : never;

async function act(caseNo: string, username: string, wanted: Wanted): Promise<CasePosition> {
  const { position } = await loadCase(database.dataSource, caseNo);
  const [actionId, seenSeq, actorId] = [randomUUID(), position.seq, accountOf(world, username).id];
  const body = { ...wanted, actionId, seenSeq };
  const kept = { actionId, caseNo, act: wanted.act, actorId, seenSeq, body, requestId: null };
  await keepActBody(database.dataSource, cipher, kept);
  return commitAct(dependencies, { caseNo, actionId, act: wanted.act, actorId, seq: seenSeq + 1 });
}

async function systemAct(caseNo: string, code: ActCode, now = new Date()): Promise<CasePosition> {
  const { position } = await loadCase(database.dataSource, caseNo);
  const input = { caseNo, actionId: randomUUID(), act: code, actorId: 'system:workflow', seq: position.seq + 1 };
  return commitAct({ ...dependencies, now: () => now }, input);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'done';
}

const newCase = async (personIndex = 0, definitionVersion = 1) => {
  const claim = { linesFen: [400_000, 200_000], personIndex, definitionVersion };
  return (await receiveTestCase(database.dataSource, cipher, world, claim)).caseNo;
};

const clocksOf = (caseNo: string) =>
  rows<{ clock: string; ledger: object }>(
    database.dataSource,
    `SELECT clock, ledger FROM clock WHERE case_no = $1 ORDER BY clock, run`,
    [caseNo],
  );
const ordersOf = (caseNo: string) =>
  rows<{ order_no: string; state: string; previous_order_no: string | null; amount_fen: number }>(
    database.dataSource,
    `SELECT order_no, state, previous_order_no, amount_fen FROM payout_order WHERE case_no = $1 ORDER BY order_no`,
    [caseNo],
  );

const ask = {
  act: 'askSupplement' as const,
  reasons: [{ code: 'RS-02' }],
  items: [{ material: 'R-MT-8', text: '请补交出院记录' }],
};
const arrival = { act: 'supplement' as const, attachmentIds: [], note: '出院记录已补交' };
const longAfter = new Date(Date.now() + 200 * 86_400_000);

describe('补正 that runs out', () => {
  it('ends the pause only when its maximum has passed, whoever asks for it', async () => {
    const caseNo = await newCase();
    await act(caseNo, 'initial1', { act: 'accept' });
    const waiting = await act(caseNo, 'initial1', ask);
    const before = await clocksOf(caseNo);
    const end = Date.parse(waiting.nextRungAt!);
    expect(await systemAct(caseNo, 'endPause')).toEqual(waiting);
    expect(await systemAct(caseNo, 'endPause', new Date(end - 1))).toEqual(waiting);
    expect(await clocksOf(caseNo)).toEqual(before);
    expect(await systemAct(caseNo, 'endPause', new Date(end))).toMatchObject({ waiting: null, seq: waiting.seq + 1 });
    expect(await systemAct(caseNo, 'endPause', new Date(end))).toMatchObject({ seq: waiting.seq + 1 });
  });

  it('takes in the papers that come later, until the decision, and moves no clock for them', async () => {
    const caseNo = await newCase();
    await act(caseNo, 'initial1', { act: 'accept' });
    expect(await codeOf(act(caseNo, 'window1', arrival))).toBe('NOT_WAITING_SUPPLEMENT');
    await act(caseNo, 'initial1', ask);
    const resumed = await systemAct(caseNo, 'endPause', longAfter);
    const before = await clocksOf(caseNo);
    const late = await act(caseNo, 'window1', arrival);
    expect(late).toMatchObject({ stage: 'initialReview', waiting: null, seq: resumed.seq + 1 });
    expect(late.nextRungAt).toBe(resumed.nextRungAt);
    expect(await clocksOf(caseNo)).toEqual(before);
    const events = await rows(database.dataSource, `SELECT 1 FROM clock_event WHERE case_no = $1 AND seq = $2`, [
      ...[caseNo, late.seq],
    ]);
    expect(events).toEqual([]);
    const [task] = await rows<{ stage: string; paused: boolean }>(
      database.dataSource,
      `SELECT stage, paused FROM task WHERE case_no = $1 AND state = 'open'`,
      [caseNo],
    );
    expect(task).toEqual({ stage: 'initialReview', paused: false });
    await act(caseNo, 'initial1', { act: 'propose', outcome: 'refuse', reasons: [{ code: 'RS-05' }] });
    await act(caseNo, 'second1', { act: 'propose', outcome: 'refuse', reasons: [{ code: 'RS-05' }] });
    await act(caseNo, 'approver1', { act: 'reject', reasons: [{ code: 'RS-05' }] });
    expect(await codeOf(act(caseNo, 'window1', arrival))).toBe('NOT_WAITING_SUPPLEMENT');
  });

  it('waits for nothing where the matter pauses no clock: the reviewer goes on, the papers come when they come', async () => {
    const owner = await createDataSource(database.ownerUrl).initialize();
    await owner.query(
      `INSERT INTO matter_definition (matter, version, effective_from, body)
       SELECT matter, 2, effective_from, body || '{"version": 2, "supplementPausesClock": false}' FROM matter_definition
       WHERE matter = 'inpatientReimbursement' AND version = 1`,
    );
    await owner.destroy();
    const caseNo = await newCase(0, 2);
    await act(caseNo, 'initial1', { act: 'accept' });
    const before = await clocksOf(caseNo);
    expect(await act(caseNo, 'initial1', ask)).toMatchObject({ waiting: null, supplementUsed: true });
    expect(await clocksOf(caseNo)).toEqual(before);
    expect(await codeOf(act(caseNo, 'initial1', ask))).toBe('SUPPLEMENT_USED');
    expect(await codeOf(act(caseNo, 'window1', arrival))).toBe('done');
    expect(await codeOf(act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] }))).toBe('done');
  });
});

describe('a wrong new account after a 退票', () => {
  const account = (personIndex: number, accountNumber: string) => ({
    ...{ accountName: world.persons[personIndex]!.name, accountNumber },
    ...{ bankCode: '102100099996', relation: 'self' as const },
  });
  const toPreparePayout = {
    act: 'sendBack' as const,
    toStage: 'preparePayout' as const,
    reasons: [{ code: 'RS-15' }],
  };

  /** Paid, delivered, archived and then returned by the bank. */
  async function returnedCase(personIndex: number): Promise<string> {
    const caseNo = await newCase(personIndex);
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
    expect(await codeOf(act(caseNo, 'finreview1', toPreparePayout))).toBe('BAD_RETURN');
    await act(caseNo, 'finreview1', { act: 'confirmPayout' });
    await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    await database.dataSource.query(`UPDATE payout_order SET state = 'paid' WHERE order_no = $1`, [`${caseNo}P1`]);
    await systemAct(caseNo, 'settlePayout');
    const [today] = await rows<{ day: string }>(
      database.dataSource,
      `SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD') AS day`,
    );
    await act(caseNo, 'window1', { act: 'deliver', way: 'window', deliveredOn: today!.day, receiver: '本人' });
    await systemAct(caseNo, 'archive');
    await database.dataSource.query(`UPDATE payout_order SET state = 'returned' WHERE order_no = $1`, [`${caseNo}P1`]);
    const back = await systemAct(caseNo, 'returnPayout');
    expect(back).toMatchObject({ stage: 'preparePayout', order: { state: 'returned' } });
    return caseNo;
  }

  it.each(['financeReview', 'financeApproval'] as const)(
    'is sent back from %s to 拨付制定: that order falls, decision and reserved cap stand',
    async (stage) => {
      const isApproval = stage === 'financeApproval';
      const personIndex = isApproval ? 3 : 1;
      const caseNo = await returnedCase(personIndex);
      const money = async () => ({
        decisions: await rows(database.dataSource, `SELECT * FROM decision WHERE case_no = $1`, [caseNo]),
        caps: await rows(database.dataSource, `SELECT * FROM cap_usage ORDER BY 1, 2, 3`),
        head: await rows(
          database.dataSource,
          `SELECT outcome, payable_fen, proposed_fen, decided_at, paid_at FROM cases WHERE case_no = $1`,
          [caseNo],
        ),
      });
      const before = await money();
      const toInitialReview = { ...toPreparePayout, toStage: 'initialReview' as const };
      expect(await codeOf(act(caseNo, 'settle1', toPreparePayout))).toBe('ALREADY_PAID');
      await act(caseNo, 'settle1', { act: 'preparePayout', payee: account(personIndex, '6222000011110000') });
      if (isApproval) await act(caseNo, 'finreview1', { act: 'confirmPayout' });
      const finance = isApproval ? 'finapprove1' : 'finreview1';
      expect(await codeOf(act(caseNo, finance, toInitialReview))).toBe('ALREADY_PAID');
      const returned = await act(caseNo, finance, toPreparePayout);
      expect(returned).toMatchObject({ stage: 'preparePayout', outcome: 'approved', order: null, paidOnce: true });
      expect(await money()).toEqual(before);
      expect((await ordersOf(caseNo)).map((o) => o.state)).toEqual(['returned', 'void']);

      // The filed account is the one that failed: the next order needs a payee again.
      expect(await codeOf(act(caseNo, 'settle1', { act: 'preparePayout' }))).toBe('NEW_PAYEE_REQUIRED');
      await act(caseNo, 'settle1', { act: 'preparePayout', payee: account(personIndex, '6222000022220000') });
      await act(caseNo, 'finreview1', { act: 'confirmPayout' });
      await act(caseNo, 'finapprove1', { act: 'releasePayout' });
      await database.dataSource.query(`UPDATE payout_order SET state = 'paid' WHERE order_no = $1`, [`${caseNo}P3`]);
      expect(await systemAct(caseNo, 'settlePayout')).toMatchObject({ stage: 'archive' });
      const orders = await ordersOf(caseNo);
      expect(orders.map((o) => [o.state, o.previous_order_no])).toEqual([
        ['returned', null],
        ['void', `${caseNo}P1`],
        ['paid', `${caseNo}P2`],
      ]);
      expect(new Set(orders.map((o) => o.amount_fen)).size).toBe(1);
      expect(await systemAct(caseNo, 'archive')).toMatchObject({ stage: 'closed' });
    },
  );
});
