import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { StartFault, readJsonFile, writeJsonFile, type Home } from '@banjie/servers';

export interface ReplayOptions {
  home: Home;
  connection: ConnectionOptions;
  /** Which server this is, beyond its port of the day: another server has other histories. */
  address: string;
  namespace: string;
  /** The compiled workflow bundle that the worker is going to run. */
  bundlePath: string;
}

const noteOf = (home: Home) => join(home.path, 'replayed.json');

/**
 * Replays the history of every open case with the code that is about to run, unless this very bundle has passed before.
 * Otherwise an incompatible change would show as cases that stand still for ever while their status stays RUNNING (F1).
 * Answers how many were replayed, or undefined when the code is the same as last time.
 * @throws StartFault naming the first case that does not fit, and what the history expected.
 */
export async function replayOpenCases(options: ReplayOptions): Promise<number | undefined> {
  const { home, namespace, bundlePath } = options;
  const digest = createHash('sha256').update(readFileSync(bundlePath)).digest('hex');
  const { address } = options;
  const passed = readJsonFile<{ digest: string; address: string }>(noteOf(home));
  if (passed?.digest === digest && passed.address === address) return undefined;

  // Loaded when it is needed: it is large, and most starts run the code of the day before.
  const { DefaultLogger, Runtime, Worker } = await import('@temporalio/worker');
  try {
    // A mismatch is told once, by us; stdout belongs to the lines of progress.
    const telemetryOptions = { logging: { filter: 'ERROR', forward: {} } };
    Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), shutdownSignals: [], telemetryOptions });
  } catch {
    // Installed already in this process.
  }
  const connection = await Connection.connect({ ...options.connection, connectTimeout: 10_000 });
  try {
    const open = new Client({ connection, namespace }).workflow.list({ query: `ExecutionStatus = 'Running'` });
    const results = Worker.runReplayHistories(
      { workflowBundle: { codePath: bundlePath }, replayName: 'start' },
      open.intoHistories({ concurrency: 4 }),
    );
    let count = 0;
    for await (const { workflowId, error } of results) {
      count += 1;
      if (error !== undefined) throw mismatch(workflowId, error.message);
    }
    writeJsonFile(noteOf(home), { digest, address });
    return count;
  } finally {
    await connection.close();
  }
}

function mismatch(workflowId: string, message: string): StartFault {
  return new StartFault(
    `新的流程代码与在办件 ${workflowId} 的历史不一致,没有启动任何处理进程:\n    ${message.trim().split('\n').slice(0, 6).join('\n    ')}`,
    `请在上面指出的步骤用 patched('…') 保留旧路径后再启动(见 workflows/ 的说明),或先换回原来的版本;数据未受影响`,
  );
}
