import { Injectable } from '@nestjs/common';
import { oldestWaitingSeconds } from '@banjie/persistence';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { alarm, Log } from '../log';
import { Settings } from '../settings';

/** Ends the process; the starter begins a new one. A class of its own so that a test can look on. */
export abstract class Ending {
  abstract end(reason: string): void;
}

/**
 * A half-open connection stops a consumer for good without an error (8 of 8, reliability F27). So: notices wait, Redis
 * answers a fresh connection, and yet no job has come for two minutes → the process ends itself and is started anew.
 */
@Injectable()
export class ConsumerWatch {
  private heardAt = Date.now();
  private redisSince = Date.now();
  private isRedisUp = true;

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly log: Log,
    private readonly ending: Ending,
  ) {}

  /** A job came through Redis, whatever became of it. */
  heard(): void {
    this.heardAt = Date.now();
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
    const { silenceMs } = this.settings.rhythm;
    const waitingSeconds = await oldestWaitingSeconds(this.dataSource, 'notice');
    if (waitingSeconds === null || waitingSeconds * 1_000 <= silenceMs) return;
    const silentMs = Date.now() - Math.max(this.heardAt, this.redisSince);
    if (silentMs <= silenceMs) return;
    alarm(this.log, 'consumerSilent', { waitingSeconds: Math.round(waitingSeconds), silentMs });
    this.ending.end('the consumer of notices is silent');
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
