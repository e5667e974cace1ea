import { DomainError } from '@banjie/domain';
import { movePayoutOrder, rows, startAttempt, walkAudit } from '@banjie/persistence';
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

// 撤回拨付: an order that was released and has not left falls; what was decided is drawn anew (architecture § 5: void only before sent).
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

async function act(caseNo: string, username: string, wanted: WantedAct) {
  const { id } = accountOf(world, username);
  const { actionId, seenSeq } = await keepTestAct(database.dataSource, cipher, caseNo, id, wanted);
  return commitAct(dependencies, { caseNo, actionId, act: wanted.act, actorId: id, seq: seenSeq + 1 });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'taken';
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

async function releasedCase(): Promise<{ caseNo: string; orderNo: string }> {
  const options = { linesFen: [400_000, 200_000], personIndex: 1 };
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
  await drawAndRelease(caseNo);
  return { caseNo, orderNo: `${caseNo}P1` };
}

async function drawAndRelease(caseNo: string) {
  await act(caseNo, 'settle1', { act: 'preparePayout' });
  await act(caseNo, 'finreview1', { act: 'confirmPayout' });
  await act(caseNo, 'finapprove1', { act: 'releasePayout' });
}

const recall: WantedAct = { act: 'recallPayout', reasons: [{ code: 'RS-14' }] };
const ordersOf = (caseNo: string) =>
  rows<{ no: string; state: string; before: string | null }>(
    database.dataSource,
    `SELECT order_no AS no, state, previous_order_no AS before FROM payout_order WHERE case_no = $1 ORDER BY order_no`,
    [caseNo],
  );

it('voids the order, keeps the decision, and lets it be drawn anew to the approved account', async () => {
  const { caseNo, orderNo } = await releasedCase();
  const position = await act(caseNo, 'finapprove1', recall);
  expect(position).toMatchObject({ stage: 'preparePayout', outcome: 'approved', order: null });
  const payee = {
    ...{ accountName: world.persons[1]!.name, accountNumber: '6222000077770000', bankCode: '102100099996' },
    relation: 'self' as const,
  };
  // Nothing was sent, so another account is for 复核 and 审批 (M7), not for the clerk.
  expect(await codeOf(act(caseNo, 'settle1', { act: 'preparePayout', payee }))).toBe('PAYEE_CHANGED');
  await drawAndRelease(caseNo);
  // The new one stands on the decision alone: its account is compared with what 审批 saw.
  expect(await ordersOf(caseNo)).toEqual([
    { no: orderNo, state: 'void', before: null },
    { no: `${caseNo}P2`, state: 'released', before: null },
  ]);
  const decisions = await rows(database.dataSource, `SELECT 1 FROM decision WHERE case_no = $1 AND voided_at IS NULL`, [
    caseNo,
  ]);
  expect(decisions).toHaveLength(1);
  expect((await walkAudit(database.dataSource, cipher)).faults).toEqual([]);
});

it('asks for no other account where the result was handed over before the payment', async () => {
  const { caseNo, orderNo } = await releasedCase();
  await asOwner(database.dataSource, (owner) =>
    owner.query(`UPDATE cases SET delivered = true WHERE case_no = $1`, [caseNo]),
  );
  await act(caseNo, 'finapprove1', recall);
  await drawAndRelease(caseNo);
  expect(await ordersOf(caseNo)).toEqual([
    { no: orderNo, state: 'void', before: null },
    { no: `${caseNo}P2`, state: 'released', before: null },
  ]);
});

it('is refused once the order has left, whatever became of it', async () => {
  const { caseNo, orderNo } = await releasedCase();
  const { dataSource } = database;
  await dataSource.transaction(async (manager) => {
    await startAttempt(manager, orderNo, { kind: 'send', at: new Date() });
    await movePayoutOrder(manager, orderNo, { from: ['released'], to: 'sent', at: new Date() });
  });
  expect(await codeOf(act(caseNo, 'finapprove1', recall))).toBe('RECALL_TOO_LATE');
  // Even when the bank says that it received nothing: it may have booked all the same.
  await dataSource.transaction((manager) =>
    movePayoutOrder(manager, orderNo, { from: ['sent'], to: 'released', at: new Date() }),
  );
  expect(await codeOf(act(caseNo, 'finapprove1', recall))).toBe('RECALL_TOO_LATE');
  await expect(
    dataSource.query(`UPDATE payout_order SET state = 'void' WHERE order_no = $1`, [orderNo]),
  ).rejects.toMatchObject({ driverError: { constraint: 'payout_order_moves' } });
});

it('wins or loses against the sending, and never both', async () => {
  const outcomes = new Set<string>();
  for (let round = 0; round < 12; round += 1) {
    const { caseNo, orderNo } = await releasedCase();
    const sending = database.dataSource.transaction(async (manager) => {
      await manager.query(`SELECT 1 FROM payout_order WHERE order_no = $1 FOR UPDATE`, [orderNo]);
      const isMine = await movePayoutOrder(manager, orderNo, { from: ['released'], to: 'sent', at: new Date() });
      if (isMine) await startAttempt(manager, orderNo, { kind: 'send', at: new Date() });
      return isMine;
    });
    const [isSent, recalled] = await Promise.all([sending, codeOf(act(caseNo, 'finapprove1', recall))]);
    outcomes.add(`${isSent} ${recalled}`);
    const [order] = await ordersOf(caseNo);
    expect([isSent, recalled, order!.state]).toEqual(
      isSent ? [true, 'RECALL_TOO_LATE', 'sent'] : [false, 'taken', 'void'],
    );
  }
  expect(outcomes.size).toBeGreaterThan(0);
});

it('needs a reason', async () => {
  const { caseNo } = await releasedCase();
  expect(await codeOf(act(caseNo, 'finapprove1', { act: 'recallPayout', reasons: [{ code: 'RS-99' }] }))).not.toBe(
    'taken',
  );
});
