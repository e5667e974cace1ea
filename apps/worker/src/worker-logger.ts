import { errorTable } from '@banjie/domain';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import type { Logger } from 'pino';

/**
 * What the SDK tells, as lines of our own log. A rule's refusal on its way back to the person is no fault and leaves its
 * trace in `attempt_log`; of a fault only names travel, because messages and stacks may hold what was being handled.
 */
export function workerLogger(log: Pick<Logger, 'warn' | 'error'>): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message, meta }: LogEntry) => {
    const error = meta?.['error'] as { type?: string; name?: string; cause?: { type?: string } } | undefined;
    const type = error?.type ?? error?.cause?.type;
    if (type !== undefined && type in errorTable) return;
    const fields = {
      activityType: meta?.['activityType'] as string | undefined,
      workflowId: meta?.['workflowId'] as string | undefined,
      error: type ?? error?.name,
    };
    if (level === 'ERROR') log.error(fields, message);
    else log.warn(fields, message);
  });
}
