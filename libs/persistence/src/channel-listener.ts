import { Client } from 'pg';

const longestBackOffMs = 30_000;

export interface Listening {
  databaseUrl: string;
  channel: string;
  applicationName: string;
  hear: (payload: string) => void;
  /** The connection stands and listens: what was said before is to be read now. */
  onListening?: (client: Client) => Promise<void>;
  onLost: (pauseMs: number, error: Error | undefined) => void;
}

/** Hears of a channel of PostgreSQL at once. Only a hint: what is missed while the connection is away must be found otherwise. */
export class ChannelListener {
  private client: Client | null = null;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private failures = 0;

  constructor(private readonly listening: Listening) {}

  start(): void {
    void this.connect();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const { databaseUrl, channel, applicationName, hear, onListening } = this.listening;
    const client = new Client({
      connectionString: databaseUrl,
      application_name: applicationName,
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
    client.on('notification', ({ payload }) => hear(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      await onListening?.(client);
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
    this.listening.onLost(pauseMs, error);
    this.timer = setTimeout(() => void this.connect(), pauseMs);
  }
}
