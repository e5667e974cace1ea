import { errorTable } from '@banjie/domain';
import { DefaultLogger, makeTelemetryFilterString, type LogEntry, type RuntimeOptions } from '@temporalio/worker';
import type { Logger } from 'pino';

interface WorkerFault {
  type?: string;
  name?: string;
  cause?: WorkerFault;
}

/** SQLSTATE, constraint and table: names of ours, never a row's values. They stand on the fault or on what caused it. */
function databaseFactsOf(error: unknown): {
  sqlState?: string;
  constraint?: string | undefined;
  table?: string | undefined;
} {
  for (let cause = error; typeof cause === 'object' && cause !== null; cause = (cause as WorkerFault).cause) {
    const inner = ((cause as { driverError?: unknown }).driverError ?? cause) as Record<string, unknown>;
    const { code, constraint, table } = inner;
    if (typeof code !== 'string' || !/^(?=.*\d)[0-9A-Z]{5}$/.test(code)) continue;
    const name = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return { sqlState: code, constraint: name(constraint), table: name(table) };
  }
  return {};
}

/**
 * What the SDK tells, as lines of our own log. A rule's refusal on its way back to the person is no fault and leaves its
 * trace in `attempt_log`; of a fault only names travel, because messages and stacks may hold what was being handled.
 */
export function workerLogger(log: Pick<Logger, 'warn' | 'error'>): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message, meta }: LogEntry) => {
    const error = meta?.['error'] as WorkerFault | undefined;
    const type = error?.type ?? error?.cause?.type;
    if (type !== undefined && type in errorTable) return;
    const fields = {
      activityType: meta?.['activityType'] as string | undefined,
      workflowId: meta?.['workflowId'] as string | undefined,
      error: type ?? error?.name,
      ...databaseFactsOf(error),
    };
    if (level === 'ERROR') log.error(fields, message);
    else log.warn(fields, message);
  });
}

/** The native core speaks through the same logger; by itself it writes coloured lines to the console that nobody can read in. */
export function runtimeOptions(log: Pick<Logger, 'warn' | 'error'>): RuntimeOptions {
  return {
    logger: workerLogger(log),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} } },
  };
}
