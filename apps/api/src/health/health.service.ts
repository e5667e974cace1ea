import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { caseTaskQueue, startProbeType, type HealthAnswer, type ReadyAnswer } from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { Draining } from '../edge/draining';
import { sharedFor } from '../edge/shared-for';
import { shanghaiInstant } from '../edge/times';
import { TemporalClient } from '../engine/temporal-client';
import { Settings } from '../settings';

const askMs = 2_000;
const probeMs = 10_000;

/** Asks the parts this process needs, each with its own short limit; nothing here waits for a part that is away. */
@Injectable()
export class HealthService implements OnApplicationShutdown {
  private readonly startedAt = new Date();
  private readonly redis: Redis;

  constructor(
    private readonly dataSource: DataSource,
    private readonly temporal: TemporalClient,
    private readonly draining: Draining,
    settings: Settings,
  ) {
    this.redis = new Redis(settings.redisUrl, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: askMs,
      retryStrategy: () => null,
    });
    this.redis.on('error', () => undefined);
  }

  async ready(): Promise<ReadyAnswer> {
    const [postgres, temporal, redis] = await Promise.all([
      isUp(() => this.dataSource.query('SELECT 1')),
      isUp(() => this.temporal.within(askMs, (client) => client.workflowService.getSystemInfo({}))),
      isUp(() => this.askRedis()),
    ]);
    const isReady = postgres === 'up' && temporal === 'up';
    return { status: this.draining.isDraining ? 'draining' : isReady ? 'up' : 'down', postgres, temporal, redis };
  }

  async health(): Promise<HealthAnswer> {
    const ready = await this.ready();
    const polledAt = ready.temporal === 'up' ? await this.workerPolledAt().catch(() => null) : null;
    return { ...ready, workerPolledAt: shanghaiInstant(polledAt), startedAt: shanghaiInstant(this.startedAt) };
  }

  /**
   * Runs the smallest workflow through Temporal and a worker. The address is open, so whoever asks within five seconds
   * of another gets the same run: no caller can fill the engine with probes, nor keep the starter from its own.
   * @throws DomainError ENGINE_UNAVAILABLE
   */
  readonly probe = sharedFor(5_000, () => this.runProbe());

  private async runProbe(): Promise<number> {
    const startedAt = performance.now();
    try {
      await this.temporal.within(probeMs, async (client) => {
        const handle = await client.workflow.start(startProbeType, {
          taskQueue: caseTaskQueue,
          workflowId: `probe/${randomUUID()}`,
          workflowExecutionTimeout: probeMs,
        });
        await handle.result();
      });
    } catch {
      throw new DomainError('ENGINE_UNAVAILABLE');
    }
    return Math.round(performance.now() - startedAt);
  }

  async onApplicationShutdown(): Promise<void> {
    this.redis.disconnect();
    await Promise.resolve();
  }

  private async workerPolledAt(): Promise<Date | null> {
    const { pollers } = await this.temporal.within(askMs, (client) =>
      client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: caseTaskQueue },
        taskQueueType: 1,
      }),
    );
    const seconds = (pollers ?? []).map((poller) => Number(poller.lastAccessTime?.seconds ?? 0));
    const latest = Math.max(0, ...seconds);
    return latest > 0 ? new Date(latest * 1_000) : null;
  }

  private async askRedis(): Promise<void> {
    if (this.redis.status !== 'ready' && this.redis.status !== 'connecting') await this.redis.connect();
    await this.redis.ping();
  }
}

async function isUp(ask: () => Promise<unknown>): Promise<'up' | 'down'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), askMs);
  });
  try {
    await Promise.race([ask(), late]);
    return 'up';
  } catch {
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}
