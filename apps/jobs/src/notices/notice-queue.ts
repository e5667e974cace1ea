import type { Job, JobOptions, Queue, QueueOptions } from 'bull';

/** The one queue: a job says "look at this outbox row" and carries nothing else. Losing it loses time, never a notice. */
export const noticeQueueName = 'notices';

export interface NoticeJob {
  outboxId: number;
}

/**
 * No retries and no ids of Bull: a job id that stays behind blocks adding (F24), so that a retry is a new job with the same
 * row, made by the hint sweeper.
 */
const jobOptions: JobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

const enqueueTimeoutMs = 5_000;

/**
 * The one place where jobs are made (F29). @throws when Redis does not answer within 5 s; the hints may still arrive later,
 * which is as good as twice, and twice equals once.
 */
export async function enqueue(queue: Queue<NoticeJob>, outboxIds: number[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Redis does not answer')), enqueueTimeoutMs);
  });
  const adding: Promise<Job<NoticeJob>[]> = queue.addBulk(
    outboxIds.map((outboxId) => ({ data: { outboxId }, opts: jobOptions })),
  );
  adding.catch(() => undefined); // Heard below, unless the time was over first.
  await Promise.race([adding, tooLate]).finally(() => clearTimeout(timer));
}

/** Short of Bull's own: after an outage the consumer is back within seconds, and a call fails soon instead of waiting. */
export function noticeQueueOptions(redisUrl: string): QueueOptions {
  const url = new URL(redisUrl);
  const database = Number(url.pathname.slice(1) || 0);
  return {
    prefix: 'banjie',
    redis: {
      host: url.hostname,
      port: Number(url.port || 6379),
      db: Number.isInteger(database) ? database : 0,
      ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
      ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
      ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
      connectTimeout: 5_000,
      maxRetriesPerRequest: 2,
      retryStrategy: (times: number) => Math.min(times * 200, 3_000),
    },
  };
}
