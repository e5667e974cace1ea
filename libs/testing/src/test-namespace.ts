import { Connection } from '@temporalio/client';

/**
 * A namespace of a spec's own: the API asks under the one fixed task queue, so that cases of other spec files would reach its
 * worker. Made once on the shared server; answers its name when every part of the server knows it.
 */
export async function ownNamespace(name: string): Promise<string> {
  const client = await Connection.connect({ address: process.env['BANJIE_TEST_TEMPORAL']! });
  try {
    await client.workflowService
      .registerNamespace({ namespace: name, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } })
      .catch((error: { code?: number }) => {
        if (error.code !== 6) throw error;
      });
    for (;;) {
      const known = await client.workflowService
        .listOpenWorkflowExecutions({ namespace: name, maximumPageSize: 1 })
        .then(() => true)
        .catch(() => false);
      if (known) return name;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    await client.close();
  }
}
