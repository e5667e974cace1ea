import { Injectable } from '@nestjs/common';
import { sideTopics, type SideTopic } from '@banjie/domain';
import Bull, { type Job, type JobOptions, type Queue, type QueueOptions } from 'bull';
import { describeFault, Log } from '../log';
import { Settings } from '../settings';

/** A job says "look at this outbox row" and carries nothing else. Losing it loses time, never work. */
export interface SideJob {
  outboxId: number;
}

/**
 * No retries and no ids of Bull: a job id that stays behind blocks adding (F24), so that a retry is a new job with the same
 * row, made by the hints.
 */
const jobOptions: JobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

const redisTimeoutMs = 5_000;
const errorsLoggedEveryMs = 10_000;

/** One queue a topic, so that what is slow or paced holds up its own kind alone. Bull is known to this file only (F29). */
@Injectable()
export class SideQueues {
  private readonly queues: ReadonlyMap<SideTopic, Queue<SideJob>>;
  private lastErrorAt = 0;

  constructor(
    private readonly settings: Settings,
    private readonly log: Log,
  ) {
    this.queues = new Map(
      sideTopics.map((topic) => {
        const limiter = { max: settings.pace.perSecond[topic], duration: 1_000 };
        const queue = new Bull<SideJob>(sideQueueName(topic), { ...sideQueueOptions(settings.redisUrl), limiter });
        queue.on('error', (error) => this.complain(error));
        queue.on('failed', (job: Job<SideJob>, error: Error) =>
          log.warn({ topic, outboxId: job.data?.outboxId, fault: describeFault(error) }, 'a job failed'),
        );
        return [topic, queue];
      }),
    );
  }

  /** `work` is called for each job, `pace.atOnce` at a time and no faster than the topic's rate. */
  consume(work: (topic: SideTopic, outboxId: number | null) => Promise<void>): void {
    for (const [topic, queue] of this.queues) {
      const consuming: Promise<void> = queue.process(
        this.settings.pace.atOnce,
        async ({ data }: Job<SideJob | undefined>) => {
          // A job whose body Redis has lost arrives without one; the row is hinted at again.
          const outboxId = data?.outboxId;
          await work(topic, Number.isSafeInteger(outboxId) ? outboxId! : null);
        },
      );
      consuming.catch((error: unknown) => this.complain(error));
    }
  }

  /** @throws when Redis does not answer within 5 s; the hints may still arrive later, which is as good as twice. */
  async enqueue(topic: SideTopic, outboxIds: number[]): Promise<void> {
    await inTime(addHints(this.queueOf(topic), outboxIds));
  }

  /** Jobs that wait in Redis. @throws when Redis does not answer within 5 s. */
  waiting(topic: SideTopic): Promise<number> {
    return inTime(this.queueOf(topic).count());
  }

  /** Waits for the work in hand; without Redis it would wait for ever. */
  async close(): Promise<void> {
    // A connection that is down has nothing to close.
    await Promise.all([...this.queues.values()].map((queue) => queue.close().catch((error) => this.complain(error))));
  }

  private queueOf(topic: SideTopic): Queue<SideJob> {
    return this.queues.get(topic)!;
  }

  /** While Redis is away each of three connections complains several times a second. */
  private complain(error: unknown): void {
    if (Date.now() - this.lastErrorAt < errorsLoggedEveryMs) return;
    this.lastErrorAt = Date.now();
    this.log.warn({ fault: describeFault(error) }, 'queue');
  }
}

export const sideQueueName = (topic: SideTopic) => `side-work-${topic}`;

/** The one place where jobs are made. */
export function addHints(queue: Queue<SideJob>, outboxIds: number[]): Promise<Job<SideJob>[]> {
  return queue.addBulk(outboxIds.map((outboxId) => ({ data: { outboxId }, opts: jobOptions })));
}

/** Short of Bull's own: after an outage the consumer is back within seconds, and a call fails soon instead of waiting. */
export function sideQueueOptions(redisUrl: string): QueueOptions {
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

async function inTime<Answer>(asked: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Redis does not answer')), redisTimeoutMs);
  });
  asked.catch(() => undefined); // Heard below, unless the time was over first.
  return Promise.race([asked, tooLate]).finally(() => clearTimeout(timer));
}
