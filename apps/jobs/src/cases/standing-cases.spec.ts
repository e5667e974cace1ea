import { randomUUID } from 'node:crypto';
import { createBankClient, createCaseActivities, createPayoutActivities } from '@banjie/activities';
import { caseTaskQueue, caseWorkflowId, claimApprovalType, payoutTaskQueueOf, type ActUpdate } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  eventually,
  keepTestAct,
  ownNamespace,
  receiveTestCase,
  seedTestWorld,
  startBankProcess,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestWorld,
  type WantedAct,
} from '@banjie/testing';
import { actUpdate } from '@banjie/workflows/messages';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Settings } from '../settings';
import { TemporalClient } from '../temporal-client';
import { CaseRelay } from './case-relay';

/* Cases that stand still for longer than a person waits, on a real Temporal with real workers. */
const cipher = testCipher();
const lines: { fields: Record<string, unknown>; message: string }[] = [];
const log = {
  info: () => undefined,
  warn: (fields: Record<string, unknown>, message: string) => void lines.push({ fields, message }),
  error: () => undefined,
};
const minutes = 60_000;

let database: TestDatabase;
let world: TestWorld;
let bank: BankProcess;
let connection: Connection;
let native: NativeConnection;
let client: Client;
let temporal: TemporalClient;
let settings: Settings;
let cases: ReturnType<typeof createCaseActivities>;
let workers: Worker[] = [];
let running: Promise<void[]>;
/** What the activities take for now. */
let ago = 0;
const now = () => new Date(Date.now() - ago);

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess()]);
  const { dataSource } = database;
  world = await seedTestWorld(dataSource);
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  const namespace = await ownNamespace(`banjie-test-standing-${randomUUID().slice(0, 8)}`);
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
  settings = {
    environment: { TEMPORAL_ADDRESS: address },
    temporalNamespace: namespace,
    rhythm: { idleAfterMs: 0, standingAfterMs: 10 * minutes, standingRestMs: 5 * minutes },
  } as unknown as Settings;
  temporal = new TemporalClient(settings);
  native = await NativeConnection.connect({ address });
  cases = createCaseActivities({ dataSource, cipher, now, findGaps: async () => [] });
  const toBank = { dataSource, cipher, now, bank: createBankClient(bank.url, testCallKeys()) };
  const activities = { ...cases, ...createPayoutActivities(toBank) };
  const workflowBundle = { codePath: require.resolve('@banjie/workflows/bundle') };
  workers = await Promise.all([
    Worker.create({ connection: native, namespace, taskQueue: caseTaskQueue, workflowBundle, activities }),
    Worker.create({ connection: native, namespace, taskQueue: payoutTaskQueueOf(caseTaskQueue), activities }),
  ]);
  running = Promise.all(workers.map((worker) => worker.run()));
});
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await native?.close();
  await temporal?.onApplicationShutdown();
  await connection?.close();
  await bank?.stop();
  await database?.drop();
});
beforeEach(() => (lines.length = 0));

const runOf = (caseNo: string) => client.workflow.getHandle(caseWorkflowId(caseNo));
const keep = (caseNo: string, username: string, wanted: WantedAct): Promise<ActUpdate> =>
  keepTestAct(database.dataSource, cipher, caseNo, accountOf(world, username).id, wanted);

async function act(caseNo: string, username: string, wanted: WantedAct): Promise<void> {
  const update = await keep(caseNo, username, wanted);
  await runOf(caseNo).executeUpdate(actUpdate, { updateId: update.actionId, args: [update] });
}

/** The act is in the rows alone: the engine died between its commit and the answer. */
async function actPastTheEngine(caseNo: string, username: string, wanted: WantedAct): Promise<void> {
  const { actionId, act: code, actorId, seenSeq } = await keep(caseNo, username, wanted);
  await cases.commitAct({ caseNo, actionId, act: code, actorId, seq: seenSeq + 1 });
}

const head = async (caseNo: string) => {
  const [row] = await rows<{ stage: string; proposed_fen: number; order_state: string | null }>(
    database.dataSource,
    `SELECT stage, proposed_fen, order_state FROM cases WHERE case_no = $1`,
    [caseNo],
  );
  return row!;
};
const atStage = (caseNo: string, stage: string) =>
  eventually(
    () => head(caseNo),
    (found) => found.stage === stage,
  );
const bookingsOf = async (caseNo: string) => (await bank.summary()).bookingsByOrder[`${caseNo}P1`] ?? 0;

/** A case that came to 财务审批 yesterday, as far as its rows tell. */
async function toFinanceApproval(personIndex: number): Promise<string> {
  ago = 20 * minutes;
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, { personIndex, at: now() });
  const run = { workflowId: caseWorkflowId(caseNo), taskQueue: caseTaskQueue, args: [{ caseNo }] };
  await client.workflow.start(claimApprovalType, run);
  await act(caseNo, 'initial1', { act: 'accept' });
  await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
  await act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
  await act(caseNo, 'approver1', { act: 'approve', payableFen: (await head(caseNo)).proposed_fen });
  await act(caseNo, 'settle1', { act: 'preparePayout' });
  await act(caseNo, 'finreview1', { act: 'confirmPayout' });
  return caseNo;
}

const newRelay = () => new CaseRelay(database.dataSource, temporal, settings, log);
const sweep = async (relay = newRelay()) => {
  ago = 0;
  await relay.wakeIdle();
  return relay.wakeStanding();
};

it('takes a case on whose run was behind its rows for longer than ten minutes', async () => {
  const caseNo = await toFinanceApproval(1);
  await actPastTheEngine(caseNo, 'finapprove1', { act: 'releasePayout' });
  expect(await head(caseNo)).toMatchObject({ stage: 'pay', order_state: 'released' });
  await sweep();
  await atStage(caseNo, 'deliver');
  expect(await bookingsOf(caseNo)).toBe(1);
  expect(lines).toEqual([{ fields: { cases: 1 }, message: expect.stringContaining('stood still') as string }]);
});

it('starts a run that is gone, and the order is paid once', async () => {
  const caseNo = await toFinanceApproval(2);
  await runOf(caseNo).terminate('spec');
  await actPastTheEngine(caseNo, 'finapprove1', { act: 'releasePayout' });
  await Promise.all([sweep(), sweep()]);
  await atStage(caseNo, 'deliver');
  expect(await bookingsOf(caseNo)).toBe(1);
});

it.each(['lostReplyAfterBooking', 'lostReplyBeforeBooking'] as const)(
  'starts a run that is gone while nobody knows what became of the payment: %s',
  async (kind) => {
    const caseNo = await toFinanceApproval(kind === 'lostReplyAfterBooking' ? 3 : 4);
    await bank.setFault({ kind, match: { orderNo: `${caseNo}P1`, next: 1 } });
    await bank.setFault({ kind: 'outage', match: { orderNo: `${caseNo}P1` } });
    await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    const attempts = () =>
      rows<{ kind: string }>(database.dataSource, `SELECT kind FROM payout_attempt WHERE order_no = $1`, [
        `${caseNo}P1`,
      ]);
    await eventually(attempts, ({ length }) => length >= 2);
    await runOf(caseNo).terminate('spec');
    await bank.clearFaults();
    await sweep();
    await atStage(caseNo, 'deliver');
    expect(await bookingsOf(caseNo)).toBe(1);
  },
);

it('closes a case that stood at 归档', async () => {
  ago = 20 * minutes;
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, { personIndex: 5, at: now() });
  await actPastTheEngine(caseNo, 'window1', { act: 'withdraw' });
  expect(await head(caseNo)).toMatchObject({ stage: 'archive' });
  await sweep();
  await atStage(caseNo, 'closed');
});
