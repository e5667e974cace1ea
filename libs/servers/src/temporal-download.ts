import { TestWorkflowEnvironment } from '@temporalio/testing';

/** Started by temporal-binary.ts with a folder: the SDK downloads its server there and runs it once. */
async function main(downloadDir: string): Promise<void> {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir, ttl: '365 days' } },
  });
  await environment.teardown();
}

main(process.argv[2] ?? '.').then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
