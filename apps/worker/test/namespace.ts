import type { Client } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';

/** Makes the client's namespace, so that case numbers of other spec files, which start anew in each, are not met. */
export async function registerNamespace(client: Client): Promise<void> {
  const workflowExecutionRetentionPeriod = { seconds: 86_400 as never };
  const { namespace } = client.options;
  await client.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
}

/** A new namespace is known to every part of the server only after some seconds. */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  for (const end = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 250))) {
    try {
      return await Worker.create(options);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
