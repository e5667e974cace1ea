import { join } from 'node:path';
import { Connection, Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Runtime, type WorkflowBundle } from '@temporalio/worker';

const logger = new DefaultLogger('ERROR');
Runtime.install({ logger, telemetryOptions: { logging: { filter: 'error' } } });

/** The workflows of this folder as one bundle; takes some seconds. */
export function bundleHazards(): Promise<WorkflowBundle> {
  return bundleWorkflowCode({ workflowsPath: join(__dirname, 'workflows.ts'), logger });
}

export const hazardTemporal = () => ({
  address: process.env.BANJIE_TEST_TEMPORAL ?? '',
  namespace: process.env.BANJIE_TEST_NAMESPACE ?? 'default',
});

export async function connectHazardClient(): Promise<Client> {
  const { address, namespace } = hazardTemporal();
  return new Client({ connection: await Connection.connect({ address }), namespace });
}
