import { outboxChannel } from '@banjie/persistence';
import { Client } from 'pg';
import { describeFault, type Log } from './log';

const longestBackOffMs = 30_000;

/** Hears of new duties at once. Only a hint: what is missed while the connection is away is found by the loops. */
export class OutboxListener {
  private client: Client | null = null;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private failures = 0;

  constructor(
    private readonly databaseUrl: string,
    private readonly hear: (topic: string) => void,
    private readonly log: Log,
  ) {}

  start(): void {
    void this.connect();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.databaseUrl,
      application_name: 'banjie-jobs-listen',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    let isLost = false;
    const lose = (error?: Error) => {
      if (isLost) return;
      isLost = true;
      client.end().catch(() => undefined);
      this.again(error);
    };
    client.on('error', lose);
    client.on('end', () => lose());
    client.on('notification', ({ payload }) => this.hear(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${outboxChannel}`);
      this.client = client;
      this.failures = 0;
      if (this.isStopped) await client.end();
    } catch (error) {
      lose(error as Error);
    }
  }

  private again(error?: Error): void {
    this.client = null;
    if (this.isStopped) return;
    this.failures += 1;
    const pauseMs = Math.min(1_000 * 2 ** (this.failures - 1), longestBackOffMs);
    this.log.warn({ pauseMs, fault: error ? describeFault(error) : undefined }, 'LISTEN was lost');
    this.timer = setTimeout(() => void this.connect(), pauseMs);
  }
}
