import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { floorQueue } from './messages';

/** A process of its own with the very limits of apps/worker. */
async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' }),
    namespace: process.env['TEMPORAL_NAMESPACE'] ?? 'default',
    taskQueue: floorQueue,
    workflowsPath: require.resolve('./floor.workflow'),
    activities: { nothing: (seq: number) => Promise.resolve(seq) },
    maxCachedWorkflows: 600,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxConcurrentLocalActivityExecutions: 40,
  });
  await worker.run();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
