import { randomUUID } from 'node:crypto';
import { createBankClient, createCaseActivities, createPayoutActivities } from '@banjie/activities';
import { caseWorkflowId, payoutTaskQueueOf } from '@banjie/contracts';
import { rows, walkAudit } from '@banjie/persistence';
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
import { actUpdate, systemActSignal } from '@banjie/workflows/messages';
import { Client, Connection, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createWorker, registerNamespace } from '../test/namespace';
import { createRoadDriver } from '../test/road-driver';

/*
 * Runs that would grow for ever: the engine ends one at 51 200 events, and advises at 4 096 (the servers of the specs at 300) to go on as a
 * new one.
 */
const cipher = testCipher();
const namespace = `banjie-test-long-${randomUUID()}`;
const taskQueue = 'cases';

let database: TestDatabase;
let world: TestWorld;
let client: Client;
let connection: NativeConnection;
let bank: BankProcess;
let workers: Worker[] = [];
let running: Promise<void[]>;
let road: ReturnType<typeof createRoadDriver>;

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
  const toBank = { ...ground, bank: createBankClient(bank.url, testCallKeys()), finalitySeconds: 0.5 };
  const activities = {
    ...createCaseActivities({ ...ground, findGaps: async () => [] }),
    ...createPayoutActivities(toBank),
  };
  const codePath = require.resolve('@banjie/workflows/bundle');
  workers = [
    await createWorker({ connection, namespace, taskQueue, workflowBundle: { codePath }, activities }),
    await createWorker({ connection, namespace, taskQueue: payoutTaskQueueOf(taskQueue), activities }),
  ];
  running = Promise.all(workers.map((worker) => worker.run()));
  const idOf = (username: string) => accountOf(world, username).id;
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

async function start(personIndex: number): Promise<string> {
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, { personIndex });
  await road.begin(caseNo);
  return caseNo;
}

/** How long each wait of a run for the bank was to last, in seconds; the timers of the clocks last for hours. */
async function waitsOf(caseNo: string, runId?: string): Promise<number[]> {
  const { events } = await client.workflow.getHandle(caseWorkflowId(caseNo), runId).fetchHistory();
  return events!
    .flatMap(({ timerStartedEventAttributes: timer }) => (timer ? [Number(timer.startToFireTimeout!.seconds)] : []))
    .filter((seconds) => seconds <= 300);
}

/** What an act came to: done, or the code of its refusal. That nobody knows is a fault. */
async function outcomeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'done';
  } catch (error) {
    const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.type) return cause.type;
    throw error;
  }
}

it('goes on as a new run wherever it stands, and no act that comes just then is lost or done twice', async () => {
  const caseNo = await start(1);
  const runs = new Set([await road.runOf(caseNo)]);
  const heard: string[] = [];
  /** Two persons click on what is not there yet, until the case is a new run; the act itself is put until nobody is before it. */
  const meanwhile = async (act: () => Promise<unknown>, expected = 'done') => {
    const before = await road.runOf(caseNo);
    let isDone = false;
    const click = async () => {
      for (let clicks = 0; (await road.runOf(caseNo)) === before || !isDone; clicks += 1) {
        if (clicks > 100) throw new Error('the run only grows');
        const update = await road.keep(caseNo, 'initial1', { act: 'accept' });
        const later = { ...update, seenSeq: update.seenSeq + 100 };
        const put = client.workflow.getHandle(caseWorkflowId(caseNo)).executeUpdate(actUpdate, { args: [later] });
        heard.push(await outcomeOf(put));
      }
    };
    const put = async () => {
      await eventually(
        () => client.workflow.getHandle(caseWorkflowId(caseNo)).describe(),
        ({ runId, historyLength }) => runId !== before || historyLength > 270,
        60_000,
      );
      for (let outcome = 'CASE_BUSY'; outcome === 'CASE_BUSY';) {
        outcome = await outcomeOf(act());
        if (outcome !== 'CASE_BUSY') expect(outcome).toBe(expected);
      }
      isDone = true;
    };
    await Promise.all([click(), click(), put()]);
    runs.add(await road.runOf(caseNo));
  };
  await meanwhile(() => road.accept(caseNo));
  await meanwhile(() => road.proposeFirst(caseNo));
  await meanwhile(() => road.proposeSecond(caseNo));
  await meanwhile(() => road.approve(caseNo));
  await bank.setFault({ kind: 'outage', match: {} });
  await road.drawAndRelease(caseNo);
  // Of an order in doubt: no, and that too must be heard.
  const recall = () => road.act(caseNo, 'finapprove1', { act: 'recallPayout', reasons: [{ code: 'RS-14' }] });
  await meanwhile(recall, 'RECALL_TOO_LATE');
  await bank.clearFaults();
  await road.deliverAndClose(caseNo);

  expect(new Set(heard)).toEqual(new Set(['CASE_MOVED', 'CASE_BUSY']));
  expect(runs.size).toBeGreaterThanOrEqual(6);
  const acts = await rows<{ act: string }>(
    database.dataSource,
    `SELECT act FROM case_act WHERE case_no = $1 ORDER BY seq`,
    [caseNo],
  );
  expect(acts.map(({ act }) => act)).toEqual([
    ...['receiveFiling', 'accept', 'propose', 'propose', 'approve', 'preparePayout', 'confirmPayout', 'releasePayout'],
    ...['settlePayout', 'deliver', 'archive'],
  ]);
  const { bookingsByOrder } = await bank.summary();
  expect(bookingsByOrder[`${caseNo}P1`]).toBe(1);
}, 180_000);

describe('a bank that answers no payment', () => {
  it('is asked after longer and longer gaps, however often it proves that nothing was booked', async () => {
    const caseNo = await start(2);
    await road.toApproval(caseNo);
    await road.approve(caseNo);
    await bank.setFault({ kind: 'outage', match: { operation: 'pay' } });
    await road.drawAndRelease(caseNo);
    // Before each further try to pay the case rests for a second.
    const waits = await eventually(
      () => waitsOf(caseNo),
      ({ length }) => length >= 7,
      60_000,
    );
    expect(waits.slice(0, 7)).toEqual([1, 1, 2, 1, 4, 1, 8]);

    // As a new run it asks no oftener.
    const runId = await road.untilNewRun(caseNo);
    const [gap] = await eventually(
      () => waitsOf(caseNo, runId),
      ({ length }) => length >= 1,
    );
    expect(gap).toBeGreaterThanOrEqual(8);

    // The bank's statement speaks of it: it may know more now.
    const told = { act: 'settlePayout', actionId: `settle:${caseNo}P1:spec` } as const;
    await client.workflow.getHandle(caseWorkflowId(caseNo)).signal(systemActSignal, told);
    await eventually(
      () => waitsOf(caseNo, runId),
      (then) => then[1] === 1,
    );

    await bank.clearFaults();
    await road.deliverAndClose(caseNo);
    expect((await bank.summary()).bookingsByOrder[`${caseNo}P1`]).toBe(1);
  }, 180_000);
});

it('leaves every chain whole', async () => {
  expect((await walkAudit(database.dataSource, cipher)).faults).toEqual([]);
});
