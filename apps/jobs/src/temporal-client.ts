import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { temporalConnectionOptions } from '@banjie/servers';
import { Client, Connection } from '@temporalio/client';
import { Settings } from './settings';

/** The client of the process engine. Lazy: notices and sweeps go on while Temporal is down. */
@Injectable()
export class TemporalClient implements OnApplicationShutdown {
  private readonly connection: Connection;
  private readonly client: Client;

  constructor(settings: Settings) {
    this.connection = Connection.lazy(temporalConnectionOptions(settings.environment));
    this.client = new Client({ connection: this.connection, namespace: settings.temporalNamespace });
  }

  /** Runs calls with a time limit: without one, a call waits as long as Temporal is away. */
  within<Answer>(milliseconds: number, call: (client: Client) => Promise<Answer>): Promise<Answer> {
    return this.connection.withDeadline(Date.now() + milliseconds, () => call(this.client));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}
