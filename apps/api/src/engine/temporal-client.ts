import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { temporalConnectionOptions } from '@banjie/servers';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { Settings } from '../settings';

const longestRetryDelayMs = 1_000;

/**
 * The client of the process engine. The connection is lazy: the API starts, and answers everything that needs no
 * engine, while Temporal is down.
 */
@Injectable()
export class TemporalClient implements OnApplicationShutdown {
  readonly client: Client;
  private readonly connection: Connection;
  private readonly underWay = new Set<Promise<unknown>>();
  private isClosing = false;
  /** When the last of the retries that are waiting will have begun. */
  private retriesUntil = 0;

  constructor(settings: Settings) {
    this.connection = Connection.lazy({
      ...temporalConnectionOptions(settings.environment),
      connectTimeout: 3_000,
      interceptors: [this.retries()],
    });
    this.client = new Client({ connection: this.connection, namespace: settings.temporalNamespace });
  }

  /** Runs calls to the engine with a time limit: without one, a call waits as long as Temporal is away. */
  within<Answer>(milliseconds: number, call: (client: Client) => Promise<Answer>): Promise<Answer> {
    return this.connection.withDeadline(Date.now() + milliseconds, () => call(this.client));
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    await sleep(Math.max(0, this.retriesUntil - Date.now()));
    await this.connection.close();
  }

  /**
   * The client's own retries wait in timers that a closed connection does not end: one that fires afterwards throws
   * where nobody can catch it and takes the process along. So going down waits for them and begins no more.
   */
  private retries() {
    const { delayFunction, retryableDecider } = defaultGrpcRetryOptions();
    return makeGrpcRetryInterceptor({
      retryableDecider: (attempt, status) => !this.isClosing && retryableDecider(attempt, status),
      delayFunction: (attempt, status) => {
        const delayMs = Math.min(longestRetryDelayMs, delayFunction(attempt, status));
        // Timers may fire some milliseconds late.
        this.retriesUntil = Math.max(this.retriesUntil, Date.now() + delayMs + 50);
        return delayMs;
      },
    });
  }
}
