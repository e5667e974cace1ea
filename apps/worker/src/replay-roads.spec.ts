import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBankClient, createCaseActivities, createPayoutActivities } from '@banjie/activities';
import { caseWorkflowId, claimApprovalType, payoutTaskQueueOf, type ActBody } from '@banjie/contracts';
import { keepActBody, rows } from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  eventually,
  receiveTestCase,
  seedTestWorld,
  startBankProcess,
  testCipher,
  type BankProcess,
  type TestCaseOptions,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { actUpdate, systemActSignal } from '@banjie/workflows/messages';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { readHistory, recordHistories, type RecordedCase } from './record-histories';

/*
 * Walks every road once on real servers, then replays what was recorded. With BANJIE_RECORD=1 the histories replace those
 * in workflows/test/histories.
 */
const cipher = testCipher();
const codePath = require.resolve('@banjie/workflows/bundle');
const namespace = `banjie-test-roads-${randomUUID()}`;
const taskQueue = 'cases';
const payee = {
  accountName: '示例',
  accountNumber: '6222000099990000',
  bankCode: '102100099996',
  relation: 'self' as const,
};
const farBack = new Date('2026-06-01T02:00:00Z');

let database: TestDatabase;
let world: TestWorld;
let client: Client;
let connection: NativeConnection;
let bank: BankProcess;
let workers: Worker[] = [];
let running: Promise<void[]>;
/** What the activities take for now; null: the clock on the wall. */
let pretendedNow: Date | null = null;
const walked: RecordedCase[] = [];

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  connection = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }), namespace });
  // Case numbers start anew in every spec file, and a history must not hold the runs of another.
  const retention = { workflowExecutionRetentionPeriod: { seconds: 86_400 as never } };
  await client.workflowService.registerNamespace({ namespace, ...retention });
  bank = await startBankProcess();
  const ground = { dataSource: database.dataSource, cipher, now: () => pretendedNow ?? new Date() };
  const activities = {
    ...createCaseActivities({ ...ground, countGaps: async () => 0 }),
    ...createPayoutActivities({ ...ground, bank: createBankClient(bank.url), finalitySeconds: 1 }),
  };
  const workflowBundle = { codePath };
  const createWorker = () => Worker.create({ connection, namespace, taskQueue, workflowBundle, activities });
  workers = [
    // A namespace is known to every part of the server only after some seconds.
    (await eventually(
      () => createWorker().catch(() => null),
      (worker) => worker !== null,
    ))!,
    await Worker.create({ connection, namespace, taskQueue: payoutTaskQueueOf(taskQueue), activities }),
  ];
  running = Promise.all(workers.map((worker) => worker.run()));
});

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await connection?.close();
  await client?.connection.close();
  await bank?.stop();
  await database?.drop();
});

type Wanted = ActBody extends infer Body ? (Body extends ActBody ? Omit<Body, 'actionId' | 'seenSeq'> : never) : never;

async function start(name: string, options: TestCaseOptions = {}): Promise<string> {
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, options);
  walked.push({ name, caseNo });
  await client.workflow.start(claimApprovalType, {
    workflowId: caseWorkflowId(caseNo),
    taskQueue,
    args: [{ caseNo }],
  });
  return caseNo;
}

async function head(caseNo: string) {
  const [row] = await rows<{ seq: number; stage: string; waiting: string | null; proposed_fen: number }>(
    database.dataSource,
    `SELECT seq, stage, waiting, proposed_fen FROM cases WHERE case_no = $1`,
    [caseNo],
  );
  return row!;
}

async function act(caseNo: string, username: string, wanted: Wanted): Promise<void> {
  const actionId = randomUUID();
  const seenSeq = (await head(caseNo)).seq;
  const actorId = accountOf(world, username).id;
  const body = { ...wanted, actionId, seenSeq };
  const kept = { actionId, caseNo, act: wanted.act, actorId, seenSeq, body, requestId: null };
  await keepActBody(database.dataSource, cipher, kept);
  const toStage = wanted.act === 'sendBack' ? wanted.toStage : undefined;
  await client.workflow.getHandle(caseWorkflowId(caseNo)).executeUpdate(actUpdate, {
    updateId: actionId,
    args: [{ actionId, act: wanted.act, actorId, seenSeq, toStage }],
  });
}

const at = (caseNo: string, stage: string) =>
  eventually(
    () => head(caseNo),
    (now) => now.stage === stage,
    60_000,
  );
const accept = (caseNo: string) => act(caseNo, 'initial1', { act: 'accept' });
const proposeFirst = (caseNo: string) => act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
const proposeSecond = (caseNo: string) => act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
const sendBack = (caseNo: string, username: string) =>
  act(caseNo, username, { act: 'sendBack', toStage: 'initialReview', reasons: [{ code: 'RS-14' }] });

async function toApproval(caseNo: string): Promise<void> {
  await accept(caseNo);
  await proposeFirst(caseNo);
  await proposeSecond(caseNo);
}
const approve = async (caseNo: string) =>
  act(caseNo, 'approver1', { act: 'approve', payableFen: (await head(caseNo)).proposed_fen });

async function drawAndRelease(caseNo: string, newPayee?: typeof payee): Promise<void> {
  await act(caseNo, 'settle1', { act: 'preparePayout', payee: newPayee });
  await act(caseNo, 'finreview1', { act: 'confirmPayout' });
  await act(caseNo, 'finapprove1', { act: 'releasePayout' });
}
async function deliverAndClose(caseNo: string): Promise<void> {
  await at(caseNo, 'deliver');
  await act(caseNo, 'window1', { act: 'deliver', way: 'window', deliveredOn: '2026-11-20', receiver: '本人' });
  await ended(caseNo);
}
const ended = (caseNo: string) => client.workflow.getHandle(caseWorkflowId(caseNo)).result();
async function approveAndPay(caseNo: string): Promise<void> {
  await approve(caseNo);
  await drawAndRelease(caseNo);
  await deliverAndClose(caseNo);
}
const firstSend = (caseNo: string) => ({ orderNo: `${caseNo}P1`, next: 1 });

describe('every road of claimApproval', () => {
  it('plain and paid; with an act refused by the rows on the way', async () => {
    const caseNo = await start('plain-paid');
    await toApproval(caseNo);
    await expect(act(caseNo, 'approver1', { act: 'approve', payableFen: 1 })).rejects.toThrow();
    await approveAndPay(caseNo);
  });

  it('sent back twice, the second time from finance', async () => {
    const caseNo = await start('sent-back-twice', { personIndex: 1 });
    await accept(caseNo);
    await proposeFirst(caseNo);
    await sendBack(caseNo, 'second1');
    await proposeFirst(caseNo);
    await proposeSecond(caseNo);
    await approve(caseNo);
    await act(caseNo, 'settle1', { act: 'preparePayout' });
    await sendBack(caseNo, 'finreview1');
    await proposeFirst(caseNo);
    await proposeSecond(caseNo);
    await approveAndPay(caseNo);
  });

  it('rejected, refused at 受理, withdrawn, nothing payable', async () => {
    const rejected = await start('rejected', { personIndex: 2 });
    await toApproval(rejected);
    await act(rejected, 'approver1', { act: 'reject', reasons: [{ code: 'RS-05' }] });
    await deliverAndClose(rejected);
    const refused = await start('refused-acceptance', { personIndex: 2 });
    await act(refused, 'initial1', { act: 'refuseAcceptance', reasons: [{ code: 'RS-01' }] });
    await ended(refused);
    const withdrawn = await start('withdrawn', { personIndex: 2 });
    await accept(withdrawn);
    await act(withdrawn, 'window1', { act: 'withdraw' });
    await ended(withdrawn);
    const nothing = await start('zero-payable', { personIndex: 2, linesFen: [1_000] });
    await toApproval(nothing);
    await approve(nothing);
    await deliverAndClose(nothing);
  });

  it('paused for a supplement that comes, and for one that never does', async () => {
    const items = [{ material: 'R-MT-5', text: '请补交' }];
    const asked = { act: 'askSupplement' as const, reasons: [{ code: 'RS-01' }], items };
    const paused = await start('supplement-pause', { personIndex: 3 });
    await accept(paused);
    await act(paused, 'initial1', asked);
    await act(paused, 'window1', { act: 'supplement', attachmentIds: [] });
    await proposeFirst(paused);
    await proposeSecond(paused);
    await approveAndPay(paused);

    pretendedNow = farBack;
    const silent = await start('supplement-never-came', { personIndex: 3, at: farBack });
    await accept(silent);
    const workflow = client.workflow.getHandle(caseWorkflowId(silent));
    const asking = act(silent, 'initial1', asked);
    await eventually(
      () => head(silent),
      (now) => now.waiting === 'supplement',
    );
    pretendedNow = null;
    await asking;
    await eventually(
      () => head(silent),
      (now) => now.waiting === null,
    );
    await act(silent, 'window1', { act: 'withdraw' });
    await workflow.result();
  });

  it('bank: unknown then found paid, nothing received then sent again, refused then a second order', async () => {
    const unknown = await start('bank-unknown', { personIndex: 4 });
    await toApproval(unknown);
    await bank.setFault({ kind: 'lostReplyAfterBooking', match: firstSend(unknown) });
    await approveAndPay(unknown);
    const resent = await start('bank-resend', { personIndex: 4 });
    await toApproval(resent);
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: firstSend(resent) });
    await approveAndPay(resent);
    const refused = await start('bank-refused', { personIndex: 4 });
    await toApproval(refused);
    await approve(refused);
    await bank.setFault({ kind: 'refuse', match: firstSend(refused), reason: '账号不存在' });
    await drawAndRelease(refused);
    await at(refused, 'preparePayout');
    await drawAndRelease(refused, payee);
    await deliverAndClose(refused);
  });

  it('returned by the bank after the archive, in a run of its own', async () => {
    const caseNo = await start('returned-after-archive', { personIndex: 5 });
    await toApproval(caseNo);
    await approveAndPay(caseNo);
    await database.dataSource.query(`UPDATE payout_order SET state = 'returned' WHERE order_no = $1`, [`${caseNo}P1`]);
    await client.workflow.signalWithStart(claimApprovalType, {
      workflowId: caseWorkflowId(caseNo),
      taskQueue,
      args: [{ caseNo }],
      signal: systemActSignal,
      signalArgs: [{ act: 'returnPayout', actionId: `return:${caseNo}P1` }],
    });
    await at(caseNo, 'preparePayout');
    await drawAndRelease(caseNo, payee);
    await ended(caseNo);
  });

  it('breached by the timer and paid all the same', async () => {
    const caseNo = await start('breach-by-timer', { at: new Date('2026-10-19T02:00:00Z') });
    const rungs = () => rows(database.dataSource, `SELECT 1 FROM clock_rung WHERE case_no = $1`, [caseNo]);
    await eventually(rungs, ({ length }) => length > 0);
    await toApproval(caseNo);
    await approveAndPay(caseNo);
  });

  it('replays each of them with the code of today', async () => {
    const stored = join(__dirname, '../../../workflows/test/histories');
    const folder = process.env['BANJIE_RECORD'] === '1' ? stored : mkdtempSync(join(tmpdir(), 'banjie-histories-'));
    const files = await recordHistories(client, walked, folder);
    expect(files).toHaveLength(walked.length + 1);
    const histories = files.map((file) => ({
      workflowId: file,
      history: readHistory(join(folder, file)),
    }));
    const faults: string[] = [];
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, histories))
      if (error) faults.push(`${workflowId}: ${error.message}`);
    expect(faults).toEqual([]);
    // A road that is walked here is a road that is kept.
    expect(readdirSync(stored).sort()).toEqual([...files].sort());
    if (folder !== stored) rmSync(folder, { recursive: true });
  });
});
