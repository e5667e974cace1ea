import { randomUUID } from 'node:crypto';
import { createBankClient, createBatchActivities, createPayoutActivities } from '@banjie/activities';
import { caseTaskQueue, gatherScheduleId, payoutTaskQueueOf } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import {
  asOwner,
  createTestDatabase,
  eventually,
  ownNamespace,
  seedTestWorld,
  testCallKeys,
  testCipher,
  type TestDatabase,
} from '@banjie/testing';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Settings } from '../settings';
import { TemporalClient } from '../temporal-client';
import { BatchKeeper } from './batch-keeper';

/* The schedule as a real server keeps it and a real worker hears it. */
const cipher = testCipher();
let database: TestDatabase;
let temporal: TemporalClient;
let connection: Connection;
let native: NativeConnection;
let client: Client;
let workers: Worker[] = [];
let running: Promise<void[]>;
let keeper: BatchKeeper;
let now = new Date('2026-11-28T10:00:00+08:00'); // A Saturday.

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  database = await createTestDatabase();
  await seedTestWorld(database.dataSource);
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  const namespace = await ownNamespace(`banjie-test-schedule-${randomUUID().slice(0, 8)}`);
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
  temporal = new TemporalClient({
    environment: { TEMPORAL_ADDRESS: address },
    temporalNamespace: namespace,
  } as unknown as Settings);
  keeper = new BatchKeeper(database.dataSource, temporal);
  native = await NativeConnection.connect({ address });
  const toBank = {
    dataSource: database.dataSource,
    cipher,
    bank: createBankClient('http://127.0.0.1:9', testCallKeys()),
  };
  const payouts = createPayoutActivities(toBank);
  const activities = createBatchActivities({ ...toBank, payouts, exchange: toBank, now: () => now });
  const codePath = require.resolve('@banjie/workflows/bundle');
  const shared = { connection: native, namespace };
  workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: caseTaskQueue, workflowBundle: { codePath } }),
    Worker.create({ ...shared, taskQueue: payoutTaskQueueOf(caseTaskQueue), activities }),
  ]);
  running = Promise.all(workers.map((worker) => worker.run()));
});
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await native?.close();
  await client?.schedule
    .getHandle(gatherScheduleId('450206'))
    .delete()
    .catch(() => undefined);
  await temporal?.onApplicationShutdown();
  await connection?.close();
  await database?.drop();
});

const setHour = (gatherAt: string | null) =>
  asOwner(database.dataSource, (owner) =>
    rows(
      owner,
      `INSERT INTO payout_setting (agency_id, channel, gather_at, cut_off) VALUES ('450206', 'file', $1, '15:30')`,
      [gatherAt],
    ),
  );
const described = () => client.schedule.getHandle(gatherScheduleId('450206')).describe();

it('keeps one schedule for each agency that gathers by itself, at the hour of its setting', async () => {
  await setHour('15:00');
  expect(await keeper.keepSchedules()).toBe(1);
  expect(await keeper.keepSchedules()).toBe(1);
  const first = await described();
  expect(first.spec.calendars).toMatchObject([{ hour: [{ start: 15 }], minute: [{ start: 0 }] }]);
  expect(first.spec.timezone).toBe('Asia/Shanghai');
  expect(first.state.paused).toBe(false);
  await setHour('14:20');
  await keeper.keepSchedules();
  expect((await described()).spec.calendars).toMatchObject([{ hour: [{ start: 14 }], minute: [{ start: 20 }] }]);
  await setHour(null);
  await keeper.keepSchedules();
  expect((await described()).state.paused).toBe(true);
});

it('gathers when the schedule fires, and finds nothing to gather no fault', async () => {
  await setHour('14:20');
  await keeper.keepSchedules();
  const handle = client.schedule.getHandle(gatherScheduleId('450206'));
  await handle.trigger();
  const { info } = await eventually(
    () => described(),
    (known) => known.info.recentActions.length > 0,
  );
  const { workflow } = info.recentActions[0]!.action;
  expect(await client.workflow.getHandle(workflow.workflowId).result()).toEqual({ batchNo: null });
  expect(await keeper.keepRuns()).toBe(0);
});
