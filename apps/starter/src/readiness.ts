import { Client, Connection } from '@temporalio/client';
import { caseTaskQueue } from '@banjie/contracts';
import { StartFault, lastLines, temporalConnectionOptions, waitUntil, type Supervisor } from '@banjie/servers';

export interface ReadinessContext {
  apiUrl: string;
  bankUrl: string;
  jobsUrl: string;
  /** The children's environment: where Temporal is. */
  env: NodeJS.ProcessEnv;
  since: Date;
}

export interface ReadinessCheck {
  title: string;
  /** The child whose log explains a failure. */
  child: string;
  /** Returns when it holds, throws when it does not yet. */
  ask(context: ReadinessContext): Promise<void>;
}

/** Answers with 2xx, or throws with the status. */
export async function answers(url: string, method: 'GET' | 'POST' = 'GET'): Promise<void> {
  const response = await fetch(url, { method, signal: AbortSignal.timeout(15_000) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname} → HTTP ${response.status}`);
}

async function withTemporal<T>(env: NodeJS.ProcessEnv, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ ...temporalConnectionOptions(env), connectTimeout: 5_000 });
  try {
    return await work(new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? 'default' }));
  } finally {
    await connection.close();
  }
}

const workerHasPolled: ReadinessCheck = {
  title: '流程处理进程',
  child: 'worker',
  ask: ({ env, since }) =>
    withTemporal(env, async (client) => {
      const { pollers } = await client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: caseTaskQueue },
        taskQueueType: 1,
      });
      // Pollers of an earlier run stay listed for some minutes.
      const isNew = pollers?.some(
        (poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1_000 >= since.getTime() - 1_000,
      );
      if (!isNew) throw new Error('the worker has not polled yet');
    }),
};

export const readinessChecks: ReadinessCheck[] = [
  { title: '模拟银行', child: 'bank', ask: ({ bankUrl }) => answers(`${bankUrl}/health`) },
  { title: '后台任务', child: 'jobs', ask: ({ jobsUrl }) => answers(`${jobsUrl}/health`) },
  workerHasPolled,
  { title: '接口', child: 'api', ask: ({ apiUrl }) => answers(`${apiUrl}/api/health/ready`) },
  // The whole way of an act: api, Temporal, worker, and back.
  { title: '试办一步', child: 'worker', ask: ({ apiUrl }) => answers(`${apiUrl}/api/health/probe`, 'POST') },
];

/**
 * Asks each check until it holds.
 * @throws StartFault naming the check, with the last lines of the log of the process behind it.
 */
export async function waitUntilReady(
  checks: ReadinessCheck[],
  context: ReadinessContext,
  options: { supervisor: Supervisor; report: (line: string) => void; signal: AbortSignal; withinMs?: number },
): Promise<void> {
  const { supervisor, report, signal, withinMs = 120_000 } = options;
  const startedAt = Date.now();
  for (const check of checks) {
    const tick = setInterval(
      () => report(`等待${check.title}… 已用 ${Math.round((Date.now() - startedAt) / 1000)} 秒`),
      5_000,
    );
    try {
      const asking = waitUntil(() => check.ask(context), { withinMs, everyMs: 250, signal });
      await supervisor.guard(asking);
    } catch (error) {
      if (error instanceof StartFault || signal.aborted) throw error;
      const log = supervisor.logOf(check.child);
      const lines = lastLines(log).map((line) => `    ${line}`);
      throw new StartFault(
        `${check.title}在 ${Math.round(withinMs / 1000)} 秒内没有就位:${(error as Error).message}\n${lines.join('\n')}`,
        `请查看 ${log},处理后重新运行 npm start`,
      );
    } finally {
      clearInterval(tick);
    }
    report(`${check.title}:正常`);
  }
}
