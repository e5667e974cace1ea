import { Injectable } from '@nestjs/common';
import { sideTopics, type SideTopic } from '@banjie/domain';
import { oldestDueSeconds } from '@banjie/persistence';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { alarm, Log } from '../log';
import { Settings } from '../settings';

/** Ends the process; the starter begins a new one. A class of its own so that a test can look on. */
export abstract class Ending {
  abstract end(reason: string): void;
}

/**
 * A half-open connection stops a consumer for good without an error (8 of 8, reliability F27). So: work of a topic waits, Redis
 * answers a fresh connection, and yet no job of it has come for two minutes → the process ends itself and is started anew.
 */
@Injectable()
export class ConsumerWatch {
  private readonly startedAt = Date.now();
  private readonly heardAt = new Map<SideTopic, number>();
  private redisSince = Date.now();
  private isRedisUp = true;

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly log: Log,
    private readonly ending: Ending,
  ) {}

  /** A job came through Redis, whatever became of it. */
  heard(topic: SideTopic): void {
    this.heardAt.set(topic, Date.now());
  }

  get health(): { redis: 'up' | 'down' } {
    return { redis: this.isRedisUp ? 'up' : 'down' };
  }

  async look(): Promise<void> {
    const isUp = await this.redisAnswers();
    if (!isUp || !this.isRedisUp) this.redisSince = Date.now();
    if (isUp !== this.isRedisUp) this.log.warn({ redis: isUp ? 'up' : 'down' }, 'Redis');
    this.isRedisUp = isUp;
    if (!isUp) return;
    for (const topic of sideTopics) await this.lookAt(topic);
  }

  private async lookAt(topic: SideTopic): Promise<void> {
    const { silenceMs } = this.settings.rhythm;
    const waitingSeconds = await oldestDueSeconds(this.dataSource, topic);
    if (waitingSeconds === null || waitingSeconds * 1_000 <= silenceMs) return;
    const silentMs = Date.now() - Math.max(this.heardAt.get(topic) ?? this.startedAt, this.redisSince);
    if (silentMs <= silenceMs) return;
    alarm(this.log, 'consumerSilent', { topic, waitingSeconds: Math.round(waitingSeconds), silentMs });
    this.ending.end('a consumer of side work is silent');
  }

  /** By a connection made for the question: an old one may be the very one that is cut. */
  private async redisAnswers(): Promise<boolean> {
    const redis = new Redis(this.settings.redisUrl, {
      lazyConnect: true,
      connectTimeout: 3_000,
      commandTimeout: 3_000,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return (await redis.ping()) === 'PONG';
    } catch {
      return false;
    } finally {
      redis.disconnect();
    }
  }
}
