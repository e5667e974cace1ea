import { assertNoEviction, isAlive, waitUntil, type ProcessRecord } from '@banjie/servers';
import { caseTaskQueue } from '@banjie/contracts';
import { Connection } from '@temporalio/client';
import { Client } from 'pg';
import type { Component, System } from './system';

/** Longer than this and the run is over: something does not come back. */
const longestMs = 120_000;

/** Waits until a killed component is a new process that does its work again. Answers the seconds it took. */
export async function recovered(system: System, component: Component, killed: ProcessRecord): Promise<number> {
  const since = Date.now();
  const waiting = waitUntil(
    async () => {
      const record = system.recordOf(component);
      if (record === undefined || !isAlive(record) || record.pid === killed.pid) throw new Error('not started again');
      await works[component](system, since);
    },
    { withinMs: longestMs, everyMs: 200 },
  );
  await Promise.race([waiting, system.failure]);
  return (Date.now() - since) / 1_000;
}

const works: Record<Component, (system: System, since: number) => Promise<void>> = {
  api: ({ addresses }) => answers(`${addresses.api}/api/health/ready`),
  bank: ({ addresses }) => answers(`${addresses.bank}/health`),
  jobs: ({ addresses }) => answers(`${addresses.jobs}/health`),
  redis: ({ servers }) => assertNoEviction(servers.redisUrl),
  worker: (system, since) =>
    withTemporal(system, async (connection) => {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace: system.servers.temporalNamespace,
        taskQueue: { name: caseTaskQueue },
        taskQueueType: 1,
      });
      const latest = Math.max(0, ...(pollers ?? []).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0)));
      if (latest * 1_000 < since) throw new Error('the worker has not polled yet');
    }),
  temporal: (system) =>
    withTemporal(system, async (connection) => {
      await connection.workflowService.describeNamespace({ namespace: system.servers.temporalNamespace });
    }),
  postgres: async ({ servers }) => {
    const client = new Client({ connectionString: servers.databaseUrl, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query('SELECT 1');
    } finally {
      await client.end();
    }
  },
};

async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} → ${response.status}`);
}

async function withTemporal(system: System, work: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address: system.servers.temporalAddress, connectTimeout: 5_000 });
  try {
    await connection.withDeadline(Date.now() + 5_000, () => work(connection));
  } finally {
    await connection.close();
  }
}
