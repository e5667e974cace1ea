import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createBankClient,
  createBatchActivities,
  createCaseActivities,
  createPayoutActivities,
} from '@banjie/activities';
import { batchWorkflowId, payoutBatchType, payoutTaskQueueOf, type BatchActUpdate } from '@banjie/contracts';
import { shanghaiDate, type BatchAct } from '@banjie/domain';
import { batchList, findBatch, gatherBatch } from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  eventually,
  receiveTestCase,
  seedTestWorld,
  startBankProcess,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { batchActUpdate } from '@banjie/workflows/messages';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createWorker, registerNamespace } from '../test/namespace';
import { createRoadDriver } from '../test/road-driver';
import { readHistory, recordHistories, type RecordedCase } from './record-histories';

/*
 * The roads of a batch of payouts, walked once on real servers and replayed. With BANJIE_RECORD=1 the histories replace those in
 * workflows/test/histories.
 */
const cipher = testCipher();
const codePath = require.resolve('@banjie/workflows/bundle');
const namespace = `banjie-test-batch-roads-${randomUUID()}`;
const taskQueue = 'cases';
const agencyId = '450206';

let database: TestDatabase;
let world: TestWorld;
let client: Client;
let connection: NativeConnection;
let bank: BankProcess;
let workers: Worker[] = [];
let running: Promise<void[]>;
let road: ReturnType<typeof createRoadDriver>;
const walked: RecordedCase[] = [];
const idOf = (username: string) => accountOf(world, username).id;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  connection = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }), namespace });
  await registerNamespace(client);
  bank = await startBankProcess();
  const ground = { dataSource: database.dataSource, cipher };
  const toBank = { ...ground, bank: createBankClient(bank.url, testCallKeys()), finalitySeconds: 1 };
  const payouts = createPayoutActivities(toBank);
  const activities = {
    ...createCaseActivities({ ...ground, findGaps: async () => [] }),
    ...payouts,
    ...createBatchActivities({ ...ground, payouts, exchange: toBank }),
  };
  workers = [
    await createWorker({ connection, namespace, taskQueue, workflowBundle: { codePath }, activities }),
    await createWorker({ connection, namespace, taskQueue: payoutTaskQueueOf(taskQueue), activities }),
  ];
  running = Promise.all(workers.map((worker) => worker.run()));
  road = createRoadDriver({ ...ground, client, taskQueue, idOf });
});

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await connection?.close();
  await client?.connection.close();
  await bank?.stop();
  await database?.drop();
});

/** A batch of cases that were approved on the usual road. */
async function gathered(name: string, persons: readonly number[]): Promise<string> {
  for (const personIndex of persons) {
    const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, { personIndex });
    await road.begin(caseNo);
    await road.toApproval(caseNo);
    await road.approve(caseNo);
  }
  const at = new Date();
  const about = { agencyId, payDate: shanghaiDate(at.getTime()), occasion: 'demand' as const, at };
  const batchNo = await database.dataSource.transaction((manager) =>
    gatherBatch(manager, cipher, { ...about, actorId: idOf('settle1'), actionId: randomUUID() }),
  );
  walked.push({ name, caseNo: batchNo!, workflowId: batchWorkflowId(batchNo!) });
  return batchNo!;
}

async function act(batchNo: string, username: string, wanted: BatchAct, more: Partial<BatchActUpdate> = {}) {
  const { position } = await eventually(
    async () => (await findBatch(database.dataSource, batchNo))!,
    ({ position: { state, carried } }) => state === carried,
    20_000,
  );
  const { digest } = await database.dataSource.transaction((manager) => batchList(manager, batchNo));
  const update: BatchActUpdate = {
    ...{ actionId: randomUUID(), act: wanted, actorId: idOf(username), seenSeq: position.seq, seenDigest: digest },
    ...{ reason: null, ...more },
  };
  const startWorkflowOperation = new WithStartWorkflowOperation(payoutBatchType, {
    ...{ workflowId: batchWorkflowId(batchNo), taskQueue, args: [{ batchNo }] },
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
  });
  const updateId = `${update.actionId}/${update.seenSeq}`;
  return client.workflow.executeUpdateWithStart(batchActUpdate, { updateId, args: [update], startWorkflowOperation });
}

const ended = (batchNo: string) => client.workflow.getHandle(batchWorkflowId(batchNo)).result();

it('made, checked, let go and settled; with an act refused by the rows on the way', async () => {
  const batchNo = await gathered('batch-settled', [0, 1]);
  await expect(act(batchNo, 'settle1', 'makeBatch', { seenDigest: '0'.repeat(64) })).rejects.toThrow();
  await act(batchNo, 'settle1', 'makeBatch');
  await act(batchNo, 'finreview1', 'reviewBatch');
  await act(batchNo, 'finapprove1', 'releaseBatch');
  expect(await ended(batchNo)).toEqual({ state: 'settled' });
});

it('voided after it was checked', async () => {
  const batchNo = await gathered('batch-void', [2]);
  await act(batchNo, 'settle1', 'makeBatch');
  await act(batchNo, 'finreview1', 'reviewBatch');
  await act(batchNo, 'finapprove1', 'voidBatch', { reason: 'notDue' });
  expect(await ended(batchNo)).toEqual({ state: 'void' });
});

it('in doubt about one order, asked until the bank has spoken', async () => {
  await bank.setFault({ kind: 'partialFile', match: { next: 1 } });
  const batchNo = await gathered('batch-asked', [3, 4]);
  await act(batchNo, 'settle1', 'makeBatch');
  await act(batchNo, 'finreview1', 'reviewBatch');
  await act(batchNo, 'finapprove1', 'releaseBatch');
  expect(await ended(batchNo)).toEqual({ state: 'settled' });
});

it('replays each of them with the code of today', async () => {
  const stored = join(__dirname, '../../../workflows/test/histories');
  const folder = process.env['BANJIE_RECORD'] === '1' ? stored : mkdtempSync(join(tmpdir(), 'banjie-histories-'));
  const files = await recordHistories(client, walked, folder);
  expect(files).toHaveLength(walked.length);
  const histories = files.map((file) => ({ workflowId: file, history: readHistory(join(folder, file)) }));
  const faults: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, histories))
    if (error) faults.push(`${workflowId}: ${error.message}`);
  expect(faults).toEqual([]);
  // A road that is walked here is a road that is kept.
  expect(readdirSync(stored)).toEqual(expect.arrayContaining(files));
  if (folder !== stored) rmSync(folder, { recursive: true });
});
