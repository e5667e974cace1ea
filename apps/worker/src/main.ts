import {
  createBankClient,
  createBatchActivities,
  createCaseActivities,
  createPayoutActivities,
} from '@banjie/activities';
import { loadCallKeys } from '@banjie/bank-files';
import { caseTaskQueue, payoutTaskQueueOf } from '@banjie/contracts';
import { ColumnCipher, findFilingGaps, loadKeys, openDataSource } from '@banjie/persistence';
import { temporalConnectionOptions, waitUntil } from '@banjie/servers';
import { heartbeat } from '@temporalio/activity';
import { NativeConnection, type NativeConnectionOptions, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { readSettings } from './settings';
import { runtimeOptions } from './worker-logger';

const drainMs = 20_000;

/**
 * Two workers in one process: the cases with their short local activities, and the payouts, whose activities speak with the
 * bank and may take long. Ends on SIGTERM after draining.
 */
async function main(): Promise<void> {
  const log = pino({ name: 'worker', level: process.env['BANJIE_LOG_LEVEL'] ?? 'info' });
  const settings = readSettings(process.env);
  Runtime.install(runtimeOptions(log));
  const dataSource = await openDataSource(settings.databaseUrl, {
    poolSize: 16,
    applicationName: 'banjie-worker',
    keepPlans: true,
  });
  const cipher = new ColumnCipher(loadKeys(settings.keysPath));
  // One that is only just coming up is waited for, as the database is.
  const address = temporalConnectionOptions(process.env) as NativeConnectionOptions;
  const connection = await waitUntil(() => NativeConnection.connect(address), { withinMs: 60_000, everyMs: 500 });

  const cases = await Worker.create({
    connection,
    namespace: settings.temporalNamespace,
    taskQueue: caseTaskQueue,
    workflowBundle: { codePath: require.resolve('@banjie/workflows/bundle') },
    activities: createCaseActivities({
      dataSource,
      cipher,
      findGaps: async (manager, filingId) => (await findFilingGaps(manager, cipher, filingId, new Date())).gaps,
    }),
    maxCachedWorkflows: settings.maxCachedWorkflows,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxConcurrentLocalActivityExecutions: 40,
    shutdownGraceTime: drainMs,
  });
  const toBank = {
    ...{ dataSource, cipher, bank: createBankClient(settings.bankUrl, loadCallKeys(settings.bankKeysPath)) },
    finalitySeconds: settings.bankFinalitySeconds,
  };
  const payoutActivities = createPayoutActivities(toBank);
  const payouts = await Worker.create({
    connection,
    namespace: settings.temporalNamespace,
    taskQueue: payoutTaskQueueOf(caseTaskQueue),
    activities: {
      ...payoutActivities,
      ...createBatchActivities({ dataSource, cipher, payouts: payoutActivities, exchange: toBank }, heartbeat),
    },
    maxConcurrentActivityTaskExecutions: 20,
    maxHeartbeatThrottleInterval: '4 seconds',
    shutdownGraceTime: drainMs,
  });

  const stop = () => {
    for (const worker of [cases, payouts]) if (worker.getState() === 'RUNNING') worker.shutdown();
    setTimeout(() => process.exit(1), drainMs + 5_000).unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  await Promise.all([cases.run(), payouts.run()]);
  await connection.close();
  await dataSource.destroy();
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
